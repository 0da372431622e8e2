//! Carries the path of a system together with its exact entropy production.

use super::step_entropy::StepEntropy;
use super::system::LangevinSystem;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::{Array2, Array3, ArrayView3, Axis, s};

/// A path of a system, frame by frame, that knows the exact entropy production of every transition between
/// frames.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    positions: Array2<f64>,
    /// Positions at the steps kept of every frame, shape (frame, step, coordinate); none if only the frame's
    /// own was.
    kept_steps: Option<Array3<f64>>,
    parts: Vec<usize>,
    time_step: f64,
    frame_interval: f64,
    stationary_deviation: Vec<f64>,
    entropy_production: StepEntropy,
}

impl Trajectory {
    /// A path from the positions at the steps kept of every frame, shape (frame, step, coordinate), the last
    /// being the frame's own; coordinates belong to `parts`.
    pub(super) fn new(
        parts: Vec<usize>,
        stationary_deviation: Vec<f64>,
        kept_steps: Array3<f64>,
        time_step: f64,
        frame_interval: f64,
        entropy_production: StepEntropy,
    ) -> Self {
        let last = kept_steps.len_of(Axis(1)) - 1;
        let (positions, kept_steps) = match last {
            0 => (kept_steps.index_axis_move(Axis(1), 0), None),
            _ => (kept_steps.index_axis(Axis(1), last).to_owned(), Some(kept_steps)),
        };
        Self {
            positions,
            kept_steps,
            parts,
            time_step,
            frame_interval,
            stationary_deviation,
            entropy_production,
        }
    }

    /// Positions, shape (frame, coordinate).
    pub fn positions(&self) -> &Array2<f64> {
        &self.positions
    }

    /// Positions at the time steps kept of every frame, shape (frame, step, coordinate): the last steps
    /// before it, the last of which is the frame's own. What a camera sees while its shutter is open.
    pub fn exposure_positions(&self) -> ArrayView3<'_, f64> {
        match &self.kept_steps {
            Some(kept) => kept.view(),
            None => self.positions.view().insert_axis(Axis(1)),
        }
    }

    /// Part to which each coordinate belongs.
    pub fn parts(&self) -> &[usize] {
        &self.parts
    }

    /// Time of one step of the integration.
    pub fn time_step(&self) -> f64 {
        self.time_step
    }

    /// Time between frames, a whole number of time steps.
    pub fn frame_interval(&self) -> f64 {
        self.frame_interval
    }

    /// Exact stationary standard deviation of each coordinate of a linear system, whose stationary mean is
    /// zero. Of an elastic network it is that of small displacements.
    pub fn stationary_deviation(&self) -> &[f64] {
        &self.stationary_deviation
    }

    /// Exact entropy production of every transition between frames, summed over the time steps in it.
    pub fn entropy_production(&self) -> &StepEntropy {
        &self.entropy_production
    }

    /// Entropy production per unit of time realised on this path.
    pub fn realised_rate(&self) -> f64 {
        let total = &self.entropy_production.total;
        total.iter().sum::<f64>() / (total.len() as f64 * self.frame_interval)
    }

    /// The path at these `frames` alone, in order: what was produced in between belongs to the next of them.
    /// Two frames or more, the first of which is 0.
    pub(crate) fn at_frames(&self, frames: &[usize]) -> Self {
        let mut local = Array2::zeros((frames.len() - 1, self.entropy_production.local.ncols()));
        for (mut local, pair) in local.outer_iter_mut().zip(frames.windows(2)) {
            let between = self.entropy_production.local.slice(s![pair[0]..pair[1], ..]);
            local.assign(&between.sum_axis(Axis(0)));
        }
        Self {
            positions: self.positions.select(Axis(0), frames),
            kept_steps: self.kept_steps.as_ref().map(|kept| kept.select(Axis(0), frames)),
            entropy_production: StepEntropy::from_local(local),
            ..self.clone()
        }
    }

    /// The same path run backwards. Steps kept between frames are dropped: run backwards, they follow their
    /// frame.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            positions: self.positions.slice(s![..;-1, ..]).to_owned(),
            kept_steps: None,
            entropy_production: self.entropy_production.reversed(),
            parts: self.parts.clone(),
            stationary_deviation: self.stationary_deviation.clone(),
            ..*self
        }
    }
}

impl LangevinSystem {
    /// A trajectory of this system from `positions` found elsewhere, shape (frame, coordinate),
    /// `frame_interval` apart, which is also taken as the time step.
    ///
    /// # Errors
    /// [`Error::Setting`] for a frame interval that is not positive and finite, and those of
    /// [`Self::exact_entropy_production`].
    pub fn trajectory(&self, positions: Array2<f64>, frame_interval: f64) -> Result<Trajectory> {
        if !(frame_interval.is_finite() && frame_interval > 0.0) {
            return Err(Error::Setting(Fault::new(
                "frame_interval",
                "a positive, finite time",
                frame_interval.to_string(),
                "Give the time between two frames.",
            )));
        }
        let entropy = self.exact_entropy_production(&positions)?;
        let kept_steps = positions.insert_axis(Axis(1));
        let (parts, deviation) = (self.parts().to_vec(), self.steady_state().standard_deviation());
        Ok(Trajectory::new(parts, deviation, kept_steps, frame_interval, frame_interval, entropy))
    }
}

#[cfg(test)]
mod tests {
    use crate::langevin::{Simulation, published::two_beads};

    /// Catches a recorded entropy other than that of the stored path.
    #[test]
    fn positions_alone_give_back_the_simulated_trajectory() {
        let system = two_beads();
        let run = Simulation { frames: 200, movies: 1, ..Simulation::default() };
        let simulated = system.simulate(&run, 2).unwrap().remove(0);
        let again = system.trajectory(simulated.positions().clone(), 0.01).unwrap();
        assert_eq!(again, simulated);
        assert!(system.trajectory(simulated.positions().clone(), 0.0).is_err());
    }

    /// Catches entropy that is lost with its frame.
    #[test]
    fn a_path_without_some_frames_keeps_their_entropy() {
        let run =
            Simulation { frames: 9, steps_per_frame: 3, kept_steps: 2, movies: 1, ..Simulation::default() };
        let path = two_beads().simulate(&run, 2).unwrap().remove(0);
        let less = path.at_frames(&[0, 1, 4, 8]);
        assert_eq!(less.positions().row(2), path.positions().row(4));
        assert_eq!(less.exposure_positions().dim(), (4, 2, 2));
        let sum = |path: &super::Trajectory| path.entropy_production().total.iter().sum::<f64>();
        assert!((sum(&less) - sum(&path)).abs() < 1e-12);
        assert_eq!(path.at_frames(&[0, 1, 2, 3, 4, 5, 6, 7, 8]), path);
    }

    #[test]
    fn running_backwards_twice_changes_nothing() {
        let system = two_beads();
        let run = Simulation { frames: 20, steps_per_frame: 3, movies: 1, ..Simulation::default() };
        let path = system.simulate(&run, 2).unwrap().remove(0);
        assert_eq!(path.reversed().reversed(), path);
        assert_eq!(path.reversed().realised_rate() < 0.0, path.realised_rate() > 0.0);
    }
}
