//! Sums features and their products, from which every closed-form fit follows.

use super::features::LinearFeatures;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;

/// Windows whose products are formed at a time.
const WINDOWS_AT_ONCE: usize = 512;
/// Parts summed apart, by as many threads; fixed, so that the bits do not depend on the threads.
const PARTS: usize = 4;
/// Rows of the matrix of squares that are summed at a time.
const BLOCK: usize = 96;

/// Sums over windows of `psi` and `psi psi^T`, psi being the features that have a coefficient. Sums over
/// folds add up to those over all windows, so that a fold is left out by subtraction.
#[derive(Debug, Clone)]
pub(in crate::estimator) struct Moments {
    /// Number of windows.
    pub(in crate::estimator) count: f64,
    /// How many of them share a step.
    pub(in crate::estimator) overlap: f64,
    pub(in crate::estimator) first: Array1<f64>,
    pub(in crate::estimator) second: Array2<f64>,
}

impl Moments {
    /// Sums over the `windows` named.
    pub(in crate::estimator) fn of(features: &dyn LinearFeatures, windows: &[usize]) -> Self {
        let part = windows.len().div_ceil(PARTS).max(1);
        let parts: Vec<Self> =
            windows.par_chunks(part).map(|windows| Self::of_part(features, windows)).collect();
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_else(|| Self::of_part(features, &[]));
        let mut sums = parts.fold(first, |sum, part| sum.plus(&part));
        for row in 1..sums.first.len() {
            for column in 0..row {
                sums.second[[column, row]] = sums.second[[row, column]];
            }
        }
        sums
    }

    fn zero(features: &dyn LinearFeatures, len: usize) -> Self {
        let overlap = features.steps() as f64;
        Self { count: 0.0, overlap, first: Array1::zeros(len), second: Array2::zeros((len, len)) }
    }

    /// Of the symmetric matrix of squares only the blocks on and below the diagonal are summed; [`Self::of`]
    /// fills in the others.
    fn of_part(features: &dyn LinearFeatures, windows: &[usize]) -> Self {
        let len = features.features(&[]).ncols();
        let mut sums = Self::zero(features, len);
        for windows in windows.chunks(WINDOWS_AT_ONCE) {
            let products = features.features(windows);
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
    pub(in crate::estimator) fn plus(mut self, other: &Self) -> Self {
        self.count += other.count;
        self.first += &other.first;
        self.second += &other.second;
        self
    }

    /// Sums over the windows of `self` but those of `other`.
    pub(in crate::estimator) fn minus(&self, other: &Self) -> Self {
        Self {
            count: self.count - other.count,
            overlap: self.overlap,
            first: &self.first - &other.first,
            second: &self.second - &other.second,
        }
    }

    /// Sums of the products at `places` alone.
    pub(in crate::estimator) fn select(&self, places: &[usize]) -> Self {
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
    use super::super::features::LinearForm;
    use super::super::scene::Bilinear;
    use super::*;

    /// Catches windows counted twice or left out at the edge of parts, and squares rounded too early.
    #[test]
    fn moments_are_the_plain_sums_and_folds_subtract() {
        let wave = |(i, j): (usize, usize)| ((i * 7 + j * 3) as f64).sin() * [0.1, 1.0, 10.0][j % 3];
        let scene = Bilinear {
            means: Array2::from_shape_fn((1500, 2), wave),
            changes: Array2::from_shape_fn((1500, 2), |(i, j)| wave((i + 3, j + 1))),
        };
        let all: Vec<usize> = (0..1500).collect();
        let (odd, even): (Vec<usize>, Vec<usize>) = all.iter().partition(|&&window| window % 2 == 1);
        let rest = Moments::of(&scene, &all).minus(&Moments::of(&scene, &odd));
        let mut naive = Moments::zero(&scene, scene.len());
        for window in even {
            let features = scene.features(&[window]);
            naive.count += 1.0;
            for i in 0..scene.len() {
                naive.first[i] += features[[0, i]];
                for j in 0..scene.len() {
                    naive.second[[i, j]] += features[[0, i]] * features[[0, j]];
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
