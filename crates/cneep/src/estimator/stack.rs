//! Weighs candidates so that their sum tells windows from their reversals as well as it can.
//!
//! Candidates differ in what they see and in what noise they take for it. A sum with weights of at least
//! zero, chosen on values that each candidate gave to windows that had no part in its fit, keeps of each what
//! the data bear out (stacked regressions: Breiman 1996, doi 10.1007/BF00117832, here with a [`Criterion`] in
//! place of squares).

use super::criterion::{Criterion, backwards, likelihood, within_folds};
use super::objective::objective;
use super::paired_gain::paired_difference;
use super::time_blocks::{mean_and_error, time_blocks};
use crate::entropy_production::certifiable_limit;
use ndarray::{Array1, Array2, Axis, aview1};
use rayon::prelude::*;

/// Newton steps at most.
const STEPS: usize = 12;
/// Converged when a step raises the objective by less than this, in `k_B` per transition.
const GAIN: f64 = 1e-10;
/// Rounds over all weights at most, for the parabola of one step.
const ROUNDS: usize = 500;
/// A parabola is at its top when no weight moves by more than this.
const STILL: f64 = 1e-7;
/// Largest weight: a candidate has about its right size, and where all values of few windows have one sign no
/// weight would be too large.
const MOST_WEIGHT: f64 = 4.0;
/// Weights below this share of the largest count as zero.
const LEAST_WEIGHT: f64 = 0.02;
/// Windows whose derivatives are summed by one thread at a time; fixed, so that the bits do not depend on the
/// threads.
const WINDOWS_AT_ONCE: usize = 8192;

/// Weights of candidates, with what such a choice of weights reaches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stack {
    /// One a candidate, at least zero, chosen on all windows.
    pub(super) weights: Vec<f64>,
    /// The same for each fold, chosen on the windows of the other folds.
    pub(super) fold_weights: Vec<Vec<f64>>,
    /// What the sum is judged by.
    pub(super) criterion: Criterion,
    /// How good it is by that, on windows that had no part in the choice of weights, by turns: the mean dS,
    /// in `k_B` per transition, of a Gaussian estimate that is as good.
    pub(super) reach: f64,
    /// Bound `1 + J` of these windows, in `k_B` per transition.
    pub(super) bound: f64,
    /// Its standard error, from the scatter between blocks of time.
    pub(super) standard_error: f64,
    /// dS of every window, weighted without its fold.
    pub(super) sums: Vec<f64>,
    /// Fold of every window.
    pub(super) folds: Vec<usize>,
}

impl Stack {
    /// Weighs candidates by their `values`, shape (candidate, window), given to windows of the `folds` named,
    /// which the candidates were not fitted to. None with windows in fewer than two blocks.
    pub(super) fn of(values: &Array2<f64>, folds: &[usize]) -> Option<Self> {
        let all = vec![1.0; folds.len()];
        // Of windows that hardly ever lean backwards only the cumulants tell.
        let sums_by_cumulants = top_of_cumulants(values, folds, &all).dot(values).to_vec();
        let criterion = Criterion::of(&sums_by_cumulants);
        let best_weights = |counted: &[f64]| {
            without_faint(&match criterion {
                Criterion::Likelihood => most_likely(values, counted),
                Criterion::SecondCumulant => top_of_cumulants(values, folds, counted),
            })
        };
        let count = folds.iter().max().map_or(0, |last| last + 1);
        let mut sums = vec![0.0; folds.len()];
        let mut fold_weights = Vec::with_capacity(count);
        for fold in 0..count {
            let others: Vec<f64> = folds.iter().map(|of| f64::from(u8::from(*of != fold))).collect();
            let weights = best_weights(&others);
            let all = weights.dot(values);
            fold_weights.push(weights.to_vec());
            let members = sums.iter_mut().zip(&all).zip(folds).filter(|(_, of)| **of == fold);
            members.for_each(|((own, &sum), _)| *own = sum);
        }
        let (bound, standard_error) = bound_of(&sums)?;
        let reach = criterion.as_dissipation(criterion.mean(&sums, folds));
        let (weights, folds) = (best_weights(&all).to_vec(), folds.to_vec());
        Some(Self { weights, fold_weights, criterion, reach, bound, standard_error, sums, folds })
    }

    /// The same of `rows`, one a candidate.
    pub(super) fn of_rows<R: AsRef<[f64]>>(rows: &[R], folds: &[usize]) -> Option<Self> {
        let value = |(row, window): (usize, usize)| rows[row].as_ref()[window];
        Self::of(&Array2::from_shape_fn((rows.len(), folds.len()), value), folds)
    }

