//! Simulates systems whose entropy production is known exactly, and films them as a microscope would.
//!
//! Estimators must not know exact answers: nothing here is a dependency of the crate that estimates, but of its tests alone.

pub mod langevin;
pub mod truth;
pub mod microscope;

pub use truth::Truth;
