//! Makes a page of the tags of a TIFF, or says what of it is not read.

use super::directory::{Directory, Tiff};
use super::page::{Meaning, Page, Unread};
use super::table::table;
use crate::video::sample::{Kind, Stored};
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// Compressions that are read.
const READ: &str = "uncompressed, or compressed by deflate, LZW, PackBits, Zstandard, PNG or JPEG";

/// Bytes by which a strip may be longer than its pixels: writers align.
const ALIGNMENT: u64 = 4096;

const GREY: &str = "in grey";
const SPLIT: &str = "Convert in Fiji: Image > Type > 8-bit or 16-bit (or Image > Color > Split \
Channels), then \
                     File > Save As > Tiff.";
const REWRITE: &str = "Write it again without compression, from Python: tifffile.imwrite('new.tif', \
                       tifffile.imread('old.tif'), metadata={'axes': 'TYX'}), with imagecodecs installed.";

/// Tags of vendors whose planes are described nowhere else.
const VENDORS: [(u16, &str); 5] = [
    (33628, "a MetaMorph stack (STK)"),
    (33629, "a MetaMorph stack (STK)"),
    (34361, "a FluoView stack"),
    (34412, "a Zeiss LSM file"),
    (65200, "a Leica or Flex file"),
];

/// What a page holds that is not read.
type Refusal = std::result::Result<(), Unread>;

fn unread(expected: &'static str, found: impl Into<String>, remedy: &str) -> Unread {
    Unread { expected, found: found.into(), remedy: remedy.into() }
}

fn broken(found: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, found)
}

/// A number of something that a page cannot do without.
fn size(value: u64, what: &str) -> io::Result<usize> {
    let size = usize::try_from(value).ok().filter(|&size| size > 0 && size <= 1 << 31);
    size.ok_or_else(|| broken(&format!("{what} of {value}")))
}

/// Whether a page is a smaller copy or a mask of others.
pub(in crate::video) fn is_left_out(file: &mut Tiff, directory: &Directory) -> io::Result<bool> {
    let new = file.number(directory, 254)?.unwrap_or(0);
    Ok(new & 5 != 0 || file.number(directory, 255)? == Some(2))
}

/// The tags of a page by which it is told what it is.
struct Tags {
    rows: usize,
    columns: usize,
    samples: usize,
    bits: usize,
    format: u64,
    compression: u64,
    photometric: u64,
    predictor: u64,
    planar: bool,
    reversed_bits: bool,
    /// Size of a strip or tile.
    chunk: (usize, usize),
    tiled: bool,
}

/// Surveys a page.
///
/// # Errors
/// Damage; inside, what of the page is not read.
pub(in crate::video) fn survey(file: &mut Tiff, directory: &Directory) -> io::Result<Result<Page, Unread>> {
    let tags = match tags(file, directory)? {
        Ok(tags) => tags,
        Err(unread) => return Ok(Err(unread)),
    };
    let (colours, kind) = match (colours(&tags), kind(&tags), coding(&tags)) {
        (Ok(colours), Ok(kind), Ok(())) => (colours, kind),
        (Err(unread), ..) | (_, Err(unread), _) | (.., Err(unread)) => return Ok(Err(unread)),
    };
    let (samples, bits) = (tags.samples, tags.bits);
    if samples < colours {
        return Err(broken(&format!("{samples} samples a pixel, where colours have {colours}")));
    }
    let extra = file.numbers(directory, 338)?;
    let opacity = extra.iter().rev().take_while(|&&kind| kind == 1 || kind == 2).count();
    let intensities = if colours == 3 { 3 } else { samples.saturating_sub(opacity).max(1) };
    let meaning = match (colours, tags.photometric) {
        (3, _) => Meaning::Colour,
        (_, 3) => Meaning::Table(table(&file.numbers(directory, 320)?, bits)),
        _ => Meaning::Grey,
    };
    let tables = match tags.compression {
        7 => Some(file.numbers(directory, 347)?.into_iter().map(|byte| byte as u8).collect()),
        _ => None,
    };
    let packed = !bits.is_multiple_of(8);
    let bytes = bits.div_ceil(8);
    let big_endian = file.big_endian || packed || tags.predictor == 3 || tags.compression == 34933;
    let chunks = chunks(file, directory, &tags)?;
    Ok(Ok(Page {
        rows: tags.rows,
        columns: tags.columns,
        samples,
        intensities,
        meaning,
        inverted: tags.photometric == 0,
        stored: Stored { kind, bytes, big_endian: big_endian && bytes > 1 },
        bits,
        planar: tags.planar && samples > 1,
        compression: tags.compression as u16,
        predictor: tags.predictor as u16,
        reversed_bits: tags.reversed_bits,
        chunk: tags.chunk,
        tiled: tags.tiled,
        chunks,
        tables,
    }))
}

