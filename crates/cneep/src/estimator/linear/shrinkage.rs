//! Names the ways in which coefficients are shrunk, and solves for the best ones.

use super::features::LinearForm;
use super::moments::Moments;
use super::relevance::prune_by_relevance;
use super::ridge::Ridge;

/// How coefficients are shrunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::estimator) enum Shrinkage {
    /// One ridge for all, as a fraction of the mean square of each feature.
    Ridge(f64),
    /// A ridge of each pair's own, by automatic relevance determination, on top of this one.
    Relevance(f64),
}

impl Shrinkage {
    /// Coefficients of `form`, whose sums of features are `moments`, that are best for small dS; none if the
    /// matrix cannot be solved.
    pub(in crate::estimator) fn optimum(self, moments: &Moments, form: &dyn LinearForm) -> Option<Vec<f64>> {
        let ridge = match self {
            Self::Ridge(strength) => Ridge::new(moments, form, strength, strength)?,
            Self::Relevance(strength) => prune_by_relevance(moments, form, strength)?,
        };
        Some(ridge.small_entropy_optimum(moments))
    }
}
