//! Judges whether dissipation may be claimed.

use cneep_movie::units::Measured;
use serde::{Deserialize, Serialize};

/// A test rejects equilibrium below this probability.
pub(super) const SIGNIFICANCE_LEVEL: f64 = 0.05;

/// What the movies say about equilibrium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Significance {
    /// Held-out dissipation is distinguishable from zero.
    Dissipates,
    /// Held-out dissipation is not distinguishable from zero.
    NotSignificant,
    /// No held-out data, so nothing can be said.
    NotTested,
}

impl Significance {
    /// Dissipation is claimed only if the sign-flip test and the 95 % interval of the lower bound agree.
    pub(super) fn of(p_value: Option<f64>, lower_bound: Option<&Measured>) -> Self {
        match (p_value, lower_bound) {
            (Some(p), Some(bound)) => {
                let certified = bound.confidence_interval.is_some_and(|[low, _]| low > 0.0);
                if p < SIGNIFICANCE_LEVEL && certified { Self::Dissipates } else { Self::NotSignificant }
            }
            _ => Self::NotTested,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dissipation_is_claimed_only_when_test_and_bound_agree() {
        let bound =
            |value| Measured::new(value, Some(0.1), "k_B/s").with_interval(Some([value - 0.2, value + 0.2]));
        let verdict = |p, value| Significance::of(Some(p), Some(&bound(value)));
        assert_eq!(verdict(0.001, 1.0), Significance::Dissipates);
        assert_eq!(verdict(0.001, 0.1), Significance::NotSignificant);
        assert_eq!(verdict(0.2, 1.0), Significance::NotSignificant);
        assert_eq!(Significance::of(None, None), Significance::NotTested);
    }
}
