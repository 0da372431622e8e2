//! Compares estimators on one movie and sums those that are worth it.

use super::WORTH;
use super::contender::Standing;
use super::entrant::{Course, Entrant, weigh};
use super::{spread, window};
use crate::estimator::cross_fitted::{CrossFitted, Part};
use crate::estimator::model::Method;
use crate::estimator::normalisation::Normalisation;
use crate::estimator::record::RunRecord;
use crate::estimator::settings::Training;
use crate::estimator::stack::Stack;
use crate::estimator::{Estimator, Fitted, StopReason, nothing_learned};
use crate::transition::{Split, Transitions};
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use std::time::{Duration, Instant};

/// Chooses the window, cross-fits every estimator of `settings`, and returns the sum that reaches the highest bound. A request to stop
/// ends the comparison; what was complete by then is kept.
pub(in crate::estimator) fn hold(
    videos: &[Video],
    settings: &Training,
    progress: &dyn Progress,
) -> Result<Estimator> {
    let start = Instant::now();
    let (_, rows, columns) = videos[0].frames().shape();
    for &estimator in &settings.auto.estimators {
        // What cannot be built is refused before the first fit.
        Method::of(&settings.of_member(estimator, settings.window, settings.seed), rows, columns)?;
    }
    let (window, mut contenders) = window::choose(videos, settings, progress)?;
    let settings = Training { window, ..settings.clone() };
    let folds = Split::folds(videos, window, settings.split, settings.seed, settings.auto.folds)?;
    let course = Course {
        videos,
        settings: &settings,
        folds: &folds,
        progress,
        end: start + Duration::from_secs_f64(settings.auto.seconds),
    };
    let mut entrants: Vec<Entrant> = Vec::new();
    let mut stop_reason = StopReason::Finished;
    for &estimator in &settings.auto.estimators {
        match course.run(estimator, &entrants) {
            Ok(entrant) if entrant.contender.standing == Standing::CrossFitted => entrants.push(entrant),
            Ok(fallen) => contenders.push(fallen.contender),
            Err(Error::Io { .. }) if progress.stop_requested() && !entrants.is_empty() => {
                stop_reason = StopReason::Interrupted;
                break;
            }
            Err(refusal) => return Err(refusal),
        }
    }
    let chosen = choose(&mut entrants);
    let mut record = record(videos, &settings, &folds)?;
    record.reliability = raise(videos, &folds, &mut entrants)?;
    record.iterations = entrants.iter().map(|entrant| entrant.members.len() as u64).sum();
    contenders.extend(entrants.iter().map(|entrant| entrant.contender.clone()));
    record.contenders = contenders;
    if let Some(stack) = chosen {
        record.best_validation_loss = Some(1.0 - stack.bound);
        record.validation_error = Some(stack.standard_error);
    }
    let into_part = |entrant: Entrant| Part {
        estimator: entrant.contender.estimator,
        weight: entrant.contender.weight,
        members: entrant.members,
    };
    let parts: Vec<Part> =
        entrants.into_iter().filter(|entrant| entrant.contender.weight > 0.0).map(into_part).collect();
    record.best_iteration = parts.len() as u64;
    record.cautions.extend(parts.is_empty().then(nothing_learned));
    record.stop_reason = Some(stop_reason);
    record.elapsed_seconds = start.elapsed().as_secs_f64();
    let fitted = Fitted::Sum(CrossFitted::new(parts, &record));
    Ok(Estimator { settings, record, fitted })
}

/// Gives weights to the entrants whose sum reaches the highest bound. One after another, those that can be summed join the sum if they are
/// worth it, and one that stands alone takes its place if that is.
fn choose(entrants: &mut [Entrant]) -> Option<Stack> {
    let mut chosen: Option<(Vec<usize>, Stack)> = None;
    let (summed, alone): (Vec<usize>, Vec<usize>) =
        (0..entrants.len()).partition(|&place| entrants[place].can_be_summed());
    for place in summed.into_iter().chain(alone) {
        let joined = match &chosen {
            Some((places, _)) if entrants[place].can_be_summed() => Some([&places[..], &[place]].concat()),
            _ => None,
        };
        for group in joined.into_iter().chain([vec![place]]) {
            let members: Vec<&Entrant> = group.iter().map(|&place| &entrants[place]).collect();
            let Some(stack) = weigh(&members) else { continue };
            let is_worth_it = |(_, best): &(_, Stack)| stack.bound > best.bound + WORTH * best.bound.abs();
            if chosen.as_ref().is_none_or(is_worth_it) {
                chosen = Some((group, stack));
            }
        }
    }
    let (group, stack) = chosen?;
    for (place, &weight) in group.into_iter().zip(&stack.weights) {
        entrants[place].contender.weight = weight;
    }
    Some(stack)
}

/// Gives back to dS what chance has taken from its size, and returns what the members of the sum have in common. Members of the paper's
/// network also differ by their training, so that their spread tells nothing of the data.
fn raise(videos: &[Video], folds: &[(Split, Transitions)], entrants: &mut [Entrant]) -> Result<Option<f64>> {
    let chosen: Vec<&Entrant> =
        entrants.iter().filter(|of| of.contender.weight > 0.0 && of.can_be_summed()).collect();
    let reliability = spread::reliability(videos, folds, &chosen)?;
    let factor = spread::raise(reliability);
    for entrant in entrants {
        entrant.contender.weight *= factor;
    }
    Ok(reliability)
}

/// What is known of the movies: every window of a fold is held out by the members that judge it.
fn record(videos: &[Video], settings: &Training, folds: &[(Split, Transitions)]) -> Result<RunRecord> {
    let whole = Split::new(videos, settings.window, settings.split, settings.seed)?;
    let own = folds.iter().flat_map(|(_, own)| own.runs().iter().cloned());
    let judged = own.clone().chain(whole.test.runs().iter().cloned());
    let normalisation = Normalisation::measure(videos, &whole.train, settings.normalisation)?;
    let split = Split {
        train: Transitions::of_runs(settings.window, own),
        validation: Transitions::of_runs(settings.window, []),
        test: Transitions::of_runs(settings.window, judged),
    };
    let mut record = RunRecord::new(videos, normalisation, &split);
    record.transitions[2] = whole.test.len();
    Ok(record)
}
