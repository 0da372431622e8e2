//! Shifts and scales pixels so that the network sees numbers of order one.

use crate::transition::{Run, Transitions};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::{Range, RangeInclusive};

/// Input of the network: (pixel - mean) / std.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// Mean, in counts.
    pub mean: f64,
    /// Standard deviation, in counts.
    pub std: f64,
}

/// Where mean and standard deviation come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormalisationSource {
    /// All pixels of all training frames.
    TrainingFrames,
    /// The first training frame alone, as the authors of the paper did.
    FirstFrame,
}

/// What the arithmetic of 32 bits can subtract and divide by.
const MEANS: RangeInclusive<f64> = -1e30..=1e30;
const DEVIATIONS: RangeInclusive<f64> = 1e-30..=1e30;

impl Normalisation {
    /// A given mean and standard deviation.
    ///
    /// # Errors
    /// [`Error::Setting`] unless both are finite and `std` is positive.
    pub fn new(mean: f64, std: f64) -> Result<Self> {
        if MEANS.contains(&mean) && DEVIATIONS.contains(&std) {
            return Ok(Self { mean, std });
        }
        Err(Error::Setting(Fault::new(
            "normalisation",
            "a mean within -1e30 and 1e30 and a standard deviation within 1e-30 and 1e30",
            format!("mean {mean:?}, standard deviation {std:?}"),
            "Give those with which the weights were trained.",
        )))
    }

    /// Mean and standard deviation over the frames of `train` (each counted once).
    ///
    /// # Errors
    /// [`Error::Format`] if every pixel is the same.
    pub fn measure(videos: &[Video], train: &Transitions, source: NormalisationSource) -> Result<Self> {
        let frames = |run: &Run| run.frames(train.window());
        let Some(first) = train.runs().first() else { return Self::new(0.0, 0.0) };
        let offset = f64::from(videos[first.movie].frames().frame(first.starts.start)?[[0, 0]]);
        let moments = match source {
            NormalisationSource::FirstFrame => {
                Moments::of(&videos[first.movie], first.starts.start..first.starts.start + 1, offset)?
            }
            // Runs are summed in their order, so that the bits do not depend on the threads.
            NormalisationSource::TrainingFrames => train
                .runs()
                .par_iter()
                .map(|run| Moments::of(&videos[run.movie], frames(run), offset))
                .collect::<Result<Vec<_>>>()?
                .into_iter()
                .fold(Moments::default(), Moments::joined),
        };
        let (mean, std) = moments.mean_and_std(offset);
        Self::new(mean, std).map_err(|_| {
            Error::Format(Fault::new(
                videos.first().map_or("movie", Video::name),
                "frames that differ in brightness from pixel to pixel",
                format!("the same value {mean} everywhere"),
                "Check the export: the movie is blank.",
            ))
        })
    }
}

/// Sums of pixels about an offset, which keeps movies on a bright background exact enough.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn of(video: &Video, frames: Range<usize>, offset: f64) -> Result<Self> {
        let mut moments = Self::default();
        for frame in frames {
            video.frames().for_each_pixel(frame, |pixel| {
                let shifted = f64::from(pixel) - offset;
                moments.count += 1.0;
                moments.sum += shifted;
                moments.squares += shifted * shifted;
            })?;
        }
        Ok(moments)
    }

    fn joined(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    fn mean_and_std(&self, offset: f64) -> (f64, f64) {
        let mean = self.sum / self.count;
        let variance = (self.squares / self.count - mean * mean).max(0.0);
        (mean + offset, variance.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::units::Calibration;
    use cneep_movie::video::Frames;
    use ndarray::Array3;

    #[test]
    fn mean_and_deviation_are_those_of_the_training_frames_only() {
        let pixels =
            Array3::from_shape_fn(
                (6, 1, 2),
                |(frame, _, column)| {
                    if frame < 4 { 60_000 + 10 * column as u16 } else { 0 }
                },
            );
        let videos = [Video::new("m", Frames::U16(pixels), Calibration::default()).unwrap()];
        let train = Transitions::of_runs(2, [crate::transition::Run { movie: 0, starts: 0..3 }]);
        let all = Normalisation::measure(&videos, &train, NormalisationSource::TrainingFrames).unwrap();
        assert!((all.mean - 60_005.0).abs() < 1e-9 && (all.std - 5.0).abs() < 1e-9, "{all:?}");
    }

    #[test]
    fn a_blank_movie_is_refused() {
        let videos = [Video::new("m", Frames::U8(Array3::ones((6, 2, 2))), Calibration::default()).unwrap()];
        let train = Transitions::all(&videos, 2).unwrap();
        let error = Normalisation::measure(&videos, &train, NormalisationSource::TrainingFrames).unwrap_err();
        assert!(error.to_string().contains("blank"), "{error}");
    }
}
