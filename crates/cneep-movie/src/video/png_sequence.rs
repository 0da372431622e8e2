//! Reads frames from PNG files, and writes a movie as a folder of them.

use super::movie::Video;
use super::picture::Picture;
use super::sample::{Kind, Stored, require_memory};
use crate::atomic_file::write_atomically;
use crate::caution::CautionKind;
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::memory;
use png::{BitDepth, ColorType, DecodingError, Transformations};
use std::io::{self, BufRead, BufReader, Seek};
use std::path::Path;

/// No deflated stream expands by more.
const GREATEST_EXPANSION: u64 = 1032;

/// A picture as it stands in its file.
#[derive(Debug)]
struct Decoded {
    rows: usize,
    columns: usize,
    /// Samples of a pixel: one of grey or three of colours, and one more of opacity.
    samples: usize,
    /// Bytes of a sample, big-endian.
    width: usize,
    bytes: Vec<u8>,
}

/// Reads the frame at `path` in grey; of colours that differ, the chosen one, counted from 1.
pub(super) fn read_picture(path: &Path, channel: Option<usize>) -> Result<Picture> {
    let reader = BufReader::new(input_file::open(path, "a frame")?);
    let length = reader.get_ref().metadata().map_err(|e| Error::reading(path, e))?.len();
    let name = path.display().to_string();
    grey(decode(reader, length, &name)?, &name, channel)
}

/// A picture in grey, of which all colours are equal or one is chosen.
fn grey(decoded: Decoded, name: &str, channel: Option<usize>) -> Result<Picture> {
    let Decoded { rows, columns, samples, width, bytes } = decoded;
    let colours = if samples >= 3 { 3 } else { 1 };
    let wanted = channel.unwrap_or(1);
    if !(1..=colours).contains(&wanted) {
        let expected = format!("a channel from 1 to {colours}");
        let fault = Fault::new(name, expected, wanted.to_string(), "They are counted from 1.");
        return Err(Error::Setting(fault.with_setting("channel")));
    }
    let mut cautions = Vec::new();
    let sample = |pixel: &[u8], at: usize| -> Vec<u8> { pixel[at * width..(at + 1) * width].to_vec() };
    let pixels = || bytes.chunks_exact(samples * width);
    let differ = |pixel: &[u8]| (1..colours).any(|at| sample(pixel, at) != sample(pixel, 0));
    if channel.is_none() && pixels().any(differ) {
        let remedy = "Choose a channel: 1 is red, 2 green, 3 blue; or convert all frames to grey, e.g. \
        in Fiji: \
                      Image > Type > 8-bit.";
        let fault = Fault::new(name, "a picture in grey", "colours that differ", remedy);
        return Err(Error::Unsupported(fault.with_setting("channel")));
    }
    if samples > colours && pixels().any(|pixel| sample(pixel, colours) != sample(&bytes, colours)) {
        cautions.push(CautionKind::OpacityIgnored);
    }
    let bytes = if samples == 1 {
        bytes
    } else {
        let at = (wanted - 1) * width;
        bytes.chunks_exact(samples * width).flat_map(|pixel| pixel[at..at + width].iter().copied()).collect()
    };
    let stored = Stored { kind: Kind::Unsigned, bytes: width, big_endian: width > 1 };
    Ok(Picture { rows, columns, stored, bytes, cautions, pixel_size: None })
}

/// A PNG of `length` bytes, up to its first pixel; grey of less than 8 bits is spread over 8, and tables of
/// colours are looked up.
pub(super) fn begin<R: BufRead + Seek>(reader: R, length: u64, name: &str) -> Result<png::Reader<R>> {
    let most = largest(length);
    let mut decoder = png::Decoder::new_with_limits(reader, png::Limits { bytes: most.max(1 << 16) });
    let info = decoder.read_header_info().map_err(|error| broken(name, error))?;
    let small = info.color_type == ColorType::Indexed || (info.bit_depth as u8) < 8;
    decoder.set_transformations(if small { Transformations::EXPAND } else { Transformations::IDENTITY });
    decoder.read_info().map_err(|error| broken(name, error))
}

/// Bytes of pixels that a file `length` bytes long holds at most.
fn largest(length: u64) -> usize {
    usize::try_from(length.saturating_mul(GREATEST_EXPANSION)).unwrap_or(usize::MAX)
}

