//! Settles what the settings of a descent leave open.

use super::settings::{DescentSettings, Schedule};
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// Transitions per iteration unless stated otherwise.
const LARGEST_BATCH: usize = 1024;
/// Times that every training transition is seen unless iterations are stated.
const PASSES: u64 = 15;
/// Fewest and most iterations unless stated.
const ITERATIONS: [u64; 2] = [1500, 14_000];
/// Validations along a run unless their distance is stated.
const VALIDATIONS: u64 = 15;

/// How long a run trains, on how much at a time, how fast, and when it ends: nothing is left open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DescentPlan {
    /// Iterations at most.
    pub iterations: u64,
    /// Transitions per iteration.
    pub batch: usize,
    /// Iterations between validations.
    pub validate_every: u64,
    /// Learning rate of Adam at the start.
    pub learning_rate: f64,
    /// How the learning rate goes.
    pub schedule: Schedule,
    /// Member of the family of objectives.
    pub alpha: f64,
    /// Memory of the running average of parameters.
    pub averaging: f64,
    /// Validations without improvement after which the run ends; 0 for never.
    pub patience: u64,
    /// Paired standard errors within which a later validation counts as good as the lowest.
    pub tolerance: f64,
    /// Validation transitions at most.
    pub validation_transitions: usize,
}

impl DescentPlan {
    /// The plan of `settings` for `train_count` training transitions.
    pub(in crate::estimator) fn new(settings: &DescentSettings, train_count: usize) -> Self {
        let most = train_count.max(1);
        let batch = settings.batch.unwrap_or((train_count / 4).clamp(1, LARGEST_BATCH)).min(most);
        let passes = PASSES * train_count as u64 / batch as u64;
        let iterations = settings.iterations.unwrap_or(passes.clamp(ITERATIONS[0], ITERATIONS[1]));
        Self {
            iterations,
            batch,
            validate_every: settings.validate_every.unwrap_or((iterations / VALIDATIONS).max(1)),
            learning_rate: settings.learning_rate,
            schedule: settings.schedule,
            alpha: settings.alpha,
            averaging: settings.averaging,
            patience: settings.patience,
            tolerance: settings.tolerance,
            validation_transitions: settings.validation_transitions,
        }
    }

    /// Refuses what no training could have taken.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub(in crate::estimator) fn check(&self) -> Result<()> {
        DescentSettings {
            iterations: Some(self.iterations),
            batch: Some(self.batch),
            learning_rate: self.learning_rate,
            schedule: self.schedule,
            alpha: self.alpha,
            averaging: self.averaging,
            validate_every: Some(self.validate_every),
            patience: self.patience,
            tolerance: self.tolerance,
            validation_transitions: self.validation_transitions,
        }
        .check()
    }

    /// Learning rate at `iteration` (counted from 0).
    pub(in crate::estimator) fn learning_rate_at(&self, iteration: u64) -> f64 {
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
        let settings =
            DescentSettings { iterations: Some(100), learning_rate: 0.01, ..DescentSettings::default() };
        let plan = DescentPlan::new(&settings, 1000);
        assert!((plan.learning_rate_at(0) - 0.01).abs() < 1e-15);
        assert!((plan.learning_rate_at(50) - 0.005).abs() < 1e-15);
        assert!(plan.learning_rate_at(99) < 1e-5);
    }

    /// Catches room taken for a batch of any size.
    #[test]
    fn no_batch_is_larger_than_what_there_is_to_draw() {
        let batch = |stated: usize, count| {
            let settings = DescentSettings { batch: Some(stated), ..DescentSettings::default() };
            DescentPlan::new(&settings, count).batch
        };
        assert_eq!((batch(usize::MAX, 300), batch(7, 300), batch(7, 0)), (300, 7, 1));
    }

    /// Would catch a plan that trains on little data for hours or on much data for a minute.
    #[test]
    fn more_transitions_are_trained_on_for_longer_within_bounds() {
        let iterations = |count| DescentPlan::new(&DescentSettings::default(), count).iterations;
        assert_eq!(iterations(100), 1500);
        assert_eq!(iterations(80_000), 1500);
        assert_eq!(iterations(800_000), 11_718);
        assert_eq!(iterations(80_000_000), 14_000);
    }
}
