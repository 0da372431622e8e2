//! Surveys a page of a TIFF: its size, the type of its samples, and where these lie.

use super::directory::{Directory, Tiff};
use crate::video::sample::{Kind, Stored};
use std::io::{self, ErrorKind, Read, Seek};
use std::sync::Arc;

/// Compressions that are read.
pub(super) const READ: &str = "uncompressed, or compressed by deflate, LZW, PackBits, Zstandard or JPEG";

/// Bytes by which a strip may be longer than its pixels: writers align.
const ALIGNMENT: u64 = 4096;

/// What the samples of a pixel are.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::video) enum Meaning {
    /// Grey, or planes that stand for channels or frames; further samples may be opacity.
    Grey,
    /// Red, green and blue.
    Colour,
    /// Numbers in a table of colours: grey values where all of them are grey.
    Table(Table),
}

/// A table of colours.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::video) enum Table {
    /// Of greys, in which each number stands for itself.
    Identity,
    /// Of greys: that of each number.
    Greys(Arc<[u16]>),
    /// Of colours that follow one another smoothly: a scale of intensity shown in colour.
    Scale,
    /// Of colours in no order.
    Disordered,
}

/// One page, before its pixels are read.
#[derive(Debug, Clone)]
pub(in crate::video) struct Page {
    pub(in crate::video) rows: usize,
    pub(in crate::video) columns: usize,
    /// Samples of a pixel.
    pub(in crate::video) samples: usize,
    /// Samples of a pixel that carry intensities: others are opacity.
    pub(in crate::video) intensities: usize,
    pub(in crate::video) meaning: Meaning,
    /// Whether white is stored as zero.
    pub(in crate::video) inverted: bool,
    /// How samples are handed out.
    pub(in crate::video) stored: Stored,
    pub(super) bits: usize,
    /// Whether each sample of a pixel lies in a plane of its own.
    pub(super) planar: bool,
    pub(super) compression: u16,
    pub(super) predictor: u16,
    pub(super) reversed_bits: bool,
    /// Size of a strip or tile; all tiles have it, the last strip may be lower.
    pub(super) chunk: (usize, usize),
    pub(super) tiled: bool,
    /// Place and length of strips or tiles.
    pub(super) chunks: Arc<[(u64, u64)]>,
    pub(super) tables: Option<Arc<[u8]>>,
}

/// What of a page is not read, and what to do about it.
#[derive(Debug)]
pub(in crate::video) struct Unread {
    pub(in crate::video) expected: &'static str,
    pub(in crate::video) found: String,
    pub(in crate::video) remedy: String,
}

const GREY: &str = "in grey";
const SPLIT: &str = "Convert in Fiji: Image > Type > 8-bit or 16-bit (or Image > Color > Split Channels), then \
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

impl Page {
    /// Number of pixels; none if it overflows.
    pub(in crate::video) fn pixels(&self) -> Option<usize> {
        self.rows.checked_mul(self.columns)
    }

    /// Bytes that one plane takes as it is handed out; none if it overflows.
    pub(in crate::video) fn plane_bytes(&self) -> Option<u64> {
        Some(self.pixels()?.checked_mul(self.stored.bytes)? as u64)
    }

    /// What must be the same of all pages of a movie.
    pub(in crate::video) fn is_like(&self, other: &Self) -> bool {
        let of = |page: &Self| (page.rows, page.columns, page.samples, page.stored, page.bits);
        of(self) == of(other) && self.meaning == other.meaning
    }

    /// Size and type in words.
    pub(in crate::video) fn kind(&self) -> String {
        let samples =
            if self.samples > 1 { format!("{} samples a pixel, ", self.samples) } else { String::new() };
        let packed =
            if self.bits.is_multiple_of(8) { String::new() } else { format!(", of {} bits", self.bits) };
        format!("{} rows x {} columns of {samples}{}{packed}", self.rows, self.columns, self.stored)
    }

