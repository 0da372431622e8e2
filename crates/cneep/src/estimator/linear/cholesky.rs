//! Factors symmetric positive matrices block by block, so that most of the work is products of matrices.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut1, Axis, s};
use rayon::prelude::*;

/// Columns eliminated at a time.
const BLOCK: usize = 48;
/// Rows updated at a time.
const ROWS_AT_ONCE: usize = 128;
/// Vectors whose squares are found by one thread at a time.
const VECTORS_AT_ONCE: usize = 64;

/// `A = L L^T` with L lower triangular (Golub and Van Loan, Matrix Computations, section 4.2.9).
pub(in crate::estimator) struct Cholesky {
    lower: Array2<f64>,
}

impl Cholesky {
    /// Factors `matrix`, of which the lower triangle is read; none if it is not positive to working
    /// precision.
    pub(in crate::estimator) fn new(mut matrix: Array2<f64>) -> Option<Self> {
        let size = matrix.nrows();
        for start in (0..size).step_by(BLOCK) {
            let end = (start + BLOCK).min(size);
            factor_in_place(&mut matrix, start..end)?;
            let corner = matrix.slice(s![start..end, start..end]).to_owned();
            let mut below = matrix.slice_mut(s![end.., start..end]);
            let rows: Vec<_> = below.outer_iter_mut().collect();
            rows.into_par_iter().for_each(|row| eliminate(&corner.view(), row));
            let panel = matrix.slice(s![end.., start..end]).to_owned();
            let mut rest = matrix.slice_mut(s![end.., end..]);
            let rows: Vec<_> = rest.axis_chunks_iter_mut(Axis(0), ROWS_AT_ONCE).collect();
            rows.into_par_iter().enumerate().for_each(|(chunk, mut rows)| {
                let (first, last) = (chunk * ROWS_AT_ONCE, chunk * ROWS_AT_ONCE + rows.nrows());
                let mut rows = rows.slice_mut(s![.., ..last]);
                let (left, right) = (panel.slice(s![first..last, ..]), panel.slice(s![..last, ..]));
                general_mat_mul(-1.0, &left, &right.t(), 1.0, &mut rows);
            });
        }
        Some(Self { lower: matrix })
    }

    /// `A^-1` times `side`.
    pub(in crate::estimator) fn solve(&self, side: &[f64]) -> Vec<f64> {
        let mut solution = side.to_vec();
        for (index, row) in self.lower.outer_iter().enumerate() {
            let row = row.to_slice().expect("standard order");
            let known: f64 = row[..index].iter().zip(&solution).map(|(l, x)| l * x).sum();
            solution[index] = (solution[index] - known) / row[index];
        }
        for (index, row) in self.lower.outer_iter().enumerate().rev() {
            let row = row.to_slice().expect("standard order");
            let found = solution[index] / row[index];
            solution[index] = found;
            solution[..index].iter_mut().zip(row).for_each(|(x, l)| *x -= l * found);
        }
        solution
    }

    /// `v^T A^-1 v` of each vector v, given by its two entries that are not zero (place, value): the squares
    /// of `L^-1 v`, of many vectors at a time by products of matrices.
    pub(in crate::estimator) fn squares(&self, vectors: &[[(usize, f64); 2]]) -> Vec<f64> {
        vectors.par_chunks(VECTORS_AT_ONCE).flat_map_iter(|vectors| self.squares_of(vectors)).collect()
    }

    fn squares_of(&self, vectors: &[[(usize, f64); 2]]) -> Vec<f64> {
        let size = self.lower.nrows();
        let mut found = Array2::<f64>::zeros((vectors.len(), size));
        for (entries, mut row) in vectors.iter().zip(found.outer_iter_mut()) {
            for &(place, value) in entries {
                row[place] += value;
            }
        }
        // Before the first entry all is zero.
        let first = vectors.iter().flatten().map(|entry| entry.0).min().unwrap_or(0) / BLOCK * BLOCK;
        for start in (first..size).step_by(BLOCK) {
            let end = (start + BLOCK).min(size);
            let (known, mut rest) = found.view_mut().split_at(Axis(1), start);
            let mut own = rest.slice_mut(s![.., ..end - start]);
            let before = self.lower.slice(s![start..end, first..start]);
            general_mat_mul(-1.0, &known.slice(s![.., first..]), &before.t(), 1.0, &mut own);
            let corner = self.lower.slice(s![start..end, start..end]);
            own.outer_iter_mut().for_each(|row| eliminate(&corner, row));
        }
        found.outer_iter().map(|row| row.dot(&row)).collect()
    }
}

/// Factors the square of `range` on the diagonal, column by column.
fn factor_in_place(matrix: &mut Array2<f64>, range: std::ops::Range<usize>) -> Option<()> {
    for column in range.clone() {
        for row in column..range.end {
            let before = (range.start..column).map(|k| matrix[[row, k]] * matrix[[column, k]]).sum::<f64>();
            let rest = matrix[[row, column]] - before;
            matrix[[row, column]] = if row > column {
                rest / matrix[[column, column]]
            } else if rest > f64::EPSILON {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    Some(())
}

/// Solves `x corner^T = row` in place.
fn eliminate(corner: &ArrayView2<f64>, mut row: ArrayViewMut1<f64>) {
    for (index, known) in corner.outer_iter().enumerate() {
        let before: f64 = (0..index).map(|k| row[k] * known[k]).sum();
        row[index] = (row[index] - before) / known[index];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;

    /// Sizes of less than a block, and of several with a rest: catches a block left out and a triangle
    /// mistaken.
    #[test]
    fn what_is_solved_solves() {
        for size in [1, 5, 48, 131, 300] {
            let factor =
                Array2::from_shape_fn((size, size + 3), |(i, j)| ((i * 37 + j * 11) as f64 * 0.7).sin());
            let matrix = factor.dot(&factor.t()) + Array2::<f64>::eye(size);
            let side: Vec<f64> = (0..size).map(|i| (i as f64).cos()).collect();
            let found = Array1::from(Cholesky::new(matrix.clone()).unwrap().solve(&side));
            let residual = matrix.dot(&found) - Array1::from(side);
            assert!(residual.iter().all(|r| r.abs() < 1e-9), "{size}");
        }
    }

    /// Of more vectors than are taken at a time, with entries in one block and in two: catches rows that are
    /// passed over, and a vector that is taken for another.
    #[test]
    fn squares_are_those_of_what_is_solved() {
        let size = 131;
        let factor = Array2::from_shape_fn((size, size + 3), |(i, j)| ((i * 37 + j * 11) as f64 * 0.7).sin());
        let matrix = factor.dot(&factor.t()) + Array2::<f64>::eye(size);
        let cholesky = Cholesky::new(matrix).unwrap();
        let vector = |k: usize| [(k * 7 % size, 1.0 + k as f64), ((k * 13 + 60) % size, -0.3)];
        let vectors: Vec<[(usize, f64); 2]> = (0..150).map(vector).collect();
        for (entries, found) in vectors.iter().zip(cholesky.squares(&vectors)) {
            let mut side = vec![0.0; size];
            for &(place, value) in entries {
                side[place] += value;
            }
            let solved = cholesky.solve(&side);
            let expected: f64 = side.iter().zip(&solved).map(|(a, b)| a * b).sum();
            assert!((found - expected).abs() < 1e-9 * expected, "{entries:?}");
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_is_refused() {
        let mut matrix = Array2::eye(60);
        matrix[[55, 55]] = -1.0;
        assert!(Cholesky::new(matrix).is_none());
    }
}
