//! Says how much entropy a movie produces, when, and where on the picture.
//!
//! Data flows one way through the modules, in the order in which they stand below.

pub mod atomic_file;
pub mod caution;
pub mod dissipation_map;
pub mod entropy_production;
pub mod error;
pub mod estimator;
pub mod figure;
pub mod langevin;
pub mod microscope;
pub mod progress;
pub mod report;
pub mod transition;
pub mod units;
pub mod video;

pub use caution::Caution;
pub use error::{Error, Result};
pub use units::{Calibration, Measured, RateUnit};
