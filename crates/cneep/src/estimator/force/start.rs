//! Finds coefficients to start from: the optimum for the kernels at hand, by Newton steps with conjugate gradients.

use super::coupling::Coupling;
use super::principal::spread;
use crate::estimator::mean_error::mean_and_error;
use crate::estimator::objective::{backward_weight, objective};
use rayon::prelude::*;

/// Windows whose sums are made at a time; fixed, so that bits do not depend on the threads.
const WINDOWS_AT_ONCE: usize = 256;
/// Windows over which mean squares of products are taken.
const WINDOWS_FOR_SQUARES: usize = 4000;
/// Least mean square of a product, as a share of their mean: products that hardly vary are not blown up to the others.
const FAINTEST: f64 = 1e-3;
/// Newton steps of each ridge, conjugate directions of each, and the share of the slope at which they end.
const STEPS: usize = 2;
const DIRECTIONS: usize = 25;
const REST: f64 = 0.02;
/// Times that a step which leads down is halved.
const HALVINGS: i32 = 4;

/// Features of a list of windows.
pub(super) struct Sample {
    /// Shape (window, cell, feature).
    pub(super) even: Vec<f32>,
    /// Shape (window, pair, cell, channel).
    pub(super) odd: Vec<f32>,
}

impl Sample {
    fn of_window<'a>(&'a self, coupling: &Coupling, window: usize) -> (&'a [f32], &'a [f32]) {
        let (even, odd) = (coupling.even_count(), coupling.pairs * coupling.odd_count());
        (&self.even[window * even..][..even], &self.odd[window * odd..][..odd])
    }

    fn len(&self, coupling: &Coupling) -> usize {
        self.even.len() / coupling.even_count()
    }
}

/// The search for coefficients in units in which every product has a mean square of 1.
pub(super) struct Search<'a> {
    pub(super) coupling: &'a Coupling,
    pub(super) sample: &'a Sample,
    /// What a coefficient is in these units.
    pub(super) scale: Vec<f32>,
}

impl<'a> Search<'a> {
    pub(super) fn new(coupling: &'a Coupling, sample: &'a Sample) -> Self {
        let windows = spread(sample.len(coupling), WINDOWS_FOR_SQUARES);
        let parts: Vec<Vec<f64>> = windows
            .par_chunks(WINDOWS_AT_ONCE)
            .map(|windows| {
                let mut squares = vec![0.0; coupling.len()];
                let mut slopes = vec![0.0; coupling.expanded_len()];
                for &window in windows {
                    let (even, odd) = sample.of_window(coupling, window);
                    slopes.fill(0.0);
                    coupling.add_products(1.0, even, odd, &mut slopes);
                    let products = coupling.gather(&slopes);
                    squares.iter_mut().zip(products).for_each(|(sum, p)| *sum += f64::from(p).powi(2));
                }
                squares
            })
            .collect();
        let mut squares = vec![0.0; coupling.len()];
        for part in parts {
            squares.iter_mut().zip(part).for_each(|(sum, part)| *sum += part / windows.len() as f64);
        }
        let mut scale = vec![1.0; coupling.len()];
        for kind in coupling.kinds().into_iter().filter(|kind| !kind.is_empty()) {
            let mean = squares[kind.clone()].iter().sum::<f64>() / kind.len() as f64;
            for place in kind {
                let square = squares[place].max(FAINTEST * mean);
                scale[place] = if square > 0.0 { (1.0 / square.sqrt()) as f32 } else { 1.0 };
            }
        }
        Self { coupling, sample, scale }
    }

    /// Improves `start` under a `ridge` on the noisy coefficients: two Newton steps on `J - ridge / 2 |noisy|^2`.
    pub(super) fn improve(&self, start: &[f64], ridge: f64) -> Vec<f64> {
        let noisy = self.coupling.kinds()[0].len();
        let penalty = |z: &[f64]| 0.5 * ridge * z[..noisy].iter().map(|z| z * z).sum::<f64>();
        let mut found = start.to_vec();
        for _ in 0..STEPS {
            let values = self.values(self.sample, &found);
            let exponentials: Vec<f64> = values.iter().map(|&value| backward_weight(value)).collect();
            let weights: Vec<f64> = exponentials.iter().map(|e| 1.0 + e).collect();
            let mut slope = self.mean_products(&weights);
            slope[..noisy].iter_mut().zip(&found).for_each(|(slope, z)| *slope -= ridge * z);
            let step = conjugate_gradients(&slope, |direction| {
                let mut weights = self.values(self.sample, direction);
                weights.iter_mut().zip(&exponentials).for_each(|(weight, e)| *weight *= e);
                let mut product = self.mean_products(&weights);
                product[..noisy].iter_mut().zip(direction).for_each(|(sum, z)| *sum += ridge * z);
                product
            });
            let before = mean_objective(&values) - penalty(&found);
            let along = |share: f64| -> Vec<f64> {
                found.iter().zip(&step).map(|(z, step)| z + share * step).collect()
            };
            let shares = (0..=HALVINGS).map(|halving| 0.5_f64.powi(halving));
            let better = shares
                .map(along)
                .find(|z| mean_objective(&self.values(self.sample, z)) - penalty(z) > before);
            match better {
                Some(better) => found = better,
                None => break,
            }
        }
        found
    }

