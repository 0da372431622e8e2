//! Reads and writes a movie as a folder of PNG files, one frame each, in natural order of their names.

use super::movie::Video;
use super::natural_sort::{frame_number, natural_order};
use super::options::OpenOptions;
use super::sample::{Kind, Pixels, Stored, require_memory};
use crate::atomic_file::write_atomically;
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::memory;
use crate::units::Calibration;
use png::{BitDepth, ColorType, DecodingError, Transformations};
use std::io::{self, BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

/// No deflated stream expands by more.
const GREATEST_EXPANSION: u64 = 1032;

/// What a frame is: all frames of a folder are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    rows: usize,
    columns: usize,
    depth: Depth,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rows x {} columns of {}", self.rows, self.columns, self.depth)
    }
}

/// Reads the frames in the folder at `path`.
pub(super) fn read(path: &Path, options: &OpenOptions) -> Result<Video> {
    let name = path.display().to_string();
    if let Some(axes) = options.axes.as_ref().filter(|axes| axes.count() != 3 || !axes.is_standard()) {
        let remedy = "State TYX, or none: one file is one moment.";
        return Err(Error::Setting(
            Fault::new(name, "axes TYX for a folder of frames", axes.to_string(), remedy)
                .with_setting("axes"),
        ));
    }
    let (files, others) = list(path)?;
    let Some(first_file) = files.first() else {
        let few = others.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let found = if few.is_empty() { "an empty folder".into() } else { format!("none among {few}") };
        let remedy = "Give a folder of PNG frames, or a file; TIFF series: Fiji, File > Import > Image \
                      Sequence, then File > Save As > Tiff.";
        return Err(Error::Format(Fault::new(name, "a folder with PNG frames", found, remedy)));
    };
    let mut first: Option<Size> = None;
    let mut pixels = Pixels::with_room(&name, Depth::U8, 0)?;
    for file in &files {
        let reader = BufReader::new(input_file::open(file, "a frame")?);
        let length = reader.get_ref().metadata().map_err(|e| Error::reading(file, e))?.len();
        let subject = file.display().to_string();
        let (size, bytes) = decode(reader, length, &subject)?;
        let expected = *first.get_or_insert(size);
        if file == first_file {
            let frame = size.rows * size.columns;
            let count = frame.saturating_mul(files.len());
            require_memory(&name, (count as u64).saturating_mul(size.depth.bytes()), frame)?;
            pixels = Pixels::with_room(&name, size.depth, count)?;
        }
        if size != expected {
            return Err(Error::Mismatch(Fault::new(
                subject,
                format!("frames like {}, of {expected}", first_file.display()),
                size.to_string(),
                "A movie has one frame size and depth; remove or convert the frames that differ.",
            )));
        }
        let read = pixels.read(&mut bytes.as_slice(), stored(size.depth), size.rows * size.columns);
        read.map_err(|e| Error::reading(file, e))?;
    }
    let (rows, columns) = first.map_or((0, 0), |size| (size.rows, size.columns));
    let frames = pixels.into_frames((files.len(), rows, columns)).map_err(|e| {
        Error::Format(Fault::new(&*name, "whole frames", e.to_string(), "Export the frames again."))
    })?;
    let mut video = Video::new(&*name, frames, Calibration::default())?;
    video.cautions.extend(caution_of_others(&name, &others));
    video.cautions.extend(caution_of_gap(&name, &files));
    Ok(video)
}

/// PNG files in natural order, and the names of everything else but hidden files.
fn list(path: &Path) -> Result<(Vec<PathBuf>, Vec<String>)> {
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(path).map_err(|e| Error::reading(path, e))? {
        let file = entry.map_err(|e| Error::reading(path, e))?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_png = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
        match (is_png && !file.is_dir(), name.starts_with('.')) {
            (_, true) => {}
            (true, _) => files.push(file),
            (false, _) => others.push(name),
        }
    }
    let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    files.sort_by_cached_key(|file| NaturalName(name(file)));
    others.sort_unstable();
    Ok((files, others))
}

/// A file name in natural order.
#[derive(PartialEq, Eq)]
struct NaturalName(String);

