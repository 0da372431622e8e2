//! Writes TIFF stacks that Fiji opens as a time series, with frame interval and pixel size.

use super::frames::Frames;
use super::imagej;
use crate::atomic_file::write_atomically;
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;
use std::io::{self, Seek, Write};
use std::path::Path;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, Gray32Float};
use tiff::encoder::{Rational, TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard};
use tiff::tags::{CompressionMethod, ResolutionUnit, Tag};
use tiff::{TiffError, TiffResult};

/// Bytes of pixels above which 32-bit offsets may not reach: BigTIFF is written from here on.
const LARGEST_CLASSIC: u64 = 4_000_000_000;

/// Bits of a real pixel.
pub(super) const BITS: u16 = 32;

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
        frames.depth().bytes() * (rows * columns) as u64 * count as u64 + PAGE_OVERHEAD * count as u64;
    write_atomically(path, |writer| {
        if bytes > LARGEST_CLASSIC {
            write_as::<_, TiffKindBig>(writer, frames, calibration)
        } else {
            write_as::<_, TiffKindStandard>(writer, frames, calibration)
        }
        .map_err(|error| match error {
            TiffError::IoError(error) => error,
            other => io::Error::other(other),
        })
    })
}

fn write_as<W: Write + Seek, K: TiffKind>(
    writer: W,
    frames: &Frames,
    calibration: Calibration,
) -> TiffResult<()> {
    let display = display_range(frames).map_err(io::Error::from)?;
    let text = imagej::description(frames.count(), calibration, display);
    let encoder = TiffEncoder::<W, K>::new_generic(writer)?;
    match frames.depth() {
        Depth::U8 => write_pages::<_, _, Gray8>(encoder, frames, &text, calibration),
        Depth::U16 => write_pages::<_, _, Gray16>(encoder, frames, &text, calibration),
        Depth::F32 => write_pages::<_, _, Gray32Float>(encoder, frames, &text, calibration),
    }
}

/// Writes the pixels of all pages in one piece, then the pages' directories: where a description counts
/// several images, `ImageJ` and tifffile follow the first directory alone and take the rest to lie behind its
/// pixels.
fn write_pages<W: Write + Seek, K: TiffKind, C: ColorType>(
    mut encoder: TiffEncoder<W, K>,
    frames: &Frames,
    text: &str,
    calibration: Calibration,
) -> TiffResult<()> {
    let (count, rows, columns) = frames.shape();
    let (rows, columns) = (u32::try_from(rows)?, u32::try_from(columns)?);
    let density = calibration.pixel_size.and_then(pixels_per_micrometre);
    let mut offsets = Vec::with_capacity(count);
    for index in 0..count {
        let mut page = encoder.image_directory()?;
        if index == 0 {
            let mut bytes = Vec::new();
            for frame in 0..count {
                bytes.clear();
                frames
                    .append_bytes(frame, cfg!(target_endian = "big"), &mut bytes)
                    .map_err(io::Error::from)?;
                offsets.push(page.write_data(bytes.as_slice())?);
            }
            page.write_tag(Tag::ImageDescription, text)?;
        }
        let bytes = u64::from(C::BITS_PER_SAMPLE[0] / 8);
        page.write_tag(Tag::ImageWidth, columns)?;
        page.write_tag(Tag::ImageLength, rows)?;
        page.write_tag(Tag::BitsPerSample, C::BITS_PER_SAMPLE)?;
        page.write_tag(Tag::Compression, CompressionMethod::None.to_u16())?;
        page.write_tag(Tag::PhotometricInterpretation, C::TIFF_VALUE.to_u16())?;
        page.write_tag(Tag::StripOffsets, K::convert_offset(offsets[index])?)?;
        page.write_tag(Tag::SamplesPerPixel, 1_u16)?;
        page.write_tag(Tag::RowsPerStrip, rows)?;
        page.write_tag(
            Tag::StripByteCounts,
            K::convert_offset(u64::from(rows) * u64::from(columns) * bytes)?,
        )?;
        page.write_tag(Tag::SampleFormat, C::SAMPLE_FORMAT[0].to_u16())?;
        if let Some(density) = &density {
            page.write_tag(Tag::XResolution, density.clone())?;
            page.write_tag(Tag::YResolution, density.clone())?;
            page.write_tag(Tag::ResolutionUnit, ResolutionUnit::None.to_u16())?;
        }
        page.finish()?;
    }
    Ok(())
}

/// The range ImageJ displays: observed for 16-bit and real pixels, and left at 0 to 255 for 8-bit ones.
fn display_range(frames: &Frames) -> Result<Option<(f32, f32)>> {
    if frames.depth() == Depth::U8 {
        return Ok(None);
    }
    let mut range = (f32::INFINITY, f32::NEG_INFINITY);
    for index in 0..frames.count() {
        frames.for_each_pixel(index, |pixel| range = (range.0.min(pixel), range.1.max(pixel)))?;
    }
    Ok((range.0.is_finite() && range.1.is_finite()).then_some(range))
}

/// One over `pixel_size` (micrometres) as a fraction of two 32-bit integers, to nine digits.
pub(super) fn pixels_per_micrometre(pixel_size: f64) -> Option<Rational> {
    let fraction = |digits: i32| {
        let scale = 10_f64.powi(digits);
        let (n, d) = (scale, pixel_size * scale);
        (n.max(d) <= f64::from(u32::MAX) && d >= 0.5).then(|| Rational { n: n as u32, d: d.round() as u32 })
    };
    (0..=9).rev().find_map(fraction)
}