    /// What it reaches in each block of time: the sum over its windows, in `k_B`, and their number. Their
    /// dissipation is taken to first order about that of all, so that its mean is [`Self::reach`].
    pub(super) fn blocks_of_reach(&self) -> Vec<(f64, f64)> {
        let of_windows = self.criterion.of_windows(&self.sums, &self.folds);
        let mean = of_windows.iter().sum::<f64>() / of_windows.len() as f64;
        let slope = self.criterion.slope_of_dissipation(mean);
        let reach = |(window, value): (usize, f64)| (window, self.reach + slope * (value - mean));
        time_blocks(of_windows.into_iter().enumerate().map(reach), self.sums.len())
    }

    /// By how much it is better than `other` on the same windows, by what it is judged by, and the standard
    /// error of that: scatter that both share does not count.
    pub(super) fn gain_over(&self, other: &Self) -> Option<(f64, f64)> {
        let of = |stack: &Self| self.criterion.of_windows(&stack.sums, &self.folds);
        let (gain, error) = paired_difference(&of(self), &of(other));
        error.is_finite().then_some((gain, error))
    }

    /// Whether it may, with two paired errors in its favour, reach this `share` more than `before`, which
    /// lacks one of its candidates. Who has shown nothing cannot turn others away.
    pub(super) fn may_add_to(&self, before: &Self, share: f64) -> bool {
        let is_worth_it = |(gain, error): (f64, f64)| gain + 2.0 * error > share * before.reach;
        before.reach <= 0.0 || self.gain_over(before).is_none_or(is_worth_it)
    }

    /// Whether it surpasses `other` by more than the paired error, or is the only one above zero.
    pub(super) fn is_clearly_better_than(&self, other: &Self) -> bool {
        let surpasses = || self.gain_over(other).is_some_and(|(gain, error)| gain > error);
        self.reach > 0.0 && (other.reach <= 0.0 || surpasses())
    }
}

/// What an estimate with these `values` is best multiplied by; 1 for too few of them.
pub(super) fn size_of(values: &[f64]) -> f64 {
    let folds: Vec<usize> = (0..values.len()).map(|window| 2 * window / values.len()).collect();
    Stack::of_rows(&[values], &folds).map_or(1.0, |stack| stack.weights[0])
}

/// `weights` without those that are too faint to count.
fn without_faint(weights: &Array1<f64>) -> Array1<f64> {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    weights.mapv(|weight| if weight < LEAST_WEIGHT * largest { 0.0 } else { weight })
}

/// Bound `1 + J` of windows in order of time, and its standard error, of which none counts for more than all
/// can show; none with fewer than two blocks.
pub(super) fn bound_of(values: &[f64]) -> Option<(f64, f64)> {
    let limit = certifiable_limit(values.len());
    let of_windows = values.iter().map(|value| 1.0 + objective(value.clamp(-limit, limit)));
    mean_and_error(&time_blocks(of_windows.enumerate(), values.len()))
}

/// The weights of at least zero at which the second cumulant form is highest, of the weighted sum of
/// `values`, shape (candidate, window), over the windows that are `counted` (0 or 1).
fn top_of_cumulants(values: &Array2<f64>, folds: &[usize], counted: &[f64]) -> Array1<f64> {
    let (means, covariance) = cumulants(values, folds, counted);
    top_of_parabola(&Array1::zeros(means.len()), &(2.0 * means), &covariance)
}

/// Means of the `values` over the windows that are `counted`, and their covariance within `folds`.
fn cumulants(values: &Array2<f64>, folds: &[usize], counted: &[f64]) -> (Array1<f64>, Array2<f64>) {
    let windows = counted.iter().sum::<f64>().max(1.0);
    let means = values.dot(&aview1(counted)) / windows;
    let mut centred = Array2::zeros(values.raw_dim());
    for (of, mut centred) in values.outer_iter().zip(centred.outer_iter_mut()) {
        centred.assign(&Array1::from(within_folds(&of, folds, counted)));
    }
    (means, centred.dot(&centred.t()) / windows)
}

