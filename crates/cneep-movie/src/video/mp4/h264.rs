//! Decodes H.264 into luma, in order of presentation, and counts what comes out.

use super::super::containers::WITH_FFMPEG;
use super::super::frames::Frames;
use super::super::gather::Collector;
use super::super::input::Input;
use super::super::slots::Slots;
use super::track::Track;
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::memory;
use rayon::prelude::*;
use rust_h264::decoder::{Frame, OrderedDecoder};
use rust_h264::error::DecodeError;
use rust_h264::nal::{NalUnitType, SpsInfo, parse_avcc, parse_avcc_config, parse_sps_info};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Bytes of decoded luma that are held while groups are decoded side by side.
const IN_HAND: u64 = 1 << 26;

/// Most pictures that a decoder keeps: 16 for reference, 16 in order of presentation, one in hand.
const PICTURES: u64 = 33;

/// All frames of a track.
pub(super) struct Decoded {
    pub(super) frames: Frames,
    /// Whether the first frame has chroma.
    pub(super) colour: bool,
}

/// A decoded frame: its number among those of the file, and its luma.
struct Luma {
    sample: usize,
    size: (usize, usize),
    bits: u8,
    pixels: Vec<u8>,
    colour: bool,
}

/// Decodes the frames of `track`.
///
/// # Errors
/// [`Error::Format`] for what is damaged, and if there are more or fewer frames than the file says;
/// [`Error::Unsupported`] for kinds of H.264 that are not decoded.
pub(super) fn decode(input: &Input, track: &Track) -> Result<Decoded> {
    let stream = Stream::new(input, track)?;
    let count = track.samples.len();
    let groups = stream.groups()?;
    let shown = track.shown().count();
    let mut sink = Sink { input, track, collector: None, last: i64::MIN, decoded: 0, colour: false, shown };
    let frame = stream.largest.map_or(0, |(rows, columns)| 2 * rows as u64 * columns as u64);
    let longest = groups.iter().map(ExactSizeIterator::len).max().unwrap_or(0) as u64;
    let threads = rayon::current_num_threads();
    let at_a_time = if frame.saturating_mul(longest * threads as u64) <= IN_HAND { threads } else { 1 };
    if at_a_time == 1 || groups.len() == 1 {
        for group in groups {
            stream.group(group, &mut |luma| sink.take(luma))?;
        }
    } else {
        for some in groups.chunks(at_a_time) {
            let decoded = some.par_iter().map(|group| {
                let mut held = Vec::new();
                stream.group(group.clone(), &mut |luma| {
                    held.push(luma);
                    Ok(())
                })?;
                Ok(held)
            });
            let decoded: Vec<Result<Vec<Luma>>> = decoded.collect();
            for group in decoded {
                group?.into_iter().try_for_each(|luma| sink.take(luma))?;
            }
        }
    }
    let (decoded, colour) = (sink.decoded, sink.colour);
    let Some(collector) = sink.collector.filter(|_| decoded == count) else {
        let expected = format!("{count} frames, as its table says");
        return Err(input.broken(&expected, format!("{decoded} that can be decoded")));
    };
    Ok(Decoded { frames: collector.0.finish()?, colour })
}

/// Takes decoded frames in order of presentation.
struct Sink<'a> {
    input: &'a Input,
    track: &'a Track,
    collector: Option<(Collector, (usize, usize), u8)>,
    last: i64,
    decoded: usize,
    colour: bool,
    shown: usize,
}

impl Sink<'_> {
    fn take(&mut self, luma: Luma) -> Result<()> {
        let Luma { sample, size, bits, pixels, colour } = luma;
        let sample = &self.track.samples[sample];
        if sample.time <= self.last && self.decoded > 0 {
            let expected = "frames that are coded in the order of their times";
            return Err(self.input.broken(expected, format!("frame {} out of order", self.decoded)));
        }
        (self.last, self.decoded) = (sample.time, self.decoded + 1);
        if !self.track.is_shown(sample) {
            return Ok(());
        }
        let (collector, first, first_bits) = match &mut self.collector {
            Some(collector) => collector,
            none => {
                self.colour = colour;
                let depth = if bits > 8 { Depth::U16 } else { Depth::U8 };
                let collector = Collector::new(&self.input.name, depth, size, self.input.room, self.shown)?;
                none.insert((collector, size, bits))
            }
        };
        if (*first, *first_bits) != (size, bits) {
            let expected = format!("frames of {} x {} pixels, as the first", first.0, first.1);
            let remedy = "Export the movie again at one size.";
            return Err(self.input.unsupported(&expected, format!("{} x {}", size.0, size.1), remedy));
        }
        collector.push(|slots| {
            match slots {
                Slots::U8(slots) => slots.copy_from_slice(&pixels),
                Slots::U16(slots) => {
                    let words = pixels.as_chunks::<2>().0.iter();
                    slots.iter_mut().zip(words).for_each(|(slot, word)| *slot = u16::from_le_bytes(*word));
                }
                Slots::F32(_) => unreachable!("luma is kept as counts"),
            }
            Ok(())
        })
    }
}

/// The coded frames with what every decoder has to be told first.
struct Stream<'a> {
    input: &'a Input,
    track: &'a Track,
    length_size: usize,
    parameters: Vec<Vec<u8>>,
    largest: Option<(usize, usize)>,
}

