//! Reads the one page of a TIFF whose pixels are labels.

use super::label_pixels::{CONVERT, EXPECTED, Picture, as_labels, check_size, require_room};
use super::sample::{Kind, Stored};
use super::tiff_page::{fault, one_piece};
use super::tiff_read::limits;
use crate::error::{Error, Fault, Result};
use std::io::{Read, Seek, SeekFrom};
use tiff::TiffResult;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::{ByteOrder, Tag};

/// Reads the labels of a TIFF for frames of `frame` (rows, columns).
pub(super) fn read<R: Read + Seek>(mut reader: R, name: &str, frame: (usize, usize)) -> Result<Picture> {
    let length = reader.seek(SeekFrom::End(0)).map_err(|e| Error::reading(name.as_ref(), e))?;
    reader.rewind().map_err(|e| Error::reading(name.as_ref(), e))?;
    let broken = |error| fault(name, 1, None, &error);
    let mut decoder = Decoder::new(reader).map_err(broken)?.with_limits(limits(length));
    let (columns, rows) = decoder.dimensions().map_err(broken)?;
    let size = (rows as usize, columns as usize);
    let (stored, compression) = match kind(&mut decoder).map_err(broken)? {
        Ok(kind) => kind,
        Err((found, remedy)) => {
            return Err(Error::Unsupported(Fault::new(name, EXPECTED, found, remedy)));
        }
    };
    check_size(name, size, frame)?;
    let count = size.0 * size.1;
    require_room(name, count)?;
    let piece = match compression {
        1 => one_piece(&mut decoder, size.0, size.1, stored).map_err(broken)?,
        _ => None,
    };
    let labels = match piece {
        Some(offset) => {
            let mut bytes = Vec::new();
            let reader = decoder.inner();
            let read = reader
                .seek(SeekFrom::Start(offset))
                .and_then(|_| reader.by_ref().take((count * stored.bytes) as u64).read_to_end(&mut bytes));
            read.map_err(|e| broken(e.into()))?;
            as_labels(name, bytes.chunks_exact(stored.bytes).map(|pixel| stored.integer(pixel)))?
        }
        None => as_labels(name, integers(decoder.read_image().map_err(broken)?).into_iter())?,
    };
    if labels.len() == count {
        return Ok((size, labels));
    }
    let (expected, found) = (format!("{count} pixels"), format!("{} pixels", labels.len()));
    let remedy = "The file was cut short or is damaged; copy or export it again.";
    Err(Error::Format(Fault::new(name, expected, found, remedy)))
}

/// How labels are stored, and their compression; otherwise what is found, and what to do about it.
#[allow(clippy::type_complexity, reason = "the outer result is the decoder's")]
fn kind<R: Read + Seek>(
    decoder: &mut Decoder<R>,
) -> TiffResult<std::result::Result<(Stored, u16), (String, &'static str)>> {
    let mut number = |tag, default: u16| {
        decoder
            .find_tag_unsigned_vec::<u16>(tag)
            .map(|v| v.and_then(|v| v.first().copied()).unwrap_or(default))
    };
    let samples = number(Tag::SamplesPerPixel, 1)?;
    let bits = number(Tag::BitsPerSample, 1)?;
    let format = number(Tag::SampleFormat, 1)?;
    let photometric = number(Tag::PhotometricInterpretation, 1)?;
    let compression = number(Tag::Compression, 1)?;
    let refuse = |found: String, remedy| Ok(Err((found, remedy)));
    if decoder.more_images() {
        return refuse("2 or more pages".into(), "Save the one image that holds the labels.");
    }
    let kind = match format {
        1 => Kind::Unsigned,
        2 => Kind::Signed,
        _ => Kind::Float,
    };
    let big_endian = decoder.byte_order() == ByteOrder::BigEndian;
    let stored = Stored { kind, bytes: usize::from(bits) / 8, big_endian };
    match (photometric, samples) {
        (0, 1) => {
            let remedy = "In Fiji: Image > Lookup Tables > Invert LUT, so that 0 is outside; save it again.";
            return refuse("white stored as zero".into(), remedy);
        }
        // What stands in a table of colours has no meaning here, its indices do.
        (1 | 3, 1) => {}
        _ => return refuse("colours".into(), CONVERT),
    }
    if kind == Kind::Float || !matches!(bits, 8 | 16 | 32 | 64) {
        let found = if bits < 8 { format!("{bits} bits a pixel") } else { stored.to_string() };
        return refuse(found, CONVERT);
    }
    Ok(Ok((stored, compression)))
}

/// The pixels of a page; none of one that holds no integers.
fn integers(page: DecodingResult) -> Vec<i128> {
    fn all<T: Into<i128>>(pixels: Vec<T>) -> Vec<i128> {
        pixels.into_iter().map(Into::into).collect()
    }
    match page {
        DecodingResult::U8(pixels) => all(pixels),
        DecodingResult::U16(pixels) => all(pixels),
        DecodingResult::U32(pixels) => all(pixels),
        DecodingResult::U64(pixels) => all(pixels),
        DecodingResult::I8(pixels) => all(pixels),
        DecodingResult::I16(pixels) => all(pixels),
        DecodingResult::I32(pixels) => all(pixels),
        DecodingResult::I64(pixels) => all(pixels),
        _ => Vec::new(),
    }
}
