//! Writes TIFF stacks that Fiji opens as a time series, with frame interval and pixel size.

use super::{Frames, imagej};
use crate::atomic_file::write_atomically;
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;
use ndarray::{Array3, Axis};
use std::io::{self, Seek, Write};
use std::path::Path;
use tiff::TiffResult;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, Gray32Float};
use tiff::encoder::{Rational, TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard, TiffValue};
use tiff::tags::{ResolutionUnit, Tag};

/// Bytes of pixels above which 32-bit offsets may not reach: BigTIFF is written from here on.
const LARGEST_CLASSIC: u64 = 4_000_000_000;

/// Bytes that one page takes beside its pixels, at most.
const PAGE_OVERHEAD: u64 = 512;

/// Writes `frames`, shape (frame, row, column), as an `ImageJ` stack in their own depth; BigTIFF above 4 GB.
///
/// A single frame (a mean map, say) is written as a plain image.
///
/// # Errors
/// [`Error::Setting`] for frames without pixels; [`Error::Io`] if the file cannot be written.
pub fn write_tiff(path: &Path, frames: &Frames, calibration: Calibration) -> Result<()> {
    let (count, rows, columns) = frames.shape();
    if count == 0 || rows == 0 || columns == 0 {
        let found = format!("{count} frames of {rows} x {columns}");
        return Err(Error::Setting(Fault::of_file(
            path,
            "frames to write",
            found,
            "Write at least one pixel.",
        )));
    }
    let bytes =
        bytes_per_pixel(frames) * (rows * columns) as u64 * count as u64 + PAGE_OVERHEAD * count as u64;
    write_atomically(path, |writer| {
        if bytes > LARGEST_CLASSIC {
            write_as::<_, TiffKindBig>(writer, frames, calibration)
        } else {
            write_as::<_, TiffKindStandard>(writer, frames, calibration)
        }
        .map_err(io::Error::other)
    })
}

fn bytes_per_pixel(frames: &Frames) -> u64 {
    match frames {
        Frames::U8(_) => 1,
        Frames::U16(_) => 2,
        Frames::F32(_) => 4,
    }
}

/// Writes one strip per page, so that the pixels of a page lie in one piece.
pub(super) fn write_as<W: Write + Seek, K: TiffKind>(
    writer: W,
    frames: &Frames,
    calibration: Calibration,
) -> TiffResult<()> {
    let text = imagej::description(frames.count(), calibration, display_range(frames));
    let encoder = TiffEncoder::<W, K>::new_generic(writer)?;
    match frames {
        Frames::U8(pixels) => write_pages::<_, _, Gray8>(encoder, pixels, &text, calibration),
        Frames::U16(pixels) => write_pages::<_, _, Gray16>(encoder, pixels, &text, calibration),
        Frames::F32(pixels) => write_pages::<_, _, Gray32Float>(encoder, pixels, &text, calibration),
    }
}

fn write_pages<W: Write + Seek, K: TiffKind, C: ColorType>(
    mut encoder: TiffEncoder<W, K>,
    pixels: &Array3<C::Inner>,
    text: &str,
    calibration: Calibration,
) -> TiffResult<()>
where
    C::Inner: Clone,
    [C::Inner]: TiffValue,
{
    let (_, rows, columns) = pixels.dim();
    for (index, frame) in pixels.axis_iter(Axis(0)).enumerate() {
        let mut page = encoder.new_image::<C>(u32::try_from(columns)?, u32::try_from(rows)?)?;
        page.rows_per_strip(u32::try_from(rows)?)?;
        if let Some(density) = calibration.pixel_size.and_then(pixels_per_micrometre) {
            page.x_resolution(density.clone());
            page.y_resolution(density);
        }
        page.resolution_unit(ResolutionUnit::None);
        if index == 0 {
            page.encoder().write_tag(Tag::ImageDescription, text)?;
        }
        let frame = frame.as_standard_layout();
        page.write_data(frame.as_slice().unwrap_or_default())?;
    }
    Ok(())
}

/// The range ImageJ displays: observed for 16-bit and real pixels, and left at 0 to 255 for 8-bit ones.
fn display_range(frames: &Frames) -> Option<(f32, f32)> {
    if matches!(frames, Frames::U8(_)) {
        return None;
    }
    let mut range = (f32::INFINITY, f32::NEG_INFINITY);
    for index in 0..frames.count() {
        frames.for_each_pixel(index, |pixel| range = (range.0.min(pixel), range.1.max(pixel)));
    }
    (range.0.is_finite() && range.1.is_finite()).then_some(range)
}

/// One over `pixel_size` (micrometres) as a fraction of two 32-bit integers, to nine digits.
fn pixels_per_micrometre(pixel_size: f64) -> Option<Rational> {
    let fraction = |digits: i32| {
        let scale = 10_f64.powi(digits);
        let (n, d) = (scale, pixel_size * scale);
        (n.max(d) <= f64::from(u32::MAX) && d >= 0.5).then(|| Rational { n: n as u32, d: d.round() as u32 })
    };
    (0..=9).rev().find_map(fraction)
}
