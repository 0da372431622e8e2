//! Counts light alone that stands out of the noise of the background.
//!
//! A moment weighs pixels by their distance: noise far from a spot would disturb its place more than noise
//! within it. Over the total light the first moments are the centroid, which does not feel how much of a spot
//! stands out, or is cut off by the border.

use crate::estimator::background::Background;
use cneep_movie::error::Result;
use ndarray::Array2;
use std::ops::Range;

/// Standard deviations of the noise below which nothing counts, above the background, which lies 1.3 below
/// the mean.
const HEIGHT: f32 = 4.5;
/// Less light than this share of the mean is not raised to it: a spot that leaves takes its place with it.
const LEAST_LIGHT: f64 = 0.5;

/// Light above a height over the background of each pixel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Threshold {
    /// Shape (row, column), in counts.
    pub(super) level: Array2<f32>,
    /// Mean total light of each patch, in counts, to which every frame of it is normalised; none where frames
    /// keep their own.
    pub(super) total: Option<Vec<f32>>,
}

impl Threshold {
    /// Above the noise of `background`.
    ///
    /// # Errors
    /// Those of reading frames.
    pub(super) fn above(background: &Background) -> Result<Self> {
        Ok(Self { level: background.level()? + HEIGHT * background.noise()?, total: None })
    }

    /// The same, with the light of every patch normalised to its mean `total`.
    #[must_use]
    pub(super) fn normalised(self, total: Vec<f32>) -> Self {
        Self { total: Some(total), ..self }
    }

    /// Leaves of the `pixels` of these `rows` and `columns` what is above it.
    pub(super) fn apply(&self, rows: Range<usize>, columns: Range<usize>, pixels: &mut [f32]) {
        for (row, pixels) in rows.zip(pixels.chunks_exact_mut(columns.len())) {
            let levels = columns.clone().map(|column| self.level[[row, column]]);
            pixels.iter_mut().zip(levels).for_each(|(pixel, level)| *pixel = (*pixel - level).max(0.0));
        }
    }

    /// By what the light of a frame is multiplied in `patch`, whose pixels sum to `light`.
    pub(super) fn factor(&self, patch: usize, light: f64) -> f64 {
        let mean = self.total.as_ref().map_or(0.0, |total| f64::from(total[patch]));
        if mean > 0.0 { mean / light.max(LEAST_LIGHT * mean) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a spot that is dimmed or brightened for nothing, and noise that is raised to a spot.
    #[test]
    fn light_is_normalised_down_to_half_of_the_mean() {
        let mut threshold = Threshold { level: Array2::zeros((1, 1)), total: None };
        assert!(threshold.factor(0, 3.0) == 1.0);
        threshold.total = Some(vec![10.0, 0.0]);
        let light = |light: f64| light * threshold.factor(0, light);
        assert!([5.0, 10.0, 40.0].iter().all(|&own| (light(own) - 10.0).abs() < 1e-9));
        assert!((light(1.0) - 2.0).abs() < 1e-9 && light(0.0) == 0.0);
        assert!(threshold.factor(1, 0.0) == 1.0);
    }
}
