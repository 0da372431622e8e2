//! Reads movies from multi-page TIFF and BigTIFF, in the dialects of ImageJ, OME, tifffile, or none.
//!
//! ImageJ writes stacks above 4 GB as one page followed by all frames in one piece; these are read too.

use super::movie::Video;
use super::options::OpenOptions;
use super::sample::{Pixels, require_memory};
use super::stack::Stack;
use super::tiff_page::{Page, description, fault, pixel_width, survey};
use super::{imagej, ome, shaped};
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use std::io::{self, Read, Seek, SeekFrom};
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{TiffError, TiffFormatError};

/// First bytes of TIFF and BigTIFF, in both byte orders.
pub(super) const MAGIC: &[&[u8]] = &[b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

/// No compression that is read expands by more (LZW: 3,840 bytes from 12 bits).
const GREATEST_EXPANSION: u64 = 2600;

/// Reads the one movie of a TIFF stack.
pub(super) fn read<R: Read + Seek>(mut reader: R, name: &str, options: &OpenOptions) -> Result<Vec<Video>> {
    let length = reader.seek(SeekFrom::End(0)).map_err(|e| Error::reading(name.as_ref(), e))?;
    reader.seek(SeekFrom::Start(0)).map_err(|e| Error::reading(name.as_ref(), e))?;
    let decoder = Decoder::new(reader).map_err(|error| fault(name, 1, None, &error))?;
    let mut decoder = decoder.with_limits(limits(length));
    let (text, width) = (description(&mut decoder), pixel_width(&mut decoder));
    let mut pages = survey(&mut decoder, name)?;
    let first = pages[0];

    let mut stack = if let Some(stack) = imagej::parse(name, &text, pages.len(), width.width) {
        stack
    } else if let Some(stack) = ome::parse(name, &text)? {
        stack
    } else if let Some(stack) = shaped::parse(name, &text, first.rows, first.columns)? {
        stack
    } else {
        Stack::plain(name, pages.len())
    };
    if let (Some(height_over_width), Some(_)) = (width.height_over_width, stack.calibration.pixel_size) {
        stack.cautions.push(Caution::new(name, CautionKind::PixelsNotSquare { height_over_width }));
    }
    if first.palette {
        stack.cautions.push(Caution::new(name, CautionKind::ColourTable));
    }
    stack.cautions.extend(first.stored.caution(name));
    complete(&mut pages, &stack, name, length)?;

    let chosen = stack.pages_of_movie(name, options)?;
    let pixels = read_pages(&mut decoder, name, &pages, &chosen, length)?;
    let shape = (chosen.len(), first.rows, first.columns);
    let frames = pixels.into_frames(shape).map_err(|e| {
        let remedy = "The file is damaged; export it again.";
        Error::Format(Fault::new(name, format!("pixels for the shape {shape:?}"), e.to_string(), remedy))
    })?;
    let mut video = Video::new(name, frames, stack.calibration)?;
    video.cautions = stack.cautions;
    Ok(vec![video])
}

/// Nothing in a file may claim more memory than its length backs.
pub(super) fn limits(length: u64) -> Limits {
    let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = bytes(length.saturating_mul(GREATEST_EXPANSION));
    limits.intermediate_buffer_size = bytes(length);
    limits.ifd_value_size = bytes(length);
    limits
}

/// Matches the pages found with the pages described; unfolds a stack of one page followed by frames in one
/// piece.
fn complete(pages: &mut Vec<Page>, stack: &Stack, name: &str, length: u64) -> Result<()> {
    let fault = |expected: String, found: String, remedy: &str| {
        Err(Error::Format(Fault::new(name, expected, found, remedy)))
    };
    let described = stack.pages().unwrap_or(usize::MAX);
    let expected = || {
        format!(
            "{} frames x {} slices x {} channels, as its description says ({})",
            stack.frames, stack.slices, stack.channels, stack.dialect
        )
    };
    if let (1, 2.., Some(offset), Some(bytes)) = (pages.len(), described, pages[0].offset, pages[0].bytes()) {
        let held = length.saturating_sub(offset) / bytes.max(1);
        if (held as u128) < described as u128 {
            let found =
                format!("one page followed by {held} whole frames; page {} is cut or missing", held + 1);
            return fault(expected(), found, "The file was cut short; copy or export it again.");
        }
        let first = pages[0];
        pages.extend((1..described).map(|page| Page { offset: Some(offset + page as u64 * bytes), ..first }));
    }
    if pages.len() != described {
        let remedy = if pages.len() < described {
            "The file was cut short, or its other parts are in other files; open it in Fiji and save it \
             again."
        } else {
            "Its description is wrong; open it in Fiji and save it again."
        };
        return fault(expected(), format!("{} pages", pages.len()), remedy);
    }
    Ok(())
}

/// Reads the pixels of the pages `chosen`, one after the other.
fn read_pages<R: Read + Seek>(
    decoder: &mut Decoder<R>,
    name: &str,
    pages: &[Page],
    chosen: &[usize],
    length: u64,
) -> Result<Pixels> {
    let first = pages[0];
    let depth = first.stored.depth().unwrap_or(Depth::F32);
    let all = first.bytes().and_then(|bytes| bytes.checked_mul(chosen.len() as u64));
    let in_pieces = pages.iter().any(|page| page.offset.is_none());
    let most = if in_pieces { length.saturating_mul(GREATEST_EXPANSION) } else { length };
    let (Some(count), Some(all)) = (first.pixels(), all.filter(|&all| all <= most)) else {
        let expected = format!("{} frames of {} x {} pixels", chosen.len(), first.rows, first.columns);
        let remedy = "The file was cut short or is damaged; copy or export it again.";
        return Err(Error::Format(Fault::new(name, expected, format!("a file of {length} bytes"), remedy)));
    };
    // Beside all pixels, a page is decoded at a time.
    let kept = (count as u64).saturating_mul(chosen.len() as u64).saturating_mul(depth.bytes());
    require_memory(name, kept.saturating_add(all / chosen.len().max(1) as u64), count)?;
    let room = usize::try_from(kept / depth.bytes()).unwrap_or(usize::MAX);
    let mut pixels = Pixels::with_room(name, depth, room)?;
    for &index in chosen {
        let read = match pages[index].offset {
            Some(offset) => read_piece(decoder.inner(), &mut pixels, pages[index], offset, count),
            None => decoder.seek_to_image(index).and_then(|()| decode_page(decoder, &mut pixels, count)),
        };
        read.map_err(|error| fault(name, index + 1, Some(pages.len()), &error))?;
    }
    Ok(pixels)
}

/// Reads a page that lies uncompressed in one piece.
fn read_piece<R: Read + Seek>(
    reader: &mut R,
    pixels: &mut Pixels,
    page: Page,
    offset: u64,
    count: usize,
) -> tiff::TiffResult<()> {
    reader.seek(SeekFrom::Start(offset))?;
    Ok(pixels.read(reader, page.stored, count)?)
}

/// Decodes the page at which the decoder stands.
fn decode_page<R: Read + Seek>(
    decoder: &mut Decoder<R>,
    pixels: &mut Pixels,
    count: usize,
) -> tiff::TiffResult<()> {
    let page = decoder.read_image()?;
    let held = match (pixels, page) {
        (Pixels::U8(pixels), DecodingResult::U8(page)) => append(pixels, page.into_iter()),
        (Pixels::U16(pixels), DecodingResult::U16(page)) => append(pixels, page.into_iter()),
        (Pixels::F32(pixels), DecodingResult::F32(page)) => append(pixels, page.into_iter()),
        (Pixels::F32(pixels), DecodingResult::F64(page)) => {
            append(pixels, page.into_iter().map(|p| p as f32))
        }
        _ => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "another type of pixel").into()),
    };
    if held == count {
        Ok(())
    } else {
        Err(TiffError::FormatError(TiffFormatError::InconsistentSizesEncountered))
    }
}

fn append<T>(pixels: &mut Vec<T>, page: impl ExactSizeIterator<Item = T>) -> usize {
    let count = page.len();
    pixels.extend(page);
    count
}
