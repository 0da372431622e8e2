//! Says how much entropy a movie produces, when, and where on the picture.
//!
#![doc = include_str!("../README.md")]

mod statistics;
pub mod transition;
pub mod entropy_production;
pub mod dissipation_map;
pub mod estimator;
pub mod conditions;

pub use cneep_movie::{Calibration, Caution, Error, Measured, RateUnit, Result, Video};
