//! Reads animated GIFs in grey.

use super::frame_times::FrameTimes;
use super::gather::Collector;
use super::input::Input;
use super::movie::Video;
use super::options::OpenOptions;
use crate::depth::Depth;
use crate::error::{Error, Result};
use gif::{ColorOutput, DecodeOptions, DecodingError, DisposalMethod, Frame, MemoryLimit};
use std::num::NonZeroU64;

/// Units of a GIF's delays in a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads the one movie of a GIF.
pub(super) fn read(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    input.refuse_planes(options)?;
    let fail = |error: DecodingError| match error {
        DecodingError::Io(error) => input.unread("a whole GIF", error),
        other => input.broken("a whole GIF", other.to_string()),
    };
    let mut decode = DecodeOptions::new();
    decode.set_color_output(ColorOutput::Indexed);
    // No frame is larger than 65,535 pixels either way.
    decode.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(1 << 32).expect("not zero")));
    decode.check_frame_consistency(true);
    let mut decoder = decode.read_info(input.reader()?).map_err(fail)?;
    let (rows, columns) = (usize::from(decoder.height()), usize::from(decoder.width()));
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    super::sample::require_memory(&input.name, 2 * (rows * columns) as u64, rows * columns)?;
    let mut collector = Collector::new(&input.name, Depth::U8, (rows, columns), input.room, 0)?;
    let mut canvas = vec![0_u8; rows * columns];
    let mut ticks = vec![0];
    while let Some(frame) = decoder.read_next_frame().map_err(fail)? {
        let index = collector.count();
        let palette = frame.palette.as_ref().or(global.as_ref());
        let Some(palette) = palette else { return Err(input.broken("a table of colours", "none")) };
        let before = (frame.dispose == DisposalMethod::Previous).then(|| canvas.clone());
        draw(input, index, frame, palette, &mut canvas, columns)?;
        collector.push(|mut slots| {
            slots.fill(&canvas);
            Ok(())
        })?;
        match (frame.dispose, before) {
            (DisposalMethod::Background, _) => {
                for line in lines(frame, columns) {
                    canvas[line].fill(0);
                }
            }
            (DisposalMethod::Previous, Some(before)) => canvas = before,
            _ => {}
        }
        ticks.push(ticks[index] + i64::from(frame.delay));
    }
    ticks.pop();
    let times = FrameTimes::of(&ticks, TICKS_PER_SECOND);
    Ok(vec![times.movie(&input.name, collector.finish()?, Vec::new())?])
}

/// Places of a frame's rows on the canvas.
fn lines(frame: &Frame<'_>, columns: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let (top, left) = (usize::from(frame.top), usize::from(frame.left));
    let (height, width) = (usize::from(frame.height), usize::from(frame.width));
    (top..top + height).map(move |row| row * columns + left..row * columns + left + width)
}

/// Draws a frame on the canvas, and refuses colours.
fn draw(
    input: &Input,
    index: usize,
    frame: &Frame<'_>,
    palette: &[u8],
    canvas: &mut [u8],
    columns: usize,
) -> Result<()> {
    let width = usize::from(frame.width).max(1);
    for (line, indices) in lines(frame, columns).zip(frame.buffer.chunks_exact(width)) {
        for (slot, &colour) in canvas[line].iter_mut().zip(indices) {
            if frame.transparent == Some(colour) {
                continue;
            }
            let at = 3 * usize::from(colour);
            match palette.get(at..at + 3) {
                Some(&[red, green, blue]) if red == green && green == blue => *slot = red,
                Some(rgb) => return Err(colourful(input, index, rgb)),
                None => return Err(input.broken("indices within the table of colours", colour.to_string())),
            }
        }
    }
    Ok(())
}

fn colourful(input: &Input, index: usize, rgb: &[u8]) -> Error {
    let found = format!("red {}, green {}, blue {} in frame {index}", rgb[0], rgb[1], rgb[2]);
    let remedy = "Convert in Fiji (Image > Type > 8-bit), or use the recording that the GIF was made of.";
    input.unsupported("a GIF in grey", found, remedy)
}
