//! Holds a movie: frames in their own depth, with what is known of their scales.

use super::frames::Frames;
use crate::caution::{Caution, Scale};
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;
use std::sync::{Arc, OnceLock};

/// One movie of one field of view, at least two frames long, every pixel finite.
///
/// Clones share the pixels, and their hash once it is known.
#[derive(Clone)]
pub struct Video {
    pub(super) name: String,
    content: Arc<Content>,
    pub(super) calibration: Calibration,
    pub(super) cautions: Vec<Caution>,
}

/// What clones of a movie share.
struct Content {
    frames: Frames,
    hash: OnceLock<String>,
}

impl Video {
    /// A movie called `name` (usually its file) from `frames`, shape (frame, row, column).
    ///
    /// # Errors
    /// [`Error::Format`] for fewer than two frames, empty frames or non-finite pixels;
    /// [`Error::Setting`] for a frame interval or pixel size that is not positive and finite, or an exposure
    /// or readout that is no share of the frame interval.
    pub fn new(name: impl Into<String>, frames: Frames, calibration: Calibration) -> Result<Self> {
        let name = name.into();
        frames.check(&name)?;
        check_scale(&name, Scale::FrameInterval, calibration.frame_interval)?;
        check_scale(&name, Scale::PixelSize, calibration.pixel_size)?;
        check_share(&name, "exposure", calibration.exposure)?;
        check_share(&name, "readout", calibration.readout)?;
        Ok(Self::of_checked(name, frames, calibration))
    }

    /// A movie of frames and scales that have been checked.
    pub(super) fn of_checked(name: String, frames: Frames, calibration: Calibration) -> Self {
        let content = Arc::new(Content { frames, hash: OnceLock::new() });
        Self { name, content, calibration, cautions: Vec::new() }
    }

    /// The movie with its frame interval set to `seconds`, whatever its file said.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `seconds` is positive and finite.
    pub fn with_frame_interval(mut self, seconds: f64) -> Result<Self> {
        check_scale(&self.name, Scale::FrameInterval, Some(seconds))?;
        self.calibration.frame_interval = Some(seconds);
        Ok(self)
    }

    /// What the movie is called, usually its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The pixels, shape (frame, row, column), in their own depth.
    pub fn frames(&self) -> &Frames {
        &self.content.frames
    }

    /// Where the hash of the pixels is kept once it is known.
    pub(super) fn kept_hash(&self) -> &OnceLock<String> {
        &self.content.hash
    }

    /// Frame interval, pixel size, exposure and readout, where known.
    pub fn calibration(&self) -> Calibration {
        self.calibration
    }

    /// What the reader of the file assumed or noticed.
    pub fn cautions(&self) -> &[Caution] {
        &self.cautions
    }
}

impl PartialEq for Video {
    fn eq(&self, other: &Self) -> bool {
        let shared = Arc::ptr_eq(&self.content, &other.content);
        self.name == other.name
            && self.calibration == other.calibration
            && self.cautions == other.cautions
            && (shared || self.frames() == other.frames())
    }
}

impl std::fmt::Debug for Video {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Video")
            .field("name", &self.name)
            .field("frames", self.frames())
            .field("calibration", &self.calibration)
            .field("cautions", &self.cautions)
            .finish_non_exhaustive()
    }
}

impl AsRef<[Video]> for Video {
    fn as_ref(&self) -> &[Video] {
        std::slice::from_ref(self)
    }
}

/// Refuses a share of the frame interval outside 0 to 1, the value of `setting`.
pub(super) fn check_share(name: &str, setting: &'static str, value: Option<f64>) -> Result<()> {
    match value {
        Some(v) if !(0.0..=1.0).contains(&v) => Err(Error::Setting(
            Fault::new(
                name,
                "a share of the frame interval, 0 to 1",
                v.to_string(),
                format!("Divide the time of the {setting} by the frame interval, or give none."),
            )
            .with_setting(setting),
        )),
        _ => Ok(()),
    }
}

/// Refuses a scale that is not positive and finite.
pub(super) fn check_scale(name: &str, scale: Scale, value: Option<f64>) -> Result<()> {
    let (what, unit) = (scale.name(), scale.unit());
    match value {
        Some(v) if !(v.is_finite() && v > 0.0) => {
            let (expected, remedy) =
                (format!("a positive {what} in {unit}"), format!("Give the right {what}, or none."));
            let fault = Fault::new(name, expected, v.to_string(), remedy).with_setting(scale.setting());
            Err(Error::Setting(fault))
        }
        _ => Ok(()),
    }
}
