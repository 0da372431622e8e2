//! Reads frames into fields of centred pixels, which kernels turn into responses of cells, and back.

use super::grid::{Grid, LANES};
use super::kernels::Kernels;
use crate::estimator::normalisation::Normalisation;
use cneep_movie::error::Result;
use cneep_movie::video::Frames;

/// How pixels become numbers about zero: normalised, less the background.
pub(super) struct Centring<'a> {
    pub(super) normalisation: Normalisation,
    /// Normalised mean of each pixel, or one number for all.
    pub(super) background: &'a [f32],
}

impl Centring<'_> {
    /// Writes a frame into `field`, whose margin stays as it is, by way of the room behind it.
    pub(super) fn read(&self, grid: &Grid, frames: &Frames, frame: usize, field: &mut [f32]) -> Result<()> {
        let (mean, scale) = (self.normalisation.mean as f32, 1.0 / self.normalisation.std as f32);
        let ((top, left), width) = (grid.frame_origin(), grid.field().1);
        let (field, pixels) = field.split_at_mut(grid.field().0 * width);
        frames.read_block(frame, 0..grid.rows, 0..grid.columns, pixels)?;
        for (row, line) in pixels.chunks_exact(grid.columns).enumerate() {
            let slots = &mut field[(top + row) * width + left..][..grid.columns];
            match self.background {
                [background] => {
                    for (slot, pixel) in slots.iter_mut().zip(line) {
                        *slot = (pixel - mean) * scale - background;
                    }
                }
                backgrounds => {
                    let backgrounds = &backgrounds[row * grid.columns..][..grid.columns];
                    for ((slot, pixel), background) in slots.iter_mut().zip(line).zip(backgrounds) {
                        *slot = (pixel - mean) * scale - background;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A field of zeros, with room for one frame behind it.
pub(super) fn blank_field(grid: &Grid) -> Vec<f32> {
    let (rows, columns) = grid.field();
    vec![0.0; rows * columns + grid.rows * grid.columns]
}

/// Responses of all cells, shape (cell, kernel) with `step` numbers a cell, to their kernels: the strided
/// convolution.
pub(super) fn respond(grid: &Grid, field: &[f32], kernels: &Kernels, step: usize, responses: &mut [f32]) {
    let (width, padded) = (grid.field().1, grid.padded_patch());
    for (cell, responses) in responses.chunks_exact_mut(step).enumerate() {
        let start = grid.origin(cell);
        for (kernel, response) in kernels.of(cell).chunks_exact(grid.patch * padded).zip(responses) {
            let mut sums = [0.0_f32; LANES];
            for (row, weights) in kernel.chunks_exact(padded).enumerate() {
                let line = &field[start + row * width..][..padded];
                for (pixels, weights) in
                    line.as_chunks::<LANES>().0.iter().zip(weights.as_chunks::<LANES>().0)
                {
                    for lane in 0..LANES {
                        sums[lane] += pixels[lane] * weights[lane];
                    }
                }
            }
            *response = sums.iter().sum();
        }
    }
}

/// Adds to the slopes along `kernels` what the slopes along the responses of one field are: its correlation
/// with them.
pub(super) fn add_kernel_gradient(grid: &Grid, field: &[f32], responses: &[f32], kernels: &mut Kernels) {
    let (width, padded) = (grid.field().1, grid.padded_patch());
    let count = kernels.of_cell / (grid.patch * padded);
    for (cell, slopes) in responses.chunks_exact(count).enumerate() {
        let start = grid.origin(cell);
        for (kernel, &slope) in kernels.of_mut(cell).chunks_exact_mut(grid.patch * padded).zip(slopes) {
            for (row, sums) in kernel.chunks_exact_mut(padded).enumerate() {
                let line = &field[start + row * width..][..padded];
                sums.iter_mut().zip(line).for_each(|(sum, pixel)| *sum += slope * pixel);
            }
        }
    }
}

/// Adds to a picture of the field what forces on the responses of cells are as forces on pixels: the
/// transposed convolution.
pub(super) fn add_back_projection(grid: &Grid, kernels: &Kernels, forces: &[f32], picture: &mut [f32]) {
    let (width, padded) = (grid.field().1, grid.padded_patch());
    let count = kernels.of_cell / (grid.patch * padded);
    for (cell, forces) in forces.chunks_exact(count).enumerate() {
        let start = grid.origin(cell);
        for (kernel, &force) in kernels.of(cell).chunks_exact(grid.patch * padded).zip(forces) {
            for (row, weights) in kernel.chunks_exact(padded).enumerate() {
                let line = &mut picture[start + row * width..][..padded];
                line.iter_mut().zip(weights).for_each(|(pixel, weight)| *pixel += force * weight);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::force::settings::ForceSettings;
    use ndarray::Array3;

    fn grid() -> Grid {
        let settings = ForceSettings { cell: Some(5), stride: Some(4), ..ForceSettings::default() };
        Grid::new(&settings.plan(11, 16), 11, 16).unwrap()
    }

    /// Against the definition, pixel by pixel: catches a cell misplaced, an edge mistaken for the frame's,
    /// and a background of another row.
    #[test]
    fn responses_are_sums_over_the_pixels_of_cells() {
        let grid = grid();
        let pixels = Array3::from_shape_fn((2, 11, 16), |(f, r, c)| ((f * 50 + r * 16 + c) * 37 % 251) as u8);
        let background: Vec<f32> = (0..176).map(|i| (i as f32 * 0.2).cos()).collect();
        let normalisation = Normalisation { mean: 100.0, std: 20.0 };
        let mut field = blank_field(&grid);
        let centring = Centring { normalisation, background: &background };
        centring.read(&grid, &Frames::U8(pixels.clone()), 1, &mut field).unwrap();
        let mut kernels = vec![0.0; 2 * 5 * 8];
        for (i, weight) in kernels.iter_mut().enumerate().filter(|(i, _)| i % 8 < 5) {
            *weight = (i as f32 * 0.7).sin();
        }
        let mut responses = vec![0.0; grid.cells() * 3];
        let kernels = Kernels { weights: kernels, of_cell: 80 };
        respond(&grid, &field, &kernels, 3, &mut responses);
        let (top, left) = grid.frame_origin();
        for cell in 0..grid.cells() {
            for kernel in 0..2 {
                let mut expected = 0.0;
                for (row, column) in (0..5).flat_map(|row| (0..5).map(move |column| (row, column))) {
                    let at = ((cell / grid.across) * 4 + row, (cell % grid.across) * 4 + column);
                    let Some((r, c)) = at.0.checked_sub(top).zip(at.1.checked_sub(left)) else { continue };
                    if r < 11 && c < 16 {
                        let pixel = (f32::from(pixels[[1, r, c]]) - 100.0) / 20.0 - background[r * 16 + c];
                        expected += pixel * kernels.weights[(kernel * 5 + row) * 8 + column];
                    }
                }
                assert!((responses[cell * 3 + kernel] - expected).abs() < 1e-4, "{cell} {kernel}");
            }
        }
    }

    /// Forces times responses, as kernels times their slopes, and as picture times field: catches a transpose
    /// that is not one.
    #[test]
    fn kernel_slopes_and_pictures_are_transposes() {
        for cells in [1, grid().cells()] {
            check_transposes(cells);
        }
    }

    fn check_transposes(cells: usize) {
        let grid = grid();
        let field: Vec<f32> = (0..blank_field(&grid).len()).map(|i| (i as f32 * 0.3).sin()).collect();
        let weight = |i: usize| if i % 8 < 5 { (i as f32 * 0.9).cos() } else { 0.0 };
        let kernels = Kernels { weights: (0..cells * 80).map(weight).collect(), of_cell: 80 };
        let forces: Vec<f32> = (0..2 * grid.cells()).map(|i| (i as f32 * 1.3).sin()).collect();
        let mut responses = vec![0.0; forces.len()];
        respond(&grid, &field, &kernels, 2, &mut responses);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let expected = dot(&forces, &responses);
        let mut slopes = kernels.zero();
        add_kernel_gradient(&grid, &field, &forces, &mut slopes);
        assert!((dot(&slopes.weights, &kernels.weights) - expected).abs() < 1e-3);
        let mut picture = blank_field(&grid);
        add_back_projection(&grid, &kernels, &forces, &mut picture);
        assert!((dot(&picture, &field) - expected).abs() < 1e-3);
    }
}
