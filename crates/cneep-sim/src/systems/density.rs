//! Spreads exact rates over the pixels of the frame.

use super::microscope_settings::MicroscopeSettings;
use cneep_movie::Result;
use ndarray::{Array2, Axis, Slice};
use std::f64::consts::TAU;

/// Points at which a pixel is sampled.
const POINTS: usize = 16;
/// Deviations, in pixels, below which a place is that of one pixel.
const STILL: f64 = 0.1;

/// Chance of each pixel of a line to hold a place of this mean and deviation, in pixels.
pub(super) fn normal(length: usize, mean: f64, deviation: f64) -> Vec<f64> {
    moment(length, mean, deviation, |_| 1.0)
}

/// The same, times the square of the place in deviations.
pub(super) fn squared_normal(length: usize, mean: f64, deviation: f64) -> Vec<f64> {
    moment(length, mean, deviation, |place| place * place)
}

fn moment(length: usize, mean: f64, deviation: f64, weight: impl Fn(f64) -> f64) -> Vec<f64> {
    let of_pixel = |pixel: usize| {
        if deviation < STILL {
            return f64::from(u8::from((pixel as f64 - mean.round()).abs() < 0.5));
        }
        let point = |point: usize| {
            let place = pixel as f64 - 0.5 + (point as f64 + 0.5) / POINTS as f64;
            let place = (place - mean) / deviation;
            weight(place) * (-0.5 * place * place).exp() / (TAU.sqrt() * deviation * POINTS as f64)
        };
        (0..POINTS).map(point).sum()
    };
    (0..length).map(of_pixel).collect()
}

/// Adds `rate`, spread as the product of `rows` and `columns`.
pub(super) fn add(density: &mut Array2<f64>, rate: f64, rows: &[f64], columns: &[f64]) {
    for ((row, column), pixel) in density.indexed_iter_mut() {
        *pixel += rate * rows[row] * columns[column];
    }
}

/// A `density` over the whole frame as `microscope` reads it out: summed over the pixels that are binned, and
/// cropped.
///
/// # Errors
/// [`cneep_movie::Error::Setting`] for a binning or crop that does not fit.
pub(super) fn read_out(density: &Array2<f64>, microscope: &MicroscopeSettings) -> Result<Array2<f64>> {
    let shape = microscope.camera(0).readout(density.dim())?;
    let edge = microscope.binning;
    let square = |(row, column): (usize, usize)| {
        let mut square = density.view();
        square.slice_axis_inplace(Axis(0), Slice::from(row * edge..(row + 1) * edge));
        square.slice_axis_inplace(Axis(1), Slice::from(column * edge..(column + 1) * edge));
        square.sum()
    };
    let mut binned = Array2::from_shape_fn(shape, square);
    if let Some(crop) = microscope.crop {
        binned.slice_axis_inplace(Axis(0), Slice::from(crop.row..crop.row + crop.rows));
        binned.slice_axis_inplace(Axis(1), Slice::from(crop.column..crop.column + crop.columns));
    }
    Ok(binned.as_standard_layout().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microscope::Rectangle;

    /// Catches a mean in place of a sum, and a crop before binning.
    #[test]
    fn a_density_is_read_out_as_the_frames_are() {
        let density = Array2::from_shape_fn((4, 8), |(row, column)| (10 * row + column) as f64);
        let crop = Some(Rectangle { row: 1, column: 2, rows: 1, columns: 2 });
        let microscope = MicroscopeSettings { binning: 2, crop, ..MicroscopeSettings::default() };
        let seen = read_out(&density, &microscope).unwrap();
        assert_eq!(seen, ndarray::array![[24.0 + 25.0 + 34.0 + 35.0, 26.0 + 27.0 + 36.0 + 37.0]]);
        assert!(read_out(&density, &MicroscopeSettings { binning: 3, ..microscope }).is_err());
    }

    /// Catches chances that do not sum to 1, or lie beside their mean.
    #[test]
    fn chances_sum_to_one() {
        for deviation in [0.0, 1.0, 4.0] {
            let chances = normal(40, 19.5, deviation);
            assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-4);
            let mean: f64 = chances.iter().enumerate().map(|(pixel, chance)| pixel as f64 * chance).sum();
            assert!((mean - 19.5).abs() <= 0.5);
        }
        assert!((squared_normal(40, 19.5, 4.0).iter().sum::<f64>() - 1.0).abs() < 1e-4);
    }
}
