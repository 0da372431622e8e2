//! Lays the mean maps of tiles side by side in the coordinates of their field.

use super::super::map::MapSummary;
use super::super::results::read_json;
use super::analysed::Analysed;
use cneep::dissipation_map::on_pixels;
use cneep_movie::Calibration;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::{Frames, write_tiff};
use cneep_report::figure::colour_map::ROBUST_QUANTILE;
use cneep_report::figure::{DissipationMapFigure, Figure};
use ndarray::{Array2, Axis, s};
use std::path::Path;

/// The map, a pixel a pixel.
pub(super) const MAP: &str = "mean_dissipation_map.tif";
/// The same as a picture.
const PICTURE: &str = "mean_dissipation_map.png";
/// Longer side of a picture, in pixels: of larger fields squares are averaged.
const LONGEST_SIDE: usize = 1024;

/// The mean map of a field, shape (row, column); no number where no tile is.
pub(super) struct FieldMap {
    rates: Array2<f64>,
    calibration: Calibration,
    /// Unit of a pixel.
    pub(super) unit: String,
}

impl FieldMap {
    /// That of the tiles `found`. Each cell of a tile is spread evenly over its pixels, so that maps with
    /// cells of different sizes have one unit, and a tile sums to its rate.
    pub(super) fn of(found: &[Analysed]) -> Result<Self> {
        let mut map: Option<Self> = None;
        for (of, tile) in found.iter().filter_map(|of| of.task.tile.as_ref().map(|tile| (of, tile))) {
            let path = of.folder.figures().join("map.json");
            let own: MapSummary = read_json(&path)?;
            let [rows, columns] = tile.field;
            let map = map.get_or_insert_with(|| Self {
                rates: Array2::from_elem((rows, columns), f64::NAN),
                calibration: own.mean.calibration,
                unit: format!("{} per pixel", own.unit),
            });
            let (side, end) = (tile.side, (tile.top + tile.side, tile.left + tile.side));
            let grid = own.mean.grid;
            let is_there = own.mean.rates.dim() == (grid.rows, grid.columns) && !own.mean.rates.is_empty();
            if !is_there || end.0 > map.rates.nrows() || end.1 > map.rates.ncols() {
                let remedy = format!("Delete {} and do the task again.", of.folder.path().display());
                let (expected, found) = ("a map of this tile", "another");
                return Err(Error::Mismatch(Fault::of_file(&path, expected, found, remedy)));
            }
            let pixels = on_pixels(grid, &own.mean.rates.view(), (side, side));
            map.rates.slice_mut(s![tile.top..end.0, tile.left..end.1]).assign(&pixels);
        }
        map.ok_or_else(|| {
            let fault = Fault::new("tiles", "at least one", "none", "Plan tiles: cneep plan train.");
            Error::Mismatch(fault)
        })
    }

    /// Share of the pixels that have a number.
    pub(super) fn covered(&self) -> f64 {
        self.rates.iter().filter(|rate| rate.is_finite()).count() as f64 / self.rates.len() as f64
    }

    /// Writes it as 32-bit TIFF, and as a picture.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let pixels = self.rates.mapv(|rate| rate as f32).insert_axis(Axis(0));
        write_tiff(&folder.join(MAP), &Frames::F32(pixels), self.calibration)?;
        self.figure()?.write_png(&folder.join(PICTURE))
    }

    /// As it is drawn; grey where no tile is.
    pub(super) fn figure(&self) -> Result<Figure> {
        let side = self.rates.nrows().max(self.rates.ncols()).div_ceil(LONGEST_SIDE);
        let averaged = averaged(&self.rates, side);
        let mut figure = DissipationMapFigure::new(&averaged, side as f64, &self.unit);
        figure.pixel_size = self.calibration.pixel_size;
        figure.robust = Some(ROBUST_QUANTILE);
        figure.draw()
    }
}

/// Means over squares of `side` pixels, of the pixels that have a number.
fn averaged(rates: &Array2<f64>, side: usize) -> Array2<f64> {
    let (rows, columns) = rates.dim();
    Array2::from_shape_fn((rows.div_ceil(side), columns.div_ceil(side)), |(row, column)| {
        let (top, left) = (row * side, column * side);
        let square = rates.slice(s![top..rows.min(top + side), left..columns.min(left + side)]);
        let known: Vec<f64> = square.iter().copied().filter(|rate| rate.is_finite()).collect();
        if known.is_empty() { f64::NAN } else { known.iter().sum::<f64>() / known.len() as f64 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Catches places without a tile that pass for zero, and squares at the end that are cut off.
    #[test]
    fn a_picture_averages_what_is_known() {
        let none = f64::NAN;
        let averaged = averaged(&array![[1.0, none, none], [3.0, none, none], [4.0, 6.0, 9.0]], 2);
        assert!(averaged[[0, 0]] == 2.0 && averaged[[0, 1]].is_nan(), "{averaged}");
        assert_eq!((averaged[[1, 0]], averaged[[1, 1]]), (5.0, 9.0));
    }
}
