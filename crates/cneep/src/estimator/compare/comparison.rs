//! Compares estimators on one set of movies and sums those that are worth it.

use super::budget::{Decision, decide};
use super::compared::{ComparedEstimator, Outcome};
use super::cross_fit::{CrossFit, CrossFits, weigh};
use super::cross_fitted::{CrossFitted, Summand};
use super::kept_fits::KeptFits;
use super::member_folder::home_of_bound;
use super::settings::{ComparisonSettings, LEAST_RELATIVE_GAIN, MIN_RELATIVE_GAIN};
use super::{bounding_windows, shrinkage_correction, window};
use crate::entropy_production::Certifiable;
use crate::estimator::bound_scale;
use crate::estimator::descent::StopReason;
use crate::estimator::normalisation::Normalisation;
use crate::estimator::record::{ComparisonRecord, FitRecord, RunRecord};
use crate::estimator::registry::EstimatorSettings;
use crate::estimator::single::nothing_learned;
use crate::estimator::stack::Stack;
use crate::estimator::training::Training;
use crate::estimator::windows::WindowShape;
use crate::transition::{Split, Transitions};
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use std::path::Path;
use std::time::Instant;

/// Paired standard errors beyond which a small gain is no chance.
const ERRORS: f64 = 2.0;

/// What a comparison has found.
pub(in crate::estimator) struct Compared {
    pub(in crate::estimator) record: RunRecord,
    pub(in crate::estimator) sum: CrossFitted,
    /// How large dS of the training windows is beside what their number can tell.
    pub(super) certifiable: Option<Certifiable>,
    /// A comparison of shorter windows, with its settings, which bounds what this one estimates.
    pub(in crate::estimator) bounded_by: Option<(Training, Box<Compared>)>,
}

