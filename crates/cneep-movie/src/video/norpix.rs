//! Reads uncompressed NorPix (`StreamPix`) sequences.

use super::frame_times::FrameTimes;
use super::gather::frames_of;
use super::input::Input;
use super::movie::Video;
use super::options::OpenOptions;
use super::raw_frames::{Places, RawFrames};
use super::sample::{Kind, Stored};
use crate::caution::{Caution, CautionKind};
use crate::error::Result;
use crate::units::Calibration;
use std::sync::Arc;

/// First bytes: a number, and the name in UTF-16.
pub(super) const MAGIC: &[u8] = b"\xED\xFE\0\0N\0o\0r\0p\0i\0x\0";

/// Bytes of a header that are looked at.
const HEADER: u64 = 1024;

/// Reads the one movie of a sequence.
pub(super) fn read(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    input.refuse_planes(options)?;
    let head = input.bytes_at(0, HEADER, "the header of a NorPix sequence")?;
    let number = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|k| head[at + k]));
    let [columns, rows, bits, image_bytes, format, stride] = [548, 552, 556, 564, 568, 580].map(number);
    let (version, said) = (number(28).cast_signed(), number(572) as usize);
    let compressed = number(620);
    if format != 100 || compressed != 0 || !matches!(bits, 8 | 16) {
        let found = format!("format {format} of {bits} bits, compression {compressed}");
        let remedy = "Export it from StreamPix uncompressed in mono, or as TIFF.";
        return Err(input.unsupported("an uncompressed mono sequence of 8 or 16 bits", found, remedy));
    }
    let stored = Stored { kind: Kind::Unsigned, bytes: bits as usize / 8, big_endian: false };
    let size = (rows as usize, columns as usize);
    let frame_bytes = u64::from(rows) * u64::from(columns) * stored.bytes as u64;
    let (start, stride) = (if version >= 5 { 8192 } else { HEADER }, u64::from(stride));
    if frame_bytes == 0 || stride < frame_bytes {
        let expected = format!("{frame_bytes} bytes a frame of {rows} x {columns} pixels");
        return Err(input.broken(&expected, stride.to_string()));
    }
    // Behind the last frame there need be nothing.
    let held = input.length.saturating_sub(start);
    let count = (held / stride + u64::from(held % stride >= frame_bytes)) as usize;
    let places = Places::Every { start, stride };
    let source = RawFrames::new(Arc::clone(&input.bytes), &input.name, stored, places, size);
    let frames = frames_of(input, Arc::new(source), count)?;
    let mut cautions = Vec::new();
    let mut caution = |kind| cautions.push(Caution::new(&*input.name, kind));
    if said != count && said > 0 {
        caution(CautionKind::OtherFrameCount { said, found: count });
    }
    let times = FrameTimes::of(&stamps(input, start + u64::from(image_bytes), stride, count, version), 1e6);
    let rate = head[584..592].first_chunk::<8>().map_or(0.0, |bytes| f64::from_le_bytes(*bytes));
    let stated = Some(1.0 / rate).filter(|interval| (1e-9..1e9).contains(interval));
    times.caution(&mut caution);
    let calibration = Calibration { frame_interval: times.interval.or(stated), ..Calibration::default() };
    let mut video = Video::new(&*input.name, frames, calibration)?;
    video.cautions = cautions;
    Ok(vec![video])
}

/// Times of the frames in microseconds, which stand behind each; none if one is missing.
fn stamps(input: &Input, first: u64, stride: u64, count: usize, version: i32) -> Vec<i64> {
    let stamp = |index: usize| {
        let mut bytes = [0; 8];
        let known = if version >= 5 { 8 } else { 6 };
        input.bytes.read(&mut bytes[..known], first + index as u64 * stride).ok()?;
        let seconds = i64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let part = |at: usize| i64::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        Some(seconds * 1_000_000 + part(4) * 1000 + part(6))
    };
    let all: Option<Vec<i64>> = (0..count).map(stamp).collect();
    all.filter(|all| all.windows(2).all(|pair| pair[0] < pair[1])).unwrap_or_default()
}
