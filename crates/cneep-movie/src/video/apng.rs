//! Reads animated PNG files in grey.

use super::frame_times::FrameTimes;
use super::gather::Collector;
use super::input::Input;
use super::movie::Video;
use super::options::OpenOptions;
use super::png_sequence::begin;
use super::sample::{Kind, Stored, require_memory};
use crate::error::{Error, Result};
use crate::memory;
use png::{BitDepth, BlendOp, DecodingError, DisposeOp, FrameControl};
use std::io::BufReader;

/// First bytes of a PNG file.
pub(super) const MAGIC: &[u8] = b"\x89PNG\r\n\x1A\n";
/// Ticks in which delays are counted, in a second.
const TICKS_PER_SECOND: f64 = 1e6;
/// Units of a delay in a second where its denominator is zero.
const HUNDREDTHS: u16 = 100;

/// Reads the one movie of an animated PNG; a picture that is not animated is refused.
pub(super) fn read(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    let broken = |error: DecodingError| input.broken("a whole animated PNG", error.to_string());
    let mut png = begin(BufReader::new(input.reader()?), input.length, &input.name)?;
    let Some(animation) = png.info().animation_control else {
        let remedy = "Give the folder that holds all frames, one PNG each.";
        return Err(input.unsupported("a movie", "a single PNG picture", remedy));
    };
    input.refuse_planes(options)?;
    let (color, bits) = png.output_color_type();
    let (rows, columns) = (png.info().height as usize, png.info().width as usize);
    let width = if bits == BitDepth::Sixteen { 2 } else { 1 };
    let stored = Stored { kind: Kind::Unsigned, bytes: width, big_endian: true };
    let Some(size) = png.output_buffer_size() else { return Err(broken(DecodingError::LimitsExceeded)) };
    require_memory(&input.name, 3 * size as u64, rows * columns)?;
    let mut buffer = memory::with_room(&input.name, size)?;
    buffer.resize(size, 0);
    let depth = stored.depth().unwrap_or(crate::depth::Depth::U16);
    let mut collector = Collector::new(&input.name, depth, (rows, columns), input.room, 0)?;
    let mut canvas = Canvas { bytes: vec![0; rows * columns * width], rows, columns, width };
    let mut ticks = vec![0];
    // A picture for programs that do not show animations may come first.
    let still = u64::from(png.info().frame_control.is_none());
    for _ in 0..u64::from(animation.num_frames) + still {
        png.next_frame(&mut buffer).map_err(broken)?;
        let Some(control) = png.info().frame_control else { continue };
        let before = (control.dispose_op == DisposeOp::Previous).then(|| canvas.bytes.clone());
        canvas.draw(input, collector.count(), &control, &buffer, color.samples())?;
        collector.push(|slots| stored.fill(&canvas.bytes, slots).map_err(|e| input.unread("pixels", e)))?;
        match (control.dispose_op, before) {
            (DisposeOp::Background, _) => canvas.clear(&control),
            (DisposeOp::Previous, Some(before)) => canvas.bytes = before,
            _ => {}
        }
        let unit = if control.delay_den == 0 { HUNDREDTHS } else { control.delay_den };
        let delay = f64::from(control.delay_num) / f64::from(unit);
        ticks.push(ticks[ticks.len() - 1] + (delay * TICKS_PER_SECOND).round() as i64);
    }
    png.finish().map_err(broken)?;
    ticks.pop();
    let times = FrameTimes::of(&ticks, TICKS_PER_SECOND);
    Ok(vec![times.movie(&input.name, collector.finish()?, Vec::new())?])
}

/// The picture that frames are drawn on, in grey.
struct Canvas {
    /// Big-endian samples of `width` bytes, row by row.
    bytes: Vec<u8>,
    rows: usize,
    columns: usize,
    width: usize,
}

impl Canvas {
    /// Places of a frame's rows.
    fn lines(&self, control: &FrameControl) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
        let (top, left) = (control.y_offset as usize, control.x_offset as usize);
        let (columns, width) = (self.columns, self.width);
        let (height, across) = (control.height as usize, control.width as usize);
        (top..top + height).map(move |row| {
            let start = row * columns + left;
            start * width..(start + across) * width
        })
    }

    /// Draws a frame of `samples` a pixel, and refuses colours and what shines through.
    fn draw(
        &mut self,
        input: &Input,
        index: usize,
        control: &FrameControl,
        pixels: &[u8],
        samples: usize,
    ) -> Result<()> {
        let end = |offset: u32, length: u32| offset as usize + length as usize;
        if end(control.x_offset, control.width) > self.columns
            || end(control.y_offset, control.height) > self.rows
        {
            return Err(input.broken("frames within the picture", format!("another place in frame {index}")));
        }
        let (width, colours) = (self.width, if samples >= 3 { 3 } else { 1 });
        let across = control.width as usize * samples * width;
        for (line, row) in self.lines(control).zip(pixels.chunks_exact(across.max(1))) {
            for (slot, pixel) in
                self.bytes[line].chunks_exact_mut(width).zip(row.chunks_exact(samples * width))
            {
                let sample = |at: usize| &pixel[at * width..(at + 1) * width];
                let opacity = if samples > colours { sample(colours) } else { &[u8::MAX; 2][..width] };
                let transparent = opacity.iter().all(|byte| *byte == 0);
                if !transparent && opacity.iter().any(|byte| *byte != u8::MAX) {
                    return Err(refused(input, index, "pixels that shine through"));
                }
                if (1..colours).any(|at| sample(at) != sample(0)) && !transparent {
                    return Err(refused(input, index, "colours that differ"));
                }
                match (transparent, control.blend_op) {
                    (false, _) => slot.copy_from_slice(sample(0)),
                    (true, BlendOp::Source) => slot.fill(0),
                    (true, BlendOp::Over) => {}
                }
            }
        }
        Ok(())
    }

    /// Clears the place of a frame.
    fn clear(&mut self, control: &FrameControl) {
        for line in self.lines(control) {
            self.bytes[line].fill(0);
        }
    }
}