/// Chooses the window, cross-fits every estimator of `settings` that the budget allows, and returns the sum
/// that reaches the highest bound. A request to stop ends the comparison; what was complete by then is kept,
/// in `folder` also what takes part in nothing yet, so that the same comparison goes on from there.
pub(in crate::estimator) fn compare(
    videos: &[Video],
    training: &Training,
    settings: &ComparisonSettings,
    folder: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Compared> {
    let start = Instant::now();
    let kept = KeptFits::of(folder, videos, training)?;
    let chosen = match kept.window() {
        Some(chosen) => chosen,
        None => window::choose(videos, training, settings, progress)?,
    };
    kept.keep_window(&chosen)?;
    let window = chosen.window;
    let folds = Split::folds(videos, window, training.split, training.seed, settings.folds)?;
    let transitions = folds[0].0.train.len() + folds[0].0.validation.len();
    let decisions = decide(settings, WindowShape::of(videos, window), transitions)?;
    let cross_fits = CrossFits { videos, training, window, folds: &folds, kept: &kept, progress };
    let mut fitted: Vec<CrossFit> = Vec::new();
    let mut stop_reason = StopReason::Finished;
    let work_of_all = |decision: &Decision| folds.len() as f64 * decision.work();
    let may_add = |(of, _): &(&EstimatorSettings, &Decision)| chosen.may_add(of.name());
    let asked: Vec<_> = settings.estimators.iter().zip(&decisions).filter(may_add).collect();
    let mut compared = chosen.tried;
    let mut ahead: f64 = asked.iter().map(|(_, decision)| work_of_all(decision)).sum();
    for (estimator, decision) in asked {
        ahead -= work_of_all(decision);
        match decision {
            Decision::LeftOut(outcome, work) => {
                compared.push(ComparedEstimator::new(estimator.name(), window, outcome.clone(), *work));
            }
            Decision::Fit(work) => match cross_fits.run(estimator, *work, ahead, &fitted) {
                Ok(of) if of.compared.outcome == Outcome::CrossFitted => fitted.push(of),
                Ok(fallen) => compared.push(fallen.compared),
                Err(Error::Stopped { .. }) if !fitted.is_empty() => {
                    stop_reason = StopReason::Interrupted;
                    break;
                }
                Err(refusal) => return Err(refusal),
            },
        }
    }
    let stack = choose(&mut fitted);
    let reliability = shrinkage_correction::correct(videos, &folds, &mut fitted)?;
    compared.extend(fitted.iter().map(|of| of.compared.clone()));
    let (bound, standard_error) = (stack.as_ref().map(|s| s.bound), stack.as_ref().map(|s| s.standard_error));
    let bound_scale = stack.as_ref().map_or(1.0, |stack| bound_scale::choose(&stack.sums));
    let certifiable = stack.as_ref().map(|stack| Certifiable::of(&stack.sums, bound_scale));
    let is_beyond = window > settings.windows[0] && certifiable.as_ref().is_some_and(|of| !of.is_safe());
    let mut bounded_by = None;
    if is_beyond && stop_reason == StopReason::Finished {
        match bound_by_shorter(videos, training, settings, &fitted, folder, progress) {
            Err(Error::Stopped { .. }) => stop_reason = StopReason::Interrupted,
            shorter => bounded_by = shorter?,
        }
    }
    let bounding_window = bounded_by.as_ref().map(|(_, shorter)| shorter.record.window);
    let found =
        ComparisonRecord { compared, bound, standard_error, reliability, bounding_window, stop_reason };
    let mut record = record(videos, training, &folds, FitRecord::Comparison(found))?;
    record.bound_scale = bound_scale;
    let summands: Vec<Summand> =
        fitted.into_iter().filter(|of| of.compared.is_summed()).map(Summand::of).collect();
    record.cautions.extend(summands.is_empty().then(nothing_learned));
    record.elapsed_seconds = start.elapsed().as_secs_f64();
    let sum = CrossFitted::new(summands, &record);
    Ok(Compared { record, sum, certifiable, bounded_by })
}

/// Compares what was `kept` anew with the shortest windows. None if they find nothing, or are beyond what can
/// be certified, too.
fn bound_by_shorter(
    videos: &[Video],
    training: &Training,
    settings: &ComparisonSettings,
    kept: &[CrossFit],
    folder: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Option<(Training, Box<Compared>)>> {
    let Some((training, settings)) = bounding_windows::training(training, settings, kept) else {
        return Ok(None);
    };
    let folder = folder.map(home_of_bound);
    let found = compare(videos, &training, &settings, folder.as_deref(), progress)?;
    if found.record.stop_reason() == Some(StopReason::Interrupted) {
        return Err(Error::Stopped { what: "the comparison of shorter windows".into() });
    }
    let bounds = found.certifiable.as_ref().is_some_and(Certifiable::is_within);
    let bounds = bounds && !found.sum.is_zero_elsewhere();
    Ok(bounds.then(|| (training, Box::new(found))))
}

/// Gives weights to those whose sum reaches most: one after another joins the sum, or takes its place, if
/// that is worth it.
fn choose(fitted: &mut [CrossFit]) -> Option<Stack> {
    let mut chosen: Option<(Vec<usize>, Stack)> = None;
    for place in 0..fitted.len() {
        let joined = chosen.as_ref().map(|(places, _)| [&places[..], &[place]].concat());
        for group in joined.into_iter().chain([vec![place]]) {
            let members: Vec<&CrossFit> = group.iter().map(|&place| &fitted[place]).collect();
            let Some(stack) = weigh(&members) else { continue };
            let is_worth_it = |(_, best): &(_, Stack)| is_worth_it(&stack, best);
            if chosen.as_ref().is_none_or(is_worth_it) {
                chosen = Some((group, stack));
            }
        }
    }
    let (group, stack) = chosen?;
    for (row, place) in group.into_iter().enumerate() {
        let compared = &mut fitted[place].compared;
        compared.weight = stack.weights[row];
        compared.fold_weights = stack.fold_weights.iter().map(|weights| weights[row]).collect();
        if !compared.is_summed() {
            compared.fold_weights.clear();
        }
    }
    Some(stack)
}

/// Whether `one` surpasses `best` by what is worth it, or by less but beyond chance.
fn is_worth_it(one: &Stack, best: &Stack) -> bool {
    let gain = one.reach - best.reach;
    let is_sure = || one.gain_over(best).is_some_and(|(gain, error)| gain > ERRORS * error);
    let size = best.reach.abs();
    gain > MIN_RELATIVE_GAIN * size || (gain > LEAST_RELATIVE_GAIN * size && is_sure())
}

/// What is known of the movies: every window of a fold is judged by the member that was not fitted to it,
/// windows of the test by all.
fn record(
    videos: &[Video],
    training: &Training,
    folds: &[(Split, Transitions)],
    fit: FitRecord,
) -> Result<RunRecord> {
    let window = folds[0].1.window();
    let whole = Split::new(videos, window, training.split, training.seed)?;
    let normalisation = Normalisation::measure(videos, &whole.train, training.normalisation)?;
    let own = folds.iter().flat_map(|(_, own)| own.runs().iter().cloned());
    let cross_fitted = Transitions::of_runs(window, own);
    let split =
        Split { train: cross_fitted.clone(), validation: Transitions::of_runs(window, []), test: whole.test };
    RunRecord::new(videos, normalisation, &split, &cross_fitted, fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Cross-fits whose dS is the sum of two parts that obey the fluctuation theorem, each times its share.
    fn fitted(shares: &[[f64; 2]]) -> Vec<CrossFit> {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let means: [f64; 2] = [0.2, 0.02];
        let parts: Vec<[f64; 2]> =
            (0..10_000).map(|_| means.map(|mean| mean + (2.0 * mean).sqrt() * draw())).collect();
        let cross_fit = |shares: &[f64; 2]| {
            let values: Vec<f64> = parts.iter().map(|of| of[0] * shares[0] + of[1] * shares[1]).collect();
            CrossFit {
                compared: ComparedEstimator::new("any", 2, Outcome::CrossFitted, 1.0),
                differs_by_seed: false,
                members: Vec::new(),
                values: values.chunks(2000).map(<[f64]>::to_vec).collect(),
            }
        };
        shares.iter().map(cross_fit).collect()
    }

    /// Another estimator must add a hundredth, or less beyond chance: catches a sum of all for nothing, one
    /// that keeps to the first, and one that does not give way to a better one.
    #[test]
    fn one_joins_or_takes_the_place_only_if_it_is_worth_it() {
        let kept = |shares: &[[f64; 2]]| {
            let mut fitted = fitted(shares);
            let stack = choose(&mut fitted).unwrap();
            for of in &fitted {
                assert_eq!(of.compared.fold_weights.len(), if of.compared.is_summed() { 5 } else { 0 });
            }
            let weights: Vec<bool> = fitted.iter().map(|of| of.compared.weight > 0.0).collect();
            (weights, stack.bound)
        };
        assert_eq!(kept(&[[1.0, 0.0], [0.0, 1.0]]).0, [true, true]);
        let (weights, bound) = kept(&[[1.0, 0.0], [1.0, 0.005]]);
        assert_eq!(weights, [true, false]);
        // The second tells a tenth more, and after it the third nothing.
        let (weights, with_more) = kept(&[[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]);
        assert!(weights[1] && !weights[2] && with_more > 1.05 * bound, "{weights:?} {with_more} {bound}");
    }
}
