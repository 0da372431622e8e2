//! Tells how far an estimator came, for the record and the report.

use crate::estimator::settings::EstimatorKind;
use cneep_movie::units::Measured;
use serde::{Deserialize, Serialize};

/// One entry of the comparison that `auto` makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    /// Which estimator.
    pub estimator: EstimatorKind,
    /// Frames in its transitions.
    pub window: usize,
    /// How far it came.
    pub standing: Standing,
    /// Bound `1 + J` per frame interval on windows that it was not fitted to, in `k_B`, with the size that fits it best; none if there was
    /// no time for a single fit.
    pub bound: Option<f64>,
    /// Standard error of the bound, from the scatter between stretches of time.
    pub standard_error: Option<f64>,
    /// Fits that were made, each with another part of the movies held out.
    pub folds: usize,
    /// Weight in the sum that is the estimate; 0 if it has no part in it.
    pub weight: f64,
    /// Wall time that it took, in seconds.
    pub seconds: f64,
}

impl Contender {
    /// One that has not been fitted yet.
    pub(super) fn new(estimator: EstimatorKind, window: usize, standing: Standing) -> Self {
        let (bound, standard_error) = (None, None);
        Self { estimator, window, standing, bound, standard_error, folds: 0, weight: 0.0, seconds: 0.0 }
    }

    /// Takes down the bound of a transition, and its standard error, in `k_B`; returns the bound per frame interval.
    pub(super) fn reaches(&mut self, bound: f64, standard_error: f64) -> f64 {
        let intervals = (self.window - 1) as f64;
        self.standard_error = Some(standard_error / intervals);
        *self.bound.insert(bound / intervals)
    }

    /// The bound with its error, for people: one far below zero says only that the fit has failed.
    pub fn bound_in_words(&self) -> String {
        match self.bound {
            None => String::new(),
            Some(bound) if bound < FAILED => "far below zero".into(),
            Some(bound) => Measured::new(bound, self.standard_error, "").to_string().trim_end().to_owned(),
        }
    }
}

/// A bound below this, in `k_B` per frame interval, says nothing by its size.
const FAILED: f64 = -10.0;

/// How far an estimator came in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Fitted once, cross-validated by its own means, to find the best window.
    Scouted,
    /// Fitted once a fold, and weighed.
    CrossFitted,
    /// So far behind on the first fold that the others were not tried.
    Dismissed,
    /// Left out, as it would have taken longer than the time that is left.
    OutOfTime,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Scouted => "tried for its window",
            Self::CrossFitted => "cross-fitted",
            Self::Dismissed => "adds nothing on the first fold",
            Self::OutOfTime => "would take too long",
        })
    }
}
