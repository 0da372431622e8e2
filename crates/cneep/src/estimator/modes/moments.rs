//! Sums the products of features and their squares, from which every closed-form fit follows.

use super::coupling::Coupling;
use super::features::Features;
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

/// Windows whose products are formed at a time.
const WINDOWS_AT_ONCE: usize = 256;
/// Parts summed apart, by as many threads; fixed, so that the bits do not depend on the threads.
const PARTS: usize = 4;

/// Sums over windows of `psi` and `psi psi^T`, psi being the products of features that have a coefficient. Sums over
/// folds add up to those over all windows, so that a fold is left out by subtraction.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    pub(super) count: f64,
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
        let first = parts.next().unwrap_or_else(|| Self::zero(coupling.len()));
        parts.fold(first, |sum, part| sum.plus(&part))
    }

    fn zero(len: usize) -> Self {
        Self { count: 0.0, first: Array1::zeros(len), second: Array2::zeros((len, len)) }
    }

    fn of_part(features: &Features, coupling: &Coupling, windows: &[usize]) -> Self {
        let mut sums = Self::zero(coupling.len());
        let mut products = Array2::zeros((WINDOWS_AT_ONCE, coupling.len()));
        for windows in windows.chunks(WINDOWS_AT_ONCE) {
            products.fill(0.0);
            for (&window, mut row) in windows.iter().zip(products.outer_iter_mut()) {
                let (even, odd) = features.row(window);
                coupling.add_products(1.0, even, odd, row.as_slice_mut().expect("standard order"));
            }
            sums.count += windows.len() as f64;
            sums.first += &products.sum_axis(Axis(0));
            ndarray::linalg::general_mat_mul(1.0, &products.t(), &products, 1.0, &mut sums.second);
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
            first: &self.first - &other.first,
            second: &self.second - &other.second,
        }
    }

    /// Sums of the products at `places` alone.
    pub(super) fn select(&self, places: &[usize]) -> Self {
        let second = |(i, j): (usize, usize)| self.second[[places[i], places[j]]];
        Self {
            count: self.count,
            first: places.iter().map(|&place| self.first[place]).collect(),
            second: Array2::from_shape_fn((places.len(), places.len()), second),
        }
    }
}
