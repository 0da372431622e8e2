//! States what is known exactly of things that move through a frame.
//!
//! Lengths are in pixels of the frame, in which the centre of the first pixel is at 0; times are in the unit
//! of the rates, which is the frame where nothing else is said.

use super::path::{self, Dynamics};
use super::simulation::Simulation;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::Array2;

/// Most steps of integration between two time steps.
const MOST_SUB_STEPS: f64 = 1e6;

/// Things that move through a frame, with the exact answers to what they produce in it.
pub trait Moving {
    /// Simulates independent movies of the steady state. Every object is a part; where it can be seen to
    /// produce nothing, nothing is what its transitions produce.
    ///
    /// # Errors
    /// [`Error::Setting`] for settings out of range, fewer than 2 frames, no steps or movies, more frames
    /// than memory holds, or a time step that is not positive and finite.
    fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>>;

    /// Exact entropy production rate of what lies in the frame, seen or not, one value an object, in `k_B`
    /// per unit of time.
    fn exact_local_rates(&self) -> Vec<f64>;

    /// Rate that pairs of frames `gap` apart can show at best; none where it has no closed form.
    fn exact_pair_rate(&self, gap: f64) -> Option<f64>;

    /// Mean entropy production that can be seen, shape (row, column), in `k_B` per pixel and unit of time.
    fn exact_density(&self) -> Array2<f64>;
}

/// Independent movies of `dynamics`, whose coordinates have no stationary deviation of their own.
pub(super) fn simulate(dynamics: &impl Dynamics, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
    if !(run.time_step > 0.0 && run.time_step.is_finite()) {
        let expected = "a positive, finite time";
        let remedy = "Take 1 for a step from frame to frame.";
        return Err(Error::Setting(Fault::new("time_step", expected, run.time_step.to_string(), remedy)));
    }
    path::simulate(dynamics, &vec![0.0; dynamics.parts().len()], run, seed)
}

/// How many steps of integration a time step is divided into, `per_unit` of them in a unit of time, and how
/// long each is.
pub(super) fn sub_steps(time_step: f64, per_unit: f64) -> (usize, f64) {
    let count = (time_step * per_unit).ceil().clamp(1.0, MOST_SUB_STEPS);
    (count as usize, time_step / count)
}

/// Refuses a setting that is not a finite number of 0 or more.
pub(super) fn check_not_negative(subject: &str, value: f64) -> Result<()> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    let remedy = "Give 0 for none.";
    Err(Error::Setting(Fault::new(subject, "a finite number, not negative", value.to_string(), remedy)))
}

/// Refuses a setting that is not finite.
pub(super) fn check_finite(subject: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::Setting(Fault::new(subject, "a finite number", value.to_string(), "Give 0 for none.")))
}

/// Refuses a count or an edge of a frame out of this range.
pub(super) fn check_count(subject: &str, count: usize, (least, most): (usize, usize)) -> Result<()> {
    if (least..=most).contains(&count) {
        return Ok(());
    }
    let expected = format!("a number from {least} to {most}");
    Err(Error::Setting(Fault::new(subject, expected, count.to_string(), "Choose another number.")))
}
