//! Chooses the window by what an estimator in closed form reaches with it, per frame interval.

use super::budget::{Decision, decide, share_of_windows, windows_within};
use super::compared::{ComparedEstimator, Outcome};
use super::settings::{ComparisonSettings, MIN_RELATIVE_GAIN, least_gain};
use crate::entropy_production::Certifiable;
use crate::estimator::bound_scale;
use crate::estimator::criterion::Criterion;
use crate::estimator::model::{ClosedForm, FitData, Method};
use crate::estimator::normalisation::Normalisation;
use crate::estimator::registry::EstimatorSettings;
use crate::estimator::stack::Stack;
use crate::estimator::time_blocks::mean_and_error;
use crate::estimator::training::Training;
use crate::estimator::windows::WindowShape;
use crate::transition::Split;
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What is reached may fall so many times in a row before longer windows are given up.
const FALLS: usize = 2;
/// Paired standard errors beyond which more is taken for no chance: with two, windows of movies under noise
/// were too short.
const ERRORS: f64 = 1.5;
/// The same of windows whose dS is larger than can be certified: their likelihood hardly changes with dS, and
/// the size of what they estimate is not measured.
const ERRORS_BEYOND: f64 = 2.0;

/// A window, and what was tried to find it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ChosenWindow {
    pub(super) window: usize,
    pub(super) tried: Vec<ComparedEstimator>,
}

impl ChosenWindow {
    /// Whether nothing is known against the estimator of this `name`.
    pub(super) fn may_add(&self, name: &str) -> bool {
        self.tried.iter().all(|of| of.estimator != name || of.outcome != Outcome::AddsNothingToWindow)
    }
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
    let later = decide(settings, shape, transitions)?.iter().map(Decision::work).sum::<f64>();
    let later = settings.folds as f64 * later;
    // Which estimator sees most of the shortest windows, as far as the work allows to ask.
    let mut spent = 0.0;
    let mut asked: Vec<(usize, Tried)> = Vec::new();
    for (place, scout) in solved.iter().enumerate() {
        spent += scout.estimator.work(shape, transitions)?;
        if place > 0 && spent > share_of_windows(settings) {
            break;
        }
        progress.part("the window, of 2 frames", scout.estimator.work(shape, transitions)?, later);
        asked.push((place, scouting.fit(scout, &split)?));
    }
    let reach = |place: usize| asked[place].1.of_window.reach;
    let best = (1..asked.len()).fold(0, |best, own| if reach(own) > reach(best) { own } else { best });
    let scout = &solved[asked[best].0];
    let mut own = vec![asked[best].1.of_window.clone()];
    let mut tried: Vec<ComparedEstimator> = asked.iter().map(|(_, tried)| tried.compared.clone()).collect();
    let (mut highest, mut falls) = (own[0].reach, 0);
    let mut lean_backwards = asked[best].1.lean_backwards();
    for window in windows_within(settings, scout.estimator, shape, transitions, spent)? {
        if falls == FALLS || !lean_backwards {
            break;
        }
        // Movies too short for a window set the longest.
        let Ok(split) = Split::new(videos, window, training.split, training.seed) else { break };
        let work = scout.estimator.work(WindowShape { window, ..shape }, transitions)?;
        progress.part(&format!("the window, of {window} frames"), work, later);
        let fitted = scouting.fit(scout, &split)?;
        lean_backwards = fitted.lean_backwards();
        tried.push(fitted.compared);
        if lean_backwards {
            falls = if fitted.of_window.reach > highest { 0 } else { falls + 1 };
            highest = highest.max(fitted.of_window.reach);
            own.push(fitted.of_window);
        }
    }
    let window = worth_its_length(&own).unwrap_or(first);
    if window == first {
        let stacks =
            asked.iter().map(|(place, tried)| (least_gain(solved[*place].estimator), tried.stack.as_ref()));
        for place in adding_nothing(&stacks.collect::<Vec<_>>(), best) {
            tried[place].outcome = Outcome::AddsNothingToWindow;
        }
    }
    Ok(ChosenWindow { window, tried })
}

