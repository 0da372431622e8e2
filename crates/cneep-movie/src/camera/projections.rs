//! Follows the motion, focus and brightness that a whole frame has in common, by its projections on the
//! changes that they would make to the mean picture.
//!
//! To first order a shift by (x, y), a change of width and a change of brightness add multiples of the mean
//! picture's gradient, its Laplacian and itself; least squares gives them for each frame.

use super::windows::Windows;

/// Brightness of the ground, brightness of the picture, shift along columns and rows, focus.
pub(super) const COMMON: usize = 5;
/// Columns to the right, in pixels.
pub(super) const X: usize = 2;
/// Rows downwards, in pixels.
pub(super) const Y: usize = 3;
/// Half the change of the square of the width, in square pixels.
pub(super) const FOCUS: usize = 4;

/// The common changes of one movie, frame by frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Projections {
    /// One row a common change: what each pixel contributes to it.
    weights: Vec<Vec<f32>>,
    /// One series a common change.
    pub(super) series: [Vec<f64>; COMMON],
}

impl Projections {
    /// Projections of deviations from the picture `mean`, the pixels taken by `windows`.
    pub(super) fn new(windows: &Windows, mean: &[f32]) -> Self {
        Self { weights: weights(windows, mean).unwrap_or_default(), series: Default::default() }
    }

    /// Adds a frame's deviations from the mean picture.
    pub(super) fn add(&mut self, pixels: &[f32]) {
        for (series, weights) in self.series.iter_mut().zip(&self.weights) {
            series.push(super::lanes::dot(pixels, weights));
        }
    }
}

/// Rows of the pseudo-inverse of the changes; none where the picture is flat, so that they cannot be told
/// apart.
fn weights(windows: &Windows, mean: &[f32]) -> Option<Vec<Vec<f32>>> {
    let mut changes = vec![vec![0.0_f32; mean.len()]; COMMON];
    for window in windows.iter().filter(|window| window.rows > 2 && window.columns > 2) {
        for row in 1..window.rows - 1 {
            for column in 1..window.columns - 1 {
                let at = window.start + row * window.columns + column;
                let (left, right) = (mean[at - 1], mean[at + 1]);
                let (above, below) = (mean[at - window.columns], mean[at + window.columns]);
                changes[0][at] = 1.0;
                changes[1][at] = mean[at];
                changes[X][at] = -0.5 * (right - left);
                changes[Y][at] = -0.5 * (below - above);
                changes[FOCUS][at] = left + right + above + below - 4.0 * mean[at];
            }
        }
    }
    // Without the ground, brightness is that of the structure.
    let count: f32 = changes[0].iter().sum();
    let level = changes[1].iter().sum::<f32>() / count.max(1.0);
    let (ground, picture) = changes.split_at_mut(1);
    picture[0].iter_mut().zip(&ground[0]).for_each(|(value, inside)| *value -= level * inside);
    let gram: Vec<Vec<f64>> =
        changes.iter().map(|a| changes.iter().map(|b| super::lanes::dot(a, b)).collect()).collect();
    let inverse = inverse(gram)?;
    let combined = |row: &Vec<f64>| -> Vec<f32> {
        let mut sum = vec![0.0_f32; mean.len()];
        for (factor, change) in row.iter().zip(&changes) {
            sum.iter_mut().zip(change).for_each(|(sum, change)| *sum += *factor as f32 * change);
        }
        sum
    };
    Some(inverse.iter().map(combined).collect())
}

/// The inverse of a symmetric positive matrix, by Gauss and Jordan; none if it is singular to a part in a
/// million of its diagonal.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let size = matrix.len();
    let diagonal: Vec<f64> = (0..size).map(|at| matrix[at][at]).collect();
    let mut inverse: Vec<Vec<f64>> =
        (0..size).map(|row| (0..size).map(|column| f64::from(u8::from(row == column))).collect()).collect();
    for pivot in 0..size {
        if matrix[pivot][pivot] <= 1e-6 * diagonal[pivot] {
            return None;
        }
        let scale = 1.0 / matrix[pivot][pivot];
        for column in 0..size {
            matrix[pivot][column] *= scale;
            inverse[pivot][column] *= scale;
        }
        for row in (0..size).filter(|&row| row != pivot) {
            let factor = matrix[row][pivot];
            for column in 0..size {
                matrix[row][column] -= factor * matrix[pivot][column];
                inverse[row][column] -= factor * inverse[pivot][column];
            }
        }
    }
    Some(inverse)
}
