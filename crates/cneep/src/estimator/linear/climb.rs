//! Climbs towards the maximum of `J` by Newton steps with conjugate gradients, where features are too many
//! for a matrix.

use super::conjugate_gradients::{Limits, conjugate_gradients};
use crate::estimator::objective::{backward_weight, objective};

/// Newton steps, conjugate directions of each, and the share of the gradient at which they end.
const STEPS: usize = 2;
const DIRECTIONS: usize = 25;
const REMAINDER: f64 = 0.02;
/// Times that a step which leads down is halved.
const HALVINGS: i32 = 4;

/// Features of a sample of windows, known by their sums alone, in units in which every feature has a mean
/// square of 1.
pub(in crate::estimator) trait Sampled {
    /// dS of every window with these coefficients.
    fn values(&self, coefficients: &[f64]) -> Vec<f64>;

    /// Mean over the windows of `weights` times their features.
    fn mean_features(&self, weights: &[f64]) -> Vec<f64>;

    /// How many of the first coefficients are shrunk: those that carry sampling noise.
    fn shrunk(&self) -> usize;
}

/// Improves `start` under a `ridge` on the coefficients that are shrunk: two Newton steps on `J - ridge / 2
/// |w|^2`.
pub(in crate::estimator) fn improve(sample: &dyn Sampled, start: &[f64], ridge: f64) -> Vec<f64> {
    let shrunk = sample.shrunk();
    let penalty = |w: &[f64]| 0.5 * ridge * w[..shrunk].iter().map(|w| w * w).sum::<f64>();
    let mut found = start.to_vec();
    for _ in 0..STEPS {
        let values = sample.values(&found);
        let exponentials: Vec<f64> = values.iter().map(|&value| backward_weight(value)).collect();
        let weights: Vec<f64> = exponentials.iter().map(|e| 1.0 + e).collect();
        let mut gradient = sample.mean_features(&weights);
        gradient[..shrunk].iter_mut().zip(&found).for_each(|(slope, w)| *slope -= ridge * w);
        let limits = Limits { directions: DIRECTIONS, remainder: REMAINDER };
        let step = conjugate_gradients(&gradient, limits, |direction| {
            let mut weights = sample.values(direction);
            weights.iter_mut().zip(&exponentials).for_each(|(weight, e)| *weight *= e);
            let mut product = sample.mean_features(&weights);
            product[..shrunk].iter_mut().zip(direction).for_each(|(sum, w)| *sum += ridge * w);
            product
        });
        let before = mean_objective(&values) - penalty(&found);
        let along =
            |share: f64| -> Vec<f64> { found.iter().zip(&step).map(|(w, step)| w + share * step).collect() };
        let shares = (0..=HALVINGS).map(|halving| 0.5_f64.powi(halving));
        let better = shares.map(along).find(|w| mean_objective(&sample.values(w)) - penalty(w) > before);
        match better {
            Some(better) => found = better,
            None => break,
        }
    }
    found
}

/// Mean of `dS - exp(-dS)`.
fn mean_objective(values: &[f64]) -> f64 {
    values.iter().map(|&value| objective(value)).sum::<f64>() / values.len() as f64
}
