//! Finds the principal components of each cell on its own, among those of all cells.

use super::grid::Grid;
use super::kernels::mix;
use super::principal::spread;
use super::response::{Centring, blank_field, respond};
use crate::estimator::subspace::falling;
use crate::estimator::windows::Windows;
use cneep_movie::error::Result;
use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::Array2;
use rayon::prelude::*;

/// Frames over which the covariance of each cell is summed, and frames whose responses are held at a time.
const FRAMES: usize = 4096;
const FRAMES_AT_ONCE: usize = 256;

/// The first `channels` principal components of each cell, as unit mixtures of the `components` of all, shape
/// (cell, channel, component).
pub(super) fn mixtures(
    grid: &Grid,
    channels: usize,
    windows: &Windows,
    background: &[f32],
    components: &[f32],
) -> Result<Vec<f32>> {
    let count = components.len() / (grid.patch * grid.patch);
    // A component has the length of one over its deviation: responses times deviations are what pixels show
    // of it.
    let length = |pixels: &[f32]| pixels.iter().map(|p| f64::from(*p).powi(2)).sum::<f64>().sqrt();
    let deviation = |length: f64| if length > 0.0 { 1.0 / length } else { 0.0 };
    let deviations: Vec<f64> =
        components.chunks_exact(grid.patch * grid.patch).map(|pixels| deviation(length(pixels))).collect();
    let of_cell = |products: &Array2<f64>| -> Vec<f32> {
        let visible = DMatrix::from_fn(count, count, |i, j| deviations[i] * products[[i, j]] * deviations[j]);
        let eigen = SymmetricEigen::new(visible);
        let mixture = |&place: &usize| {
            let column = eigen.eigenvectors.column(place);
            let mixture: Vec<f64> =
                column.iter().zip(&deviations).map(|(e, deviation)| e * deviation).collect();
            let length = mixture.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
            mixture.into_iter().map(move |weight| (weight / length.max(f64::MIN_POSITIVE)) as f32)
        };
        falling(&eigen.eigenvalues)[..channels].iter().flat_map(mixture).collect()
    };
    let sums = products_of_cells(grid, windows, background, components)?;
    Ok(sums.par_iter().map(of_cell).collect::<Vec<_>>().concat())
}

/// Sums over frames of the products of every two responses to `components`, for each cell.
fn products_of_cells(
    grid: &Grid,
    windows: &Windows,
    background: &[f32],
    components: &[f32],
) -> Result<Vec<Array2<f64>>> {
    let count = components.len() / (grid.patch * grid.patch);
    let unmixed: Vec<f32> =
        (0..count * count).map(|place| if place % (count + 1) == 0 { 1.0 } else { 0.0 }).collect();
    let kernels = mix(grid, count, components, &unmixed);
    let centring = Centring { normalisation: windows.normalisation(), background };
    let respond_to = |field: &mut Vec<f32>, &window: &usize| {
        let transition = windows.transition(window);
        let frames = windows.videos()[transition.movie].frames();
        centring.read(grid, frames, transition.start, field)?;
        let mut responses = vec![0.0; grid.cells() * count];
        respond(grid, field, &kernels, count, &mut responses);
        Ok(responses)
    };
    let mut sums = vec![Array2::zeros((count, count)); grid.cells()];
    for chosen in spread(windows.len(), FRAMES).chunks(FRAMES_AT_ONCE) {
        let responses: Result<Vec<Vec<f32>>> =
            chosen.par_iter().map_init(|| blank_field(grid), respond_to).collect();
        let responses = responses?;
        sums.par_iter_mut().enumerate().for_each(|(cell, sum)| {
            let of_cell = Array2::from_shape_fn((responses.len(), count), |(frame, component)| {
                f64::from(responses[frame][cell * count + component])
            });
            ndarray::linalg::general_mat_mul(1.0, &of_cell.t(), &of_cell, 1.0, sum);
        });
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::Normalisation;
    use crate::estimator::force::principal;
    use crate::estimator::force::settings::ForceSettings;
    use crate::transition::Transitions;
    use cneep_movie::units::Calibration;
    use cneep_movie::video::{Frames, Video};
    use ndarray::Array3;

    /// Of two cells the left flickers along its rows, the right along its columns, less: catches cells mixed
    /// up, and a component of all in place of the cell's own.
    #[test]
    fn each_cell_begins_with_what_varies_in_it() {
        let pixel = |(frame, row, column): (usize, usize, usize)| {
            let (t, along) = (frame as f64, if column < 6 { row } else { column - 6 });
            let wave = [(1.1 * t).sin(), 0.5 * (0.7 * t).cos()][column / 6];
            (120.0 + 60.0 * wave * (0.9 * along as f64).cos()) as u8
        };
        let frames = Frames::U8(Array3::from_shape_fn((200, 6, 12), pixel));
        let videos = vec![Video::new("flicker", frames, Calibration::default()).unwrap()];
        let settings = ForceSettings { cell: Some(6), stride: Some(6), ..ForceSettings::default() };
        let grid = Grid::new(&settings.plan(6, 12), 6, 12).unwrap();
        let transitions = Transitions::all(&videos, 2).unwrap().evenly(199);
        let windows = Windows::new(&videos, Normalisation { mean: 120.0, std: 30.0 }, 2, transitions);
        let background = principal::background(&grid, &windows).unwrap();
        let components = principal::components(&grid, &windows, &background, 4).unwrap();
        let mixtures = mixtures(&grid, 1, &windows, &background, &components).unwrap();
        let kernels = mix(&grid, 1, &components, &mixtures);
        for cell in 0..2 {
            let expected = |row: usize, column: usize| (0.9 * [row, column][cell] as f64).cos();
            let (mut product, mut squares) = (0.0, [0.0, 0.0]);
            for (row, column) in (0..6).flat_map(|row| (0..6).map(move |column| (row, column))) {
                let found = f64::from(kernels.of(cell)[row * grid.padded_patch() + column]);
                product += found * expected(row, column);
                squares = [squares[0] + found * found, squares[1] + expected(row, column).powi(2)];
            }
            let alike = product.abs() / (squares[0] * squares[1]).sqrt();
            assert!(alike > 0.98, "{cell}: {alike}");
        }
    }
}
