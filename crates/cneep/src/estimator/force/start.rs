//! Samples features of windows for the optimum to start from, that for the kernels at hand.

use super::coupling::Coupling;
use super::principal::spread;
use crate::estimator::linear::Sampled;
use crate::estimator::objective::objective;
use crate::estimator::paired_gain::is_as_good;
use rayon::prelude::*;

/// Windows whose sums are made at a time; fixed, so that bits do not depend on the threads.
const WINDOWS_AT_ONCE: usize = 256;
/// Windows over which mean squares of products are taken.
const WINDOWS_FOR_SQUARES: usize = 4000;
/// Least mean square of a product, as a share of their mean: products that hardly vary are not blown up to
/// the others.
const FAINTEST: f64 = 1e-3;
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

    /// Entropy production of every window of `sample`.
    pub(super) fn values_of(&self, sample: &Sample, coefficients: &[f64]) -> Vec<f64> {
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
}

impl Sampled for Search<'_> {
    fn values(&self, coefficients: &[f64]) -> Vec<f64> {
        self.values_of(self.sample, coefficients)
    }

    fn mean_features(&self, weights: &[f64]) -> Vec<f64> {
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

    fn shrunk(&self) -> usize {
        self.coupling.kinds()[0].len()
    }
}

/// `1 + dS - exp(-dS)` of every window.
pub(super) fn gains(values: &[f64]) -> Vec<f64> {
    values.iter().map(|&value| 1.0 + objective(value)).collect()
}

/// A ridge that was tried.
pub(super) struct Trial {
    pub(super) ridge: f64,
    /// `1 + dS - exp(-dS)` of every validation window.
    pub(super) gains: Vec<f64>,
    pub(super) coefficients: Vec<f64>,
}

/// Of trials in order of falling ridge the last that is as good as the best: a ridge shrinks the estimate,
/// and few windows hardly tell ridges apart.
pub(super) fn least_shrunk(mut trials: Vec<Trial>) -> Option<Trial> {
    let sum = |trial: &Trial| trial.gains.iter().sum::<f64>();
    let best = trials.iter().max_by(|a, b| sum(a).total_cmp(&sum(b)))?.gains.clone();
    let place = trials.iter().rposition(|trial| is_as_good(&trial.gains, &best, 1.0))?;
    Some(trials.swap_remove(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches the strongest of equals, and one that is clearly worse or fails on a single window.
    #[test]
    fn the_least_ridge_among_equals_is_kept() {
        let trial =
            |ridge: f64, gains: [f64; 4]| Trial { ridge, gains: gains.to_vec(), coefficients: vec![ridge] };
        let tried = vec![
            trial(1.0, [1.0, 3.0, -2.0, 4.0]),
            trial(0.1, [1.1, 2.8, -2.1, 4.1]),
            trial(0.01, [0.5, 2.0, -2.9, 3.4]),
            trial(0.001, [1.5, 3.0, -900.0, 4.0]),
        ];
        assert_eq!(least_shrunk(tried).unwrap().ridge, 0.1);
    }
}