fn broken(name: &str, error: DecodingError) -> Error {
    let found = match error {
        DecodingError::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            "a file that ends within it".into()
        }
        other => other.to_string(),
    };
    Error::Format(Fault::new(name, "a whole PNG picture", found, "Copy or export this frame again."))
}

/// The frame in a file `length` bytes long.
fn decode<R: BufRead + Seek>(reader: R, length: u64, name: &str) -> Result<Decoded> {
    let broken = |error| broken(name, error);
    let most = largest(length);
    let mut picture = begin(reader, length, name)?;
    let (color, bits) = picture.output_color_type();
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
    let width = if bits == BitDepth::Sixteen { 2 } else { 1 };
    Ok(Decoded { rows, columns, samples: color.samples(), width, bytes })
}

/// Rows and columns of the one frame in a file `length` bytes long, with its pixels as they are stored.
pub(super) fn picture<R: BufRead + Seek>(
    reader: R,
    length: u64,
    name: &str,
) -> Result<((usize, usize), Stored, Vec<u8>)> {
    let picture = grey(decode(reader, length, name)?, name, None)?;
    Ok(((picture.rows, picture.columns), picture.stored, picture.bytes))
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
        let row = (columns as usize * color.samples() * depth as usize).div_ceil(8);
        png_of(color, depth, (columns, rows), &vec![0; row * rows as usize])
    }

    fn png_of(color: ColorType, depth: BitDepth, (columns, rows): (u32, u32), samples: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, columns, rows);
        encoder.set_color(color);
        encoder.set_depth(depth);
        let mut picture = encoder.write_header().unwrap();
        picture.write_image_data(samples).unwrap();
        picture.finish().unwrap();
        bytes
    }

    fn try_decode(bytes: &[u8], channel: Option<usize>) -> Result<Picture> {
        grey(decode(io::Cursor::new(bytes), bytes.len() as u64, "a.png")?, "a.png", channel)
    }

    /// Catches colours that pass for grey, few bits that are not spread, and cut files.
    #[test]
    fn grey_is_read_however_it_is_stored_and_colours_on_request() {
        let picture = try_decode(&png(ColorType::Grayscale, BitDepth::Sixteen, 5, 3), None).unwrap();
        assert_eq!((picture.rows, picture.columns, picture.stored.bytes), (3, 5, 2));
        let few = png_of(ColorType::Grayscale, BitDepth::Four, (2, 1), &[0x1F]);
        assert_eq!(try_decode(&few, None).unwrap().bytes, [0x11, 0xFF]);
        let grey = png_of(ColorType::Rgba, BitDepth::Eight, (2, 1), &[7, 7, 7, 255, 9, 9, 9, 255]);
        let picture = try_decode(&grey, None).unwrap();
        assert_eq!((&*picture.bytes, picture.cautions.len()), (&[7, 9][..], 0));
        let coloured = png_of(ColorType::Rgb, BitDepth::Eight, (2, 1), &[7, 7, 7, 1, 2, 3]);
        let error = try_decode(&coloured, None).unwrap_err();
        assert!(error.to_string().contains("colours that differ") && error.setting() == Some("channel"));
        assert_eq!(try_decode(&coloured, Some(3)).unwrap().bytes, [7, 3]);
        assert!(try_decode(&coloured, Some(4)).is_err());
        let clear = png_of(ColorType::GrayscaleAlpha, BitDepth::Eight, (2, 1), &[7, 255, 9, 0]);
        assert_eq!(try_decode(&clear, None).unwrap().cautions, [CautionKind::OpacityIgnored]);
        let whole = png(ColorType::Grayscale, BitDepth::Eight, 64, 64);
        for length in 0..whole.len() {
            let error = try_decode(&whole[..length], None).expect_err("a cut file is no frame");
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
                if let Ok(picture) = try_decode(&damaged, None) {
                    let expected = picture.rows * picture.columns * picture.stored.bytes;
                    assert_eq!(picture.bytes.len(), expected);
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
        assert!(try_decode(&bytes, None).is_err());
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, &byte| {
            (0..8)
                .fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 })
        })
    }
}