    /// Where the plane begins that other planes may follow in one piece: uncompressed, of whole bytes.
    pub(in crate::video) fn in_one_piece(&self) -> Option<u64> {
        let row = self.columns * self.stored.bytes * self.samples;
        let strip = (self.chunk.0 * row) as u64;
        let follow = self.chunks.windows(2).all(|pair| pair[0].0.checked_add(strip) == Some(pair[1].0));
        let plain =
            self.compression == 1 && self.bits.is_multiple_of(8) && !self.tiled && !self.reversed_bits;
        (plain && follow && !(self.planar && self.samples > 1)).then(|| self.chunks.first().map(|c| c.0))?
    }

    /// A page of pixels in grey, of so many `rows` and `columns`, that lie in one piece in this one.
    pub(in crate::video) fn recut(&self, rows: usize, columns: usize) -> Self {
        let meaning = Meaning::Grey;
        Self { rows, columns, samples: 1, intensities: 1, planar: false, meaning, ..self.clone() }
    }

    /// Whether a file of so many bytes can hold its pixels.
    pub(in crate::video) fn is_backed(&self, length: u64) -> bool {
        let held: u64 = self.chunks.iter().map(|chunk| chunk.1.min(length)).fold(0, u64::saturating_add);
        let bits = self.pixels().and_then(|pixels| pixels.checked_mul(self.bits));
        bits.is_some_and(|bits| bits as u64 / 8 / self.expansion() <= held.min(length))
    }

    /// Most bytes that come out of one of its compression.
    pub(super) fn expansion(&self) -> u64 {
        match self.compression {
            1 => 1,
            // 3,840 bytes from 12 bits.
            5 => 2600,
            8 | 32946 | 34933 => 1040,
            7 => 4096,
            32773 => 64,
            // Runs of one byte, in blocks of 128 KiB.
            _ => 1 << 17,
        }
    }

    /// Whether its compression changes intensities.
    pub(in crate::video) fn is_lossy(&self) -> bool {
        self.compression == 7
    }

    /// The same page with its pixels at `place`, in one piece.
    pub(in crate::video) fn moved_to(&self, place: u64) -> Self {
        let bytes = self.plane_bytes().unwrap_or(0) * self.samples as u64;
        Self { chunk: (self.rows, self.columns), chunks: Arc::new([(place, bytes)]), ..self.clone() }
    }
}

/// Whether a page is a smaller copy or a mask of others.
pub(in crate::video) fn is_left_out<R: Read + Seek>(
    file: &mut Tiff<R>,
    directory: &Directory,
) -> io::Result<bool> {
    let new = file.number(directory, 254)?.unwrap_or(0);
    Ok(new & 5 != 0 || file.number(directory, 255)? == Some(2))
}

