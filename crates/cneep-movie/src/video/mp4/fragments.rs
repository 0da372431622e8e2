//! Reads the frames of fragmented MP4 files, which recorders write piece by piece.

use super::super::input::Input;
use super::boxes::{boxes, find, number, wide};
use super::sample_table::Sample;
use crate::error::Result;

/// What a frame is unless its fragment says otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Defaults {
    track: u32,
    duration: u32,
    bytes: u32,
    flags: u32,
}

impl Defaults {
    /// Those that the file states for track `number`.
    pub(super) fn of(moov: &[u8], track: u32) -> Self {
        let extensions = find(moov, *b"mvex").into_iter().flat_map(boxes);
        let mut own = extensions.filter(|(kind, trex)| kind == b"trex" && number(trex, 4) == Some(track));
        let Some((_, trex)) = own.next() else { return Self { track, ..Self::default() } };
        let at = |at| number(trex, at).unwrap_or(0);
        Self { track, duration: at(12), bytes: at(16), flags: at(20) }
    }
}

/// Appends the frames of the box `moof` at `place`.
pub(super) fn fragment(
    input: &Input,
    moof: &[u8],
    place: u64,
    defaults: Defaults,
    samples: &mut Vec<Sample>,
) -> Result<()> {
    for (_, traf) in boxes(moof).filter(|(kind, _)| kind == b"traf") {
        let Some(head) = find(traf, *b"tfhd") else { continue };
        if number(head, 4) == Some(defaults.track) {
            let read = runs(input, traf, head, place, defaults, samples);
            read.ok_or_else(|| input.broken("a whole fragment", "a table that contradicts itself"))?;
        }
    }
    Ok(())
}

/// Appends the frames of all runs of a fragment; none if the tables end too early.
fn runs(
    input: &Input,
    traf: &[u8],
    head: &[u8],
    moof: u64,
    mut defaults: Defaults,
    samples: &mut Vec<Sample>,
) -> Option<()> {
    let flags = number(head, 0)? & 0xFF_FFFF;
    let mut at = 8;
    let mut base = moof;
    if flags & 1 != 0 {
        base = wide(head, at)?;
        at += 8;
    }
    at += if flags & 2 != 0 { 4 } else { 0 };
    for (flag, slot) in [(8, &mut defaults.duration), (16, &mut defaults.bytes), (32, &mut defaults.flags)] {
        if flags & flag != 0 {
            *slot = number(head, at)?;
            at += 4;
        }
    }
    let start = find(traf, *b"tfdt").and_then(|tfdt| {
        if tfdt.first() == Some(&1) { wide(tfdt, 4) } else { number(tfdt, 4).map(u64::from) }
    });
    let mut time = i64::try_from(start.unwrap_or(0)).ok()?;
    let mut place = base;
    for (_, run) in boxes(traf).filter(|(kind, _)| kind == b"trun") {
        let (flags, count) = (number(run, 0)? & 0xFF_FFFF, number(run, 4)?);
        let mut at = 8;
        let mut next = |present: bool| -> Option<Option<u32>> {
            if !present {
                return Some(None);
            }
            at += 4;
            number(run, at - 4).map(Some)
        };
        if let Some(offset) = next(flags & 1 != 0)? {
            place = base.checked_add_signed(offset.cast_signed().into())?;
        }
        let first_flags = next(flags & 4 != 0)?;
        let per_frame = flags & 0xF00 != 0;
        if !per_frame && u64::from(count) > input.length {
            return None;
        }
        for index in 0..count {
            let duration = next(flags & 0x100 != 0)?.unwrap_or(defaults.duration);
            let bytes = u64::from(next(flags & 0x200 != 0)?.unwrap_or(defaults.bytes));
            let own = next(flags & 0x400 != 0)?;
            let offset = next(flags & 0x800 != 0)?.unwrap_or(0).cast_signed();
            let of_first = first_flags.filter(|_| index == 0);
            let frame_flags = own.or(of_first).unwrap_or(defaults.flags);
            let sync = frame_flags & 0x1_0000 == 0;
            if bytes == 0 {
                return None;
            }
            samples.push(Sample { place, bytes, time: time.checked_add(offset.into())?, sync });
            place = place.checked_add(bytes)?;
            time = time.checked_add(duration.into())?;
        }
    }
    Some(())
}