/// Places of those `asked`, each with the least share that it has to add and its dS, that reach less than a
/// hundredth of what the `best` of them does, and add nothing to it. Who reaches more is cross-fitted, as a
/// simple estimator that comes first may in the end tell as much as the best here.
fn adding_nothing(asked: &[(f64, Option<&Stack>)], best: usize) -> Vec<usize> {
    let Some(of_best) = asked[best].1 else { return Vec::new() };
    let Some(before) = Stack::of_rows(&[&of_best.sums], &of_best.folds) else { return Vec::new() };
    let adds = |(least, own): &(f64, Option<&Stack>)| {
        let is_blind = |own: &&Stack| own.reach < MIN_RELATIVE_GAIN * of_best.reach;
        let own = own.filter(|own| own.folds == of_best.folds).filter(is_blind);
        let after = own.and_then(|own| Stack::of_rows(&[&of_best.sums, &own.sums], &of_best.folds));
        after.is_none_or(|after| after.may_add_to(&before, *least))
    };
    (0..asked.len()).filter(|&place| place != best && !adds(&asked[place])).collect()
}

/// An estimator in closed form.
struct Scout<'a> {
    estimator: &'a EstimatorSettings,
    form: Box<dyn ClosedForm>,
}

/// A fit that was made to find the window.
struct Tried {
    compared: ComparedEstimator,
    of_window: OfWindow,
    /// Its dS of windows that it was not fitted to; none if it was not fitted.
    stack: Option<Stack>,
}

impl Tried {
    /// Whether enough windows do that longer ones can be told apart: of others hardly more is certified than
    /// their number allows, however long they are.
    fn lean_backwards(&self) -> bool {
        self.stack.as_ref().is_none_or(|stack| Criterion::of(&stack.sums) == Criterion::Likelihood)
    }
}

/// What is reached with windows of one length.
#[derive(Debug, Clone)]
struct OfWindow {
    window: usize,
    /// Per frame interval, in `k_B`; minus infinity if nothing was fitted.
    reach: f64,
    /// The same of each block of time.
    blocks: Vec<f64>,
    /// Whether its dS is well within what can be certified.
    is_safe: bool,
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
        let mut stack = None;
        let mut of_window = OfWindow { window, reach: f64::NEG_INFINITY, blocks: Vec::new(), is_safe: true };
        let intervals = (window - 1) as f64;
        match scout.form.fit(&data) {
            Ok(fit) => {
                compared.reaches(fit.stack.bound, fit.stack.standard_error);
                let blocks = fit.stack.blocks_of_reach();
                of_window.blocks = blocks.iter().map(|(sum, windows)| sum / windows / intervals).collect();
                of_window.reach = fit.stack.reach / intervals;
                let sums = &fit.stack.sums;
                of_window.is_safe = Certifiable::of(sums, bound_scale::choose(sums)).is_safe();
                stack = Some(fit.stack);
            }
            Err(error @ Error::NotConverged(_)) => compared.outcome = Outcome::Failed(error.to_string()),
            Err(error) => return Err(error),
        }
        compared.seconds = start.elapsed().as_secs_f64();
        Ok(Tried { compared, of_window, stack })
    }
}

impl OfWindow {
    /// Whether it reaches more than the shorter window `best` by what is worth it, and beyond chance: the
    /// scatter between blocks of time that both share does not count.
    fn is_worth_more_than(&self, best: &Self) -> bool {
        let differences = self.blocks.iter().zip(&best.blocks).map(|(own, best)| (own - best, 1.0));
        let errors = if self.is_safe { ERRORS } else { ERRORS_BEYOND };
        let is_sure = mean_and_error(&differences.collect::<Vec<_>>())
            .is_none_or(|(gain, error)| gain > errors * error);
        self.reach > (1.0 + MIN_RELATIVE_GAIN) * best.reach && is_sure
    }
}

