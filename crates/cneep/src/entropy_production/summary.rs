//! Gathers the numbers of `summary.json`.

use super::cautions::cautions_of;
use super::{DetectionLimit, EntropyProduction};
use cneep_movie::caution::Caution;
use cneep_movie::units::{Calibration, Measured};
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

/// Exact rates of a simulated system, handed in for comparison only, in `k_B` per unit of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExactRates {
    /// Rate of the process; none for a system that cannot be solved.
    pub total: Option<f64>,
    /// Rate of each part; none for a system that cannot be solved.
    pub local: Option<Vec<f64>>,
}

/// The numbers of an estimate, as written to `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Mean rate over the stated transitions (held-out ones if there are any, otherwise all).
    pub entropy_production_rate: Measured,
    /// Held-out lower bound `1 + J`; absent without held-out data.
    pub lower_bound: Option<Measured>,
    /// `<exp(-dS)>`, 1 when converged.
    pub fluctuation_theorem: Measured,
    /// Transitions evaluated.
    pub transitions: usize,
    /// Transitions among them that had no part in choosing the parameters.
    pub held_out_transitions: usize,
    /// Sign-flip test against equilibrium on held-out block sums; absent without them.
    pub equilibrium_p_value: Option<f64>,
    /// Smallest rates that the held-out transitions could have shown; absent without them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detection_limit: Option<DetectionLimit>,
    /// The verdict in a word.
    pub significance: Significance,
    /// Frames in a transition.
    pub window: usize,
    /// Frame interval and pixel size.
    pub calibration: Calibration,
    /// Names of the movies, in the order of `entropy.csv`.
    pub movies: Vec<String>,
    /// Squared correlation with the exact values, where they are known transition by transition.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub r_squared: Option<f64>,
    /// Slope of the estimate on the exact values.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slope: Option<f64>,
    /// Exact rate of the process.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exact_rate: Option<f64>,
    /// Exact rate of each part of the system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exact_local_rate: Option<Vec<f64>>,
    /// Mean exact rate of the stated transitions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub realised_rate: Option<f64>,
    /// What a reader of these numbers must know.
    pub cautions: Vec<Caution>,
}

impl Summary {
    /// Whether the test against equilibrium rejects it at 5 %; a claim of dissipation needs the bound too.
    pub fn rejects_equilibrium(&self) -> bool {
        self.equilibrium_p_value.is_some_and(|p| p < SIGNIFICANCE_LEVEL)
    }

    /// Gathers the numbers of `entropy`; `exact` adds the exact rates of the simulated system.
    pub fn of(entropy: &EntropyProduction, exact: Option<&ExactRates>) -> Self {
        let comparison = entropy.comparison();
        // Without an exact rate the truth is heat along the path, whose steps differ from those of the entropy production by what the
        // system keeps and gives back: means can be compared, single transitions cannot.
        let by_step = comparison.filter(|_| exact.is_none_or(|exact| exact.total.is_some()));
        let p_value = entropy.equilibrium_p_value();
        let lower_bound = entropy.lower_bound();
        let fluctuation_theorem = entropy.fluctuation_theorem();
        let significance = verdict(p_value, lower_bound.as_ref());
        let mut cautions = entropy.cautions.clone();
        cautions.extend(cautions_of(entropy, &fluctuation_theorem, significance));
        Self {
            entropy_production_rate: entropy.rate(),
            lower_bound,
            fluctuation_theorem,
            transitions: entropy.transition_count(),
            held_out_transitions: entropy.held_out_count(),
            equilibrium_p_value: p_value,
            detection_limit: entropy.detection_limit(),
            significance,
            window: entropy.window,
            calibration: entropy.calibration,
            movies: entropy.movies.iter().map(|movie| movie.name.clone()).collect(),
            r_squared: by_step.map(|c| c.r_squared),
            slope: by_step.map(|c| c.slope),
            realised_rate: comparison.map(|c| c.realised_rate),
            exact_rate: exact.and_then(|exact| exact.total),
            exact_local_rate: exact.and_then(|exact| exact.local.clone()),
            cautions,
        }
    }
}

/// Dissipation is claimed only if the sign-flip test and the 95 % interval of the certified bound agree.
fn verdict(p_value: Option<f64>, lower_bound: Option<&Measured>) -> Significance {
    match (p_value, lower_bound) {
        (Some(p), Some(bound)) => {
            let certified = bound.confidence_interval.is_some_and(|[low, _]| low > 0.0);
            if p < SIGNIFICANCE_LEVEL && certified {
                Significance::Dissipates
            } else {
                Significance::NotSignificant
            }
        }
        _ => Significance::NotTested,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dissipation_is_claimed_only_when_test_and_bound_agree() {
        let bound =
            |value| Measured::new(value, Some(0.1), "k_B/s").with_interval(Some([value - 0.2, value + 0.2]));
        assert_eq!(verdict(Some(0.001), Some(&bound(1.0))), Significance::Dissipates);
        assert_eq!(verdict(Some(0.001), Some(&bound(0.1))), Significance::NotSignificant);
        assert_eq!(verdict(Some(0.2), Some(&bound(1.0))), Significance::NotSignificant);
        assert_eq!(verdict(None, None), Significance::NotTested);
    }
}
