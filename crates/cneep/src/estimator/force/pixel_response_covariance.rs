//! Measures how the pixels around a cell move with its responses.

use super::grid::Grid;
use super::passes::{Pass, Shared};
use super::principal::spread;
use crate::estimator::windows::Windows;
use cneep_movie::error::Result;
use rayon::prelude::*;

/// Windows that are looked at, at most, and parts of them that are summed side by side; fixed, so that bits
/// do not depend on the threads.
const WINDOWS: usize = 1 << 15;
const PARTS: usize = 8;

/// Shape of the covariances: (cell, kernel, row, column) over the pixels of a cell and of the eight around
/// it.
pub(super) fn shape(grid: &Grid, channels: usize) -> [usize; 4] {
    let edge = edge(grid);
    [grid.cells(), channels, edge, edge]
}

fn edge(grid: &Grid) -> usize {
    2 * grid.stride + grid.patch
}

/// Places in the field of the pixels of `cell` and of the cells around it that lie on the frame, each with
/// its place among the pixels of [`shape`].
pub(super) fn pixels(grid: &Grid, cell: usize) -> Vec<(usize, usize)> {
    let (edge, width) = (edge(grid), grid.field().1);
    let ((first_row, first_column), origin) = (grid.frame_origin(), grid.origin(cell));
    let (top, left) = (origin / width, origin % width);
    let places = (0..edge).flat_map(|row| (0..edge).map(move |column| (row, column)));
    let on_frame = places.filter_map(|(row, column)| {
        let (r, c) = ((top + row).checked_sub(grid.stride)?, (left + column).checked_sub(grid.stride)?);
        let rows = first_row..first_row + grid.rows;
        let columns = first_column..first_column + grid.columns;
        (rows.contains(&r) && columns.contains(&c)).then_some((r * width + c, row * edge + column))
    });
    on_frame.collect()
}

/// Mean products of the change of each response and those of the pixels around, in [`shape`]: the mean over
/// windows and pairs of frames; zero beyond the frame.
pub(super) fn measure(shared: &Shared, windows: &Windows) -> Result<Vec<f32>> {
    let coupling = shared.coupling;
    let (grid, channels) = (&coupling.grid, coupling.channels);
    let around: Vec<Vec<(usize, usize)>> = (0..grid.cells()).map(|cell| pixels(grid, cell)).collect();
    let [.., rows, columns] = shape(grid, channels);
    let blank = vec![0.0_f32; grid.cells() * channels * rows * columns];
    let chosen = spread(windows.len(), WINDOWS);
    let sums_over = |chosen: &[usize]| {
        let (mut pass, mut sums) = (Pass::new(shared), blank.clone());
        for &window in chosen {
            pass.forward(windows, window)?;
            for (pair, changes) in pass.odd.chunks_exact(coupling.odd_count()).enumerate() {
                let moved = pass.change_of_pixels(pair);
                let responses = changes.iter().zip(sums.chunks_exact_mut(rows * columns));
                for (response, (change, sums)) in responses.enumerate() {
                    for &(place, slot) in &around[response / channels] {
                        sums[slot] += change * moved[place];
                    }
                }
            }
        }
        Ok(sums)
    };
    let parts: Result<Vec<Vec<f32>>> =
        chosen.par_chunks(chosen.len().div_ceil(PARTS).max(1)).map(sums_over).collect();
    let parts = parts?;
    let count = (chosen.len() * coupling.pairs).max(1) as f64;
    let mean = |place: usize| parts.iter().map(|part| f64::from(part[place])).sum::<f64>() / count;
    Ok((0..blank.len()).map(|place| mean(place) as f32).collect())
}