/// The window after which no longer one reached more by what is worth it; none if nothing is above zero, as
/// then nothing speaks for a longer window.
fn worth_its_length(tried: &[OfWindow]) -> Option<usize> {
    let above_zero = tried.iter().filter(|of| of.reach > 0.0);
    above_zero.reduce(|best, of| if of.is_worth_more_than(best) { of } else { best }).map(|best| best.window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// What is reached, with four blocks that scatter about each by this much, the same way if `shared`.
    fn tried(reaches: &[(usize, f64)], scatter: f64, shared: bool) -> Vec<OfWindow> {
        let of = |(number, &(window, reach)): (usize, &(usize, f64))| {
            let sign = if shared || number % 2 == 0 { 1.0 } else { -1.0 };
            let blocks = [1.0, -1.0, 1.0, -1.0].map(|way| reach + sign * way * scatter).to_vec();
            OfWindow { window, reach, blocks, is_safe: true }
        };
        reaches.iter().enumerate().map(of).collect()
    }

    /// Catches one that is not cross-fitted although it tells what the best does not, or as much, one that is
    /// although it tells nothing, and one that is turned away by who has shown nothing.
    #[test]
    fn who_adds_nothing_to_the_best_is_not_cross_fitted() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut part = |mean: f64| -> Vec<f64> {
            let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
            (0..8000).map(|_| mean + (2.0 * mean).sqrt() * draw()).collect()
        };
        let folds: Vec<usize> = (0..8000).map(|window| window / 1600).collect();
        let (best, other, noise) = (part(0.2), part(0.1), part(0.2));
        let with_noise: Vec<f64> = best.iter().zip(&noise).map(|(of, noise)| of + noise - 0.2).collect();
        let noise: Vec<f64> = noise.iter().map(|value| value - 0.2).collect();
        let adding_nothing = |values: &[&Vec<f64>], best: usize| -> Vec<usize> {
            let stacks: Vec<_> = values.iter().map(|values| Stack::of_rows(&[values], &folds)).collect();
            let failed = [(MIN_RELATIVE_GAIN, None)];
            let all = stacks.iter().map(|stack| (MIN_RELATIVE_GAIN, stack.as_ref())).chain(failed);
            adding_nothing(&all.collect::<Vec<_>>(), best)
        };
        assert_eq!(adding_nothing(&[&noise, &best, &other, &with_noise, &best], 1), [0]);
        let zero: Vec<f64> = noise.iter().map(|value| -value - 0.05).collect();
        assert_eq!(adding_nothing(&[&zero, &noise, &other], 0), [0; 0]);
    }

    /// Catches a long window for nothing, and one that is passed over although it shows more.
    #[test]
    fn a_longer_window_must_be_worth_it() {
        let chosen = |reaches: &[(usize, f64)]| worth_its_length(&tried(reaches, 0.001, true));
        assert_eq!(chosen(&[(2, 0.0200), (3, 0.0201), (4, 0.0190)]), Some(2));
        assert_eq!(chosen(&[(2, 1.30), (3, 1.66), (8, 2.05), (12, 2.04)]), Some(8));
        assert_eq!(chosen(&[(2, -1.0), (3, 0.1)]), Some(3));
        assert_eq!(chosen(&[(2, -1.0), (3, -0.5)]), None);
    }

    /// Catches a window that is longer by chance, and one that is refused for scatter that both share.
    #[test]
    fn a_longer_window_must_show_more_beyond_chance() {
        let reaches = [(2, 2.0), (3, 2.05)];
        assert_eq!(worth_its_length(&tried(&reaches, 0.3, false)), Some(2));
        assert_eq!(worth_its_length(&tried(&reaches, 0.3, true)), Some(3));
        // A gain of 0.08 with a paired error of 0.046, of dS that can be certified, and of dS that cannot.
        let mut tried = tried(&[(2, 2.0), (6, 2.08)], 0.04, false);
        assert_eq!(worth_its_length(&tried), Some(6));
        tried[1].is_safe = false;
        assert_eq!(worth_its_length(&tried), Some(2));
    }
}