/// The weights of at least zero of the logistic regression that tells windows from their reversals.
fn most_likely(values: &Array2<f64>, counted: &[f64]) -> Array1<f64> {
    let mut weights = Array1::zeros(values.nrows());
    let windows = counted.iter().sum::<f64>();
    let height = |weights: &Array1<f64>| {
        let sums = weights.dot(values);
        sums.iter().zip(counted).map(|(&sum, counted)| counted * likelihood(sum)).sum::<f64>()
    };
    let mut reached = height(&weights);
    for _ in 0..STEPS {
        let (gradient, curvature) = derivatives(values, counted, &weights);
        let step = &top_of_parabola(&weights, &gradient, &curvature) - &weights;
        let found = (0..10)
            .map(|halvings| &weights + &(0.5_f64.powi(halvings) * &step))
            .map(|weights| (height(&weights), weights))
            .find(|(height, _)| *height > reached);
        let Some((height, better)) = found else { break };
        let gain = (height - reached) / windows;
        (weights, reached) = (better, height);
        if gain < GAIN {
            break;
        }
    }
    weights
}

/// First derivatives of the sum of the [`likelihood`] by the weights, and minus the second ones.
fn derivatives(values: &Array2<f64>, counted: &[f64], weights: &Array1<f64>) -> (Array1<f64>, Array2<f64>) {
    let chunks: Vec<_> =
        values.axis_chunks_iter(Axis(1), WINDOWS_AT_ONCE).zip(counted.chunks(WINDOWS_AT_ONCE)).collect();
    let parts: Vec<(Array1<f64>, Array2<f64>)> = chunks
        .into_par_iter()
        .map(|(values, counted)| {
            let backwards = weights.dot(&values).mapv(backwards);
            let counted = aview1(counted);
            let bend = backwards.mapv(|share| 4.0 * share * (1.0 - share)) * counted;
            let curvature = (&values * &bend).dot(&values.t());
            (values.dot(&(4.0 * backwards * counted)), curvature)
        })
        .collect();
    let zero = (Array1::zeros(weights.len()), Array2::zeros((weights.len(), weights.len())));
    parts.into_iter().fold(zero, |sum, part| (sum.0 + part.0, sum.1 + part.1))
}