    /// Entropy production of every window of `sample`.
    pub(super) fn values(&self, sample: &Sample, coefficients: &[f64]) -> Vec<f64> {
        let expanded = self.coupling.expand(&self.to_natural(coefficients));
        let windows: Vec<usize> = (0..sample.len(self.coupling)).collect();
        let chunks = windows.par_chunks(WINDOWS_AT_ONCE).map(|windows| {
            let mut forces = vec![0.0; self.coupling.pairs * self.coupling.odd_count()];
            let value = |&window: &usize| {
                let (even, odd) = sample.of_window(self.coupling, window);
                self.coupling.forces(&expanded, even, &mut forces);
                forces.iter().zip(odd).map(|(f, d)| f64::from(f * d)).sum::<f64>()
            };
            windows.iter().map(value).collect::<Vec<f64>>()
        });
        chunks.collect::<Vec<_>>().concat()
    }

    /// Coefficients in their natural units.
    fn to_natural(&self, coefficients: &[f64]) -> Vec<f32> {
        coefficients.iter().zip(&self.scale).map(|(&z, scale)| z as f32 * scale).collect()
    }

    /// Mean over the windows of `weights` times their products of features.
    fn mean_products(&self, weights: &[f64]) -> Vec<f64> {
        let parts: Vec<Vec<f32>> = weights
            .par_chunks(WINDOWS_AT_ONCE)
            .enumerate()
            .map(|(chunk, weights)| {
                let mut slopes = vec![0.0; self.coupling.expanded_len()];
                for (window, &weight) in (chunk * WINDOWS_AT_ONCE..).zip(weights) {
                    let (even, odd) = self.sample.of_window(self.coupling, window);
                    self.coupling.add_products(weight as f32, even, odd, &mut slopes);
                }
                self.coupling.gather(&slopes)
            })
            .collect();
        let mut total = vec![0.0; self.coupling.len()];
        for part in parts {
            total.iter_mut().zip(part).for_each(|(sum, part)| *sum += f64::from(part));
        }
        let count = weights.len() as f64;
        total.iter().zip(&self.scale).map(|(sum, &scale)| sum * f64::from(scale) / count).collect()
    }
}

/// `1 + dS - exp(-dS)` of every window.
pub(super) fn gains(values: &[f64]) -> Vec<f64> {
    values.iter().map(|&value| 1.0 + objective(value)).collect()
}

/// Mean of `dS - exp(-dS)`.
fn mean_objective(values: &[f64]) -> f64 {
    values.iter().map(|&value| objective(value)).sum::<f64>() / values.len() as f64
}

/// A ridge, the gains of all validation windows under it, and its coefficients.
pub(super) type Tried = (f64, Vec<f64>, Vec<f64>);

/// Of trials in order of falling ridge the last that is as good as the best within one standard error of their paired difference, and
/// within that of the best: a ridge shrinks the estimate, and few windows hardly tell ridges apart.
pub(super) fn least_shrunk(mut tried: Vec<Tried>) -> Option<Tried> {
    let sum = |trial: &Tried| trial.1.iter().sum::<f64>();
    let best = tried.iter().max_by(|a, b| sum(a).total_cmp(&sum(b)))?.1.clone();
    let error_of_best = mean_and_error(best.iter().copied()).1;
    let place = tried.iter().rposition(|trial| {
        let (shortfall, error) = mean_and_error(best.iter().zip(&trial.1).map(|(best, own)| best - own));
        shortfall <= error.min(error_of_best)
    })?;
    Some(tried.swap_remove(place))
}

/// Solves `matrix x = side` for a symmetric positive matrix (Hestenes and Stiefel 1952, doi 10.6028/jres.049.044), until the rest is a
/// small share of `side` or directions run out.
fn conjugate_gradients(side: &[f64], matrix: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut solution = vec![0.0; side.len()];
    let (mut rest, mut direction) = (side.to_vec(), side.to_vec());
    let start = dot(side, side);
    let mut size = start;
    for _ in 0..DIRECTIONS {
        if size <= REST * REST * start {
            break;
        }
        let product = matrix(&direction);
        let curvature = dot(&direction, &product);
        if curvature <= 0.0 {
            break;
        }
        let step = size / curvature;
        solution.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
        rest.iter_mut().zip(&product).for_each(|(r, p)| *r -= step * p);
        let next = dot(&rest, &rest);
        direction.iter_mut().zip(&rest).for_each(|(d, r)| *d = r + next / size * *d);
        size = next;
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches the strongest of equals, and one that is clearly worse or fails on a single window.
    #[test]
    fn the_least_ridge_among_equals_is_kept() {
        let trial = |ridge: f64, gains: [f64; 4]| (ridge, gains.to_vec(), vec![ridge]);
        let tried = vec![
            trial(1.0, [1.0, 3.0, -2.0, 4.0]),
            trial(0.1, [1.1, 2.8, -2.1, 4.1]),
            trial(0.01, [0.5, 2.0, -2.9, 3.4]),
            trial(0.001, [1.5, 3.0, -900.0, 4.0]),
        ];
        assert_eq!(least_shrunk(tried).unwrap().0, 0.1);
    }

    #[test]
    fn conjugate_gradients_solve() {
        let matrix = |x: &[f64]| vec![4.0 * x[0] + x[1], x[0] + 3.0 * x[1] - x[2], 2.0 * x[2] - x[1]];
        let side = matrix(&[1.0, -2.0, 0.5]);
        let found = conjugate_gradients(&side, matrix);
        let rest: f64 = matrix(&found).iter().zip(&side).map(|(a, b)| (a - b).powi(2)).sum();
        assert!(rest.sqrt() < 0.05 * side.iter().map(|s| s * s).sum::<f64>().sqrt(), "{found:?}");
    }
}
