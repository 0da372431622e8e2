//! Gathers the numbers of `summary.json`.

use super::cautions::cautions_of;
use super::detection_limit::DetectionLimit;
use super::findings::Findings;
use super::part_of_frame::PartOfFrame;
use super::result::EntropyProduction;
use super::role::Role;
use super::verdict::{SIGNIFICANCE_LEVEL, Significance};
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::units::{Calibration, Measured};
use serde::{Deserialize, Serialize};

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
#[non_exhaustive]
pub struct Summary {
    /// Mean rate over the stated transitions (unseen ones if there are any, otherwise all).
    pub entropy_production_rate: Measured,
    /// Lower bound over held-out transitions; absent without them, and if the verdict is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certified_bound: Option<Measured>,
    /// The same over all unseen transitions, which certifies nothing; absent if none is out-of-fold.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cross_validated_bound: Option<Measured>,
    /// Scale a of dS in both bounds, `1 + <a dS> - <exp(-a dS)>`, chosen on training movies.
    #[serde(default = "super::scaled_bound::unscaled")]
    pub bound_scale: f64,
    /// Frames of the shorter windows whose estimate gives bounds, test, detection limit and `<exp(-dS)>`, as
    /// dS of the windows is beyond what their number can tell; absent where the windows themselves do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bounding_window: Option<usize>,
    /// The part of the frame whose dS gives bounds, test, detection limit and `<exp(-dS)>`, as dS of the
    /// whole frame is beyond what so many transitions can tell; absent where the whole frame does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bounding_part: Option<PartOfFrame>,
    /// `<exp(-dS)>`, 1 when converged.
    pub fluctuation_theorem: Measured,
    /// Transitions evaluated.
    pub transitions: usize,
    /// Transitions among them that had no part in any choice.
    pub held_out_transitions: usize,
    /// Transitions among them that were judged by fits without their fold.
    pub out_of_fold_transitions: usize,
    /// Sign-flip test against equilibrium on block sums of unseen transitions; absent without them, and of an
    /// estimate of zero.
    pub equilibrium_p_value: Option<f64>,
    /// Smallest rates that the unseen transitions could have shown; absent without them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detection_limit: Option<DetectionLimit>,
    /// The verdict in a word.
    pub significance: Significance,
    /// Whether the estimate is exactly zero: nothing was found, and there is no rate to state.
    #[serde(default)]
    pub is_zero: bool,
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

    /// The bound over all unseen transitions: the cross-validated one if there is one, otherwise the
    /// certified one.
    pub fn bound(&self) -> Option<&Measured> {
        self.cross_validated_bound.as_ref().or(self.certified_bound.as_ref())
    }

    /// Leaves out what a training that ended before it was done cannot say.
    pub fn withhold_verdict(&mut self) {
        self.significance = Significance::NotTested;
        self.equilibrium_p_value = None;
        self.detection_limit = None;
        let is_verdict = |kind: &CautionKind| {
            matches!(kind, CautionKind::NotDistinguishable { .. } | CautionKind::BoundNotAboveZero { .. })
        };
        self.cautions.retain(|caution| !is_verdict(&caution.kind));
    }

    /// Gathers the numbers of `entropy`; `exact` adds the exact rates of the simulated system.
    pub fn of(entropy: &EntropyProduction, exact: Option<&ExactRates>) -> Self {
        let comparison = entropy.comparison();
        // Without an exact rate the truth is heat along the path, whose steps differ from those of the
        // entropy production by what the system keeps and gives back: means can be compared, single
        // transitions cannot.
        let by_step = comparison.filter(|_| exact.is_none_or(|exact| exact.total.is_some()));
        let findings = Findings::of(entropy);
        let mut cautions = entropy.cautions.clone();
        cautions.extend(cautions_of(entropy, &findings));
        // Of a camera that reads all rows at once, rows that change one after the other show a flow.
        let at_once = entropy.calibration.readout == Some(0.0);
        let is_flow =
            |caution: &Caution| matches!(caution.kind, CautionKind::LinesInSequence { .. }) && at_once;
        let is_doubtful =
            cautions.iter().any(|caution| caution.kind.withdraws_verdict() && !is_flow(caution));
        let significance = Significance::of(findings.p_value, findings.bound(), is_doubtful);
        // A bound that is not believed certifies nothing.
        let certified_bound = findings.certified_bound.filter(|_| significance != Significance::Withdrawn);
        Self {
            entropy_production_rate: findings.rate,
            certified_bound,
            bound_scale: entropy.bounding().fit.bound_scale,
            bounding_window: entropy.bounding_window(),
            bounding_part: entropy.bounding_part(),
            cross_validated_bound: findings.cross_validated_bound,
            fluctuation_theorem: findings.fluctuation_theorem,
            transitions: entropy.transition_count(),
            held_out_transitions: entropy.count_of(Role::HeldOut),
            out_of_fold_transitions: entropy.count_of(Role::OutOfFold),
            equilibrium_p_value: findings.p_value,
            detection_limit: findings.detection_limit,
            significance,
            is_zero: entropy.is_zero(),
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
