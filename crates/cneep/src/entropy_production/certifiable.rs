//! Tells whether so many transitions can certify dS of such a size.

use super::scaled_bound::{FEW_WEIGHTS, certifiable_limit, clip_limit, effective_number};

/// More values than this share beyond what the number of transitions can tell leave the rate to their size,
/// which nothing measures.
const SATURATED_SHARE: f64 = 0.02;
/// A mean dS per transition above this share of what can be certified is near the limit.
const NEAR_LIMIT: f64 = 0.5;
/// What is safely within the limits on movies of a training is so by this factor: others may be shorter.
const SAFETY: f64 = 2.0;

/// How large the dS of some transitions is beside what their number can tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Certifiable {
    /// The most that can be certified of one transition, in `k_B`.
    pub(super) limit: f64,
    /// Share of the values beyond it, in either direction.
    pub(super) share_beyond: f64,
    /// Mean dS, in `k_B`.
    pub(super) mean: f64,
    /// Effective number of transitions on which the bound rests.
    pub(super) effective: f64,
    count: usize,
}

impl Certifiable {
    /// Of these `values` of dS, in `k_B`, and a bound of this scale.
    pub(crate) fn of(values: &[f64], scale: f64) -> Self {
        let limit = certifiable_limit(values.len());
        let count = values.len().max(1) as f64;
        let beyond = values.iter().filter(|value| value.abs() >= limit).count();
        Self {
            limit,
            share_beyond: beyond as f64 / count,
            mean: values.iter().sum::<f64>() / count,
            effective: effective_number(values, scale, clip_limit(values.len())),
            count: values.len(),
        }
    }

    /// Whether more values lie beyond the limit than can be taken for chance.
    pub(super) fn is_saturated(&self) -> bool {
        self.share_beyond > SATURATED_SHARE
    }

    /// Whether the mean nears what can be certified.
    pub(super) fn is_near_limit(&self) -> bool {
        self.mean > NEAR_LIMIT * self.limit
    }

    /// Whether a few transitions carry the bound.
    pub(super) fn rests_on_few(&self) -> bool {
        self.effective < self.enough(FEW_WEIGHTS)
    }

    /// Whether fewer or other movies of the same kind would be within all limits, too.
    pub(crate) fn is_safe(&self) -> bool {
        SAFETY * self.share_beyond <= SATURATED_SHARE
            && SAFETY * self.mean <= NEAR_LIMIT * self.limit
            && self.effective >= self.enough(SAFETY * FEW_WEIGHTS)
    }

    /// Whether a bound within all limits can be had.
    pub(crate) fn is_within(&self) -> bool {
        !(self.is_saturated() || self.is_near_limit() || self.rests_on_few())
    }

    /// So many, or half of all if there are less.
    fn enough(&self, effective: f64) -> f64 {
        effective.min(0.5 * self.count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::synthetic::gaussian;

    /// Gaussian dS that obeys the fluctuation theorem, 4,000 values with this mean.
    fn of_mean(mean: f64) -> Certifiable {
        Certifiable::of(&gaussian(1, 4000, mean, 0.0, 3).movies[0].values, 1.0)
    }

    /// Catches a limit that weak driving meets, one that strong driving does not, and a margin that is none.
    #[test]
    fn what_is_large_for_so_few_is_told_apart() {
        assert!(of_mean(0.1).is_safe() && of_mean(0.1).is_within());
        let between: Vec<f64> = (2..16).map(|tenths| 0.2 * f64::from(tenths)).collect();
        let close = between.iter().filter(|&&mean| of_mean(mean).is_within() && !of_mean(mean).is_safe());
        assert!(close.count() > 0, "what is within the limits but not safely so");
        assert!(between.iter().all(|&mean| of_mean(mean).is_within() || !of_mean(mean).is_safe()));
        let strong = of_mean(12.0);
        assert!(strong.is_saturated() && strong.is_near_limit() && !strong.is_within());
    }
}
