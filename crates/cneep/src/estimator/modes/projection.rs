//! Projects frames on the principal modes of their patches.

use super::patches::Patches;
use super::threshold::Threshold;
use crate::estimator::normalisation::Normalisation;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::{Array2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

/// Frames projected at a time, at most.
pub(super) const FRAMES_AT_ONCE: usize = 64;

/// Modes of every patch with their centres: `c = U^T pixels - centre`.
pub(super) struct Projection<'a> {
    pub(super) patches: &'a Patches,
    /// Below which pixels do not count, if there is one.
    pub(super) threshold: Option<&'a Threshold>,
    pub(super) normalisation: Normalisation,
    /// One matrix a patch, shape (pixel, mode).
    pub(super) modes: &'a [Array2<f64>],
    /// One number a mode, patch by patch.
    pub(super) centres: &'a [f64],
}

impl Projection<'_> {
    /// Frames that are projected at a time.
    fn at_once(&self) -> usize {
        self.patches.frames_at_once::<f64>(FRAMES_AT_ONCE)
    }

    /// Coordinates of the `frames` of a movie, shape (frame, mode), modes patch by patch.
    pub(super) fn coordinates(&self, video: &Video, frames: Range<usize>) -> Result<Array2<f64>> {
        let mut coordinates = Array2::zeros((frames.len(), self.centres.len()));
        let at_once = self.at_once();
        let chunks: Vec<ArrayViewMut2<f64>> = coordinates.axis_chunks_iter_mut(Axis(0), at_once).collect();
        chunks
            .into_par_iter()
            .enumerate()
            .try_for_each(|(chunk, rows)| self.project(video, frames.start + chunk * at_once, rows))?;
        Ok(coordinates)
    }

    /// Projects as many frames as there are `rows`, from `first` on. Products always have the same size, so
    /// that the bits of a frame's coordinates do not depend on the frames beside it.
    fn project(&self, video: &Video, first: usize, mut rows: ArrayViewMut2<f64>) -> Result<()> {
        let (mean, std) = (self.normalisation.mean, self.normalisation.std);
        let mut counts = vec![0.0; self.patches.pixels()];
        let mut pixels = Array2::zeros((self.at_once(), self.patches.pixels()));
        let mut column = 0;
        for (patch, modes) in self.modes.iter().enumerate() {
            for (frame, mut line) in (first..first + rows.nrows()).zip(pixels.outer_iter_mut()) {
                self.patches.read(video.frames(), frame, patch, self.threshold, &mut counts)?;
                line.iter_mut()
                    .zip(&counts)
                    .for_each(|(pixel, &count)| *pixel = (f64::from(count) - mean) / std);
            }
            let projected = pixels.dot(modes);
            let columns = column..column + modes.ncols();
            let projected = projected.slice(s![..rows.nrows(), ..]);
            rows.slice_mut(s![.., columns.clone()]).assign(&projected);
            column = columns.end;
        }
        for mut row in rows.outer_iter_mut() {
            row.iter_mut().zip(self.centres).for_each(|(coordinate, centre)| *coordinate -= centre);
        }
        Ok(())
    }
}
