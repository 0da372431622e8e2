//! Surveys the pages of a TIFF: their size, the type of their pixels, and where these lie.

use super::sample::{Kind, Stored};
use crate::error::{Error, Fault, Result};
use std::io::{ErrorKind, Read, Seek};
use tiff::decoder::Decoder;
use tiff::decoder::ifd::Value;
use tiff::tags::{ByteOrder, Tag, Type, ValueBuffer};
use tiff::{TiffError, TiffResult};

/// One page, before its pixels are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Page {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) stored: Stored,
    /// Where the pixels begin, if they lie there in one piece, uncompressed.
    pub(super) offset: Option<u64>,
    /// Whether the pixels are indices into a table of colours.
    pub(super) palette: bool,
}

impl Page {
    /// Number of pixels; none if it overflows.
    pub(super) fn pixels(&self) -> Option<usize> {
        self.rows.checked_mul(self.columns)
    }

    /// Bytes the pixels take, uncompressed; none if it overflows.
    pub(super) fn bytes(&self) -> Option<u64> {
        Some(self.pixels()?.checked_mul(self.stored.bytes)? as u64)
    }

    fn kind(&self) -> String {
        format!("{} rows x {} columns of {}", self.rows, self.columns, self.stored)
    }
}

/// Surveys all pages, and refuses pages of several sizes or depths, or of colour.
pub(super) fn survey<R: Read + Seek>(decoder: &mut Decoder<R>, name: &str) -> Result<Vec<Page>> {
    let mut pages: Vec<Page> = Vec::new();
    loop {
        let number = pages.len() + 1;
        let page = page(decoder).map_err(|error| fault(name, number, None, &error))?;
        let page = page.map_err(|found| {
            let expected = format!("page {number} in grey, of 8 or 16 bits or floating point");
            let remedy = "Convert in Fiji: Image > Type > 8-bit, 16-bit or 32-bit (or Image > Color > Split \
                          Channels), then File > Save As > Tiff.";
            Error::Unsupported(Fault::new(name, expected, found, remedy))
        })?;
        let first = pages.first().unwrap_or(&page);
        if (page.rows, page.columns, page.stored) != (first.rows, first.columns, first.stored) {
            return Err(Error::Format(Fault::new(
                name,
                format!("pages like page 1, of {}", first.kind()),
                format!("page {number} of {}", page.kind()),
                "A movie has one frame size and depth; save the series alone from Fiji.",
            )));
        }
        pages.push(page);
        if !decoder.more_images() {
            return Ok(pages);
        }
        decoder.next_image().map_err(|error| fault(name, number + 1, None, &error))?;
    }
}

/// The page the decoder stands at; inside, what it holds that is not read.
fn page<R: Read + Seek>(decoder: &mut Decoder<R>) -> TiffResult<std::result::Result<Page, String>> {
    let (columns, rows) = decoder.dimensions()?;
    let big_endian = decoder.byte_order() == ByteOrder::BigEndian;
    let number = |decoder: &mut Decoder<R>, tag, default: u16| {
        decoder
            .find_tag_unsigned_vec::<u16>(tag)
            .map(|v| v.and_then(|v| v.first().copied()).unwrap_or(default))
    };
    let samples = number(decoder, Tag::SamplesPerPixel, 1)?;
    let bits = number(decoder, Tag::BitsPerSample, 1)?;
    let format = number(decoder, Tag::SampleFormat, 1)?;
    let photometric = number(decoder, Tag::PhotometricInterpretation, 1)?;
    let compression = number(decoder, Tag::Compression, 1)?;
    let what = match (photometric, samples) {
        (0, 1) => "white stored as zero",
        (1 | 3, 1) => "",
        (2, _) => "colour (RGB)",
        (_, 1) => "another colour space",
        _ => "several samples per pixel",
    };
    let kind = match format {
        1 => Kind::Unsigned,
        2 => Kind::Signed,
        _ => Kind::Float,
    };
    let stored = Stored { kind, bytes: usize::from(bits) / 8, big_endian };
    let read = matches!((format, bits), (1, 8 | 16) | (3, 32 | 64));
    if !what.is_empty() || !read {
        let found =
            if what.is_empty() { format!("{bits} bits, sample format {format}") } else { what.into() };
        return Ok(Err(found));
    }
    let offset =
        if compression == 1 { one_piece(decoder, rows as usize, columns as usize, stored)? } else { None };
    let palette = photometric == 3;
    if palette && offset.is_none() {
        return Ok(Err("a compressed table of colours".into()));
    }
    Ok(Ok(Page { rows: rows as usize, columns: columns as usize, stored, offset, palette }))
}