impl<'a> Stream<'a> {
    fn new(input: &'a Input, track: &'a Track) -> Result<Self> {
        let config = parse_avcc_config(&track.config).map_err(|fault| {
            let found = if track.config.is_empty() { "none" } else { fault };
            input.broken("parameters of its decoder (avcC)", found)
        })?;
        let mut largest = None;
        for nal in &config.sps_nals {
            let info = parse_sps_info(nal).map_err(|error| refuse(input, 0, &error))?;
            check_size(input, &info)?;
            largest = largest.max(Some((info.coded_height as usize, info.coded_width as usize)));
        }
        // Parameter sets are handed on as they are coded, behind their lengths.
        let parameters = parameter_sets(&track.config);
        Ok(Self { input, track, length_size: config.length_size, parameters, largest })
    }

    fn coded(&self, sample: usize) -> Result<Vec<u8>> {
        let found = self.track.samples[sample];
        self.input.bytes_at(found.place, found.bytes, &format!("frame {sample}"))
    }

    /// Frames that can be decoded without those before: from one refresh of the decoder (IDR) to the next.
    fn groups(&self) -> Result<Vec<Range<usize>>> {
        let mut starts = Vec::new();
        for (index, sample) in self.track.samples.iter().enumerate() {
            if !sample.sync {
                continue;
            }
            let coded = self.coded(index)?;
            let refreshes =
                units(&coded, self.length_size).any(|unit| unit.first().is_some_and(|b| b & 31 == 5));
            if refreshes {
                starts.push(index);
            }
        }
        if starts.first() != Some(&0) {
            starts.insert(0, 0);
        }
        let ends = starts.iter().skip(1).copied().chain([self.track.samples.len()]);
        Ok(starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect())
    }

    /// Decodes one group, and hands its frames on in order of presentation.
    fn group(&self, group: Range<usize>, take: &mut dyn FnMut(Luma) -> Result<()>) -> Result<()> {
        let mut decoder = OrderedDecoder::<usize>::new();
        let first = group.start;
        for parameters in &self.parameters {
            self.feed(&mut decoder, parameters, 2, first, take)?;
        }
        for sample in group {
            let coded = self.coded(sample)?;
            self.feed(&mut decoder, &coded, self.length_size, sample, take)?;
        }
        let rest =
            guarded(|| Ok(decoder.flush_with_meta())).map_err(|error| refuse(self.input, first, &error))?;
        rest.into_iter().try_for_each(|(frame, sample)| take(luma(frame, sample)))
    }

    fn feed(
        &self,
        decoder: &mut OrderedDecoder<usize>,
        coded: &[u8],
        length_size: usize,
        sample: usize,
        take: &mut dyn FnMut(Luma) -> Result<()>,
    ) -> Result<()> {
        for nal in parse_avcc(coded, length_size) {
            if nal.nal_unit_type == NalUnitType::Sps {
                let info = parse_sps_info(&nal).map_err(|error| refuse(self.input, sample, &error))?;
                check_size(self.input, &info)?;
            }
            let decoded = guarded(|| decoder.decode_nal_with_meta(&nal, sample));
            let decoded = decoded.map_err(|error| refuse(self.input, sample, &error))?;
            decoded.into_iter().try_for_each(|(frame, sample)| take(luma(frame, sample)))?;
        }
        Ok(())
    }
}

/// A panic of the decoder is a fault of what it was given.
fn guarded<T>(
    decode: impl FnOnce() -> std::result::Result<T, DecodeError>,
) -> std::result::Result<T, DecodeError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or(Err(DecodeError::InvalidSyntax("a state that cannot be")))
}

/// The units of a sample behind their lengths.
fn units(mut coded: &[u8], length_size: usize) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = coded.split_at_checked(length_size)?;
        let length = length.iter().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
        let (unit, rest) = rest.split_at_checked(length)?;
        coded = rest;
        Some(unit)
    })
}

/// The parameter sets of a box `avcC`, each behind its length of two bytes.
fn parameter_sets(config: &[u8]) -> Vec<Vec<u8>> {
    let mut sets = Vec::new();
    let mut at = 5;
    for mask in [31, 255] {
        let Some(&count) = config.get(at) else { break };
        at += 1;
        for _ in 0..count & mask {
            let Some(&[high, low]) = config.get(at..at + 2) else { return sets };
            let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
            let Some(set) = config.get(at..end) else { return sets };
            sets.push(set.to_vec());
            at = end;
        }
    }
    sets
}

/// Refuses a size for which a decoder would take more memory than there is.
fn check_size(input: &Input, info: &SpsInfo) -> Result<()> {
    let samples = u64::from(info.coded_width).saturating_mul(info.coded_height.into());
    let bytes = samples.saturating_mul(if info.bit_depth_luma > 8 { 6 } else { 3 }).saturating_mul(PICTURES);
    memory::require(&input.name, "the decoder of its frames", bytes, "Crop or scale the movie with FFmpeg.")
}

fn luma(frame: Frame, sample: usize) -> Luma {
    let grey = |chroma: &[u8]| match frame.bit_depth {
        8 => chroma.iter().all(|value| value.abs_diff(128) <= 2),
        bits => {
            chroma.as_chunks::<2>().0.iter().all(|v| u16::from_le_bytes(*v).abs_diff(1 << (bits - 1)) <= 8)
        }
    };
    let colour = !grey(&frame.u) || !grey(&frame.v);
    let size = (frame.height as usize, frame.width as usize);
    Luma { sample, size, bits: frame.bit_depth, pixels: frame.y, colour }
}

fn refuse(input: &Input, sample: usize, error: &DecodeError) -> Error {
    match error {
        DecodeError::Unsupported(found) => {
            let remedy = WITH_FFMPEG;
            let expected = "H.264 of 8 or 10 bits, 4:2:0, 4:2:2 or monochrome";
            let fault = Fault::new(&*input.name, expected, format!("{found} (frame {sample})"), remedy);
            Error::Unsupported(fault.with_setting("decoder"))
        }
        other => input.broken(&format!("frame {sample} whole"), other.to_string()),
    }
}
