//! Reads from the record of a training what the scores tell of it: the only place that knows records.

use cneep::estimator::{Choice, ComparedEstimator, Estimator, FitRecord, Outcome};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a training has come to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fit {
    /// Frames of a transition, chosen or given.
    pub(crate) window: usize,
    /// Transitions that trained.
    pub(crate) train_transitions: usize,
    /// Iterations of a training step by step; 0 for other fits.
    pub(crate) iterations: u64,
    /// The iteration whose parameters were kept; 0 for other fits.
    pub(crate) best_iteration: u64,
    /// What was compared, and kept.
    pub(crate) estimators: Estimators,
    /// Wall time of the training, in seconds.
    pub(crate) seconds: f64,
}

impl Fit {
    /// What the record and the settings of `estimator` say. An estimator that was compared with no other has
    /// the weight 1; fits that were made to find the window are left out, but for those that dismissed an
    /// estimator.
    pub(crate) fn of(estimator: &Estimator) -> Self {
        let record = estimator.record();
        let weighed = |of: &&ComparedEstimator| of.outcome != Outcome::TriedForWindow;
        let weight = |of: &ComparedEstimator| Weighted { name: of.estimator.clone(), weight: of.weight };
        let (iterations, best_iteration, estimators) = match &record.fit {
            FitRecord::Comparison(found) => {
                let estimators = found.compared.iter().filter(weighed).map(weight).collect();
                (0, 0, estimators)
            }
            FitRecord::Descent(found) => (found.iterations, found.best_iteration, alone(estimator)),
            _ => (0, 0, alone(estimator)),
        };
        Self {
            window: record.window,
            train_transitions: record.transitions[0],
            iterations,
            best_iteration,
            estimators: Estimators(estimators),
            seconds: record.elapsed_seconds,
        }
    }
}

/// The estimator that was fitted alone.
fn alone(estimator: &Estimator) -> Vec<Weighted> {
    match &estimator.settings().choice {
        Choice::Single(single) => vec![Weighted { name: single.name().to_owned(), weight: 1.0 }],
        Choice::Comparison(_) => Vec::new(),
    }
}

/// Estimators that were compared; as text `modes 1.05; force 0`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Estimators(pub(crate) Vec<Weighted>);

/// An estimator with its weight in the sum that was kept; 0 if it has no part in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weighted {
    pub(crate) name: String,
    pub(crate) weight: f64,
}

impl fmt::Display for Estimators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(|one| format!("{} {}", one.name, one.weight)).collect();
        f.write_str(&all.join("; "))
    }
}

impl From<Estimators> for String {
    fn from(estimators: Estimators) -> Self {
        estimators.to_string()
    }
}

impl TryFrom<String> for Estimators {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let one = |part: &str| {
            let (name, weight) = part.rsplit_once(' ')?;
            Some(Weighted { name: name.to_owned(), weight: weight.parse().ok()? })
        };
        let parts = text.split("; ").filter(|part| !part.is_empty());
        let all: Option<Vec<Weighted>> = parts.map(one).collect();
        all.map(Self).ok_or_else(|| format!("`{text}`, which are no estimators with weights"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches weights that lose digits in the table, and estimators that get lost in it.
    #[test]
    fn estimators_are_read_as_they_were_written() {
        let one = |name: &str, weight: f64| Weighted { name: name.into(), weight };
        let both = Estimators(vec![one("modes", 0.1 + 0.2), one("force", 0.0)]);
        assert_eq!(both.to_string(), "modes 0.30000000000000004; force 0");
        for written in [both, Estimators::default()] {
            assert_eq!(Estimators::try_from(written.to_string()), Ok(written));
        }
        assert!(Estimators::try_from("modes".to_owned()).is_err());
    }
}
