//! Says how much entropy a movie produces, when, and where on the picture.
//!
//! Data flows one way through the modules, in the order in which they stand below.
//!
#![doc = include_str!("../README.md")]

pub mod units;
pub mod error;
pub mod caution;
pub mod progress;
pub mod atomic_file;
pub mod npy;
pub mod series;
pub mod entropy_production;
pub mod dissipation_map;
pub mod langevin;
pub mod video;
pub mod microscope;
pub mod transition;
pub mod estimator;
pub mod figure;
pub mod report;

pub use caution::Caution;
pub use error::{Error, Result};
pub use units::{Calibration, Measured, RateUnit};
