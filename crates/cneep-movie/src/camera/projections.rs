//! Follows the motion, focus and brightness that a whole frame has in common, by its projections on the
//! changes that they would make to the mean picture.
//!
//! To first order a shift by (x, y), a change of width and a change of brightness add multiples of the mean
//! picture's gradient, its Laplacian and itself; least squares gives them for each frame.

use super::parts::{FOLLOWED, Parts};
use super::windows::Windows;

/// Shift along columns and rows, focus, brightness of the ground, brightness of the picture.
const COMMON: usize = 5;
/// Columns to the right, in pixels.
pub(super) const X: usize = 0;
/// Rows downwards, in pixels.
pub(super) const Y: usize = 1;
/// Half the change of the square of the width, in square pixels.
pub(super) const FOCUS: usize = 2;
const GROUND: usize = 3;
const PICTURE: usize = 4;

/// The common shift and focus of one movie, frame by frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Projections {
    /// What each pixel contributes to each change.
    weights: Option<[Vec<f32>; FOLLOWED]>,
    /// One series a change.
    pub(super) series: [Vec<f64>; FOLLOWED],
    pub(super) parts: Parts,
}

impl Projections {
    /// Projections of deviations from the picture `mean`, the pixels taken by `windows` of frames of
    /// `shape` (frames, rows, columns).
    pub(super) fn new(shape: (usize, usize, usize), windows: &Windows, mean: &[f32]) -> Self {
        let changes = changes(windows, mean);
        let gradients = changes[X].iter().zip(&changes[Y]);
        let energy: Vec<f64> = gradients.map(|(x, y)| f64::from(x * x + y * y)).collect();
        let mut parts = Parts::new(shape, windows, &energy);
        let weights = weights(&changes);
        for (axis, weights) in weights.iter().flatten().enumerate() {
            parts.share(axis, weights, &changes[axis]);
        }
        Self { weights, series: Default::default(), parts }
    }

    /// Adds a frame's deviations from the mean picture.
    pub(super) fn add(&mut self, pixels: &[f32]) {
        if let Some(weights) = &self.weights {
            let whole = self.parts.add(pixels, weights);
            self.series.iter_mut().zip(whole).for_each(|(series, value)| series.push(value));
        }
    }
}

/// How the picture `mean` changes with each common change; nothing at the edges of the windows.
fn changes(windows: &Windows, mean: &[f32]) -> Vec<Vec<f32>> {
    let mut changes = vec![vec![0.0_f32; mean.len()]; COMMON];
    for window in windows.iter().filter(|window| window.rows > 2 && window.columns > 2) {
        for row in 1..window.rows - 1 {
            for column in 1..window.columns - 1 {
                let at = window.start + row * window.columns + column;
                let (left, right) = (mean[at - 1], mean[at + 1]);
                let (above, below) = (mean[at - window.columns], mean[at + window.columns]);
                changes[X][at] = -0.5 * (right - left);
                changes[Y][at] = -0.5 * (below - above);
                changes[FOCUS][at] = left + right + above + below - 4.0 * mean[at];
                changes[GROUND][at] = 1.0;
                changes[PICTURE][at] = mean[at];
            }
        }
    }
    // Without the ground, brightness is that of the structure.
    let count: f32 = changes[GROUND].iter().sum();
    let level = changes[PICTURE].iter().sum::<f32>() / count.max(1.0);
    let (ground, picture) = changes.split_at_mut(PICTURE);
    picture[0].iter_mut().zip(&ground[GROUND]).for_each(|(value, inside)| *value -= level * inside);
    changes
}

/// Rows of the pseudo-inverse of the `changes`, of those that are followed; none where the picture is flat,
/// so that they cannot be told apart.
fn weights(changes: &[Vec<f32>]) -> Option<[Vec<f32>; FOLLOWED]> {
    let gram: Vec<Vec<f64>> =
        changes.iter().map(|a| changes.iter().map(|b| super::lanes::dot(a, b)).collect()).collect();
    let inverse = inverse(gram)?;
    let combined = |row: &Vec<f64>| -> Vec<f32> {
        let mut sum = vec![0.0_f32; changes[0].len()];
        for (factor, change) in row.iter().zip(changes) {
            sum.iter_mut().zip(change).for_each(|(sum, change)| *sum += *factor as f32 * change);
        }
        sum
    };
    Some([X, Y, FOCUS].map(|axis| combined(&inverse[axis])))
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
