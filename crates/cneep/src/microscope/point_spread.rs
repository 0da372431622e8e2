//! Lights the frame with Gaussian blobs.

use crate::error::{Error, Fault, Result};
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Beyond this many widths a blob adds less than half a unit in the last place of any light worth a count.
const REACH: f64 = 11.0;

/// The image of a point: a Gaussian of peak 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PointSpread {
    /// Standard deviation of the Gaussian, in pixels.
    pub width: f64,
}

impl Default for PointSpread {
    /// 3 pixels.
    fn default() -> Self {
        Self { width: 3.0 }
    }
}

/// The centre of a blob, in pixels; the centre of a pixel is at whole numbers, the first at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blob {
    /// Row of the centre.
    pub row: f64,
    /// Column of the centre.
    pub column: f64,
}

impl PointSpread {
    /// Adds the light of `blob` to a frame, shape (row, column).
    pub fn add(&self, blob: Blob, light: &mut Array2<f64>) {
        let (row_range, rows) = self.profile(blob.row, light.nrows());
        let (column_range, columns) = self.profile(blob.column, light.ncols());
        let mut lit = light.slice_axis_mut(Axis(0), row_range.into());
        lit.slice_axis_inplace(Axis(1), column_range.into());
        for (mut line, row) in lit.rows_mut().into_iter().zip(&rows) {
            for (pixel, column) in line.iter_mut().zip(&columns) {
                *pixel += row * column;
            }
        }
    }

    /// The pixels of a line of `length` that a blob at `centre` reaches, with its profile there.
    fn profile(&self, centre: f64, length: usize) -> (Range<usize>, Vec<f64>) {
        let reach = REACH * self.width;
        // A cast from floating point saturates, so that blobs outside the frame reach an empty range.
        let end = ((centre + reach).floor() + 1.0) as usize;
        let range = ((centre - reach).ceil() as usize).min(length)..end.min(length);
        let values = range.clone().map(|pixel| {
            let distance = pixel as f64 - centre;
            (-(distance * distance) / (2.0 * self.width * self.width)).exp()
        });
        let values = values.collect();
        (range, values)
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.width.is_finite() && self.width > 0.0 {
            return Ok(());
        }
        Err(Error::Setting(Fault::new(
            "point_spread width",
            "a positive, finite number of pixels",
            self.width.to_string(),
            "Give the standard deviation of a blob in pixels, 3 for the published camera.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rows taken for columns, and light lost at the edge of the reach or of the frame.
    #[test]
    fn a_blob_anywhere_is_the_gaussian_around_its_centre() {
        let spread = PointSpread { width: 0.7 };
        for (row, column) in
            [(5.2, 20.9), (0.0, 0.0), (-3.0, 12.0), (9.0, 43.0), (-1e300, 1e300), (-8.0, 5.0)]
        {
            let mut light = Array2::<f64>::zeros((10, 40));
            spread.add(Blob { row, column }, &mut light);
            for ((i, j), found) in light.indexed_iter() {
                let square = (i as f64 - row).powi(2) + (j as f64 - column).powi(2);
                let expected = (-square / (2.0 * 0.7 * 0.7)).exp();
                assert!((found - expected).abs() < 1e-15, "{found} against {expected} at {i}, {j}");
            }
        }
    }
}
