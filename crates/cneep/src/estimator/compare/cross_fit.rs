//! Fits one estimator once a fold, with that fold held out, as long as that is worth while.

use super::compared::{ComparedEstimator, Outcome};
use super::kept_fits::KeptFits;
use super::settings::least_gain;
use crate::estimator::descent::StopReason;
use crate::estimator::registry::EstimatorSettings;
use crate::estimator::single::{Single, SingleRun};
use crate::estimator::stack::Stack;
use crate::estimator::training::{Choice, Training};
use crate::transition::{Split, Transitions};
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use std::time::Instant;

/// Contiguous parts of the first fold, by turns held out from the choice of weights.
const PARTS: usize = 5;

/// What all cross-fits of a comparison share.
pub(super) struct CrossFits<'a> {
    pub(super) videos: &'a [Video],
    pub(super) training: &'a Training,
    /// The window that was chosen, in frames.
    pub(super) window: usize,
    /// Of every fold the split that holds it out, and its transitions.
    pub(super) folds: &'a [(Split, Transitions)],
    pub(super) kept: &'a KeptFits,
    pub(super) progress: &'a dyn Progress,
}

/// An estimator with what it gave to windows that it was not fitted to.
pub(super) struct CrossFit {
    pub(super) compared: ComparedEstimator,
    /// Whether its members would differ even if fitted to the same data.
    pub(super) differs_by_seed: bool,
    /// One a fold.
    pub(super) members: Vec<Single>,
    /// dS of the windows of every fold.
    pub(super) values: Vec<Vec<f64>>,
}

impl CrossFits<'_> {
    /// Cross-fits `estimator`, at this `work` a fold with so much work `ahead` of what comes after it, but
    /// ends after the first fold if it adds nothing to `rivals`. One that does not converge is left out.
    ///
    /// # Errors
    /// [`Error::Stopped`] on request, and errors of reading frames.
    pub(super) fn run(
        &self,
        estimator: &EstimatorSettings,
        work: f64,
        ahead: f64,
        rivals: &[CrossFit],
    ) -> Result<CrossFit> {
        let start = Instant::now();
        let mut cross_fit = CrossFit {
            compared: ComparedEstimator::new(estimator.name(), self.window, Outcome::CrossFitted, work),
            differs_by_seed: estimator.differs_by_seed(),
            members: Vec::new(),
            values: Vec::new(),
        };
        let mut seconds_before = 0.0;
        for (fold, (_, own)) in self.folds.iter().enumerate() {
            let after = (self.folds.len() - fold - 1) as f64;
            let part = format!("{}, fold {} of {}", estimator.name(), fold + 1, self.folds.len());
            self.progress.part(&part, work, ahead + after * work);
            let kept = self.kept.member(estimator.name(), fold);
            seconds_before += kept.as_ref().map_or(0.0, |member| member.record.elapsed_seconds);
            let member = match kept.map_or_else(|| self.fit(estimator, fold), Ok) {
                Ok(member) => member,
                Err(error @ Error::NotConverged(_)) => {
                    cross_fit.compared.outcome = Outcome::Failed(error.to_string());
                    break;
                }
                Err(error) => return Err(error),
            };
            let values = member.values(self.videos, own.evenly(own.len()))?;
            cross_fit.values.push(values);
            cross_fit.members.push(member);
            cross_fit.compared.folds += 1;
            if fold == 0 && !cross_fit.is_promising(rivals, least_gain(estimator)) {
                cross_fit.compared.outcome = Outcome::Dismissed;
                break;
            }
        }
        cross_fit.compared.seconds = seconds_before + start.elapsed().as_secs_f64();
        if let Some(stack) = weigh(&[&cross_fit]) {
            cross_fit.compared.reaches(stack.bound, stack.standard_error);
        }
        Ok(cross_fit)
    }

    /// The member that holds `fold` out.
    fn fit(&self, estimator: &EstimatorSettings, fold: usize) -> Result<Single> {
        let settings = Training {
            window: Some(self.window),
            choice: Choice::Single(estimator.clone()),
            ..self.training.clone().of_fold(fold)
        };
        let member = SingleRun {
            settings: &settings,
            estimator,
            videos: self.videos,
            split: &self.folds[fold].0,
            folder: None,
            progress: self.progress,
            zero_unless_better: false,
        };
        let member = member.fit()?;
        let is_whole = member.record.stop_reason() != Some(StopReason::Interrupted);
        if is_whole {
            self.kept.keep(estimator.name(), fold, &member)?;
        }
        if !is_whole || self.progress.stop_requested() {
            return Err(Error::Stopped { what: "the comparison of estimators".into() });
        }
        Ok(member)
    }
}

