//! States how a model is trained step by step along the gradient.

use crate::estimator::refusal::{check_range, refuse};
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// How the learning rate goes along the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same throughout.
    Constant,
    /// Half a cosine from the full rate down to zero at the last iteration.
    Cosine,
}

/// Settings of stochastic gradient descent by Adam, as stated: what is left open depends on the amount of
/// data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DescentSettings {
    /// Iterations at most. If absent, as many as show every training transition 15 times, within 1,500 and
    /// 14,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u64>,
    /// Transitions per iteration, drawn uniformly with replacement. If absent, 1,024, but at most a quarter
    /// of the training transitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// How the learning rate goes.
    pub schedule: Schedule,
    /// Member of the family of training objectives with the same optimum, in (-1, 1): 0 is the standard
    /// `dS - exp(-dS)`, -1/2 is sturdier under strong driving. Validation and bounds are always those of 0.
    pub alpha: f64,
    /// Memory of the running average of parameters that is validated and kept; 0 keeps the parameters
    /// themselves.
    pub averaging: f64,
    /// Iterations between validations. If absent, a fifteenth of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_every: Option<u64>,
    /// Validations in a row that are worse than the lowest by more than the tolerance, after which the run
    /// stops; 0 never stops early.
    pub patience: u64,
    /// Standard errors (of paired differences) by which the validation loss may exceed the lowest one for
    /// later parameters to be kept; 0 keeps strictly the lowest.
    pub tolerance: f64,
    /// Validation transitions at most, spread evenly over the validation set.
    pub validation_transitions: usize,
}

/// Most iterations and validations that may be stated.
const MOST_ITERATIONS: u64 = 1_000_000_000_000;
/// The largest number that a settings file holds: of transitions there are never as many.
const MOST_KEPT: u64 = i64::MAX as u64;

impl Default for DescentSettings {
    /// A cosine schedule from 6e-4, an average with memory 0.999, an end after 12 validations without
    /// improvement, a tolerance of 2 errors, 50,000 validation transitions.
    fn default() -> Self {
        Self {
            iterations: None,
            batch: None,
            learning_rate: 6e-4,
            schedule: Schedule::Cosine,
            alpha: 0.0,
            averaging: 0.999,
            validate_every: None,
            patience: 12,
            tolerance: 2.0,
            validation_transitions: 50_000,
        }
    }
}

impl DescentSettings {
    /// Batch 4096, constant rate 1e-4, 50,000 iterations, no averaging, no early stop: those of the paper.
    pub fn paper() -> Self {
        Self {
            iterations: Some(50_000),
            batch: Some(4096),
            learning_rate: 1e-4,
            schedule: Schedule::Constant,
            averaging: 0.0,
            validate_every: Some(500),
            patience: 0,
            tolerance: 0.0,
            ..Self::default()
        }
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub fn check(&self) -> Result<()> {
        let counts = [
            ("descent.iterations", self.iterations.unwrap_or(1), 1..=MOST_ITERATIONS),
            ("descent.validate_every", self.validate_every.unwrap_or(1), 1..=MOST_ITERATIONS),
            ("descent.patience", self.patience, 0..=MOST_ITERATIONS),
            ("descent.batch", self.batch.unwrap_or(1) as u64, 1..=MOST_KEPT),
            ("descent.validation_transitions", self.validation_transitions as u64, 1..=MOST_KEPT),
        ];
        for (name, count, range) in counts {
            check_range(name, count, range)?;
        }
        let within = |value: f64, low: f64, high: f64| value > low && value < high;
        if !within(self.learning_rate, 0.0, 1.0) {
            return refuse("descent.learning_rate", "a number in (0, 1)", &self.learning_rate);
        }
        if !within(self.alpha, -1.0, 1.0) {
            return refuse("descent.alpha", "a number in (-1, 1)", &self.alpha);
        }
        if !(self.averaging >= 0.0 && self.averaging < 1.0) {
            return refuse("descent.averaging", "a number in [0, 1)", &self.averaging);
        }
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            return refuse("descent.tolerance", "a number of at least 0", &self.tolerance);
        }
        Ok(())
    }
}
