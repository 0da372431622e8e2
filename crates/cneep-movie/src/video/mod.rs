//! Holds a movie: frames in their own depth, with what is known of their scales.

mod axes;
mod buffered;
#[cfg(test)]
mod damage;
mod frames;
mod frames_in_file;
mod hash;
mod health;
mod imagej;
mod inspect;
mod lost;
mod natural_sort;
mod npy;
mod npy_in_file;
mod npz;
mod ome;
mod open;
mod png_sequence;
mod positioned_file;
mod sample;
mod shaped;
mod stack;
#[cfg(test)]
mod tests;
mod thin;
mod tiff_page;
mod tiff_read;
mod tiff_write;
mod write;

pub use axes::Axes;
pub use frames::{Depth, Frames};
pub use frames_in_file::FramesInFile;
pub use health::{health, too_few_transitions};
pub use inspect::{Brightness, Inspection, Pattern, inspect};
pub use lost::or_lost;
pub use open::{OpenOptions, open, open_all, open_with};
pub use tiff_write::write_tiff;
pub use write::write;

use crate::caution::Caution;
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;

/// One movie of one field of view, at least two frames long, every pixel finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Video {
    name: String,
    frames: Frames,
    calibration: Calibration,
    cautions: Vec<Caution>,
}

impl Video {
    /// A movie called `name` (usually its file) from `frames`, shape (frame, row, column).
    ///
    /// # Errors
    /// [`Error::Format`] for fewer than two frames, empty frames or non-finite pixels;
    /// [`Error::Setting`] for a frame interval or pixel size that is not positive and finite.
    pub fn new(name: impl Into<String>, frames: Frames, calibration: Calibration) -> Result<Self> {
        let name = name.into();
        frames.check(&name)?;
        check_scale(&name, "frame interval", "s", calibration.frame_interval)?;
        check_scale(&name, "pixel size", "um", calibration.pixel_size)?;
        check_exposure(&name, calibration.exposure)?;
        Ok(Self { name, frames, calibration, cautions: Vec::new() })
    }

    /// The movie with its frame interval set to `seconds`, whatever its file said.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `seconds` is positive and finite.
    pub fn with_frame_interval(mut self, seconds: f64) -> Result<Self> {
        check_scale(&self.name, "frame interval", "s", Some(seconds))?;
        self.calibration.frame_interval = Some(seconds);
        Ok(self)
    }

    /// What the movie is called, usually its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The pixels, shape (frame, row, column), in their own depth.
    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    /// Frame interval and pixel size, where known.
    pub fn calibration(&self) -> Calibration {
        self.calibration
    }

    /// What the reader of the file assumed or noticed.
    pub fn cautions(&self) -> &[Caution] {
        &self.cautions
    }
}

impl AsRef<[Video]> for Video {
    fn as_ref(&self) -> &[Video] {
        std::slice::from_ref(self)
    }
}

/// Refuses a share of the frame interval outside 0 to 1.
fn check_exposure(name: &str, value: Option<f64>) -> Result<()> {
    match value {
        Some(v) if !(0.0..=1.0).contains(&v) => Err(Error::Setting(Fault::new(
            name,
            "a share of the frame interval, 0 to 1",
            v.to_string(),
            "Divide the exposure time by the frame interval, or give none.",
        ))),
        _ => Ok(()),
    }
}

fn check_scale(name: &str, what: &str, unit: &str, value: Option<f64>) -> Result<()> {
    match value {
        Some(v) if !(v.is_finite() && v > 0.0) => Err(Error::Setting(Fault::new(
            name,
            format!("a positive {what} in {unit}"),
            v.to_string(),
            format!("Give the right {what}, or none."),
        ))),
        _ => Ok(()),
    }
}
