//! Reads the table of a track's frames: where they lie, when they are shown.

use super::super::input::Input;
use super::boxes::{find, number, wide};
use crate::error::Result;

/// A coded frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) place: u64,
    pub(super) bytes: u64,
    /// When it is shown, in ticks.
    pub(super) time: i64,
    /// Whether decoding may begin here.
    pub(super) sync: bool,
}

/// The frames of the box `stbl`, in the order in which they are decoded.
pub(super) fn samples(input: &Input, table: &[u8]) -> Result<Vec<Sample>> {
    let broken = |what: &str| input.broken(what, "a table that contradicts itself");
    let sizes = sizes(input, table)?;
    let mut samples = Vec::new();
    let (chunks, is_wide) = match (find(table, *b"stco"), find(table, *b"co64")) {
        (Some(chunks), _) => (chunks, false),
        (None, Some(chunks)) => (chunks, true),
        (None, None) if sizes.is_empty() => return Ok(samples),
        (None, None) => return Err(broken("places of its frames")),
    };
    let chunk_count = number(chunks, 4).unwrap_or(0) as usize;
    let place = |chunk: usize| {
        let at = chunk.checked_mul(if is_wide { 8 } else { 4 })?.checked_add(8)?;
        if is_wide { wide(chunks, at) } else { number(chunks, at).map(u64::from) }
    };
    let runs = find(table, *b"stsc").unwrap_or_default();
    let run = |index: usize| {
        let at = index.checked_mul(12)?.checked_add(8)?;
        Some((number(runs, at)? as usize, number(runs, at + 4)? as usize))
    };
    let mut next_run = 0;
    let mut in_chunk = 0;
    let mut left = sizes.iter();
    for chunk in 0..chunk_count {
        while let Some((first, count)) = run(next_run).filter(|(first, _)| *first == chunk + 1) {
            (in_chunk, next_run) = (count, next_run + 1);
            debug_assert!(first > 0);
        }
        let Some(mut place) = place(chunk) else { return Err(broken("places of its frames")) };
        for &bytes in left.by_ref().take(in_chunk) {
            samples.push(Sample { place, bytes, time: 0, sync: false });
            place = place.saturating_add(bytes);
        }
    }
    if samples.len() != sizes.len() {
        return Err(broken(&format!("places of {} frames", sizes.len())));
    }
    state_times(table, &mut samples).ok_or_else(|| broken("times of its frames"))?;
    match find(table, *b"stss") {
        None => samples.iter_mut().for_each(|sample| sample.sync = true),
        Some(keys) => {
            for at in (8..keys.len()).step_by(4) {
                let key = number(keys, at).and_then(|key| (key as usize).checked_sub(1));
                if let Some(sample) = key.and_then(|key| samples.get_mut(key)) {
                    sample.sync = true;
                }
            }
        }
    }
    Ok(samples)
}

/// Bytes of each frame.
fn sizes(input: &Input, table: &[u8]) -> Result<Vec<u64>> {
    let Some(list) = find(table, *b"stsz") else {
        return Err(input.broken("sizes of its frames", "none"));
    };
    let (all, count) = (number(list, 4).unwrap_or(0), number(list, 8).unwrap_or(0) as usize);
    let held = list.len().saturating_sub(12) / 4;
    // No more frames than the file has bytes for.
    let most = if all == 0 { held as u64 } else { input.length / u64::from(all) };
    if count as u64 > most {
        return Err(input.broken(&format!("{count} frames"), format!("room for {most}")));
    }
    let size = |index: usize| if all == 0 { number(list, 12 + 4 * index).unwrap_or(0) } else { all };
    Ok((0..count).map(|index| size(index).into()).collect())
}

/// States when frames are shown; none if the table does not say it of all.
fn state_times(table: &[u8], samples: &mut [Sample]) -> Option<()> {
    let durations = find(table, *b"stts")?;
    let mut time = 0_i64;
    let mut left = samples.iter_mut();
    for at in (8..durations.len()).step_by(8) {
        let (count, duration) = (number(durations, at)?, number(durations, at + 4)?);
        for sample in left.by_ref().take(count as usize) {
            sample.time = time;
            time = time.saturating_add(duration.into());
        }
    }
    if left.next().is_some() {
        return None;
    }
    let Some(offsets) = find(table, *b"ctts") else { return Some(()) };
    let mut left = samples.iter_mut();
    for at in (8..offsets.len()).step_by(8) {
        // Version 0 says unsigned, but writers put negative numbers there too.
        let (count, offset) = (number(offsets, at)?, number(offsets, at + 4)?.cast_signed());
        for sample in left.by_ref().take(count as usize) {
            sample.time = sample.time.saturating_add(offset.into());
        }
    }
    Some(())
}
