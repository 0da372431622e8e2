//! Chooses the window by what an estimator in closed form reaches with it, per frame interval.

use super::budget::windows_within;
use super::compared::{ComparedEstimator, Outcome};
use super::settings::{ComparisonSettings, MIN_RELATIVE_GAIN};
use crate::entropy_production::clip_limit;
use crate::estimator::criterion::Criterion;
use crate::estimator::model::{FitData, Method};
use crate::estimator::normalisation::Normalisation;
use crate::estimator::time_blocks::{mean_and_error, time_blocks};
use crate::estimator::training::Training;
use crate::estimator::windows::WindowShape;
use crate::transition::Split;
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use std::time::Instant;

/// The bound may fall so many times in a row before longer windows are given up.
const FALLS: usize = 2;

/// A window, and what was tried to find it.
pub(super) struct ChosenWindow {
    pub(super) window: usize,
    pub(super) tried: Vec<ComparedEstimator>,
}

/// The window that is stated, or else the best of those of the comparison.
pub(super) fn choose(
    videos: &[Video],
    training: &Training,
    settings: &ComparisonSettings,
    progress: &dyn Progress,
) -> Result<ChosenWindow> {
    let first = settings.windows[0];
    let shape = WindowShape::of(videos, first);
    let solved = settings.estimators.iter().find_map(|estimator| match estimator.method(shape) {
        Ok(Method::ClosedForm(form)) => Some((estimator, form)),
        _ => None,
    });
    let (estimator, form) = match (training.window, solved) {
        (None, Some(solved)) if settings.windows.len() > 1 => solved,
        (stated, _) => return Ok(ChosenWindow { window: stated.unwrap_or(first), tried: Vec::new() }),
    };
    let split = Split::new(videos, first, training.split, training.seed)?;
    let transitions = split.train.len() + split.validation.len();
    let mut tried: Vec<ComparedEstimator> = Vec::new();
    let (mut best, mut falls) = (f64::NEG_INFINITY, 0);
    for window in windows_within(settings, estimator, shape, transitions)? {
        let start = Instant::now();
        let split = match Split::new(videos, window, training.split, training.seed) {
            Ok(split) => split,
            // Movies too short for the first window are refused, for others they set the longest.
            Err(refusal) if tried.is_empty() => return Err(refusal),
            Err(_) => break,
        };
        let shape = WindowShape { window, ..shape };
        estimator.check_memory(shape, transitions)?;
        let normalisation = Normalisation::measure(videos, &split.train, training.normalisation)?;
        let work = estimator.work(shape, transitions)?;
        let data = FitData { videos, normalisation, window, split: &split, progress };
        let mut compared = ComparedEstimator::new(estimator.name(), window, Outcome::TriedForWindow, work);
        match form.fit(&data) {
            Ok(fit) => {
                let limited = limited_bound(&fit.cross_fitted);
                let (bound, standard_error) = limited.unwrap_or((fit.bound, fit.standard_error));
                let bound = compared.reaches(bound, standard_error);
                falls = if bound > best { 0 } else { falls + 1 };
                best = best.max(bound);
            }
            Err(error @ Error::NotConverged(_)) => compared.outcome = Outcome::Failed(error.to_string()),
            Err(error) => return Err(error),
        }
        compared.seconds = start.elapsed().as_secs_f64();
        tried.push(compared);
        if falls == FALLS {
            break;
        }
    }
    Ok(ChosenWindow { window: worth_its_length(&tried).unwrap_or(first), tried })
}

/// The bound that windows with these held-out dS reach, and its error, if none counts for more than a member
/// of a sum may give it: what is driven so strongly that hardly a window leans backwards would otherwise have
/// any bound.
fn limited_bound(held_out: &[f64]) -> Option<(f64, f64)> {
    let criterion = Criterion::of(held_out);
    let limit = match criterion {
        Criterion::Bound => clip_limit(held_out.len()),
        Criterion::SecondCumulant => f64::INFINITY,
    };
    let limited: Vec<f64> = held_out.iter().map(|value| value.clamp(-limit, limit)).collect();
    mean_and_error(&time_blocks(criterion.of_windows(&limited).into_iter().enumerate(), held_out.len()))
}

/// The window after which no longer one raised the bound by what is worth it; none if no bound is above zero,
/// as then none speaks for a longer window.
fn worth_its_length(tried: &[ComparedEstimator]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for of in tried {
        let least = best.map_or(0.0, |(_, best)| (1.0 + MIN_RELATIVE_GAIN) * best);
        best = of.bound.filter(|&bound| bound > least).map(|bound| (of.window, bound)).or(best);
    }
    best.map(|(window, _)| window)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(bounds: &[(usize, f64)]) -> Vec<ComparedEstimator> {
        let compared = |&(window, bound): &(usize, f64)| ComparedEstimator {
            bound: Some(bound),
            ..ComparedEstimator::new("modes", window, Outcome::TriedForWindow, 1.0)
        };
        bounds.iter().map(compared).collect()
    }

    /// Of a hundred windows none can be told from its reversal by more than e^4.6 to 1: catches a bound of
    /// 50, and one of -e^50.
    #[test]
    fn no_window_counts_for_more_than_all_can_show() {
        let (bound, _) = limited_bound(&[50.0; 100]).unwrap();
        assert!((bound - (1.0 + 100_f64.ln() - 0.01)).abs() < 1e-9);
        let mut failed = [0.0; 100];
        failed[7] = -50.0;
        assert!(limited_bound(&failed).unwrap().0 > -1.1);
    }

    /// Catches a long window for nothing, and one that is passed over although it shows more.
    #[test]
    fn a_longer_window_must_be_worth_it() {
        assert_eq!(worth_its_length(&tried(&[(2, 0.0200), (3, 0.0201), (4, 0.0190)])), Some(2));
        assert_eq!(worth_its_length(&tried(&[(2, 1.30), (3, 1.66), (8, 2.05), (12, 2.04)])), Some(8));
        assert_eq!(worth_its_length(&tried(&[(2, -1.0), (3, 0.1)])), Some(3));
        assert_eq!(worth_its_length(&tried(&[(2, -1.0), (3, -0.5)])), None);
    }
}
