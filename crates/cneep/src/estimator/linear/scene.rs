//! Makes bilinear features of modes whose means and changes are given, for tests.

use super::features::{LinearFeatures, LinearForm};
use ndarray::Array2;

/// Features of windows with the rows of `means` m and `changes` d: `d_j`, then `m_i d_j` in row-major order.
pub(super) struct Bilinear {
    pub(super) means: Array2<f64>,
    pub(super) changes: Array2<f64>,
}

impl LinearForm for Bilinear {
    fn len(&self) -> usize {
        let modes = self.means.ncols();
        modes * (modes + 1)
    }

    fn total_derivatives(&self) -> Vec<(usize, usize)> {
        let modes = self.means.ncols();
        let place = |i: usize, j: usize| modes + i * modes + j;
        let pairs = (0..modes).flat_map(|i| (i + 1..modes).map(move |j| (i, j)));
        pairs.map(|(i, j)| (place(i, j), place(j, i))).collect()
    }

    fn ridge_weights(&self, mean_squares: &[f64]) -> Vec<f64> {
        (0..mean_squares.len()).map(|place| 1.0 + (place % 3) as f64).collect()
    }
}

impl LinearFeatures for Bilinear {
    fn window_count(&self) -> usize {
        self.means.nrows()
    }

    fn steps(&self) -> usize {
        1
    }

    fn features(&self, windows: &[usize]) -> Array2<f64> {
        let modes = self.means.ncols();
        Array2::from_shape_fn((windows.len(), self.len()), |(row, place)| {
            let change = self.changes[[windows[row], place % modes]];
            if place < modes { change } else { self.means[[windows[row], place / modes - 1]] * change }
        })
    }
}
