//! Measures how far members that were fitted to different movies disagree, and gives back what that takes
//! from the size of dS.
//!
//! Let the fit be dS + eta, eta its sampling error. `J` penalises the mean square, so the weight that
//! maximises it is too small by the reliability `r = 1 - <eta^2> / <(dS + eta)^2>`, and so is the rate. The
//! deviations of k members from their mean, each fitted with another k-th of the movies left out, tell eta:
//! for one member `<eta^2>` is the sum of their squares (the delete-a-group jackknife; Efron and Stein 1981,
//! doi 10.1214/aos/1176345462, with 1 / k between members that share k - 2 of k - 1 parts of their data).
//! Weights are divided by r, those for a fold by that of the other folds.

use super::cross_fit::CrossFit;
use crate::entropy_production::certifiable_limit;
use crate::transition::{Run, Split, Transitions};
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::{Array2, Axis};

/// Windows on which members are compared at most.
const WINDOWS: usize = 20_000;
/// Largest correction: ten per cent cost one per cent of the bound.
const LARGEST: f64 = 1.1;

/// Corrects the weights of those that are summed, for the sum and for every fold, and returns the reliability
/// of the sum; none if fewer than two members are, or estimate zero.
///
/// Members that differ by their seed have no part in it: their disagreement tells more than the chance of the
/// data.
pub(super) fn correct(
    videos: &[Video],
    folds: &[(Split, Transitions)],
    fitted: &mut [CrossFit],
) -> Result<Option<f64>> {
    let sampled = Sampled::of(videos, folds, fitted)?;
    let weights: Vec<f64> = fitted.iter().map(|of| of.compared.weight).collect();
    let reliability = sampled.reliability(&weights, None);
    for (fold, _) in folds.iter().enumerate() {
        let of_fold = |of: &CrossFit| of.compared.fold_weights.get(fold).copied().unwrap_or(0.0);
        let weights: Vec<f64> = fitted.iter().map(of_fold).collect();
        let factor = correction(sampled.reliability(&weights, Some(fold)));
        for weight in fitted.iter_mut().filter_map(|of| of.compared.fold_weights.get_mut(fold)) {
            *weight *= factor;
        }
    }
    for of in fitted {
        of.compared.weight *= correction(reliability);
    }
    Ok(reliability)
}

/// By what weights are multiplied.
fn correction(reliability: Option<f64>) -> f64 {
    reliability.map_or(1.0, |share| (1.0 / share.max(f64::MIN_POSITIVE)).clamp(1.0, LARGEST))
}

/// dS that all members of all estimators give to a sample of the windows of all folds.
struct Sampled {
    /// Shape (member, window) of each estimator; none of one that tells nothing here.
    values: Vec<Option<Array2<f64>>>,
    /// Fold of every window.
    folds: Vec<usize>,
}

impl Sampled {
    fn of(videos: &[Video], folds: &[(Split, Transitions)], fitted: &[CrossFit]) -> Result<Self> {
        let limit = certifiable_limit(folds.iter().map(|(_, own)| own.len()).sum());
        let numbered = folds.iter().enumerate();
        let runs =
            numbered.flat_map(|(fold, (_, own))| own.runs().iter().map(move |run| (fold, run.clone())));
        let runs = sample(runs.collect());
        let places = runs.iter().flat_map(|(fold, run)| vec![*fold; run.starts.len()]).collect();
        let transitions = Transitions::of_runs(1, runs.into_iter().map(|(_, run)| run));
        let transitions = transitions.evenly(transitions.len());
        let values_of = |of: &CrossFit| -> Result<Option<Array2<f64>>> {
            if of.differs_by_seed || !of.compared.is_summed() {
                return Ok(None);
            }
            let mut values = Array2::zeros((of.members.len(), transitions.len()));
            for (member, mut row) in of.members.iter().zip(values.outer_iter_mut()) {
                let found = member.values(videos, transitions.clone())?;
                row.iter_mut().zip(found).for_each(|(slot, value)| *slot = value.clamp(-limit, limit));
            }
            Ok(Some(values))
        };
        Ok(Self { values: fitted.iter().map(values_of).collect::<Result<_>>()?, folds: places })
    }

    /// Share of the mean square of a member's dS that is not due to the choice of movies it was fitted to,
    /// with these `weights` of the estimators, on windows of all folds but the one left `out`.
    fn reliability(&self, weights: &[f64], out: Option<usize>) -> Option<f64> {
        let kept: Vec<usize> =
            (0..self.folds.len()).filter(|&window| Some(self.folds[window]) != out).collect();
        let summed =
            self.values.iter().zip(weights).filter_map(|(values, weight)| Some((values.as_ref()?, weight)));
        let sum = summed.fold(None, |sum: Option<Array2<f64>>, (values, &weight)| {
            let share = values.select(Axis(1), &kept) * weight;
            Some(match sum {
                Some(sum) => sum + share,
                None => share,
            })
        });
        share_in_common(&sum?)
    }
}

