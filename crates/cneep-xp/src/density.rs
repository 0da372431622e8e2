//! Scores the mean dissipation map against the exact density of what the movies can show.

use cneep::dissipation_map::DissipationMap;
use ndarray::{Array2, ArrayView2, Axis};

/// Standard deviation of the Gaussian by which both are blurred, in pixels.
const BLUR: f64 = 3.0;
/// Widths of it that are summed.
const REACH: f64 = 5.0;
/// Edge of the tiles in which unevenness is counted, in pixels.
const TILE: usize = 8;
/// A deviation below this part of the mean is rounding.
const ROUNDING: f64 = 1e-9;

/// Scores of the mean over all `maps` of some movies.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct DensityScores {
    /// Pearson correlation of map and exact density over the pixels, both blurred; none where either is even.
    pub(crate) correlation: Option<f64>,
    /// Standard deviation over mean of the map in tiles; none unless the mean is positive.
    pub(crate) unevenness: Option<f64>,
}

impl DensityScores {
    /// Scores `maps` against the density on the pixels of their movies; nothing where that is not known.
    pub(crate) fn of(maps: &[DissipationMap], exact: Option<&Array2<f64>>) -> Self {
        let Some((exact, first)) = exact.zip(maps.first()) else { return Self::default() };
        let cells = mean_map(maps);
        let cell = first.grid.cell;
        let share = 1.0 / (cell * cell) as f64;
        let of_pixel = |(row, column): (usize, usize)| {
            cells.get((row / cell, column / cell)).map_or(0.0, |sum| share * sum)
        };
        let shown = Array2::from_shape_fn(exact.dim(), of_pixel);
        Self { correlation: correlation(&blurred(&shown), &blurred(exact)), unevenness: unevenness(&shown) }
    }
}

/// Mean over all transitions, shape (row, column) of the cells.
fn mean_map(maps: &[DissipationMap]) -> Array2<f64> {
    let (_, rows, columns) = maps[0].transitions.dim();
    let mut sum = Array2::zeros((rows, columns));
    for map in maps.iter().flat_map(|map| map.transitions.outer_iter()) {
        sum.zip_mut_with(&map, |sum, value| *sum += f64::from(*value));
    }
    sum / maps.iter().map(|map| map.transitions.len_of(Axis(0))).sum::<usize>().max(1) as f64
}

/// The Gaussian blur of a picture that goes on beyond its edges as its mirror image.
fn blurred(picture: &Array2<f64>) -> Array2<f64> {
    let reach = (REACH * BLUR).ceil() as usize;
    let weight = |way: usize| (-0.5 * ((way as f64 - reach as f64) / BLUR).powi(2)).exp();
    let sum: f64 = (0..=2 * reach).map(weight).sum();
    let along = |picture: ArrayView2<f64>| {
        let length = picture.ncols();
        // A place and its mirror image come back after twice the length.
        let mirrored = |place: usize| match place % (2 * length) {
            place if place < length => place,
            place => 2 * length - 1 - place,
        };
        Array2::from_shape_fn(picture.dim(), |(row, column)| {
            let start = column + 2 * length * reach - reach;
            let at = |way: usize| weight(way) / sum * picture[[row, mirrored(start + way)]];
            (0..=2 * reach).map(at).sum::<f64>()
        })
    };
    along(along(picture.view()).t()).reversed_axes()
}

fn correlation(shown: &Array2<f64>, exact: &Array2<f64>) -> Option<f64> {
    let deviations = |values: &Array2<f64>| {
        let mean = values.mean()?;
        let apart = values - mean;
        let square = (&apart * &apart).sum();
        (square > values.len() as f64 * (ROUNDING * mean).powi(2)).then(|| apart / square.sqrt())
    };
    Some((deviations(shown)? * deviations(exact)?).sum())
}

fn unevenness(shown: &Array2<f64>) -> Option<f64> {
    let tiles = Array2::from_shape_fn((shown.nrows() / TILE, shown.ncols() / TILE), |(row, column)| {
        let tile = ndarray::s![row * TILE..(row + 1) * TILE, column * TILE..(column + 1) * TILE];
        shown.slice(tile).sum()
    });
    let mean = tiles.mean().filter(|mean| *mean > 0.0)?;
    Some(tiles.std(0.0) / mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep::dissipation_map::MapGrid;
    use cneep_movie::Calibration;
    use ndarray::Array3;

    /// Maps with cells of 4 pixels, on 16 x 24 of them.
    fn maps(of_cell: impl Fn(usize, usize) -> f32) -> [DissipationMap; 1] {
        [DissipationMap {
            name: String::new(),
            grid: MapGrid { rows: 4, columns: 6, cell: 4 },
            window: 2,
            calibration: Calibration::default(),
            transitions: Array3::from_shape_fn((3, 4, 6), |(t, r, c)| t as f32 * of_cell(r, c)),
        }]
    }

    /// Catches cells that are not spread over their pixels, rows taken for columns, and a correlation that a
    /// factor changes.
    #[test]
    fn a_map_of_the_density_itself_is_right() {
        let exact = |of: fn(usize, usize) -> f64| Array2::from_shape_fn((16, 24), |(r, c)| of(r / 4, c / 4));
        let slope = exact(|row, column| (3 * row + column) as f64);
        let scores = |maps: &[DissipationMap]| DensityScores::of(maps, Some(&slope));
        let right = scores(&maps(|row, column| 0.2 * (3 * row + column) as f32));
        assert!((right.correlation.unwrap() - 1.0).abs() < 1e-6, "{right:?}");
        let opposite = scores(&maps(|row, column| 20.0 - (3 * row + column) as f32));
        assert!((opposite.correlation.unwrap() + 1.0).abs() < 1e-6);
        assert!(scores(&maps(|row, column| (3 * column + row) as f32)).correlation.unwrap() < 0.9);
    }

    /// Catches a correlation with what is the same everywhere, and unevenness that counts the cells.
    #[test]
    fn an_even_density_has_no_correlation() {
        let even = Array2::from_elem((16, 24), 0.1);
        let flat = DensityScores::of(&maps(|_, _| 1.0), Some(&even));
        assert_eq!(flat.correlation, None);
        assert!(flat.unevenness.unwrap() < 1e-9);
        let board = DensityScores::of(&maps(|row, column| ((row + column) % 2) as f32), Some(&even));
        assert!(board.unevenness.unwrap() < 1e-6, "{board:?}");
        let halves = DensityScores::of(&maps(|row, _| (row / 2) as f32), Some(&even));
        assert!((halves.unevenness.unwrap() - 1.0).abs() < 1e-6, "{halves:?}");
        assert_eq!(DensityScores::of(&maps(|_, _| -1.0), Some(&even)).unevenness, None);
        assert_eq!(DensityScores::of(&maps(|_, _| 1.0), None), DensityScores::default());
    }
}
