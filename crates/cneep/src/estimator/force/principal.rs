//! Finds the principal components of the cells of all frames together.

use super::grid::Grid;
use super::response::{Centring, blank_field};
use crate::estimator::subspace::leading_components;
use crate::estimator::windows::Windows;
use cneep_movie::error::Result;
use nalgebra::DMatrix;
use ndarray::Array2;
use rayon::prelude::*;

/// Frames over which the background is taken at most.
const BACKGROUND_FRAMES: usize = 2000;
/// Cells whose covariance is summed, and multiplications that this may cost at most.
const CELLS: usize = 20_000;
const MULTIPLICATIONS: usize = 1 << 34;
/// Products with the covariance.
const PRODUCTS: usize = 12;
/// Parts into which sums are cut; fixed, so that bits do not depend on the threads.
const PARTS: usize = 16;
/// Least variance of a component, as a share of the largest: fainter ones are not blown up to it.
const FAINTEST: f64 = 1e-6;

/// Normalised mean of each pixel over frames spread evenly over `windows`.
pub(super) fn background(grid: &Grid, windows: &Windows) -> Result<Vec<f32>> {
    let frames = spread(windows.len(), BACKGROUND_FRAMES);
    let zero = [0.0];
    let centring = Centring { normalisation: windows.normalisation(), background: &zero };
    let ((top, left), width) = (grid.frame_origin(), grid.field().1);
    let parts: Result<Vec<Vec<f64>>> = frames
        .par_chunks(frames.len().div_ceil(PARTS).max(1))
        .map(|frames| {
            let mut field = blank_field(grid);
            let mut sums = vec![0.0; grid.rows * grid.columns];
            for &window in frames {
                let transition = windows.transition(window);
                let video = &windows.videos()[transition.movie];
                centring.read(grid, video.frames(), transition.start, &mut field)?;
                for (row, sums) in sums.chunks_exact_mut(grid.columns).enumerate() {
                    let line = &field[(top + row) * width + left..];
                    sums.iter_mut().zip(line).for_each(|(sum, &pixel)| *sum += f64::from(pixel));
                }
            }
            Ok(sums)
        })
        .collect();
    let mut total = vec![0.0; grid.rows * grid.columns];
    for part in parts? {
        total.iter_mut().zip(part).for_each(|(total, sum)| *total += sum);
    }
    Ok(total.into_iter().map(|sum| (sum / frames.len() as f64) as f32).collect())
}

/// The first `count` principal components of cells, shape (component, row, column), each divided by its
/// deviation.
pub(super) fn components(
    grid: &Grid,
    windows: &Windows,
    background: &[f32],
    count: usize,
) -> Result<Vec<f32>> {
    let pixels = grid.patch * grid.patch;
    let covariance = covariance(grid, windows, background)?;
    let times = |basis: &DMatrix<f64>| {
        let product = covariance.dot(&Array2::from_shape_fn(basis.shape(), |at| basis[at]));
        Ok(DMatrix::from_fn(basis.nrows(), basis.ncols(), |row, column| product[[row, column]]))
    };
    let (variances, found) = leading_components(pixels, count, PRODUCTS, 0, times)?;
    let mut components = Vec::with_capacity(count * pixels);
    for (component, &variance) in found.column_iter().zip(&variances) {
        let variance = variance.max(FAINTEST * variances[0]);
        let scale = if variance > 0.0 { 1.0 / variance.sqrt() } else { 1.0 };
        components.extend(component.iter().map(|&pixel| (scale * pixel) as f32));
    }
    Ok(components)
}

/// Mean product of every two pixels of a cell, over cells of frames spread evenly over `windows`.
fn covariance(grid: &Grid, windows: &Windows, background: &[f32]) -> Result<Array2<f64>> {
    let pixels = grid.patch * grid.patch;
    let cells = (MULTIPLICATIONS / (pixels * pixels)).min(CELLS);
    let frames = spread(windows.len(), cells.div_ceil(grid.cells()));
    let centring = Centring { normalisation: windows.normalisation(), background };
    let width = grid.field().1;
    let parts: Result<Vec<Array2<f32>>> = frames
        .par_chunks(frames.len().div_ceil(PARTS).max(1))
        .map(|frames| {
            let mut field = blank_field(grid);
            let mut sum = Array2::zeros((pixels, pixels));
            let mut patches = Array2::zeros((grid.cells(), pixels));
            for &window in frames {
                let transition = windows.transition(window);
                let video = &windows.videos()[transition.movie];
                centring.read(grid, video.frames(), transition.start, &mut field)?;
                for (cell, mut patch) in patches.outer_iter_mut().enumerate() {
                    let start = grid.origin(cell);
                    patch.iter_mut().enumerate().for_each(|(pixel, slot)| {
                        *slot = field[start + pixel / grid.patch * width + pixel % grid.patch];
                    });
                }
                ndarray::linalg::general_mat_mul(1.0, &patches.t(), &patches, 1.0, &mut sum);
            }
            Ok(sum)
        })
        .collect();
    let count = (frames.len() * grid.cells()) as f64;
    let mut total = Array2::<f64>::zeros((pixels, pixels));
    for part in parts? {
        total.zip_mut_with(&part, |total, &sum| *total += f64::from(sum) / count);
    }
    Ok(total)
}

/// At most `count` of `0..len`, evenly spread.
pub(super) fn spread(len: usize, count: usize) -> Vec<usize> {
    let count = count.min(len);
    (0..count).map(|place| place * len / count).collect()
}
