//! Decides from sizes alone, before the first fit, which windows and estimators a comparison has work for.

use super::compared::Outcome;
use super::settings::ComparisonSettings;
use crate::estimator::registry::EstimatorSettings;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::{Error, Result};

/// Share of the work that the choice of the window may take.
const SHARE_OF_WINDOWS: f64 = 0.25;

/// Whether an estimator is fitted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    /// Its fits to all folds take so much work each.
    Fit(f64),
    /// It is left out: why, and the work that one fit would have taken, if that is known.
    LeftOut(Outcome, f64),
}

impl Decision {
    /// Work of one fit; none of what is not fitted.
    pub(super) fn work(&self) -> f64 {
        match self {
            Self::Fit(work) => *work,
            Self::LeftOut(..) => 0.0,
        }
    }
}

/// Work that the choice of the window may take.
pub(super) fn share_of_windows(settings: &ComparisonSettings) -> f64 {
    SHARE_OF_WINDOWS * settings.work
}

/// The windows of `settings` behind the first that `estimator` can be fitted to once each within what is left
/// of the share of windows.
pub(super) fn windows_within(
    settings: &ComparisonSettings,
    estimator: &EstimatorSettings,
    shape: WindowShape,
    transitions: usize,
    mut spent: f64,
) -> Result<Vec<usize>> {
    let mut within = Vec::new();
    for &window in &settings.windows[1..] {
        spent += estimator.work(WindowShape { window, ..shape }, transitions)?;
        if spent > share_of_windows(settings) {
            break;
        }
        within.push(window);
    }
    Ok(within)
}

/// What is fitted, estimator by estimator, to folds of which each leaves so many `transitions`. The first
/// that can be built is fitted whatever it takes. One that so few can tell nothing is left out,
/// unless there is no other.
///
/// # Errors
/// That of the last estimator, if none can be built.
pub(super) fn decide(
    settings: &ComparisonSettings,
    shape: WindowShape,
    transitions: usize,
) -> Result<Vec<Decision>> {
    let mut left = settings.work;
    let mut refusal: Option<Error> = None;
    let mut decisions = Vec::new();
    let others_can_learn = settings.estimators.iter().any(|of| of.least_transitions() <= transitions);
    for estimator in &settings.estimators {
        let work = match estimator.method(shape).and_then(|_| estimator.work(shape, transitions)) {
            Ok(work) => work,
            Err(error) => {
                decisions.push(Decision::LeftOut(Outcome::Failed(error.to_string()), 0.0));
                refusal = Some(error);
                continue;
            }
        };
        let least = estimator.least_transitions();
        if transitions < least && others_can_learn {
            decisions.push(Decision::LeftOut(Outcome::TooFewTransitions(least), 0.0));
            continue;
        }
        let is_first = !decisions.iter().any(|decision| matches!(decision, Decision::Fit(_)));
        let of_folds = settings.folds as f64 * work;
        decisions.push(if is_first || of_folds <= left {
            Decision::Fit(work)
        } else {
            Decision::LeftOut(Outcome::OverBudget, work)
        });
        if let Some(Decision::Fit(_)) = decisions.last() {
            left -= of_folds;
        }
    }
    match refusal {
        Some(error) if !decisions.iter().any(|decision| matches!(decision, Decision::Fit(_))) => Err(error),
        _ => Ok(decisions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: WindowShape = WindowShape { window: 2, rows: 20, columns: 40 };

    /// Catches a first estimator that is left out, a second that is fitted beyond the budget, and one that
    /// cannot be built and takes the others down.
    #[test]
    fn what_is_fitted_depends_on_sizes_alone() {
        let decided = |work: f64, shape: WindowShape| {
            decide(&ComparisonSettings { work, ..ComparisonSettings::default() }, shape, 10_000).unwrap()
        };
        let all = decided(1e20, PAIRS);
        assert!(all.iter().all(|decision| matches!(decision, Decision::Fit(work) if *work > 0.0)), "{all:?}");
        let none = decided(1.0, PAIRS);
        assert!(matches!(none[0], Decision::Fit(_)));
        assert!(
            none[1..].iter().all(|decision| matches!(decision, Decision::LeftOut(Outcome::OverBudget, _))),
            "{none:?}"
        );
        let line_scan = decided(1e20, WindowShape { rows: 1, ..PAIRS });
        assert!(matches!(line_scan[0], Decision::Fit(_)), "{line_scan:?}");
        let Some(Decision::LeftOut(Outcome::Failed(why), _)) = line_scan.last() else {
            panic!("{line_scan:?}")
        };
        assert!(why.contains("layers"), "{line_scan:?}");
    }

    /// Catches a network that is trained on a handful of frames, and one that is not where it stands alone.
    #[test]
    fn few_transitions_leave_out_what_they_can_tell_nothing() {
        let network = |names: &[&str], transitions: usize| {
            let settings = ComparisonSettings { work: 1e20, ..ComparisonSettings::of(names).unwrap() };
            decide(&settings, PAIRS, transitions).unwrap().pop().unwrap()
        };
        let both = ["modes", "convolutional"];
        assert!(matches!(network(&both, 999), Decision::LeftOut(Outcome::TooFewTransitions(1000), _)));
        assert!(matches!(network(&both, 1000), Decision::Fit(_)));
        assert!(matches!(network(&["convolutional"], 49), Decision::Fit(_)));
    }

    /// Catches windows that are tried without end, and none at all.
    #[test]
    fn windows_are_tried_as_far_as_their_share_goes() {
        let modes = EstimatorSettings::named("modes").unwrap();
        let within = |work: f64| {
            let settings = ComparisonSettings { work, ..ComparisonSettings::default() };
            windows_within(&settings, &modes, PAIRS, 40_000, modes.work(PAIRS, 40_000).unwrap()).unwrap()
        };
        assert!(within(1.0).is_empty());
        assert_eq!(within(1e20), ComparisonSettings::default().windows[1..]);
        let of_one = modes.work(PAIRS, 40_000).unwrap();
        assert_eq!(within(4.0 * 2.5 * of_one), [3]);
    }
}
