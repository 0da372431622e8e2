//! Chooses the window by the bound that an estimator in closed form reaches with it, per frame interval.

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
    let reach = |place: usize| asked[place].1.reach;
    let best = (1..asked.len()).fold(0, |best, own| if reach(own) > reach(best) { own } else { best });
    let scout = &solved[asked[best].0];
    // Windows that hardly ever lean backwards have no bound by which longer ones could be compared.
    let has_bound = asked[best].1.criterion == Criterion::Likelihood;
    let mut own = vec![asked[best].1.compared.clone()];
    let mut tried: Vec<ComparedEstimator> = asked.into_iter().map(|(_, tried)| tried.compared).collect();
    let (mut highest, mut falls) = (own[0].bound.unwrap_or(f64::NEG_INFINITY), 0);
    let longer = if has_bound {
        windows_within(settings, scout.estimator, shape, transitions, spent)?
    } else {
        Vec::new()
    };
    for window in longer {
        // Movies too short for a window set the longest.
        let Ok(split) = Split::new(videos, window, training.split, training.seed) else { break };
        let compared = scouting.fit(scout, &split)?.compared;
        let bound = compared.bound.unwrap_or(f64::NEG_INFINITY);
        falls = if bound > highest { 0 } else { falls + 1 };
        highest = highest.max(bound);
        own.push(compared.clone());
        tried.push(compared);
        if falls == FALLS {
            break;
        }
    }
    Ok(ChosenWindow { window: worth_its_length(&own).unwrap_or(first), tried })
}

/// An estimator in closed form.
struct Scout<'a> {
    estimator: &'a EstimatorSettings,
    form: Box<dyn ClosedForm>,
}

/// A fit that was made to find the window.
struct Tried {
    compared: ComparedEstimator,
    /// What it reaches per frame interval, in `k_B`.
    reach: f64,
    criterion: Criterion,
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
        let (mut reach, mut criterion) = (f64::NEG_INFINITY, Criterion::Likelihood);
        match scout.form.fit(&data) {
            Ok(fit) => {
                compared.reaches(fit.bound, fit.standard_error);
                reach = fit.reach / (window - 1) as f64;
                criterion = Criterion::of(&fit.cross_fitted);
            }
            Err(error @ Error::NotConverged(_)) => compared.outcome = Outcome::Failed(error.to_string()),
            Err(error) => return Err(error),
        }
        compared.seconds = start.elapsed().as_secs_f64();
        Ok(Tried { compared, reach, criterion })
    }
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

    /// Catches a long window for nothing, and one that is passed over although it shows more.
    #[test]
    fn a_longer_window_must_be_worth_it() {
        assert_eq!(worth_its_length(&tried(&[(2, 0.0200), (3, 0.0201), (4, 0.0190)])), Some(2));
        assert_eq!(worth_its_length(&tried(&[(2, 1.30), (3, 1.66), (8, 2.05), (12, 2.04)])), Some(8));
        assert_eq!(worth_its_length(&tried(&[(2, -1.0), (3, 0.1)])), Some(3));
        assert_eq!(worth_its_length(&tried(&[(2, -1.0), (3, -0.5)])), None);
    }
}
