//! Holds what a fit says of itself, as far as the statement of its results hangs on it.

use super::scaled_bound::unscaled;

/// What the fit behind an estimate says of itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FitQuality {
    /// Scale a of dS in the lower bound `1 + <a dS> - <exp(-a dS)>`, chosen on training movies.
    pub bound_scale: f64,
    /// Share of the mean square of dS on which members fitted to different movies agree, below zero where
    /// they differ by more than that; none where there are no members to compare.
    pub reliability: Option<f64>,
    /// Of a fit that estimates zero, the highest bound that anything reached which was tried, and its
    /// standard error, in `k_B` per frame interval; both were no reason to estimate more than zero.
    pub rejected_bound: Option<(f64, f64)>,
    /// Mean dS per transition, in `k_B`, by each member of a comparison, where all of them judge all stated
    /// transitions; otherwise empty.
    pub member_means: Vec<f64>,
}

impl Default for FitQuality {
    fn default() -> Self {
        Self { bound_scale: unscaled(), reliability: None, rejected_bound: None, member_means: Vec::new() }
    }
}
