//! Holds the image of a point: a Gaussian blob.

use cneep_movie::error::{Error, Fault, Result};
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

impl PointSpread {
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

/// The pixels between `low` and `high` on a line of `length` pixels.
pub(super) fn reached(low: f64, high: f64, length: usize) -> Range<usize> {
    // A cast from floating point saturates, so that what lies outside the frame reaches an empty range.
    let end = (high.floor() + 1.0) as usize;
    (low.ceil() as usize).min(length)..end.min(length)
}

/// The Gaussian along one axis of the frame: a blob is the product of two.
pub(super) struct Profile {
    width: f64,
    /// Whether its centre never moves, so that it is worked out once.
    still: bool,
    range: Option<Range<usize>>,
    values: Vec<f64>,
}

impl Profile {
    pub(super) fn new(width: f64, still: bool) -> Self {
        Self { width, still, range: None, values: Vec::new() }
    }

    /// Puts the peak at `centre` on a line of `length` pixels.
    pub(super) fn centre_at(&mut self, centre: f64, length: usize) {
        if self.still && self.range.is_some() {
            return;
        }
        let reach = REACH * self.width;
        let range = reached(centre - reach, centre + reach, length);
        self.values.clear();
        self.values.extend(range.clone().map(|pixel| {
            let distance = pixel as f64 - centre;
            (-(distance * distance) / (2.0 * self.width * self.width)).exp()
        }));
        self.range = Some(range);
    }

    /// The first pixel reached, and the values from there on.
    pub(super) fn values(&self) -> (usize, &[f64]) {
        (self.range.as_ref().map_or(0, |range| range.start), &self.values)
    }
}

#[cfg(test)]
mod tests {
    use crate::microscope::{Body, Coordinate, Drawing, Point};
    use ndarray::array;

    /// Catches rows taken for columns, and light lost at the edge of the reach or of the frame.
    #[test]
    fn a_blob_anywhere_is_the_gaussian_around_its_centre() {
        for (row, column) in
            [(5.2, 20.9), (0.0, 0.0), (-3.0, 12.0), (9.0, 43.0), (-1e300, 1e300), (-8.0, 5.0)]
        {
            let at = Point { x: Coordinate::moving(0.0, 0, 1.0), y: Coordinate::still(row) };
            let blob = Body::Blob { at, width: 0.7, brightness: 1.0, lit_by: None };
            let drawing = Drawing { rows: 10, columns: 40, bodies: vec![blob] };
            let light = drawing.light(&array![column].view()).unwrap();
            for ((i, j), found) in light.indexed_iter() {
                let square = (i as f64 - row).powi(2) + (j as f64 - column).powi(2);
                let expected = (-square / (2.0 * 0.7 * 0.7)).exp();
                assert!((found - expected).abs() < 1e-15, "{found} against {expected} at {i}, {j}");
            }
        }
    }
}