/// The share that is not the members' own, of values with the shape (member, window); below zero where they
/// differ by more than they tell together.
fn share_in_common(values: &Array2<f64>) -> Option<f64> {
    let members = values.nrows() as f64;
    if members < 2.0 {
        return None;
    }
    let square = values.iter().map(|value| value * value).sum::<f64>() / members;
    let apart: f64 = values
        .columns()
        .into_iter()
        .map(|window| {
            let mean = window.sum() / members;
            window.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
        })
        .sum();
    (square > 0.0).then(|| 1.0 - apart / square)
}

/// The first windows of all runs, so that together they are [`WINDOWS`] at most, or one a run.
fn sample(runs: Vec<(usize, Run)>) -> Vec<(usize, Run)> {
    let total: usize = runs.iter().map(|(_, run)| run.starts.len()).sum();
    let kept = |run: &Run| (run.starts.len() * WINDOWS / total.max(WINDOWS)).max(1);
    let cut = |run: Run| Run { movie: run.movie, starts: run.starts.start..run.starts.start + kept(&run) };
    runs.into_iter().map(|(fold, run)| (fold, cut(run))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Five members, each the mean of four of five parts of the data, of which each brings an error of its
    /// own to every window's dS: catches a jackknife without its factor. The optimum that pays for the error
    /// is too small by the reliability.
    #[test]
    fn errors_of_the_data_are_told_from_what_is_common() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let (mut values, mut own) = (Array2::zeros((5, 40_000)), 0.0);
        for mut window in values.columns_mut() {
            let common = draw();
            let parts: [f64; 5] = std::array::from_fn(|_| draw());
            for (member, value) in window.iter_mut().enumerate() {
                let others = parts.iter().enumerate().filter(|(part, _)| *part != member);
                let error = others.map(|(_, part)| part).sum::<f64>() / 4.0;
                *value = common + error;
                own += error * error / 200_000.0;
            }
        }
        let found = share_in_common(&values).unwrap();
        assert!((found - 1.0 / (1.0 + own)).abs() < 0.01, "{found} {own}");
        assert!((own - 0.25).abs() < 0.01);
        assert!(share_in_common(&Array2::zeros((5, 3))).is_none());
        assert!(share_in_common(&Array2::ones((1, 3))).is_none());
        assert_eq!(share_in_common(&Array2::ones((3, 3))), Some(1.0));
    }

    #[test]
    fn dissipation_is_raised_only_as_far_as_it_costs_little() {
        let raised = [Some(1.0), Some(0.98), Some(0.5), Some(-1.0), None].map(correction);
        assert_eq!(raised, [1.0, 1.0 / 0.98, LARGEST, LARGEST, 1.0]);
    }

    /// Catches a sample that leaves movies out, or is larger than it may be.
    #[test]
    fn every_movie_is_in_the_sample() {
        let runs = vec![(0, Run { movie: 0, starts: 5..60_005 }), (3, Run { movie: 2, starts: 0..20_000 })];
        let sample = sample(runs);
        assert_eq!((sample[0].1.starts.clone(), sample[1].1.starts.clone()), (5..15_005, 0..5_000));
        assert_eq!((sample[0].0, sample[1].0), (0, 3));
        assert_eq!(super::sample(Vec::new()), []);
    }

    /// Members agree but on the windows of fold 1, where they are of opposite signs: catches a correction for
    /// a fold that its own windows have a part in, and weights that do not count.
    #[test]
    fn the_correction_for_a_fold_is_chosen_without_it() {
        let value = |(member, window): (usize, usize)| if window < 10 || member == 0 { 1.0 } else { -1.0 };
        let sampled = Sampled {
            values: vec![Some(Array2::from_shape_fn((2, 20), value)), None],
            folds: (0..20).map(|window| window / 10).collect(),
        };
        assert_eq!(sampled.reliability(&[2.0, 5.0], Some(1)), Some(1.0));
        assert_eq!(sampled.reliability(&[2.0, 5.0], Some(0)), Some(-1.0));
        assert_eq!(sampled.reliability(&[2.0, 5.0], None), Some(0.0));
        assert_eq!(sampled.reliability(&[0.0, 5.0], None), None);
    }
}
