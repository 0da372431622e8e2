//! Settles what the settings of a run leave open.

use super::settings::{Schedule, Training};

/// Transitions per iteration unless stated otherwise.
const LARGEST_BATCH: usize = 1024;
/// Times that every training transition is seen unless iterations are stated.
const PASSES: u64 = 15;
/// Fewest and most iterations unless stated.
const ITERATIONS: [u64; 2] = [1500, 14_000];
/// Validations along a run unless their distance is stated.
const VALIDATIONS: u64 = 15;

/// How long a run trains, on how much at a time, and how fast.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    /// Iterations at most.
    pub(super) iterations: u64,
    /// Transitions per iteration.
    pub(super) batch: usize,
    /// Iterations between validations.
    pub(super) validate_every: u64,
    /// Learning rate of the response to changes over that of the response to frames.
    pub(super) increment_gain: f64,
    learning_rate: f64,
    schedule: Schedule,
}

impl Plan {
    /// The plan of `settings` for `train_count` training transitions; `increment_gain` measures the gain where it is left
    /// open.
    pub(super) fn new(settings: &Training, train_count: usize, increment_gain: impl FnOnce() -> f64) -> Self {
        let batch = settings.batch.unwrap_or((train_count / 4).clamp(1, LARGEST_BATCH));
        let passes = PASSES * train_count as u64 / batch as u64;
        let iterations = settings.iterations.unwrap_or(passes.clamp(ITERATIONS[0], ITERATIONS[1]));
        Self {
            iterations,
            batch,
            validate_every: settings.validate_every.unwrap_or((iterations / VALIDATIONS).max(1)),
            increment_gain: settings.increment_gain.unwrap_or_else(increment_gain),
            learning_rate: settings.learning_rate,
            schedule: settings.schedule,
        }
    }

    /// `settings` with nothing left open.
    pub(super) fn complete(&self, settings: &Training) -> Training {
        Training {
            iterations: Some(self.iterations),
            batch: Some(self.batch),
            validate_every: Some(self.validate_every),
            increment_gain: settings.estimator.has_first_layer().then_some(self.increment_gain),
            ..settings.clone()
        }
    }

    /// Learning rate at `iteration` (counted from 0).
    pub(super) fn learning_rate_at(&self, iteration: u64) -> f64 {
        match self.schedule {
            Schedule::Constant => self.learning_rate,
            Schedule::Cosine => {
                let phase = iteration as f64 / self.iterations as f64;
                self.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * phase).cos())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_falls_from_the_full_rate_to_zero() {
        let settings = Training { iterations: Some(100), learning_rate: 0.01, ..Training::convolutional() };
        let plan = Plan::new(&settings, 1000, || 1.0);
        assert!((plan.learning_rate_at(0) - 0.01).abs() < 1e-15);
        assert!((plan.learning_rate_at(50) - 0.005).abs() < 1e-15);
        assert!(plan.learning_rate_at(99) < 1e-5);
    }

    /// Would catch a plan that trains on little data for hours or on much data for a minute.
    #[test]
    fn more_transitions_are_trained_on_for_longer_within_bounds() {
        let iterations = |train_count| Plan::new(&Training::convolutional(), train_count, || 1.0).iterations;
        assert_eq!(iterations(100), 1500);
        assert_eq!(iterations(80_000), 1500);
        assert_eq!(iterations(800_000), 11_718);
        assert_eq!(iterations(80_000_000), 14_000);
    }

    /// Would catch a resumed run that plans anew.
    #[test]
    fn completed_settings_give_the_same_plan_whatever_the_data() {
        let plan = Plan::new(&Training::convolutional(), 3000, || 7.0);
        let complete = plan.complete(&Training::convolutional());
        assert_eq!(Plan::new(&complete, 1, || unreachable!("the gain is known")), plan);
        let paper = Training::paper();
        assert_eq!(
            Plan::new(&paper, 3000, || unreachable!("the paper leaves nothing open")).complete(&paper),
            paper
        );
    }
}
