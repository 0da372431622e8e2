//! Forms even and odd features of windows from the coordinates of their frames.

use super::coupling::{Coupling, FeatureShape};
use super::reach::Reach;
use ndarray::{Array2, ArrayView2, ArrayViewMut1, Axis, s};
use rayon::prelude::*;

/// Windows whose sums are made by one thread at a time; fixed, so that the bits do not depend on the threads.
const WINDOWS_AT_ONCE: usize = 1024;

/// Features of a list of windows, rows in their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Features {
    /// One and the mean of every mode over the window, unchanged by reversal.
    pub(super) even: Array2<f64>,
    /// Changes `c_(n-1-a) - c_a` of every mode between the frames that reversal exchanges, which change sign.
    pub(super) odd: Array2<f64>,
}

impl Features {
    /// Features of all windows of `window` frames in each stretch of consecutive frames, whose coordinates have the shape
    /// (frame, mode), within the `reach` of each. Of the `available` modes of each patch the first `shape.modes` are taken.
    pub(super) fn of(
        stretches: &[Array2<f64>],
        window: usize,
        shape: FeatureShape,
        (available, reach): (usize, &Reach),
    ) -> Self {
        let count = stretches.iter().map(|frames| (frames.nrows() + 1).saturating_sub(window)).sum();
        let reach = reach.of_first(shape.modes, available);
        let mut features =
            Self { even: Array2::zeros((count, shape.even())), odd: Array2::zeros((count, shape.odd())) };
        let mut rows = features.even.outer_iter_mut().zip(features.odd.outer_iter_mut());
        for frames in stretches.iter().filter(|frames| frames.nrows() >= window) {
            for (frames, (even, odd)) in frames.axis_windows(Axis(0), window).into_iter().zip(&mut rows) {
                write(&frames, shape, (available, &reach), even, odd);
            }
        }
        drop(rows);
        features
    }

    /// Number of windows.
    pub(super) fn len(&self) -> usize {
        self.even.nrows()
    }

    /// Entropy production of every window.
    pub(super) fn entropy_production(&self, coupling: &Coupling, coefficients: &[f64]) -> Vec<f64> {
        let mut values = vec![0.0; self.len()];
        values.par_chunks_mut(WINDOWS_AT_ONCE).enumerate().for_each(|(chunk, values)| {
            let mut forces = vec![0.0; coupling.shape.odd()];
            for (row, value) in (chunk * WINDOWS_AT_ONCE..).zip(values) {
                let (even, odd) = self.row(row);
                coupling.forces(coefficients, even, &mut forces);
                *value = forces.iter().zip(odd).map(|(force, change)| force * change).sum();
            }
        });
        values
    }

    /// Entropy production of every window by several candidates, shape (window, candidate), each with coefficients of its own for
    /// every fold of windows: `coefficients` has the columns (fold, candidate). Zero where there is no fold.
    pub(super) fn entropy_production_by_fold(
        &self,
        coupling: &Coupling,
        coefficients: &Array2<f64>,
        folds: &[Option<usize>],
        candidates: usize,
    ) -> Array2<f64> {
        let mut values = Array2::zeros((self.len(), candidates));
        let chunks: Vec<_> = values.axis_chunks_iter_mut(Axis(0), WINDOWS_AT_ONCE).collect();
        chunks.into_par_iter().enumerate().for_each(|(chunk, mut values)| {
            let windows: Vec<usize> = (chunk * WINDOWS_AT_ONCE..).take(values.nrows()).collect();
            let all = self.products(coupling, &windows).dot(coefficients);
            for ((window, all), mut values) in
                windows.iter().zip(all.outer_iter()).zip(values.outer_iter_mut())
            {
                if let Some(fold) = folds[*window] {
                    values.assign(&all.slice(s![fold * candidates..(fold + 1) * candidates]));
                }
            }
        });
        values
    }

    /// Products of the features of each of `windows`, shape (window, coefficient).
    pub(super) fn products(&self, coupling: &Coupling, windows: &[usize]) -> Array2<f64> {
        let mut products = Array2::zeros((windows.len(), coupling.len()));
        for (&window, mut row) in windows.iter().zip(products.outer_iter_mut()) {
            let (even, odd) = self.row(window);
            coupling.add_products(1.0, even, odd, row.as_slice_mut().expect("standard order"));
        }
        products
    }

    /// Sum over the windows of `weights` times their products of features; windows of weight zero cost nothing.
    pub(super) fn weighted_products(&self, coupling: &Coupling, weights: &[f64]) -> Vec<f64> {
        let chunks: Vec<Vec<f64>> = weights
            .par_chunks(WINDOWS_AT_ONCE)
            .enumerate()
            .map(|(chunk, weights)| {
                let mut sums = vec![0.0; coupling.len()];
                for (row, &weight) in (chunk * WINDOWS_AT_ONCE..).zip(weights) {
                    if weight != 0.0 {
                        let (even, odd) = self.row(row);
                        coupling.add_products(weight, even, odd, &mut sums);
                    }
                }
                sums
            })
            .collect();
        let mut total = vec![0.0; coupling.len()];
        for sums in chunks {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
        total
    }

    /// Even and odd features of one window.
    pub(super) fn row(&self, row: usize) -> (&[f64], &[f64]) {
        let (even, odd) = (self.even.ncols(), self.odd.ncols());
        let (evens, odds) = (self.even.as_slice(), self.odd.as_slice());
        let (evens, odds) = (evens.expect("standard order"), odds.expect("standard order"));
        (&evens[row * even..(row + 1) * even], &odds[row * odd..(row + 1) * odd])
    }
}

/// Features of one window. Frames that reversal exchanges meet in a sum or difference of two, so that reversal keeps the
/// even features, and changes the sign of the odd ones, to the last bit.
fn write(
    frames: &ArrayView2<f64>,
    shape: FeatureShape,
    (available, reach): (usize, &Reach),
    mut even: ArrayViewMut1<f64>,
    mut odd: ArrayViewMut1<f64>,
) {
    let FeatureShape { patches, modes, pairs } = shape;
    let window = frames.nrows();
    even[0] = 1.0;
    for patch in 0..patches {
        for mode in 0..modes {
            let of = |frame: usize| frames[[frame, patch * available + mode]];
            let mut sum = if window % 2 == 1 { of(pairs) } else { 0.0 };
            for pair in 0..pairs {
                let (before, after) = (of(pair), of(window - 1 - pair));
                sum += before + after;
                let place = (patch * pairs + pair) * modes + mode;
                odd[place] = (after - before).clamp(-reach.odd[place], reach.odd[place]);
            }
            let place = patch * modes + mode;
            even[1 + place] = (sum / window as f64).clamp(-reach.even[place], reach.even[place]);
        }
    }
}
