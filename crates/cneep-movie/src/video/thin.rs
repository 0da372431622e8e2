//! Keeps every so many frames of a movie.

use super::movie::Video;
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;

impl Video {
    /// The movie with `gap` frames from one frame to the next, as the `gap` movies that start at its first
    /// frames: no frame is lost. Their frame interval is `gap` times as long, and exposure and readout so
    /// much smaller a share of it.
    ///
    /// # Errors
    /// [`Error::Setting`] for a gap of 0, or one that leaves a movie fewer than two frames.
    pub fn thinned(&self, gap: usize) -> Result<Vec<Self>> {
        let count = self.frames().count();
        if gap == 0 || gap > count / 2 {
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
            readout: self.calibration.readout.map(|readout| readout / gap as f64),
            ..self.calibration
        };
        if gap == 1 {
            return Ok(vec![self.clone()]);
        }
        let phase = |start: usize| {
            let name = format!("{}, every frame number {gap} from {}", self.name, start + 1);
            let mut video = Self::of_checked(name, self.frames().every(gap, start), calibration);
            video.cautions.clone_from(&self.cautions);
            video.selection.clone_from(&self.selection);
            video
        };
        Ok((0..gap).map(phase).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::frames::Frames;
    use ndarray::Array3;

    fn video() -> Video {
        let calibration = Calibration {
            frame_interval: Some(0.1),
            exposure: Some(0.6),
            readout: Some(0.9),
            ..Calibration::default()
        };
        let frames = Frames::U8(Array3::from_shape_fn((11, 2, 2), |(frame, _, _)| frame as u8));
        Video::new("a.tif", frames, calibration).unwrap()
    }

    /// Catches lost frames, a phase twice, and an interval or an exposure of the full movie.
    #[test]
    fn phases_share_the_frames_out() {
        let phases = video().thinned(3).unwrap();
        let first = |video: &Video| -> Vec<f32> {
            (0..video.frames().count()).map(|at| video.frames().frame(at).unwrap()[[0, 0]]).collect()
        };
        let frames: Vec<Vec<f32>> = phases.iter().map(first).collect();
        assert_eq!(frames, [vec![0.0, 3.0, 6.0, 9.0], vec![1.0, 4.0, 7.0, 10.0], vec![2.0, 5.0, 8.0]]);
        let calibration = phases[2].calibration();
        assert!((calibration.frame_interval.unwrap() - 0.3).abs() < 1e-12);
        assert!((calibration.exposure.unwrap() - 0.2).abs() < 1e-12);
        assert!((calibration.readout.unwrap() - 0.3).abs() < 1e-12);
        assert_eq!(video().thinned(1).unwrap(), [video()]);
        assert!(video().thinned(0).is_err() && video().thinned(6).is_err());
        assert!(video().thinned(usize::MAX / 2 + 1).is_err());
    }
}