impl Ord for NaturalName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        natural_order(&self.0, &other.0)
    }
}

impl PartialOrd for NaturalName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// One frame and its size, from a file `length` bytes long; 16-bit pixels are big-endian.
fn decode<R: BufRead + Seek>(reader: R, length: u64, name: &str) -> Result<(Size, Vec<u8>)> {
    let broken = |error: DecodingError| {
        let found = match error {
            DecodingError::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                "a file that ends within it".into()
            }
            other => other.to_string(),
        };
        Error::Format(Fault::new(name, "a whole PNG picture", found, "Copy or export this frame again."))
    };
    let most = usize::try_from(length.saturating_mul(GREATEST_EXPANSION)).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(reader, png::Limits { bytes: most.max(1 << 16) });
    decoder.set_transformations(Transformations::IDENTITY);
    let mut picture = decoder.read_info().map_err(broken)?;
    let (color, bits) = picture.output_color_type();
    let depth = match (color, bits) {
        (ColorType::Grayscale, BitDepth::Eight) => Depth::U8,
        (ColorType::Grayscale, BitDepth::Sixteen) => Depth::U16,
        _ => {
            let found = format!("{color:?} with {} bits", bits as u8);
            let remedy =
                "Convert all frames to grey, e.g. in Fiji: Image > Type > 8-bit, or split the channels.";
            return Err(Error::Unsupported(Fault::new(name, "a grey PNG of 8 or 16 bits", found, remedy)));
        }
    };
    if picture.info().animation_control.is_some_and(|animation| animation.num_frames > 1) {
        let remedy = "Export its frames, one PNG each.";
        return Err(Error::Unsupported(Fault::new(name, "one frame per PNG", "an animated PNG", remedy)));
    }
    let Some(size) = picture.output_buffer_size().filter(|&size| size <= most) else {
        return Err(broken(DecodingError::LimitsExceeded));
    };
    require_memory(name, size as u64, 0)?;
    let mut bytes = memory::with_room(name, size)?;
    bytes.resize(size, 0);
    picture.next_frame(&mut bytes).map_err(broken)?;
    picture.finish().map_err(broken)?;
    let (rows, columns) = (picture.info().height as usize, picture.info().width as usize);
    Ok((Size { rows, columns, depth }, bytes))
}

/// Rows and columns of the one frame in a file `length` bytes long, with its pixels as they are stored.
pub(super) fn picture<R: BufRead + Seek>(
    reader: R,
    length: u64,
    name: &str,
) -> Result<((usize, usize), Stored, Vec<u8>)> {
    let (size, pixels) = decode(reader, length, name)?;
    Ok(((size.rows, size.columns), stored(size.depth), pixels))
}

fn stored(depth: Depth) -> Stored {
    Stored { kind: Kind::Unsigned, bytes: bytes_of(depth), big_endian: true }
}

fn bytes_of(depth: Depth) -> usize {
    if depth == Depth::U8 { 1 } else { 2 }
}

fn caution_of_others(name: &str, others: &[String]) -> Option<Caution> {
    let first = others.iter().take(3).cloned().collect();
    let kind = CautionKind::OtherFilesIgnored { count: others.len(), first };
    (!others.is_empty()).then(|| Caution::new(name, kind))
}

/// A frame missing between two others would pass for a jump in time.
fn caution_of_gap(name: &str, files: &[PathBuf]) -> Option<Caution> {
    let number = |file: &PathBuf| frame_number(&file.file_stem()?.to_string_lossy());
    let numbers: Vec<u64> = files.iter().map(number).collect::<Option<_>>()?;
    let step = numbers.get(1)?.checked_sub(numbers[0])?;
    let at = numbers.windows(2).position(|pair| pair[1].checked_sub(pair[0]) != Some(step))?;
    let file = |at: usize| files[at].file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = CautionKind::UnevenFrameNumbers { before: file(at), after: file(at + 1) };
    Some(Caution::new(name, kind))
}

