//! Solves for the coefficients that are best for small entropy production per transition.

use super::cholesky::Cholesky;
use super::moments::Moments;
use ndarray::Array2;

/// `G + ridge diag(G)` with `G = <psi psi^T>`, ready to be solved; each product is measured in its own root mean square.
pub(super) struct Ridge {
    /// Root mean square of each product; 1 for one that never varies.
    scale: Vec<f64>,
    factor: Cholesky,
    /// `ridge diag(G)`.
    pub(super) penalty: Vec<f64>,
}

impl Ridge {
    /// None without windows, or if the matrix is not positive to working precision.
    pub(super) fn new(moments: &Moments, ridge: f64) -> Option<Self> {
        let len = moments.first.len();
        let square = |i: usize| moments.second[[i, i]] / moments.count;
        let scale: Vec<f64> =
            (0..len).map(|i| if square(i) > 0.0 { square(i).sqrt() } else { 1.0 }).collect();
        let mut matrix = Array2::from_shape_fn((len, len), |(i, j)| {
            moments.second[[i, j]] / (moments.count * scale[i] * scale[j])
        });
        matrix.diag_mut().fill(1.0 + ridge);
        let penalty = (0..len).map(|i| ridge * square(i)).collect();
        Some(Self { factor: Cholesky::new(matrix)?, scale, penalty })
    }

    /// `(G + ridge diag(G))^-1` times `side`.
    pub(super) fn solve(&self, side: &[f64]) -> Vec<f64> {
        let side: Vec<f64> = side.iter().zip(&self.scale).map(|(value, scale)| value / scale).collect();
        let mut solved = self.factor.solve(&side);
        solved.iter_mut().zip(&self.scale).for_each(|(value, scale)| *value /= scale);
        solved
    }

    /// `B = 2 (G + ridge diag(G))^-1 <psi>`: the maximum of `J = <dS - exp(-dS)>` to second order in dS.
    pub(super) fn small_entropy_optimum(&self, moments: &Moments) -> Vec<f64> {
        let side: Vec<f64> = moments.first.iter().map(|sum| 2.0 * sum / moments.count).collect();
        self.solve(&side)
    }
}
