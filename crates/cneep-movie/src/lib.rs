//! Reads the movies that laboratories write, with what is known of their scales and what to be careful about.
//!
//! The first room of the house: units, errors and cautions that all others speak of, statistics of series in
//! time, and movies.

pub mod units;
pub mod error;
pub mod caution;
mod depth;
mod free_memory;
mod large_pages;
pub mod memory;
pub mod input_file;
pub mod progress;
pub mod atomic_file;
pub mod npy;
pub mod series;
mod camera;
pub mod video;

pub use caution::Caution;
pub use error::{Error, Result};
pub use units::{Calibration, Measured, RateUnit};
pub use video::Video;