/// Writes `video` into the folder at `path` as `frame_00000.png` and so on.
pub(super) fn write(path: &Path, video: &Video) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|e| Error::writing(path, e))?;
    let occupied = std::fs::read_dir(path).map_err(|e| Error::writing(path, e))?.next().is_some();
    if occupied {
        let remedy = "Name a new folder; old frames among new ones would pass for one movie.";
        return Err(Error::Setting(Fault::of_file(path, "an empty folder", "files in it", remedy)));
    }
    let frames = video.frames();
    let bits = match frames.depth() {
        Depth::U8 => BitDepth::Eight,
        Depth::U16 => BitDepth::Sixteen,
        Depth::F32 => {
            let remedy = "Write it as TIFF, NPY or NPZ, which hold real intensities.";
            return Err(Error::Unsupported(Fault::of_file(
                path,
                "8- or 16-bit pixels for PNG",
                "f32",
                remedy,
            )));
        }
    };
    for index in 0..frames.count() {
        let file = path.join(format!("frame_{index:05}.png"));
        let mut bytes = Vec::new();
        frames.append_bytes(index, true, &mut bytes)?;
        write_atomically(&file, |writer| {
            let mut encoder = png::Encoder::new(writer, frames.columns() as u32, frames.rows() as u32);
            encoder.set_color(ColorType::Grayscale);
            encoder.set_depth(bits);
            let mut picture = encoder.write_header().map_err(io::Error::other)?;
            picture.write_image_data(&bytes).map_err(io::Error::other)?;
            picture.finish().map_err(io::Error::other)
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG of the given type with all samples zero.
    fn png(color: ColorType, depth: BitDepth, columns: u32, rows: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, columns, rows);
        encoder.set_color(color);
        encoder.set_depth(depth);
        let mut picture = encoder.write_header().unwrap();
        let row = (columns as usize * color.samples() * depth as usize).div_ceil(8);
        picture.write_image_data(&vec![0; row * rows as usize]).unwrap();
        picture.finish().unwrap();
        bytes
    }

    fn try_decode(bytes: &[u8]) -> Result<(Size, Vec<u8>)> {
        decode(io::Cursor::new(bytes), bytes.len() as u64, "a.png")
    }

    #[test]
    fn colour_few_bits_and_cut_files_are_refused() {
        let (size, _) = try_decode(&png(ColorType::Grayscale, BitDepth::Sixteen, 5, 3)).unwrap();
        assert_eq!(size, Size { rows: 3, columns: 5, depth: Depth::U16 });
        let error = try_decode(&png(ColorType::Rgba, BitDepth::Eight, 5, 3)).unwrap_err().to_string();
        assert!(error.contains("found Rgba with 8 bits") && error.contains("split the channels"), "{error}");
        assert!(try_decode(&png(ColorType::Grayscale, BitDepth::Two, 5, 3)).is_err());
        let whole = png(ColorType::Grayscale, BitDepth::Eight, 64, 64);
        for length in 0..whole.len() {
            let error = try_decode(&whole[..length]).expect_err("a cut file is no frame");
            assert!(matches!(error, Error::Format(_)), "{error}");
        }
    }

    #[test]
    fn no_flipped_byte_makes_the_reader_panic() {
        let whole = png(ColorType::Grayscale, BitDepth::Sixteen, 9, 7);
        for at in 0..whole.len() {
            for value in [0, 1, 0x7F, 0x80, 0xFF, !whole[at]] {
                let mut damaged = whole.clone();
                damaged[at] = value;
                if let Ok((size, bytes)) = try_decode(&damaged) {
                    assert_eq!(bytes.len(), size.rows * size.columns * bytes_of(size.depth));
                }
            }
        }
    }

    #[test]
    fn a_lying_header_allocates_nothing() {
        let mut bytes = png(ColorType::Grayscale, BitDepth::Eight, 4, 4);
        bytes[16..24].copy_from_slice(&[0x40, 0, 0, 0, 0x40, 0, 0, 0]);
        let crc = crc32(&bytes[12..29]).to_be_bytes();
        bytes[29..33].copy_from_slice(&crc);
        assert!(try_decode(&bytes).is_err());
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, &byte| {
            (0..8)
                .fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 })
        })
    }
}