impl CrossFit {
    /// Whether, on the first fold, it has a chance to add this `least` share to what `rivals` reach.
    fn is_promising(&self, rivals: &[Self], least: f64) -> bool {
        let rivals: Vec<&Self> = rivals.iter().collect();
        if rivals.is_empty() {
            return true;
        }
        let together = [&rivals[..], &[self]].concat();
        match (weigh_first_fold(&rivals), weigh_first_fold(&together)) {
            (Some(before), Some(after)) => after.may_add_to(&before, least),
            _ => true,
        }
    }
}

/// Weights of `cross_fits` by the windows of all folds that all of them have been fitted without.
pub(super) fn weigh(cross_fits: &[&CrossFit]) -> Option<Stack> {
    let folds = cross_fits.iter().map(|cross_fit| cross_fit.values.len()).min().unwrap_or(0);
    if folds < 2 {
        return if folds == 1 { weigh_first_fold(cross_fits) } else { None };
    }
    let of_fold = |fold: usize| vec![fold; cross_fits[0].values[fold].len()];
    let numbers: Vec<usize> = (0..folds).flat_map(of_fold).collect();
    Stack::of_rows(&values_of(cross_fits, folds), &numbers)
}

fn weigh_first_fold(cross_fits: &[&CrossFit]) -> Option<Stack> {
    let values = values_of(cross_fits, 1);
    let count = values[0].len();
    Stack::of_rows(&values, &(0..count).map(|window| window * PARTS / count).collect::<Vec<_>>())
}

/// dS of the windows of the first `folds`, one row an estimator.
fn values_of(cross_fits: &[&CrossFit], folds: usize) -> Vec<Vec<f64>> {
    cross_fits.iter().map(|cross_fit| cross_fit.values[..folds].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::compare::settings::MIN_RELATIVE_GAIN;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// One with these values on the first fold.
    fn cross_fit(values: Vec<f64>) -> CrossFit {
        CrossFit {
            compared: ComparedEstimator::new("any", 2, Outcome::CrossFitted, 1.0),
            differs_by_seed: false,
            members: Vec::new(),
            values: vec![values],
        }
    }

    /// Parts of dS with mean m and variance 2 m each, which obey the fluctuation theorem, of 8,000 windows.
    fn part(mean: f64, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        (0..8000).map(|_| mean + (2.0 * mean).sqrt() * draw()).collect()
    }

    /// After the first fold an estimator goes on if it may add a hundredth to the bound: catches one that is
    /// fitted to all folds although it tells nothing, or what others tell as well, one that is turned away
    /// with what they lack, and rivals that have shown nothing and turn others away.
    #[test]
    fn what_adds_nothing_on_the_first_fold_is_not_promising() {
        let (one, other) = (part(0.2, 1), part(0.2, 2));
        let noisy: Vec<f64> = one.iter().zip(part(0.1, 3)).map(|(s, noise)| s + noise - 0.1).collect();
        let noise: Vec<f64> = part(0.2, 4).iter().map(|s| s - 0.2).collect();
        let promises = |own: &[f64], rivals: &[&Vec<f64>]| {
            let rivals: Vec<CrossFit> = rivals.iter().map(|&values| cross_fit(values.clone())).collect();
            cross_fit(own.to_vec()).is_promising(&rivals, MIN_RELATIVE_GAIN)
        };
        let zero = vec![0.0; 8000];
        assert!(!promises(&zero, &[&one]) && !promises(&one, &[&one]) && !promises(&noisy, &[&one]));
        assert!(promises(&other, &[&one]) && promises(&one, &[&noisy]));
        assert!(!promises(&noisy, &[&one, &other]));
        assert!(promises(&noise, &[]) && promises(&noise, &[&zero]));
    }

    /// Those that were fitted to fewer folds are weighed on these: catches windows of other folds in a row of
    /// the table.
    #[test]
    fn only_folds_that_all_were_fitted_to_count() {
        let [long, short] = [1, 2].map(|seed| part(0.2, seed));
        let whole = CrossFit { values: vec![long.clone(), long.clone()], ..cross_fit(Vec::new()) };
        let stack = weigh(&[&whole, &cross_fit(short.clone())]).unwrap();
        assert_eq!(stack.sums.len(), 8000);
        let alone = weigh(&[&cross_fit(long), &cross_fit(short)]).unwrap();
        assert_eq!(stack, alone);
        assert_eq!(weigh(&[&whole]).unwrap().sums.len(), 16_000);
    }
}
