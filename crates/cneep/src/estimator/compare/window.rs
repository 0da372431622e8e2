//! Chooses the window by what an estimator in closed form reaches with it, per frame interval.

use super::budget::{share_of_windows, windows_within};
use super::compared::{ComparedEstimator, Outcome};
use super::settings::{ComparisonSettings, MIN_RELATIVE_GAIN};
use crate::estimator::criterion::Criterion;
use crate::estimator::model::{ClosedForm, FitData, Method};
use crate::estimator::normalisation::Normalisation;
use crate::estimator::registry::EstimatorSettings;
use crate::estimator::training::Training;
use crate::estimator::windows::WindowShape;
use crate::transition::Split;
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use std::time::Instant;

/// What is reached may fall so many times in a row before longer windows are given up.
const FALLS: usize = 2;
/// Most dS of a window, in `k_B`, at which a longer window is preferred: with more, few windows lean
/// backwards, and the size of dS is no longer sure.
const MOST: f64 = 4.5;

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
    let solved: Vec<Scout> = settings
        .estimators
        .iter()
        .filter_map(|estimator| match estimator.method(shape) {
            Ok(Method::ClosedForm(form)) => Some(Scout { estimator, form }),
            _ => None,
        })
        .collect();
    if training.window.is_some() || solved.is_empty() || settings.windows.len() == 1 {
        return Ok(ChosenWindow { window: training.window.unwrap_or(first), tried: Vec::new() });
    }
    let scouting = Scouting { videos, training, progress };
    let split = Split::new(videos, first, training.split, training.seed)?;
    let transitions = split.train.len() + split.validation.len();
    // Which estimator sees most of the shortest windows, as far as the work allows to ask.
    let mut spent = 0.0;
    let mut asked: Vec<(usize, Tried)> = Vec::new();
    for (place, scout) in solved.iter().enumerate() {
        spent += scout.estimator.work(shape, transitions)?;
        if place > 0 && spent > share_of_windows(settings) {
            break;
        }
        asked.push((place, scouting.fit(scout, &split)?));
    }
    let reach = |place: usize| asked[place].1.reached.reach;
    let best = (1..asked.len()).fold(0, |best, own| if reach(own) > reach(best) { own } else { best });
    let scout = &solved[asked[best].0];
    let mut reached = vec![asked[best].1.reached];
    let (mut highest, mut falls) = (reach(best), 0);
    let mut tried: Vec<ComparedEstimator> = asked.into_iter().map(|(_, tried)| tried.compared).collect();
    for window in windows_within(settings, scout.estimator, shape, transitions, spent)? {
        // Movies too short for a window set the longest.
        let Ok(split) = Split::new(videos, window, training.split, training.seed) else { break };
        let of = scouting.fit(scout, &split)?;
        falls = if of.reached.reach > highest { 0 } else { falls + 1 };
        highest = highest.max(of.reached.reach);
        reached.push(of.reached);
        tried.push(of.compared);
        if falls == FALLS {
            break;
        }
    }
    Ok(ChosenWindow { window: worth_its_length(&reached).unwrap_or(first), tried })
}

/// What windows of one length reach, in `k_B` per frame interval.
#[derive(Debug, Clone, Copy)]
struct Reached {
    window: usize,
    reach: f64,
}

impl Reached {
    /// Of windows with these held-out dS.
    fn of(window: usize, held_out: &[f64]) -> Self {
        let criterion = Criterion::of(held_out);
        let mean = criterion.of_windows(held_out).iter().sum::<f64>() / held_out.len().max(1) as f64;
        Self { window, reach: criterion.as_dissipation(mean) / (window - 1) as f64 }
    }
}

/// An estimator in closed form.
struct Scout<'a> {
    estimator: &'a EstimatorSettings,
    form: Box<dyn ClosedForm>,
}

/// A fit that was made to find the window.
struct Tried {
    compared: ComparedEstimator,
    reached: Reached,
}

/// What all such fits share.
struct Scouting<'a> {
    videos: &'a [Video],
    training: &'a Training,
    progress: &'a dyn Progress,
}

impl Scouting<'_> {
    /// Fits `scout` to the windows of `split`.
    fn fit(&self, scout: &Scout, split: &Split) -> Result<Tried> {
        let start = Instant::now();
        let Self { videos, training, progress } = *self;
        let window = split.train.window();
        let shape = WindowShape::of(videos, window);
        let transitions = split.train.len() + split.validation.len();
        scout.estimator.check_memory(shape, transitions)?;
        let normalisation = Normalisation::measure(videos, &split.train, training.normalisation)?;
        let work = scout.estimator.work(shape, transitions)?;
        let data = FitData { videos, normalisation, window, split, progress };
        let mut compared =
            ComparedEstimator::new(scout.estimator.name(), window, Outcome::TriedForWindow, work);
        let mut reached = Reached { window, reach: f64::NEG_INFINITY };
        match scout.form.fit(&data) {
            Ok(fit) => {
                compared.reaches(fit.bound, fit.standard_error);
                reached = Reached::of(window, &fit.cross_fitted);
            }
            Err(error @ Error::NotConverged(_)) => compared.outcome = Outcome::Failed(error.to_string()),
            Err(error) => return Err(error),
        }
        compared.seconds = start.elapsed().as_secs_f64();
        Ok(Tried { compared, reached })
    }
}

/// The window after which no longer one is worth its length; none if nothing is above zero, as then nothing
/// speaks for a longer window.
fn worth_its_length(reached: &[Reached]) -> Option<usize> {
    let mut best: Option<Reached> = None;
    for &of in reached {
        let least = best.map_or(0.0, |best| (1.0 + MIN_RELATIVE_GAIN) * best.reach);
        let is_sure = best.is_none() || of.reach * (of.window - 1) as f64 <= MOST;
        if of.reach > least && is_sure {
            best = Some(of);
        }
    }
    best.map(|of| of.window)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A single failure must not count without end.
    #[test]
    fn no_window_counts_for_more_than_all_can_show() {
        let mut failed = [0.0; 100];
        failed[7] = -50.0;
        let found = Reached::of(2, &failed).reach;
        assert!((-3.0..0.0).contains(&found), "{found}");
    }

    /// Catches a long window for nothing, one that is passed over although it shows more, and one whose dS is
    /// too large to be sure.
    #[test]
    fn a_longer_window_must_be_worth_it() {
        let of = |cases: &[(usize, f64)]| -> Option<usize> {
            let all: Vec<Reached> = cases.iter().map(|&(window, reach)| Reached { window, reach }).collect();
            worth_its_length(&all)
        };
        assert_eq!(of(&[(2, 0.0200), (3, 0.0201), (4, 0.0190)]), Some(2));
        assert_eq!(of(&[(2, 0.130), (3, 0.166), (8, 0.205), (12, 0.204)]), Some(8));
        assert_eq!(of(&[(2, 0.4), (4, 0.6), (8, 0.8)]), Some(4));
        assert_eq!(of(&[(2, 5.0), (3, 6.0)]), Some(2));
        assert_eq!(of(&[(2, -1.0), (3, 0.1)]), Some(3));
        assert_eq!(of(&[(2, -1.0), (3, -0.5)]), None);
    }
}
