//! Says how much entropy a movie produces, when, and where on the picture.
//!
//! An estimator learns from movies alone to tell them from the same movies run backwards. It then gives the
//! entropy production of every [transition] between frames; their [rate, its error, lower bounds and a test
//! against equilibrium](entropy_production); and a [map](dissipation_map) of every transition that sums to
//! the same number. Entropy is in `k_B`, time in seconds where the movie says its frame interval, else in
//! frames.
//!
//! ```
//! use cneep::Video;
//! use cneep::entropy_production::Summary;
//! use cneep::estimator::{Estimator, EstimatorSettings, Training};
//! # use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile};
//! # let chain = BeadSpring::new(2, TemperatureProfile::linear(1.0, 10.0))?;
//! # let paths = chain.simulate(&Simulation { movies: 1, frames: 6_000, ..Simulation::default() }, 0)?;
//! # let folder = tempfile::tempdir().expect("a temporary folder");
//! # let file = folder.path().join("cell.npz");
//! # let beads = cneep_sim::microscope::Microscope::default().record(&paths)?;
//! # cneep_movie::video::write(&file, &beads)?;
//!
//! let movie = Video::open(&file)?; // TIFF, NPY, HDF5, AVI, ...
//! // By principal modes, in closed form. `Training::default()` compares all estimators, which takes minutes.
//! let settings = Training::single(EstimatorSettings::named("modes")?);
//! let estimator = Estimator::train(std::slice::from_ref(&movie), &settings)?;
//!
//! let entropy = estimator.entropy_production(std::slice::from_ref(&movie))?;
//! let summary = Summary::of(&entropy, None);
//! println!("{} (p {:?})", summary.entropy_production_rate, summary.equilibrium_p_value);
//! for caution in &summary.cautions {
//!     println!("{caution}"); // what the numbers rest on, and what to do about it
//! }
//! let map = estimator.dissipation_map(&movie)?; // one a transition
//! # assert_eq!(map.transitions.dim().0, summary.transitions);
//! # assert!(summary.entropy_production_rate.value > 0.0);
//! # Ok::<(), cneep::Error>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`transition`] | windows of consecutive frames, and which are set aside |
//! | [`estimator`] | settings, training, comparison of estimators, runs on a disk |
//! | [`entropy_production`] | the result in time: rate, bounds, errors, verdict |
//! | [`dissipation_map`] | the result in space: maps, their mean, which cells are significant |
//! | [`conditions`] | movies of two conditions: do they differ, by how much, and where |
//!
//! Movies, units, errors and cautions are those of [`cneep_movie`]. What is computed, what it rests on and
//! how it was checked stands in the book of the project (`book/` in its repository).

mod statistics;
pub mod transition;
pub mod entropy_production;
pub mod dissipation_map;
pub mod estimator;
pub mod conditions;

pub use cneep_movie::{Calibration, Caution, Error, Measured, RateUnit, Result, Video};

/// Holds the example of the project's front page to what the library offers.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct FrontPage;
