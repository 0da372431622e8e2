//! Judges whether dissipation may be claimed.

use cneep_movie::units::Measured;
use serde::{Deserialize, Serialize};

/// A test rejects equilibrium below this probability.
pub(super) const SIGNIFICANCE_LEVEL: f64 = 0.05;

/// What the movies say about equilibrium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Significance {
    /// Unseen transitions reject equilibrium, and the lower bound lies above zero.
    Dissipates,
    /// Unseen transitions reject equilibrium, but the lower bound does not lie above zero: no size is
    /// claimed.
    RejectsEquilibrium,
    /// Unseen transitions do not reject equilibrium.
    #[serde(alias = "not_significant")]
    NotDetected,
    /// Unseen transitions reject equilibrium, but a caution says why that may not be believed.
    Withdrawn,
    /// No unseen transitions, so nothing can be said.
    NotTested,
}

impl Significance {
    /// Dissipation is claimed only if the sign-flip test and the 95 % interval of the lower bound agree, and
    /// nothing speaks against believing them.
    pub(super) fn of(p_value: Option<f64>, lower_bound: Option<&Measured>, is_doubtful: bool) -> Self {
        let Some(bound) = lower_bound else { return Self::NotTested };
        match p_value {
            Some(p) if p < SIGNIFICANCE_LEVEL && is_doubtful => Self::Withdrawn,
            Some(p) if p < SIGNIFICANCE_LEVEL && is_above_zero(bound) => Self::Dissipates,
            Some(p) if p < SIGNIFICANCE_LEVEL => Self::RejectsEquilibrium,
            _ => Self::NotDetected,
        }
    }

    /// The verdict in a few words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Dissipates => "dissipates",
            Self::RejectsEquilibrium => "equilibrium rejected, size not bounded",
            Self::NotDetected => "no dissipation detected",
            Self::Withdrawn => "withdrawn",
            Self::NotTested => "not tested",
        }
    }
}

/// Whether the whole 95 % interval of a `bound` lies above zero.
pub(super) fn is_above_zero(bound: &Measured) -> bool {
    bound.confidence_interval.is_some_and(|[low, _]| low > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dissipation_is_claimed_only_when_test_and_bound_agree_and_nothing_speaks_against_it() {
        let bound =
            |value| Measured::new(value, Some(0.1), "k_B/s").with_interval(Some([value - 0.2, value + 0.2]));
        let verdict = |p, value, doubtful| Significance::of(Some(p), Some(&bound(value)), doubtful);
        assert_eq!(verdict(0.001, 1.0, false), Significance::Dissipates);
        assert_eq!(verdict(0.001, 0.1, false), Significance::RejectsEquilibrium);
        assert_eq!(verdict(0.001, 1.0, true), Significance::Withdrawn);
        assert_eq!(verdict(0.2, 1.0, true), Significance::NotDetected);
        assert_eq!(Significance::of(None, Some(&bound(0.0)), false), Significance::NotDetected);
        assert_eq!(Significance::of(None, None, false), Significance::NotTested);
    }
}
