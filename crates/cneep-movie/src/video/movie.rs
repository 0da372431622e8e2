//! Holds a movie: frames in their own depth, with what is known of their scales.

use super::frames::Frames;
use super::pixel_hash::PixelHasher;
use super::recording::{Recording, recording_of};
use super::selection::Selection;
use crate::caution::{Caution, Scale};
use crate::error::{Error, Fault, Result};
use crate::memory;
use crate::units::Calibration;
use std::sync::{Arc, OnceLock};

/// One movie of one field of view, at least two frames long, every pixel finite.
///
/// Clones share the pixels, and what they are known by once it is computed.
#[derive(Clone)]
pub struct Video {
    pub(super) name: String,
    content: Arc<Content>,
    pub(super) calibration: Calibration,
    pub(super) cautions: Vec<Caution>,
    pub(super) selection: Selection,
}

/// What clones of a movie share.
struct Content {
    frames: Frames,
    recording: OnceLock<Recording>,
    pixel_hash: OnceLock<String>,
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
        let content = Arc::new(Content { frames, recording: OnceLock::new(), pixel_hash: OnceLock::new() });
        Self { name, content, calibration, cautions: Vec::new(), selection: Selection::default() }
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

    /// The movie under another name, also in its cautions.
    #[must_use]
    pub fn renamed(mut self, name: impl Into<String>) -> Self {
        let before = std::mem::replace(&mut self.name, name.into());
        for caution in &mut self.cautions {
            caution.subject = caution.subject.replace(&before, &self.name);
        }
        self
    }

    /// The movie with this calibration, whatever its file said.
    ///
    /// # Errors
    /// [`Error::Setting`] for scales that are not positive and finite, or shares that are none.
    pub fn with_calibration(mut self, calibration: Calibration) -> Result<Self> {
        check_scale(&self.name, Scale::FrameInterval, calibration.frame_interval)?;
        check_scale(&self.name, Scale::PixelSize, calibration.pixel_size)?;
        check_share(&self.name, "exposure", calibration.exposure)?;
        check_share(&self.name, "readout", calibration.readout)?;
        self.calibration = calibration;
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

    /// What the recording is known by; computed once for a movie and all its clones.
    ///
    /// # Errors
    /// As [`Frames::read_block`].
    pub fn recording(&self) -> Result<&Recording> {
        if let Some(recording) = self.kept_recording().get() {
            return Ok(recording);
        }
        let recording = recording_of(self.frames())?;
        Ok(self.kept_recording().get_or_init(|| recording))
    }

    /// SHA-256 of the shape and of the frames, in lower-case hexadecimal: [`Recording::hash`].
    ///
    /// # Errors
    /// As [`Frames::read_block`].
    pub fn hash(&self) -> Result<String> {
        Ok(self.recording()?.hash.clone())
    }

    /// SHA-256 of the pixels as they are kept, in lower-case hexadecimal: of the text `DEPTH FRAMES ROWS
    /// COLUMNS` and a line feed (depth `u8`, `u16` or `f32`), then of all pixels in little-endian bytes, row
    /// by
    /// row and frame by frame.
    ///
    /// # Errors
    /// As [`Frames::read_block`].
    pub fn pixel_hash(&self) -> Result<String> {
        if let Some(hash) = self.content.pixel_hash.get() {
            return Ok(hash.clone());
        }
        let frames = self.frames();
        let (count, rows, columns) = frames.shape();
        let mut hasher = PixelHasher::new(frames);
        let mut pixels = memory::zeros("frame", rows * columns)?;
        for index in 0..count {
            frames.read_block(index, 0..rows, 0..columns, &mut pixels)?;
            hasher.add(&pixels);
        }
        let hash = hasher.finish();
        self.keep_pixel_hash(hash.clone());
        Ok(hash)
    }

    /// Keeps the hash of the pixels, computed where they were read for something else.
    pub(super) fn keep_pixel_hash(&self, hash: String) {
        self.content.pixel_hash.get_or_init(|| hash);
    }

    /// Where what the recording is known by is kept once it is computed.
    pub(super) fn kept_recording(&self) -> &OnceLock<Recording> {
        &self.content.recording
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
                format!("{v:?}"),
                format!("Divide the time of the {setting} by the frame interval, or give none."),
            )
            .with_setting(setting),
        )),
        _ => Ok(()),
    }
}

/// Refuses a scale that is not positive, or that no microscope has.
pub(super) fn check_scale(name: &str, scale: Scale, value: Option<f64>) -> Result<()> {
    let (what, unit) = (scale.name(), scale.unit());
    match value {
        Some(v) if !(1e-12..=1e12).contains(&v) => {
            let (expected, remedy) =
                (format!("a {what} of 1e-12 to 1e12 {unit}"), format!("Give the right {what}, or none."));
            let fault = Fault::new(name, expected, format!("{v:?}"), remedy).with_setting(scale.setting());
            Err(Error::Setting(fault))
        }
        _ => Ok(()),
    }
}
