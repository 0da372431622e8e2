//! Keeps every so many frames of a movie.

use super::Video;
use crate::entropy_production::{EntropyProduction, FrameGapCurve, FrameGapPoint};
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;

impl Video {
    /// The movie with `gap` frames from one frame to the next, as the `gap` movies that start at its first frames: no frame is
    /// lost. Their frame interval is `gap` times as long, and the exposure so much smaller a share of it.
    ///
    /// # Errors
    /// [`Error::Setting`] for a gap of 0, or one that leaves a movie fewer than two frames.
    pub fn thinned(&self, gap: usize) -> Result<Vec<Self>> {
        let count = self.frames.count();
        if gap == 0 || count < 2 * gap {
            return Err(Error::Setting(Fault::new(
                self.name.clone(),
                format!("a gap of 1 to {} frames", count / 2),
                gap.to_string(),
                "Choose a shorter gap, or a longer movie.",
            )));
        }
        let calibration = Calibration {
            frame_interval: self.calibration.frame_interval.map(|interval| interval * gap as f64),
            exposure: self.calibration.exposure.map(|exposure| exposure / gap as f64),
            ..self.calibration
        };
        let phase = |start: usize| {
            let name = if gap == 1 {
                self.name.clone()
            } else {
                format!("{}, every frame number {gap} from {}", self.name, start + 1)
            };
            let frames = self.frames.every(gap, start);
            Self { name, frames, calibration, cautions: self.cautions.clone() }
        };
        Ok((0..gap).map(phase).collect())
    }
}

/// Rate and bound at each of the `gaps`: `estimate(gap, movies)` is handed all thinned movies of `videos` and returns their
/// entropy production, in their order.
///
/// `videos` must have no part in any training: a phase of a movie shares its time with the others, so that an estimator must be
/// trained, at the same gap, on thinned versions of *other* movies (or of another part of the same one), or cross-fitted phase by phase, as
/// [`crate::estimator::frame_gap_curve`] does.
///
/// # Errors
/// As [`Video::thinned`] and `estimate`; [`Error::Mismatch`] if `estimate` leaves movies out.
pub fn against_frame_gap(
    videos: &[Video],
    gaps: &[usize],
    mut estimate: impl FnMut(usize, &[Video]) -> Result<EntropyProduction>,
) -> Result<FrameGapCurve> {
    let mut point = |&gap: &usize| {
        let thinned: Vec<Vec<Video>> =
            videos.iter().map(|video| video.thinned(gap)).collect::<Result<_>>()?;
        let thinned = thinned.concat();
        let entropy = estimate(gap, &thinned)?;
        if entropy.movies.len() != thinned.len() {
            return Err(Error::Mismatch(Fault::new(
                format!("frame gap of {gap}"),
                format!("entropy production of {} movies", thinned.len()),
                entropy.movies.len().to_string(),
                "Estimate every movie that was handed over.",
            )));
        }
        FrameGapPoint::of(gap, &entropy)
    };
    Ok(FrameGapCurve::new(gaps.iter().map(&mut point).collect::<Result<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::MovieEntropy;
    use crate::video::Frames;
    use ndarray::Array3;

    fn video() -> Video {
        let calibration =
            Calibration { frame_interval: Some(0.1), exposure: Some(0.6), ..Calibration::default() };
        let frames = Frames::U8(Array3::from_shape_fn((11, 2, 2), |(frame, _, _)| frame as u8));
        Video::new("a.tif", frames, calibration).unwrap()
    }

    /// Catches lost frames, a phase twice, and an interval or an exposure of the full movie.
    #[test]
    fn phases_share_the_frames_out() {
        let phases = video().thinned(3).unwrap();
        let first = |video: &Video| -> Vec<f32> {
            (0..video.frames().count()).map(|at| video.frames().frame(at)[[0, 0]]).collect()
        };
        let frames: Vec<Vec<f32>> = phases.iter().map(first).collect();
        assert_eq!(frames, [vec![0.0, 3.0, 6.0, 9.0], vec![1.0, 4.0, 7.0, 10.0], vec![2.0, 5.0, 8.0]]);
        let calibration = phases[2].calibration();
        assert!((calibration.frame_interval.unwrap() - 0.3).abs() < 1e-12);
        assert!((calibration.exposure.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(video().thinned(1).unwrap(), [video()]);
        assert!(video().thinned(0).is_err() && video().thinned(6).is_err());
    }

    /// An entropy production in proportion to the brightness gained: the same rate at every gap.
    #[test]
    fn every_gap_is_handed_over_whole() {
        let estimate = |_: usize, videos: &[Video]| {
            let movies = videos.iter().map(|video| {
                let grey = |at: usize| f64::from(video.frames().frame(at)[[0, 0]]);
                let values: Vec<f64> =
                    (1..video.frames().count()).map(|at| grey(at) - grey(at - 1)).collect();
                MovieEntropy { held_out: vec![true; values.len()], values, ..MovieEntropy::default() }
            });
            let movies = movies.collect();
            let calibration = videos[0].calibration();
            Ok(EntropyProduction { window: 2, calibration, movies, cautions: Vec::new() })
        };
        let curve = against_frame_gap(&[video(), video()], &[3, 1], estimate).unwrap();
        let gaps: Vec<usize> = curve.points.iter().map(|point| point.gap).collect();
        assert_eq!(gaps, [1, 3]);
        assert!(curve.points.iter().all(|point| (point.rate.value - 10.0).abs() < 1e-9), "{curve:?}");
        let none = |_: usize, _: &[Video]| {
            Ok(EntropyProduction {
                window: 2,
                calibration: Calibration::default(),
                movies: Vec::new(),
                cautions: Vec::new(),
            })
        };
        assert!(against_frame_gap(&[video()], &[1], none).is_err());
    }
}