/// Surveys a page.
///
/// # Errors
/// Damage; inside, what of the page is not read.
pub(in crate::video) fn survey<R: Read + Seek>(
    file: &mut Tiff<R>,
    directory: &Directory,
) -> io::Result<Result<Page, Unread>> {
    let broken = |found: &str| io::Error::new(ErrorKind::InvalidData, found);
    let unread =
        |expected, found: String, remedy: &str| Ok(Err(Unread { expected, found, remedy: remedy.into() }));
    let mut number = |tag, default: u64| file.number(directory, tag).map(|value| value.unwrap_or(default));
    let (columns, rows) = (number(256, 0)?, number(257, 0)?);
    let samples = number(277, 1)?;
    let (compression, photometric) = (number(259, 1)?, number(262, 1)?);
    let (fill_order, planar, predictor) = (number(266, 1)?, number(284, 1)? == 2, number(317, 1)?);
    let depth = number(32997, 1)?;
    let rows_per_strip = number(278, u64::from(u32::MAX))?;
    let tile = (number(323, 0)?, number(322, 0)?);
    let (bits, formats) = (file.numbers(directory, 258)?, file.numbers(directory, 339)?);
    let size = |value: u64, what: &str| {
        usize::try_from(value)
            .ok()
            .filter(|&v| v > 0 && v <= 1 << 31)
            .ok_or_else(|| broken(&format!("{what} of {value}")))
    };
    let (rows, columns) = (size(rows, "a number of rows")?, size(columns, "a number of columns")?);
    let samples = size(samples, "a number of samples")?;
    if let Some((_, vendor)) = VENDORS.iter().find(|(tag, _)| directory.has(*tag)) {
        let remedy = "Open it in Fiji (File > Import > Bio-Formats), then File > Save As > Tiff.";
        return unread("that says itself what its planes are", (*vendor).into(), remedy);
    }
    if depth > 1 {
        let remedy = "Save it again page by page, from Python: tifffile.imwrite('new.tif', \
                      tifffile.imread('old.tif'), metadata={'axes': 'TYX'}).";
        return unread("of one plane", format!("{depth} planes in tiles of volumes"), remedy);
    }
    if bits.windows(2).any(|pair| pair[0] != pair[1]) || formats.windows(2).any(|pair| pair[0] != pair[1]) {
        return unread("of samples of one type", format!("samples of {bits:?} bits"), SPLIT);
    }
    let bits = size(bits.first().copied().unwrap_or(1), "a number of bits")?;
    let format = formats.first().copied().unwrap_or(1);
    let colours = match photometric {
        0 | 1 | 3 | 32844 | 34892 => 1,
        2 => 3,
        6 if compression == 7 && samples == 3 => 3,
        6 => return unread(GREY, "colour (YCbCr)".into(), SPLIT),
        5 => return unread(GREY, "colours for print (CMYK)".into(), SPLIT),
        8..=10 => return unread(GREY, "colour (CIE Lab)".into(), SPLIT),
        4 => return unread(GREY, "a mask of transparency".into(), SPLIT),
        32803 => {
            let remedy = "Take one of its four lattices, e.g. frames[:, ::2, ::2] in Python, and save that.";
            return unread(GREY, "a mosaic of colours (Bayer)".into(), remedy);
        }
        other => return unread(GREY, format!("photometric interpretation {other}"), SPLIT),
    };
    if samples < colours {
        return Err(broken(&format!("{samples} samples a pixel, where colours have {colours}")));
    }
    let opacity =
        file.numbers(directory, 338)?.iter().rev().take_while(|&&kind| kind == 1 || kind == 2).count();
    let intensities = match (colours, opacity) {
        (3, _) => 3,
        (_, opacity) => samples.saturating_sub(opacity).max(1),
    };
    if photometric == 3 && samples > 1 {
        return unread(GREY, format!("a table of colours with {samples} samples a pixel"), SPLIT);
    }
    let kind = match (format, bits) {
        (1 | 4, 1..=64) => Kind::Unsigned,
        (2, 8 | 16 | 24 | 32 | 64) => Kind::Signed,
        (3, 16 | 32 | 64) => Kind::Float,
        (5 | 6, _) => {
            let remedy = "Save its modulus or its phase, e.g. numpy.abs(frames).astype('float32').";
            return unread("of real numbers", "complex numbers".into(), remedy);
        }
        (3, _) => {
            let remedy = "Convert with frames.astype('float32') and save again.";
            return unread("of numbers of 16, 32 or 64 bits", format!("real numbers of {bits} bits"), remedy);
        }
        _ => {
            let remedy = "Convert in Fiji: Image > Type > 16-bit, then File > Save As > Tiff.";
            return unread(
                "of integers or real numbers",
                format!("samples of {bits} bits of another kind"),
                remedy,
            );
        }
    };
    let packed = !bits.is_multiple_of(8);
    if packed && bits > 16 {
        let remedy = "Convert in Fiji: Image > Type > 16-bit, then File > Save As > Tiff.";
        return unread("of at most 16 packed bits", format!("{bits} bits"), remedy);
    }
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
        return unread(READ, format!("compression {compression} ({name})"), REWRITE);
    }
    if !matches!(predictor, 1..=3) || (predictor != 1 && packed) || (predictor == 3 && kind != Kind::Float) {
        return unread(
            "with horizontal or floating-point differences",
            format!("predictor {predictor}"),
            REWRITE,
        );
    }
    let tiled = tile.0 > 0 && tile.1 > 0;
    let chunk = if tiled {
        (size(tile.0, "tiles of rows")?, size(tile.1, "tiles of columns")?)
    } else {
        (size(rows_per_strip.clamp(1, rows as u64), "rows a strip")?, columns)
    };
    let (offsets, counts) = if tiled { (324, 325) } else { (273, 279) };
    let (mut places, lengths) = (file.numbers(directory, offsets)?, file.numbers(directory, counts)?);
    if places.is_empty() && tiled {
        places = file.numbers(directory, 273)?;
    }
    let planes = if planar { samples } else { 1 };
    let needed = rows.div_ceil(chunk.0) as u64 * columns.div_ceil(chunk.1) as u64 * planes as u64;
    if places.len() as u64 != needed && !(compression == 1 && places.len() as u64 > needed) {
        return Err(broken(&format!("{} pieces of its pixels, where its size needs {needed}", places.len())));
    }
    places.truncate(needed as usize);
    let in_chunk = if planar { 1 } else { samples };
    let row_bits = chunk.1.checked_mul(in_chunk).and_then(|n| n.checked_mul(bits));
    let plain = row_bits.and_then(|bits| (bits.div_ceil(8)).checked_mul(chunk.0)).map(|bytes| bytes as u64);
    let mut chunks = Vec::with_capacity(places.len());
    for (at, &place) in places.iter().enumerate() {
        if place < 8 {
            return Err(broken("no pixels: its strips are said to lie at the start of the file"));
        }
        let stated = lengths.get(at).copied().filter(|&length| length > 0);
        let length = match (compression, stated, plain) {
            (1, Some(stated), Some(plain))
                if stated > plain.saturating_add(ALIGNMENT) && places.len() == 1 =>
            {
                return Err(broken(&format!("{stated} bytes of pixels, where its size needs {plain}")));
            }
            (_, Some(stated), _) => stated,
            (1, None, Some(plain)) => plain,
            _ => places.get(at + 1).map_or(file.length, |&next| next.max(place)).saturating_sub(place),
        };
        chunks.push((place, length));
    }
    let tables = match compression {
        7 => Some(file.numbers(directory, 347)?.into_iter().map(|byte| byte as u8).collect()),
        _ => None,
    };
    let bytes = if packed { bits.div_ceil(8) } else { bits / 8 };
    let big_endian = file.big_endian || packed || predictor == 3 || compression == 34933;
    let stored = Stored { kind, bytes, big_endian: big_endian && bytes > 1 };
    let meaning = match (colours, photometric) {
        (3, _) => Meaning::Colour,
        (_, 3) => Meaning::Table(table(&file.numbers(directory, 320)?, bits)),
        _ => Meaning::Grey,
    };
    Ok(Ok(Page {
        rows,
        columns,
        samples,
        intensities,
        meaning,
        inverted: photometric == 0,
        stored,
        bits,
        planar: planar && samples > 1,
        compression: compression as u16,
        predictor: predictor as u16,
        reversed_bits: fill_order == 2,
        chunk,
        tiled,
        chunks: chunks.into(),
        tables,
    }))
}

