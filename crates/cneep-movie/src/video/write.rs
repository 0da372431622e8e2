//! Writes movies in the format their path names.

use super::movie::Video;
use super::npy;
#[cfg(feature = "npz")]
use super::npz;
#[cfg(feature = "png")]
use super::png_sequence;
#[cfg(feature = "tiff")]
use super::tiff_write;
use super::zarr;
use crate::atomic_file::write_atomically;
use crate::error::{Error, Fault, Result};
use std::path::Path;

impl Video {
    /// Writes the movie to `path`: `.tif`, `.npy`, `.npz`, `.zarr`, or a folder of PNG frames where there is
    /// no extension.
    ///
    /// TIFF, NPZ and Zarr keep frame interval and pixel size; NPY and PNG cannot.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), std::slice::from_ref(self))
    }
}

/// Writes `videos` to `path`; several go into one NPY or NPZ array (movie, frame, row, column).
///
/// # Errors
/// [`Error::Unsupported`] for another extension, or a format that cannot hold them; [`Error::Mismatch`] for
/// movies of several shapes, depths or scales; [`Error::Io`] if the system refuses.
pub fn write(path: &Path, videos: &[Video]) -> Result<()> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    check_alike(path, videos)?;
    match (&*extension, videos) {
        ("npy", _) => write_atomically(path, |writer| npy::write(writer, videos, false)),
        #[cfg(feature = "npz")]
        ("npz", _) => write_atomically(path, |writer| npz::write(writer, videos)),
        #[cfg(feature = "tiff")]
        ("tif" | "tiff", [video]) => tiff_write::write_tiff(path, video.frames(), video.calibration()),
        ("zarr", [video]) => zarr::write(path, video),
        ("mp4" | "mov" | "avi", _) => {
            let remedy = "Write .tif or .npy, and code that with FFmpeg: a codec would change the pixels.";
            let found = format!(".{extension}");
            Err(Error::Unsupported(Fault::of_file(path, "a format that keeps every pixel", found, remedy)))
        }
        #[cfg(feature = "png")]
        ("", [video]) => png_sequence::write(path, video),
        ("tif" | "tiff" | "zarr" | "", [_, _, ..]) => {
            let found = format!("{} movies", videos.len());
            let remedy = "Write several movies as .npz, or one file each.";
            Err(Error::Unsupported(Fault::of_file(path, "one movie for this format", found, remedy)))
        }
        _ => Err(Error::Unsupported(Fault::of_file(
            path,
            "a path ending in .tif, .npy, .npz or .zarr, or a folder without extension for PNG frames",
            format!(".{extension}"),
            "Choose one of these formats.",
        ))),
    }
}

/// Movies in one array share shape, depth and scales.
fn check_alike(path: &Path, videos: &[Video]) -> Result<()> {
    let Some(first) = videos.first() else {
        let remedy = "Give at least one.";
        return Err(Error::Setting(Fault::of_file(path, "movies to write", "none", remedy)));
    };
    let kind = |video: &Video| {
        let (frames, rows, columns) = video.frames().shape();
        let calibration = video.calibration();
        let scale = |scale: Option<f64>| scale.map_or("unknown".into(), |scale| scale.to_string());
        format!(
            "{frames} x {rows} x {columns} {}, frame interval {} s, pixel size {} um",
            video.frames().depth(),
            scale(calibration.frame_interval),
            scale(calibration.pixel_size)
        )
    };
    match videos.iter().find(|video| kind(video) != kind(first)) {
        None => Ok(()),
        Some(video) => Err(Error::Mismatch(Fault::new(
            video.name(),
            format!("{}, as {}", kind(first), first.name()),
            kind(video),
            "Write movies that differ into files of their own.",
        ))),
    }
}
