//! Counts light alone that stands out of the noise of the background.
//!
//! A moment weighs pixels by their distance: noise far from a spot would disturb its place more than noise
//! within it.

use crate::estimator::background::Background;
use cneep_movie::error::Result;
use ndarray::Array2;
use std::ops::Range;

/// Standard deviations of the noise below which nothing counts, above the background, which lies 1.3 below
/// the mean.
const HEIGHT: f32 = 4.5;

/// Light above a height over the background of each pixel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Threshold {
    /// Shape (row, column), in counts.
    pub(super) level: Array2<f32>,
}

impl Threshold {
    /// Above the noise of `background`.
    ///
    /// # Errors
    /// Those of reading frames.
    pub(super) fn above(background: &Background) -> Result<Self> {
        Ok(Self { level: background.level() + HEIGHT * background.noise()? })
    }

    /// Leaves of the `pixels` of these `rows` and `columns` what is above it.
    pub(super) fn apply(&self, rows: Range<usize>, columns: Range<usize>, pixels: &mut [f32]) {
        for (row, pixels) in rows.zip(pixels.chunks_exact_mut(columns.len())) {
            let levels = columns.clone().map(|column| self.level[[row, column]]);
            pixels.iter_mut().zip(levels).for_each(|(pixel, level)| *pixel = (*pixel - level).max(0.0));
        }
    }
}
