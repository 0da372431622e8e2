//! Tells how far an estimator came in a comparison, for the record and the report.

use serde::{Deserialize, Serialize};

/// One entry of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ComparedEstimator {
    /// Name of the estimator.
    pub estimator: String,
    /// Frames in its transitions.
    pub window: usize,
    /// How far it came.
    pub outcome: Outcome,
    /// Bound `1 + J` per frame interval on windows that it was not fitted to, in `k_B`, with the size that
    /// fits the other folds best; none without a single fit.
    pub bound: Option<f64>,
    /// Standard error of the bound, from the scatter between blocks of time.
    pub standard_error: Option<f64>,
    /// Fits that were made, each with another part of the movies held out.
    pub folds: usize,
    /// Weight in the sum, for movies that no fold holds; 0 if it has no part in it.
    pub weight: f64,
    /// Weight for each fold, chosen on the windows of the other folds.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fold_weights: Vec<f64>,
    /// Work that one fit was expected to take, in multiply-adds of a convolution.
    pub work: f64,
    /// Wall time that it took, in seconds.
    pub seconds: f64,
}

impl ComparedEstimator {
    /// Whether it has a weight in the sum, for windows of any fold or of none. The folds count one by one: of
    /// a rule by the weight on all windows, the windows of a fold would help to decide whether they get an
    /// estimate.
    pub fn is_summed(&self) -> bool {
        self.weight > 0.0 || self.fold_weights.iter().any(|weight| *weight > 0.0)
    }

    /// One that has not been fitted yet.
    pub(super) fn new(estimator: &str, window: usize, outcome: Outcome, work: f64) -> Self {
        Self {
            estimator: estimator.to_owned(),
            window,
            outcome,
            bound: None,
            standard_error: None,
            folds: 0,
            weight: 0.0,
            fold_weights: Vec::new(),
            work,
            seconds: 0.0,
        }
    }

    /// Takes down the bound of a transition, and its standard error, in `k_B`; returns the bound per frame
    /// interval.
    pub(super) fn reaches(&mut self, bound: f64, standard_error: f64) -> f64 {
        let intervals = (self.window - 1) as f64;
        self.standard_error = Some(standard_error / intervals);
        *self.bound.insert(bound / intervals)
    }
}

/// How far an estimator came in a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// Fitted once, cross-validated by its own means, to find the best window.
    TriedForWindow,
    /// Fitted once a fold, and weighed.
    CrossFitted,
    /// Fitted once, cross-validated by its own means, to find the best window, which added nothing to what
    /// another estimator reached: no fold was fitted.
    AddsNothingToWindow,
    /// So far behind on the first fold that the others were not fitted.
    Dismissed,
    /// Not fitted, as it would take more work than the budget leaves.
    OverBudget,
    /// Not fitted, as it would take at least so many transitions.
    TooFewTransitions(usize),
    /// It could not be built for these frames, or did not converge: why.
    Failed(String),
}

impl Outcome {
    /// Whether it tells of a fit that was made to find the best window.
    pub fn is_of_window(&self) -> bool {
        matches!(self, Self::TriedForWindow | Self::AddsNothingToWindow)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TriedForWindow => f.write_str("tried for its window"),
            Self::AddsNothingToWindow => f.write_str("tried for its window, where it adds nothing"),
            Self::CrossFitted => f.write_str("cross-fitted"),
            Self::Dismissed => f.write_str("adds nothing on the first fold"),
            Self::OverBudget => f.write_str("more work than the budget allows"),
            Self::TooFewTransitions(least) => write!(f, "takes at least {least} transitions"),
            Self::Failed(why) => write!(f, "left out: {why}"),
        }
    }
}