/// Reads the tags of a page.
fn tags(file: &mut Tiff, directory: &Directory) -> io::Result<Result<Tags, Unread>> {
    let mut number = |tag, default: u64| file.number(directory, tag).map(|value| value.unwrap_or(default));
    let (columns, rows) =
        (size(number(256, 0)?, "a number of columns")?, size(number(257, 0)?, "a number of rows")?);
    let samples = size(number(277, 1)?, "a number of samples")?;
    let (compression, photometric, predictor) = (number(259, 1)?, number(262, 1)?, number(317, 1)?);
    let (reversed_bits, planar, depth) = (number(266, 1)? == 2, number(284, 1)? == 2, number(32997, 1)?);
    let rows_per_strip = number(278, u64::from(u32::MAX))?;
    let tile = (number(323, 0)?, number(322, 0)?);
    let tiled = tile.0 > 0 && tile.1 > 0;
    let chunk = if tiled {
        (size(tile.0, "tiles of rows")?, size(tile.1, "tiles of columns")?)
    } else {
        (size(rows_per_strip.clamp(1, rows as u64), "rows a strip")?, columns)
    };
    let (bits, formats) = (file.numbers(directory, 258)?, file.numbers(directory, 339)?);
    if let Some((_, vendor)) = VENDORS.iter().find(|(tag, _)| directory.has(*tag)) {
        let remedy = "Open it in Fiji (File > Import > Bio-Formats), then File > Save As > Tiff.";
        return Ok(Err(unread("that says itself what its planes are", *vendor, remedy)));
    }
    if depth > 1 {
        let remedy = "Save it again page by page, from Python: tifffile.imwrite('new.tif', \
                      tifffile.imread('old.tif'), metadata={'axes': 'TYX'}).";
        return Ok(Err(unread("of one plane", format!("{depth} planes in tiles of volumes"), remedy)));
    }
    let differ = |numbers: &[u64]| numbers.windows(2).any(|pair| pair[0] != pair[1]);
    if differ(&bits) || differ(&formats) {
        return Ok(Err(unread("of samples of one type", format!("samples of {bits:?} bits"), SPLIT)));
    }
    let bits = size(bits.first().copied().unwrap_or(1), "a number of bits")?;
    let format = formats.first().copied().unwrap_or(1);
    Ok(Ok(Tags {
        rows,
        columns,
        samples,
        bits,
        format,
        compression,
        photometric,
        predictor,
        planar,
        reversed_bits,
        chunk,
        tiled,
    }))
}

/// Samples that make the colour of a pixel: 1 of grey, 3 of red, green and blue.
fn colours(tags: &Tags) -> Result<usize, Unread> {
    let found = match tags.photometric {
        3 if tags.samples > 1 => "a table of colours with several samples a pixel",
        0 | 1 | 3 | 32844 | 34892 => return Ok(1),
        2 => return Ok(3),
        6 if tags.compression == 7 && tags.samples == 3 => return Ok(3),
        6 => "colour (YCbCr)",
        5 => "colours for print (CMYK)",
        8..=10 => "colour (CIE Lab)",
        4 => "a mask of transparency",
        32803 => {
            let remedy = "Take one of its four lattices, e.g. frames[:, ::2, ::2] in Python, and save that.";
            return Err(unread(GREY, "a mosaic of colours (Bayer)", remedy));
        }
        other => return Err(unread(GREY, format!("photometric interpretation {other}"), SPLIT)),
    };
    Err(unread(GREY, found, SPLIT))
}