/// Largest mean step from one colour of a scale to the next, in steps of 255.
const SMOOTH: f64 = 24.0;

/// What a table of colours is: red, green and blue of all numbers, of 16 bits each.
fn table(entries: &[u64], bits: usize) -> Table {
    let count = entries.len() / 3;
    if count < 2 || bits > 16 {
        return Table::Scale;
    }
    let (red, rest) = entries.split_at(count);
    let (green, blue) = rest.split_at(count);
    let colours: Vec<[u64; 3]> = (0..count).map(|at| [red[at], green[at], blue[at]]).collect();
    // Some writers keep 8 bits.
    let eight = entries.iter().all(|&value| value < 256);
    let level = |value: u64| if eight { value } else { value >> 8 };
    if colours.iter().all(|[red, green, blue]| red == green && green == blue) {
        let whole = |value: u64| if bits > 8 { value } else { level(value) };
        let greys: Vec<u16> = colours.iter().map(|colour| whole(colour[0]) as u16).collect();
        let rises = greys.windows(2).all(|pair| pair[0] < pair[1]);
        return if rises { Table::Identity } else { Table::Greys(greys.into()) };
    }
    let step = |pair: &[[u64; 3]]| -> f64 {
        pair[0].iter().zip(&pair[1]).map(|(a, b)| level(*a).abs_diff(level(*b)) as f64).sum::<f64>()
    };
    let used = colours.iter().rposition(|colour| *colour != [0; 3]).map_or(0, |last| last + 1);
    let steps: f64 = colours[..used].windows(2).map(step).sum();
    if steps / used.max(2) as f64 <= SMOOTH { Table::Scale } else { Table::Disordered }
}