fn refused(input: &Input, index: usize, found: &str) -> Error {
    let remedy = "Convert it in Fiji (Image > Type > 8-bit), or use the recording that it was made of.";
    input.unsupported("an animated PNG in grey", format!("{found} in frame {index}"), remedy)
}

#[cfg(test)]
mod tests {
    use crate::video::open;
    use png::{BitDepth, BlendOp, ColorType, DisposeOp, Encoder};
    use std::path::Path;

    /// A part of a frame: place, size, pixels, how it is drawn and disposed of.
    type Part<'a> = ((u32, u32), (u32, u32), &'a [u8], BlendOp, DisposeOp);

    fn plain(pixels: &[u8]) -> Part<'_> {
        ((0, 0), (2, 3), pixels, BlendOp::Source, DisposeOp::None)
    }

    fn over(pixels: &[u8]) -> Part<'_> {
        ((0, 1), (1, 2), pixels, BlendOp::Over, DisposeOp::None)
    }

    /// Writes an animation of 2 rows x 3 columns, one frame each 40 ms.
    fn write(path: &Path, color: ColorType, depth: BitDepth, still: Option<&[u8]>, parts: &[Part<'_>]) {
        let mut encoder = Encoder::new(std::fs::File::create(path).unwrap(), 3, 2);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.set_animated(parts.len() as u32, 0).unwrap();
        encoder.set_frame_delay(1, 25).unwrap();
        encoder.set_sep_def_img(still.is_some()).unwrap();
        let mut writer = encoder.write_header().unwrap();
        if let Some(still) = still {
            writer.write_image_data(still).unwrap();
        }
        for (index, &(place, size, pixels, blend, dispose)) in parts.iter().enumerate() {
            writer.set_blend_op(blend).unwrap();
            writer.set_dispose_op(dispose).unwrap();
            if index > 0 || still.is_some() {
                writer.reset_frame_position().unwrap();
                writer.set_frame_dimension(size.1, size.0).unwrap();
                writer.set_frame_position(place.1, place.0).unwrap();
            }
            writer.write_image_data(pixels).unwrap();
        }
        writer.finish().unwrap();
    }

    fn read(path: &Path) -> Vec<Vec<f32>> {
        let video = open(path).unwrap().remove(0);
        assert_eq!(video.calibration().frame_interval, Some(0.04));
        let frames = video.frames();
        (0..frames.count()).map(|index| frames.frame(index).unwrap().iter().copied().collect()).collect()
    }

    /// Catches parts that are drawn at another place, as whole frames, or that stay when they should go.
    #[test]
    fn parts_are_drawn_over_what_stays_of_the_frames_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let whole = ((0, 0), (2, 3), &[1, 2, 3, 4, 5, 6][..], BlendOp::Source, DisposeOp::None);
        let corner = |dispose| ((1, 1), (1, 2), &[50, 60][..], BlendOp::Source, dispose);
        let dot = ((0, 0), (1, 1), &[9][..], BlendOp::Source, DisposeOp::None);
        for (dispose, last) in [
            (DisposeOp::None, [9.0, 2.0, 3.0, 4.0, 50.0, 60.0]),
            (DisposeOp::Background, [9.0, 2.0, 3.0, 4.0, 0.0, 0.0]),
            (DisposeOp::Previous, [9.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ] {
            for still in [None, Some(&[7; 6][..])] {
                write(&path, ColorType::Grayscale, BitDepth::Eight, still, &[whole, corner(dispose), dot]);
                let frames = read(&path);
                assert_eq!(frames[0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
                assert_eq!(
                    (&frames[1][..], &frames[2][..]),
                    (&[1.0, 2.0, 3.0, 4.0, 50.0, 60.0][..], &last[..])
                );
            }
        }
    }

    /// Catches bytes of 16-bit counts that are swapped, transparent pixels that hide what lies below, and
    /// colours or half-transparent pixels that pass for grey.
    #[test]
    fn deep_and_transparent_pixels_are_drawn_and_colours_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.apng");
        let deep: Vec<u8> = (0..6_u16).flat_map(|at| (1000 + at).to_be_bytes()).collect();
        write(&path, ColorType::Grayscale, BitDepth::Sixteen, None, &[plain(&deep), plain(&deep)]);
        assert_eq!(read(&path)[1], [1000.0, 1001.0, 1002.0, 1003.0, 1004.0, 1005.0]);
        let opaque: Vec<u8> = (1..7).flat_map(|level| [level, 255]).collect();
        let parts = [plain(&opaque), over(&[80, 255, 90, 0])];
        write(&path, ColorType::GrayscaleAlpha, BitDepth::Eight, None, &parts);
        assert_eq!(read(&path)[1], [1.0, 80.0, 3.0, 4.0, 5.0, 6.0]);
        write(
            &path,
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            None,
            &[parts[0], over(&[80, 255, 90, 100])],
        );
        assert!(open(&path).unwrap_err().to_string().contains("shine through in frame 1"));
        let colours: Vec<u8> = (0..18).collect();
        write(&path, ColorType::Rgb, BitDepth::Eight, None, &[plain(&colours)]);
        assert!(open(&path).unwrap_err().to_string().contains("colours that differ in frame 0"));
    }
}