/// Where the strips of the page begin, if they follow each other without gaps.
pub(super) fn one_piece<R: Read + Seek>(
    decoder: &mut Decoder<R>,
    rows: usize,
    columns: usize,
    stored: Stored,
) -> TiffResult<Option<u64>> {
    let Some(offsets) = decoder.find_tag_unsigned_vec::<u64>(Tag::StripOffsets)? else { return Ok(None) };
    let Some(&first) = offsets.first() else { return Ok(None) };
    let rows_per_strip =
        decoder.find_tag_unsigned::<u32>(Tag::RowsPerStrip)?.map_or(rows, |r| r as usize).min(rows);
    let strip = rows_per_strip.saturating_mul(columns).saturating_mul(stored.bytes) as u64;
    let follow = offsets.windows(2).all(|pair| pair[0].checked_add(strip) == Some(pair[1]));
    let enough = rows_per_strip.saturating_mul(offsets.len()) >= rows;
    Ok((follow && enough).then_some(first))
}

/// The description of the page the decoder stands at, in UTF-8 or Latin-1.
pub(super) fn description<R: Read + Seek>(decoder: &mut Decoder<R>) -> String {
    let mut bytes = ValueBuffer::empty(Type::ASCII);
    let found = decoder.image_ifd().find_tag_buf(Tag::ImageDescription, &mut bytes);
    if !matches!(found, Ok(Some(_))) {
        return String::new();
    }
    let bytes = bytes.as_bytes().split(|&byte| byte == 0).next().unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// What the tags of a page say of the edges of a pixel.
pub(super) struct PixelWidth {
    /// Width, in the unit of the description.
    pub(super) width: Option<f64>,
    /// Height over width where it is not 1.
    pub(super) height_over_width: Option<f64>,
}

/// Width of a pixel in the unit of the description, and how much higher or lower it is.
pub(super) fn pixel_width<R: Read + Seek>(decoder: &mut Decoder<R>) -> PixelWidth {
    let mut read = |tag| match decoder.find_tag(tag) {
        Ok(Some(Value::Rational(n, d))) if n > 0 && d > 0 => Some(f64::from(d) / f64::from(n)),
        _ => None,
    };
    let (x, y) = (read(Tag::XResolution), read(Tag::YResolution));
    let oblong = match (x, y) {
        (Some(x), Some(y)) if (x - y).abs() > 1e-3 * x => Some(y / x),
        _ => None,
    };
    PixelWidth { width: x, height_over_width: oblong }
}

/// A fault of page `number`, of `expected` pages where the count is known.
pub(super) fn fault(name: &str, number: usize, expected: Option<usize>, error: &TiffError) -> Error {
    let of = expected.map(|count| format!(" of {count}")).unwrap_or_default();
    match error {
        TiffError::UnsupportedError(what) => Error::Unsupported(Fault::new(
            name,
            format!("page {number}{of} uncompressed, or compressed by deflate, LZW or PackBits"),
            what.to_string(),
            "Save it uncompressed from Fiji: File > Save As > Tiff.",
        )),
        // What the system refuses has a number; a decoder refuses damage.
        TiffError::IoError(e) if e.raw_os_error().is_some() => Error::reading(
            name.as_ref(),
            e.raw_os_error().map_or_else(|| e.kind().into(), std::io::Error::from_raw_os_error),
        ),
        _ => {
            let cut = matches!(error, TiffError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof);
            let found = if cut { "a file that ends within it".into() } else { error.to_string() };
            let remedy = "The file was cut short or is damaged; copy or export it again.";
            Error::Format(Fault::new(name, format!("page {number}{of} whole"), found, remedy))
        }
    }
}
