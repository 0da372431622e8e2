//! Sums the products of features and their squares, from which every closed-form fit follows.

use super::coupling::Coupling;
use super::features::Features;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;

/// Windows whose products are formed at a time.
const WINDOWS_AT_ONCE: usize = 512;
/// Parts summed apart, by as many threads; fixed, so that the bits do not depend on the threads.
const PARTS: usize = 4;
/// Rows of the matrix of squares that are summed at a time.
const BLOCK: usize = 96;

/// Sums over windows of `psi` and `psi psi^T`, psi being the products of features that have a coefficient. Sums over
/// folds add up to those over all windows, so that a fold is left out by subtraction.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// Number of windows.
    pub(super) count: f64,
    /// How many of them share a step.
    pub(super) overlap: f64,
    pub(super) first: Array1<f64>,
    pub(super) second: Array2<f64>,
}

impl Moments {
    /// Sums over the `windows` named.
    pub(super) fn of(features: &Features, coupling: &Coupling, windows: &[usize]) -> Self {
        let part = windows.len().div_ceil(PARTS).max(1);
        let parts: Vec<Self> =
            windows.par_chunks(part).map(|windows| Self::of_part(features, coupling, windows)).collect();
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_else(|| Self::zero(features, coupling.len()));
        let mut sums = parts.fold(first, |sum, part| sum.plus(&part));
        for row in 1..coupling.len() {
            for column in 0..row {
                sums.second[[column, row]] = sums.second[[row, column]];
            }
        }
        sums
    }

    fn zero(features: &Features, len: usize) -> Self {
        let overlap = features.steps() as f64;
        Self { count: 0.0, overlap, first: Array1::zeros(len), second: Array2::zeros((len, len)) }
    }

    /// Of the symmetric matrix of squares only the blocks on and below the diagonal are summed; [`Self::of`] fills in the others.
    fn of_part(features: &Features, coupling: &Coupling, windows: &[usize]) -> Self {
        let len = coupling.len();
        let mut sums = Self::zero(features, len);
        for windows in windows.chunks(WINDOWS_AT_ONCE) {
            let products = features.products(coupling, windows);
            for start in (0..len).step_by(BLOCK) {
                let end = (start + BLOCK).min(len);
                let (left, right) = (products.slice(s![.., start..end]), products.slice(s![.., ..end]));
                general_mat_mul(
                    1.0,
                    &left.t(),
                    &right,
                    1.0,
                    &mut sums.second.slice_mut(s![start..end, ..end]),
                );
            }
            sums.first += &products.sum_axis(Axis(0));
            sums.count += windows.len() as f64;
        }
        sums
    }

    /// Sums over the windows of both.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        self.count += other.count;
        self.first += &other.first;
        self.second += &other.second;
        self
    }

    /// Sums over the windows of `self` but those of `other`.
    pub(super) fn minus(&self, other: &Self) -> Self {
        Self {
            count: self.count - other.count,
            overlap: self.overlap,
            first: &self.first - &other.first,
            second: &self.second - &other.second,
        }
    }

    /// Sums of the products at `places` alone.
    pub(super) fn select(&self, places: &[usize]) -> Self {
        let second = |(i, j): (usize, usize)| self.second[[places[i], places[j]]];
        Self {
            count: self.count,
            overlap: self.overlap,
            first: places.iter().map(|&place| self.first[place]).collect(),
            second: Array2::from_shape_fn((places.len(), places.len()), second),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::coupling::FeatureShape;
    use super::super::features::tests::{free, pairs};
    use super::*;

    /// Catches windows counted twice or left out at the edge of parts, and squares rounded too early.
    #[test]
    fn moments_are_the_plain_sums_and_folds_subtract() {
        let wave = |(i, j): (usize, usize)| ((i * 7 + j * 3) as f64).sin() * [0.1, 1.0, 10.0][j % 3];
        let stretches = pairs(
            &Array2::from_shape_fn((1500, 2), wave),
            &Array2::from_shape_fn((1500, 2), |(i, j)| wave((i + 3, j + 1))),
        );
        let shape = FeatureShape { patches: 1, modes: 2 };
        let features = free(&stretches, 2, shape);
        let coupling = Coupling::new(shape, &[(0, 0)]);
        let all: Vec<usize> = (0..1500).collect();
        let (odd, even): (Vec<usize>, Vec<usize>) = all.iter().partition(|&&window| window % 2 == 1);
        let rest = Moments::of(&features, &coupling, &all).minus(&Moments::of(&features, &coupling, &odd));
        let mut naive = Moments::zero(&features, 6);
        for window in even {
            let mut products = vec![0.0; 6];
            let mut row = features.blank();
            features.write(window, &mut row);
            for (even, odd) in row.steps() {
                coupling.add_products(1.0, even, odd, &mut products);
            }
            naive.count += 1.0;
            for i in 0..6 {
                naive.first[i] += products[i];
                for j in 0..6 {
                    naive.second[[i, j]] += products[i] * products[j];
                }
            }
        }
        assert_eq!(rest.count, naive.count);
        assert!((&rest.first - &naive.first).iter().all(|apart| apart.abs() < 1e-9));
        for ((i, j), exact) in naive.second.indexed_iter() {
            let scale = (naive.second[[i, i]] * naive.second[[j, j]]).sqrt();
            assert!((rest.second[[i, j]] - exact).abs() < 1e-12 * scale, "{i} {j}");
        }
    }
}