/// Where `gradient (w - from) - (w - from) curvature (w - from) / 2` is highest among weights w of zero to
/// [`MOST_WEIGHT`]: each weight in turn is set to its best.
fn top_of_parabola(from: &Array1<f64>, gradient: &Array1<f64>, curvature: &Array2<f64>) -> Array1<f64> {
    let mut weights = from.clone();
    let mut slopes = gradient.clone();
    for _ in 0..ROUNDS {
        let mut moved = 0.0_f64;
        for index in 0..weights.len() {
            let bend = curvature[[index, index]];
            if bend <= 0.0 {
                continue;
            }
            let change = (weights[index] + slopes[index] / bend).clamp(0.0, MOST_WEIGHT) - weights[index];
            if change != 0.0 {
                weights[index] += change;
                slopes.scaled_add(-change, &curvature.row(index));
                moved = moved.max(change.abs());
            }
        }
        if moved < STILL {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// dS with mean s and variance 2 s, which obeys the fluctuation theorem, seen by candidates that add
    /// noise of their own, scale it, or see nothing.
    fn candidates(windows: usize) -> (Array2<f64>, Vec<usize>) {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let mut values = Array2::zeros((4, windows));
        for window in 0..windows {
            let exact = 0.2 + 0.4_f64.sqrt() * draw();
            let noises = [draw(), draw(), draw()];
            for (row, value) in
                [exact + 0.5 * noises[0], exact + 0.5 * noises[1], 0.5 * exact, noises[2]].iter().enumerate()
            {
                values[[row, window]] = *value;
            }
        }
        (values, (0..windows).map(|window| window * 5 / windows).collect())
    }

    /// The third candidate tells all at half its size: catches a sum that keeps to one, weights that must sum
    /// to one, and noise that gets a weight.
    #[test]
    fn what_tells_all_is_kept_in_its_right_size() {
        let (values, folds) = candidates(20_000);
        let stack = Stack::of(&values, &folds).unwrap();
        assert!((stack.weights[2] - 2.0).abs() < 0.1, "{stack:?}");
        assert!(stack.weights.iter().enumerate().all(|(place, w)| place == 2 || w.abs() < 0.03), "{stack:?}");
        assert!((stack.bound - 0.2).abs() < 3.0 * stack.standard_error + 0.002, "{stack:?}");
    }

    /// Without the one that tells all, the mean of the two noisy ones is best: catches a choice of only one
    /// of them.
    #[test]
    fn two_equals_share_the_weight() {
        let (values, folds) = candidates(20_000);
        let stack = Stack::of(&values.select(Axis(0), &[0, 1, 3]), &folds).unwrap();
        assert!((stack.weights[0] - stack.weights[1]).abs() < 0.1 && stack.weights[0] > 0.2, "{stack:?}");
        let single = Stack::of(&values.select(Axis(0), &[0]), &folds).unwrap();
        assert!(stack.bound > single.bound + 0.01, "{stack:?} {single:?}");
    }

    /// Noise with a little of what counts gets a faint weight at best: catches a sum that keeps, saves and
    /// evaluates what changes it by less than a fiftieth of the largest weight, and one that drops what has a
    /// share to give.
    #[test]
    fn a_faint_weight_is_none() {
        let (values, folds) = candidates(20_000);
        let with = |share: f64| {
            let mut values = values.select(Axis(0), &[2, 3]);
            // The second is noise of ten times its size, of which the first has a share too much.
            let (whole, noise) = (values.row(0).to_owned() * 2.0, values.row(1).to_owned() * 10.0);
            values.row_mut(0).assign(&(&whole - &(&noise * share)));
            values.row_mut(1).assign(&noise);
            Stack::of(&values, &folds).unwrap()
        };
        for (share, kept) in [(0.01, false), (0.04, true)] {
            let stack = with(share);
            assert!((stack.weights[0] - 1.0).abs() < 0.05, "{stack:?}");
            assert_eq!(stack.weights[1] > 0.0, kept, "{share}: {:?}", stack.weights);
            let of_folds = stack.fold_weights.iter().filter(|weights| weights[1] > 0.0).count();
            assert_eq!(of_folds > 2, kept, "{share}: {:?}", stack.fold_weights);
        }
    }

    /// Windows of 0.9 `k_B`, then of 1.1: catches blocks whose mean is not what all reach, and a slope that
    /// is not that of the dissipation.
    #[test]
    fn blocks_reach_what_their_windows_dissipate() {
        let mut random = ChaCha8Rng::seed_from_u64(6);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let mean = |window: usize| if window < 50_000 { 0.9 } else { 1.1 };
        let exact = |window: usize| mean(window) + (2.0_f64 * mean(window)).sqrt() * draw();
        let values: Vec<f64> = (0..100_000).map(exact).collect();
        let folds: Vec<usize> = (0..values.len()).map(|window| window % 5).collect();
        let stack = Stack::of_rows(&[&values], &folds).unwrap();
        assert_eq!(stack.criterion, Criterion::Likelihood);
        let blocks = stack.blocks_of_reach();
        assert!((mean_and_error(&blocks).unwrap().0 - stack.reach).abs() < 1e-9);
        let half = |blocks: &[(f64, f64)]| mean_and_error(blocks).unwrap().0;
        let (first, second) = blocks.split_at(blocks.len() / 2);
        assert!((half(second) - half(first) - 0.2).abs() < 0.04, "{} {}", half(first), half(second));
    }

    /// Of a hundred windows none can be told from its reversal by more than e^4.6 to 1: catches a bound of
    /// 50, and one of -e^50.
    #[test]
    fn no_window_counts_for_more_than_all_can_show() {
        let (bound, _) = bound_of(&[50.0; 100]).unwrap();
        assert!((bound - (1.0 + 100_f64.ln() - 0.01)).abs() < 1e-9);
        let mut failed = [0.0; 100];
        failed[7] = -50.0;
        assert!(bound_of(&failed).unwrap().0 > -1.1);
    }

    /// Forty windows that all lean forwards, however little: catches a weight, and a bound, without end.
    #[test]
    fn what_never_leans_backwards_has_a_largest_weight() {
        let values = Array2::from_shape_fn((1, 40), |(_, window)| 1e-3 * (1.0 + (window % 3) as f64));
        let folds: Vec<usize> = (0..40).map(|window| window / 8).collect();
        let stack = Stack::of(&values, &folds).unwrap();
        assert!(stack.weights[0] <= MOST_WEIGHT && stack.bound < 0.05, "{stack:?}");
    }

    /// Noise alone must not be sold as a bound: catches weights that are judged by the windows that chose
    /// them.
    #[test]
    fn noise_reaches_no_bound() {
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let values = Array2::from_shape_fn((30, 1000), |_| StandardNormal.sample(&mut random));
        let folds: Vec<usize> = (0..1000).map(|window| window / 200).collect();
        let stack = Stack::of(&values, &folds).unwrap();
        assert!(stack.bound < 2.0 * stack.standard_error, "{stack:?}");
        assert!(stack.weights.iter().all(|weight| *weight >= 0.0 && *weight < 0.2), "{stack:?}");
    }
}