/// The family of its numbers.
fn kind(tags: &Tags) -> Result<Kind, Unread> {
    let to_words = "Convert in Fiji: Image > Type > 16-bit, then File > Save As > Tiff.";
    let bits = tags.bits;
    if !bits.is_multiple_of(8) && bits > 16 {
        return Err(unread("of at most 16 packed bits", format!("{bits} bits"), to_words));
    }
    match (tags.format, bits) {
        (1 | 4, 1..=64) => Ok(Kind::Unsigned),
        (2, 8 | 16 | 24 | 32 | 64) => Ok(Kind::Signed),
        (3, 16 | 32 | 64) => Ok(Kind::Float),
        (5 | 6, _) => {
            let remedy = "Save its modulus or its phase, e.g. numpy.abs(frames).astype('float32').";
            Err(unread("of real numbers", "complex numbers", remedy))
        }
        (3, _) => {
            let remedy = "Convert with frames.astype('float32') and save again.";
            Err(unread("of numbers of 16, 32 or 64 bits", format!("real numbers of {bits} bits"), remedy))
        }
        _ => {
            let found = format!("samples of {bits} bits of another kind");
            Err(unread("of integers or real numbers", found, to_words))
        }
    }
}

/// Refuses what is not decoded.
fn coding(tags: &Tags) -> Refusal {
    let Tags { compression, predictor, .. } = *tags;
    let name = match compression {
        1 | 5 | 7 | 8 | 32773 | 32946 | 34926 | 50000 => "",
        34933 if cfg!(feature = "png") => "",
        2..=4 => "fax (CCITT)",
        6 => "JPEG in the old manner of TIFF",
        34712 | 33003 | 33005 => "JPEG 2000",
        34887 => "LERC",
        34925 => "LZMA",
        50001 => "WebP",
        50002 => "JPEG XL",
        _ => "unknown",
    };
    if !name.is_empty() {
        return Err(unread(READ, format!("compression {compression} ({name})"), REWRITE));
    }
    let packed = !tags.bits.is_multiple_of(8);
    let float = tags.format == 3;
    if !matches!(predictor, 1..=3) || (predictor != 1 && packed) || (predictor == 3 && !float) {
        let found = format!("predictor {predictor}");
        return Err(unread("with horizontal or floating-point differences", found, REWRITE));
    }
    Ok(())
}

/// Place and length of each strip or tile.
fn chunks(file: &mut Tiff, directory: &Directory, tags: &Tags) -> io::Result<Arc<[(u64, u64)]>> {
    let (offsets, counts) = if tags.tiled { (324, 325) } else { (273, 279) };
    let (mut places, lengths) = (file.numbers(directory, offsets)?, file.numbers(directory, counts)?);
    if places.is_empty() && tags.tiled {
        places = file.numbers(directory, 273)?;
    }
    let chunk = tags.chunk;
    let planes = if tags.planar { tags.samples } else { 1 };
    let needed = (tags.rows.div_ceil(chunk.0) as u64)
        .saturating_mul(tags.columns.div_ceil(chunk.1) as u64)
        .saturating_mul(planes as u64);
    let count = places.len() as u64;
    let plain = tags.compression == 1;
    if count < needed || (count > needed && !plain) {
        return Err(broken(&format!("{count} pieces of its pixels, where its size needs {needed}")));
    }
    places.truncate(needed as usize);
    let in_chunk = if tags.planar { 1 } else { tags.samples };
    let row_bits = chunk.1.checked_mul(in_chunk).and_then(|n| n.checked_mul(tags.bits));
    let bytes = row_bits.and_then(|bits| (bits.div_ceil(8)).checked_mul(chunk.0)).map(|bytes| bytes as u64);
    let mut chunks = Vec::with_capacity(places.len());
    for (at, &place) in places.iter().enumerate() {
        if place < 8 {
            return Err(broken("no pixels: its strips are said to lie at the start of the file"));
        }
        let stated = lengths.get(at).copied().filter(|&length| length > 0);
        let length = match (plain, stated, bytes) {
            (true, Some(stated), Some(bytes))
                if stated > bytes.saturating_add(ALIGNMENT) && places.len() == 1 =>
            {
                return Err(broken(&format!("{stated} bytes of pixels, where its size needs {bytes}")));
            }
            (_, Some(stated), _) => stated,
            (true, None, Some(bytes)) => bytes,
            _ => places.get(at + 1).map_or(file.length, |&next| next.max(place)).saturating_sub(place),
        };
        chunks.push((place, length));
    }
    Ok(chunks.into())
}
