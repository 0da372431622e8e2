//! Fits one estimator by turns: once a fold, as long as that is worth while.

use super::WORTH;
use super::contender::{Contender, Standing};
use super::deadline::Deadline;
use crate::estimator::cross_fitted::limit;
use crate::estimator::settings::{EstimatorKind, Training};
use crate::estimator::stack::Stack;
use crate::estimator::{Estimator, StopReason, TrainingRun, stopped, transitions_of, was_stopped};
use crate::transition::{Split, Transitions};
use cneep_movie::error::Result;
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use ndarray::Array2;
use std::time::Instant;

/// Contiguous parts of the first fold, by turns held out from the choice of weights.
const PARTS: usize = 5;

/// What all entrants share.
pub(super) struct Course<'a> {
    pub(super) videos: &'a [Video],
    /// With the window that was chosen.
    pub(super) settings: &'a Training,
    /// Of every fold the split that holds it out, and its transitions.
    pub(super) folds: &'a [(Split, Transitions)],
    pub(super) progress: &'a dyn Progress,
    pub(super) end: Instant,
}

/// An estimator with what it gave to windows that it was not fitted to.
pub(super) struct Entrant {
    pub(super) contender: Contender,
    /// One a fold.
    pub(super) members: Vec<Estimator>,
    /// dS of the windows of every fold.
    pub(super) values: Vec<Vec<f64>>,
}

impl Course<'_> {
    /// Cross-fits `estimator`, but ends after the first fold if it has no chance against `rivals`, or to add to them.
    pub(super) fn run(&self, estimator: EstimatorKind, rivals: &[Entrant]) -> Result<Entrant> {
        let (start, window) = (Instant::now(), self.settings.window);
        let limit = limit(self.folds.iter().map(|(_, own)| own.len()).sum());
        let mut entrant = Entrant {
            contender: Contender::new(estimator, window, Standing::CrossFitted),
            members: Vec::new(),
            values: Vec::new(),
        };
        for fold in 0..self.folds.len() {
            let Some(member) = self.fit(estimator, fold, &entrant.contender, start)? else {
                entrant.contender.standing = Standing::OutOfTime;
                break;
            };
            let runs = self.folds[fold].1.runs();
            let values = member.values(self.videos, runs.iter().flat_map(transitions_of).collect())?;
            entrant.values.push(values.into_iter().map(|value| value.clamp(-limit, limit)).collect());
            entrant.members.push(member);
            entrant.contender.folds += 1;
            if fold == 0 && !entrant.is_promising(rivals) {
                entrant.contender.standing = Standing::Dismissed;
                break;
            }
        }
        entrant.contender.seconds = start.elapsed().as_secs_f64();
        if let Some(stack) = weigh(&[&entrant]) {
            entrant.contender.reaches(stack.bound, stack.standard_error);
        }
        Ok(entrant)
    }

    /// The member that holds `fold` out; none if there is no time for it.
    fn fit(
        &self,
        estimator: EstimatorKind,
        fold: usize,
        so_far: &Contender,
        start: Instant,
    ) -> Result<Option<Estimator>> {
        let left = self.end.saturating_duration_since(Instant::now());
        let still_to_come = (self.folds.len() - fold) as u32;
        let allowed = match estimator {
            EstimatorKind::Modes => None,
            _ if so_far.folds > 0 && start.elapsed() / so_far.folds as u32 * still_to_come > left => {
                return Ok(None);
            }
            _ if so_far.folds == 0 => Some(left),
            // The first fold foretells what all take, later ones are let finish.
            _ => None,
        };
        let settings =
            self.settings.of_member(estimator, self.settings.window, self.settings.seed + fold as u64);
        let deadline = Deadline::new(self.progress, allowed);
        let run = TrainingRun::new(&settings).watched_by(&deadline);
        let member = run.train_member(self.videos, &self.folds[fold].0);
        if self.progress.stop_requested() {
            return Err(stopped("the comparison of estimators"));
        }
        let member = match member {
            // Out of time before its first step.
            Err(error) if was_stopped(&error) => return Ok(None),
            member => member?,
        };
        Ok((member.stop_reason() != Some(StopReason::Interrupted)).then_some(member))
    }
}

impl Entrant {
    /// Whether its maps have the resolution of the movie, so that they can be added to those of others.
    pub(super) fn can_be_summed(&self) -> bool {
        self.contender.estimator != EstimatorKind::Convolutional
    }

    /// Whether, on the first fold, it has a chance to raise the bound of those that it can be summed with, or else to surpass `rivals`.
    fn is_promising(&self, rivals: &[Entrant]) -> bool {
        let rivals: Vec<&Entrant> = rivals.iter().filter(|rival| rival.can_be_summed()).collect();
        if rivals.is_empty() {
            return true;
        }
        let together = if self.can_be_summed() { [&rivals[..], &[self]].concat() } else { vec![self] };
        let (Some(before), Some(after)) = (weigh_first_fold(&rivals), weigh_first_fold(&together)) else {
            return true;
        };
        // Who has shown nothing cannot turn others away.
        if before.bound <= 0.0 {
            return true;
        }
        after.gain_over(&before).is_none_or(|(gain, error)| gain + 2.0 * error > WORTH * before.bound)
    }
}

/// Weights of `entrants` by the windows of all folds that all of them have been fitted without.
pub(super) fn weigh(entrants: &[&Entrant]) -> Option<Stack> {
    let folds = entrants.iter().map(|entrant| entrant.values.len()).min().unwrap_or(0);
    if folds < 2 {
        return if folds == 1 { weigh_first_fold(entrants) } else { None };
    }
    let of_fold = |fold: usize| vec![fold; entrants[0].values[fold].len()];
    let numbers: Vec<usize> = (0..folds).flat_map(of_fold).collect();
    Stack::of(&table(entrants, folds), &numbers)
}

fn weigh_first_fold(entrants: &[&Entrant]) -> Option<Stack> {
    let values = table(entrants, 1);
    let count = values.ncols();
    Stack::of(&values, &(0..count).map(|window| window * PARTS / count).collect::<Vec<_>>())
}

/// dS of the windows of the first `folds`, shape (entrant, window).
fn table(entrants: &[&Entrant], folds: usize) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = entrants.iter().map(|entrant| entrant.values[..folds].concat()).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, window)| rows[row][window])
}
