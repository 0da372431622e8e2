//! Reads Phantom cines whose pixels are not packed.

use super::frame_times::FrameTimes;
use super::gather::frames_of;
use super::input::Input;
use super::movie::Video;
use super::options::OpenOptions;
use super::raw_frames::{Places, RawFrames};
use super::sample::{Kind, Stored};
use crate::caution::Caution;
use crate::error::Result;
use crate::units::Calibration;
use std::sync::Arc;

/// First bytes: the letters, and the length of the header.
pub(super) const MAGIC: &[u8] = b"CI\x2C\0";

/// Place of the frame rate in the setup of a camera, and bytes up to its end.
const FRAME_RATE: usize = 768;

/// Kind of the block that holds the times of all frames.
const TIMES: u16 = 1002;

/// Reads the one movie of a cine.
pub(super) fn read(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    input.refuse_planes(options)?;
    let head = input.bytes_at(0, 44, "the header of a cine")?;
    let (compression, count) = (short(&head, 4), number(&head, 20));
    let [image, setup, table] = [24, 28, 32].map(|at| u64::from(number(&head, at)));
    let bitmap = input.bytes_at(image, 40, "the header of its pictures")?;
    let (columns, height, bits) = (number(&bitmap, 4), number(&bitmap, 8).cast_signed(), short(&bitmap, 14));
    let packing = number(&bitmap, 16);
    if compression != 0 || packing != 0 || !matches!(bits, 8 | 16) {
        let found = match (compression, packing, bits) {
            (0, 256, _) => "pixels packed in 10 bits (P10), whose levels follow a table".into(),
            (0, 1024, _) => "pixels packed in 12 bits (P12L)".into(),
            (1, ..) => "JPEG pictures".into(),
            (2, ..) => "raw colour pixels (Bayer)".into(),
            _ => format!("compression {compression}, packing {packing}, {bits} bits"),
        };
        let remedy = "Save it from Phantom Camera Control as an unpacked cine of 8 or 16 bits, or as TIFF.";
        return Err(input.unsupported("a grey cine of 8 or 16 bits that is not packed", found, remedy));
    }
    let stored = Stored { kind: Kind::Unsigned, bytes: usize::from(bits) / 8, big_endian: false };
    let size = (height.unsigned_abs() as usize, columns as usize);
    let frame_bytes = (size.0 as u64).saturating_mul(size.1 as u64).saturating_mul(stored.bytes as u64);
    if frame_bytes == 0 || frame_bytes > input.length {
        return Err(
            input.broken("frames that fit into the file", format!("{height} rows x {columns} columns"))
        );
    }
    let offsets = input.bytes_at(table, 8 * u64::from(count), "the places of its frames")?;
    let place = |offset: &[u8; 8]| {
        let offset = u64::from_le_bytes(*offset);
        let note = input.bytes_at(offset, 4, "a frame")?;
        let start = offset.saturating_add(number(&note, 0).into());
        if start.saturating_add(frame_bytes) > input.length {
            let expected = format!("{count} frames");
            return Err(input.broken(&expected, "a file that ends within one"));
        }
        Ok(start)
    };
    let places = offsets.as_chunks::<8>().0.iter().map(place).collect::<Result<Vec<u64>>>()?;
    let count = places.len();
    let file = Arc::clone(&input.bytes);
    let source = RawFrames::new(file, &input.name, stored, Places::At(places), size);
    let source = RawFrames { bottom_up: height > 0, ..source };
    let frames = frames_of(input, Arc::new(source), count)?;
    let mut cautions = Vec::new();
    let mut caution = |kind| cautions.push(Caution::new(&*input.name, kind));
    let times = FrameTimes::of(&times(input, setup, table, count), 1e9);
    times.caution(&mut caution);
    let rate = input.bytes_at(setup, FRAME_RATE as u64 + 4, "the setup of its camera").ok();
    let rate = rate.map(|setup| number(&setup, FRAME_RATE)).filter(|&rate| rate > 0);
    let stated = rate.map(|rate| 1.0 / f64::from(rate));
    let calibration = Calibration { frame_interval: times.interval.or(stated), ..Calibration::default() };
    let mut video = Video::new(&*input.name, frames, calibration)?;
    video.cautions = cautions;
    Ok(vec![video])
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.first_chunk::<4>()).map_or(0, |b| u32::from_le_bytes(*b))
}

fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|b| b.first_chunk::<2>()).map_or(0, |b| u16::from_le_bytes(*b))
}

/// Times of the frames in nanoseconds, from the blocks between setup and table; none if they are not there.
fn times(input: &Input, setup: u64, table: u64, count: usize) -> Vec<i64> {
    let Ok(length) = input.bytes_at(setup + 142, 2, "the setup of its camera") else { return Vec::new() };
    let mut at = setup + u64::from(short(&length, 0));
    while at + 8 <= table {
        let Ok(head) = input.bytes_at(at, 8, "a block") else { break };
        let (bytes, kind) = (u64::from(number(&head, 0)), short(&head, 4));
        if kind == TIMES && bytes >= 8 * count as u64 + 8 {
            let Ok(block) = input.bytes_at(at + 8, 8 * count as u64, "the times of its frames") else {
                break;
            };
            // Seconds and their fraction, 32 bits each, the fraction first.
            let time = |stamp: &[u8; 8]| {
                let fraction = (i64::from(number(stamp, 0)) * 1_000_000_000) >> 32;
                i64::from(number(stamp, 4)) * 1_000_000_000 + fraction
            };
            let times: Vec<i64> = block.as_chunks::<8>().0.iter().map(time).collect();
            return if times.windows(2).all(|pair| pair[0] < pair[1]) { times } else { Vec::new() };
        }
        if bytes < 8 {
            break;
        }
        at += bytes;
    }
    Vec::new()
}
