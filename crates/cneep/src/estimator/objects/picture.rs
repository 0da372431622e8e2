//! Projects frames on the modes of all objects at once.

use crate::estimator::normalisation::Normalisation;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::{Array2, Array3, ArrayView1, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

/// Modes of all objects, drawn on the frame: no pixel belongs to two objects.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    /// Number of the object of every pixel, from 1 on; 0 for none. Shape (row, column).
    pub(super) labels: Array2<f32>,
    /// Modes of the object of every pixel, shape (mode, row, column).
    pub(super) modes: Array3<f32>,
    /// Coordinates of the mean frame, object by object.
    pub(super) centres: Vec<f32>,
}

impl Picture {
    /// With these `modes` of so many `objects`, about the `mean` frame, shape (row, column), in counts.
    pub(super) fn about(
        mean: &Array2<f64>,
        normalisation: Normalisation,
        objects: usize,
        labels: Array2<f32>,
        modes: Array3<f32>,
    ) -> Self {
        let centres = vec![0.0; objects * modes.dim().0];
        let mut picture = Self { labels, modes, centres };
        let mut of_mean = Array2::zeros((objects, picture.modes_of_object()));
        picture.project(&mean.mapv(|value| value as f32), normalisation.std, of_mean.view_mut());
        picture.centres = of_mean.iter().map(|centre| *centre as f32).collect();
        picture
    }

    /// The same with the first `modes` of each object alone.
    pub(super) fn of_first(&self, modes: usize) -> Self {
        let of_each = self.centres.chunks(self.modes_of_object());
        Self {
            labels: self.labels.clone(),
            modes: self.modes.slice(s![..modes, .., ..]).to_owned(),
            centres: of_each.flat_map(|of| &of[..modes]).copied().collect(),
        }
    }

    /// Number of modes of each object.
    pub(super) fn modes_of_object(&self) -> usize {
        self.modes.dim().0
    }

    /// Coordinates of the `frames` of a movie, shape (frame, object, mode).
    pub(super) fn coordinates(
        &self,
        normalisation: Normalisation,
        video: &Video,
        frames: Range<usize>,
    ) -> Result<Array3<f64>> {
        let modes = self.modes_of_object();
        let mut coordinates = Array3::zeros((frames.len(), self.centres.len() / modes, modes));
        let rows: Vec<_> = coordinates.axis_iter_mut(Axis(0)).collect();
        rows.into_par_iter().zip(frames.into_par_iter()).try_for_each(|(row, frame)| {
            self.project(&video.frames().frame(frame)?, normalisation.std, row);
            Ok(())
        })?;
        Ok(coordinates)
    }

    fn project(&self, frame: &Array2<f32>, std: f64, mut coordinates: ArrayViewMut2<f64>) {
        for (mode, picture) in self.modes.outer_iter().enumerate() {
            for ((label, weight), pixel) in self.labels.iter().zip(picture).zip(frame) {
                if *label > 0.0 {
                    coordinates[[*label as usize - 1, mode]] += f64::from(weight * pixel);
                }
            }
        }
        for (coordinate, centre) in coordinates.iter_mut().zip(&self.centres) {
            *coordinate = *coordinate / std - f64::from(*centre);
        }
    }

    /// The `forces` on all modes as forces on pixels, shape (row, column).
    pub(super) fn drawn(&self, forces: &ArrayView1<f64>) -> Array2<f64> {
        let count = self.modes_of_object();
        let mut drawn = Array2::zeros(self.labels.dim());
        for (mode, picture) in self.modes.outer_iter().enumerate() {
            for ((label, weight), force) in self.labels.iter().zip(picture).zip(&mut drawn) {
                if *label > 0.0 {
                    let object = *label as usize - 1;
                    *force += f64::from(*weight) * forces[object * count + mode];
                }
            }
        }
        drawn
    }
}
