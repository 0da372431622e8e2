//! Chooses the window by what modes reach with it, per frame interval.

use super::WORTH;
use super::contender::{Contender, Standing};
use crate::estimator::cross_fitted::limit;
use crate::estimator::modes;
use crate::estimator::normalisation::Normalisation;
use crate::estimator::objective::objective;
use crate::estimator::settings::{EstimatorKind, Training};
use crate::estimator::stretches::{mean_and_error, stretches};
use crate::transition::Split;
use cneep_movie::error::Result;
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use std::time::Instant;

/// The bound may fall so many times in a row before longer windows are given up.
const FALLS: usize = 2;
/// Share of the time budget that the choice of the window may use.
const SHARE_OF_TIME: f64 = 0.3;

/// The window to take, and what was tried to find it.
pub(super) fn choose(
    videos: &[Video],
    settings: &Training,
    progress: &dyn Progress,
) -> Result<(usize, Vec<Contender>)> {
    let windows = &settings.auto.windows;
    if settings.window != 2 {
        return Ok((settings.window, Vec::new()));
    }
    if windows.len() == 1 || !settings.auto.estimators.contains(&EstimatorKind::Modes) {
        return Ok((windows[0], Vec::new()));
    }
    let begun = Instant::now();
    let mut tried: Vec<Contender> = Vec::new();
    let (mut best, mut falls) = (f64::NEG_INFINITY, 0);
    for &window in windows {
        let start = Instant::now();
        let member = settings.of_member(EstimatorKind::Modes, window, settings.seed);
        let split = match Split::new(videos, window, settings.split, settings.seed) {
            Ok(split) => split,
            // Movies too short for the first window are refused, for others they set the longest.
            Err(refusal) if tried.is_empty() => return Err(refusal),
            Err(_) => break,
        };
        let normalisation = Normalisation::measure(videos, &split.train, settings.normalisation)?;
        let fit = modes::fit((videos, normalisation), &split, &member, progress)?;
        let mut contender = Contender::new(EstimatorKind::Modes, window, Standing::Scouted);
        let (bound, standard_error) = as_an_entrant(&fit.held_out).unwrap_or((fit.bound, fit.standard_error));
        let bound = contender.reaches(bound, standard_error);
        contender.seconds = start.elapsed().as_secs_f64();
        tried.push(contender);
        falls = if bound > best { 0 } else { falls + 1 };
        best = best.max(bound);
        if falls == FALLS || begun.elapsed().as_secs_f64() > SHARE_OF_TIME * settings.auto.seconds {
            break;
        }
    }
    Ok((worth_its_length(&tried).unwrap_or(windows[0]), tried))
}

/// The bound that windows with these held-out dS reach, and its error, if none counts for more than an entrant may give it: what is driven so strongly
/// that hardly a window leans backwards would otherwise have any bound.
fn as_an_entrant(held_out: &[f64]) -> Option<(f64, f64)> {
    let limit = limit(held_out.len());
    let objectives = held_out.iter().map(|value| 1.0 + objective(value.clamp(-limit, limit)));
    mean_and_error(&stretches(objectives.enumerate(), held_out.len()))
}

/// The window after which no longer one raised the bound by what is worth it; none if no bound is above zero, as then none speaks for a
/// longer window.
fn worth_its_length(tried: &[Contender]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for of in tried {
        let least = best.map_or(0.0, |(_, best)| (1.0 + WORTH) * best);
        best = of.bound.filter(|&bound| bound > least).map(|bound| (of.window, bound)).or(best);
    }
    best.map(|(window, _)| window)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(bounds: &[(usize, f64)]) -> Vec<Contender> {
        let contender = |&(window, bound): &(usize, f64)| Contender {
            bound: Some(bound),
            ..Contender::new(EstimatorKind::Modes, window, Standing::Scouted)
        };
        bounds.iter().map(contender).collect()
    }

    /// Of a hundred windows none can be told from its reversal by more than e^4.6 to 1: catches a bound of 50, and one of -e^50.
    #[test]
    fn no_window_counts_for_more_than_all_can_show() {
        let (bound, _) = as_an_entrant(&[50.0; 100]).unwrap();
        assert!((bound - (1.0 + 100_f64.ln() - 0.01)).abs() < 1e-9);
        let mut failed = [0.0; 100];
        failed[7] = -50.0;
        assert!(as_an_entrant(&failed).unwrap().0 > -1.1);
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
