//! Simulates systems whose entropy production is known exactly, and films them as a microscope would.
//!
//! Data flows one way: [`langevin`] solves and simulates, [`microscope`] draws and films, [`artefact`] spoils
//! the movies as instruments do, [`truth`] keeps the exact answers, and [`systems`] puts them together by
//! settings. Estimators must not know exact answers: nothing here is a dependency of the crate that
//! estimates, but of its tests alone.

pub mod langevin;
pub mod microscope;
pub mod artefact;
pub mod truth;
pub mod systems;

pub use truth::Truth;
