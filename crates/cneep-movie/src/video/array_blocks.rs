//! Makes movies of an array that is read block by block, whatever the order of its axes.

use super::array_axes::Plan;
use super::frames::Frames;
use super::gather::{Collector, bytes_of};
use super::input::Input;
use super::sample::{Pixels, Stored, require_memory};
use super::slots::{Owned, Slots};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::memory;
use std::fmt::Debug;

/// Most bytes of a block that are read at a time, unless a chunk of the file is larger.
const BLOCK: usize = 1 << 25;

/// Fewest bytes of a block, unless the movie is smaller.
const SMALLEST_BLOCK: usize = 1 << 22;

/// Blocks that each thread has to read of a movie, so that all have finished at about the same time.
const BLOCKS_A_THREAD: usize = 8;

/// An array that is read block by block.
pub(super) trait BlockReader: Debug + Send + Sync {
    /// Length of each axis.
    fn shape(&self) -> &[usize];

    /// How its numbers come out of [`Self::read`].
    fn stored(&self) -> Stored;

    /// Length of a chunk, which can only be read as a whole, along `axis`.
    fn chunk(&self, axis: usize) -> usize;

    /// The bytes of the numbers in a block of `count` from `start` on, in C order.
    ///
    /// # Errors
    /// What the file has instead.
    fn read(&self, start: &[usize], count: &[usize]) -> Result<Vec<u8>>;

    /// Reads a block straight into `slots`, if it can: whether it did.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn read_into(&self, _start: &[usize], _count: &[usize], _slots: &mut Slots<'_>) -> Result<bool> {
        Ok(false)
    }
}

/// The frames of each movie in an array.
///
/// # Errors
/// As [`BlockReader::read`]; [`Error::Memory`] where there is no room for them.
pub(super) fn movies(input: &Input, name: &str, array: &dyn BlockReader, plan: &Plan) -> Result<Vec<Frames>> {
    let shape = array.shape();
    let count = plan.movie.map_or(1, |axis| shape[axis]);
    let mut left = input.room;
    let one = |movie: usize| {
        let mut plan = plan.clone();
        if let Some(axis) = plan.movie {
            plan.start[axis] = movie;
        }
        let frames = one_movie(name, array, &plan, left)?;
        if !matches!(frames, Frames::File(_)) {
            left = left.saturating_sub(frames.bytes());
        }
        Ok(frames)
    };
    (0..count).map(one).collect()
}

fn one_movie(name: &str, array: &dyn BlockReader, plan: &Plan, room: u64) -> Result<Frames> {
    let shape = array.shape();
    let (count, size) = (shape[plan.time], (shape[plan.row], shape[plan.column]));
    let stored = array.stored();
    let depth = stored.depth().unwrap_or(Depth::F32);
    let bytes = bytes_of(name, count, size, depth)?;
    let frame = size.0 * size.1;
    if frame == 0 || count == 0 {
        let remedy = "Save the movie again.";
        let fault = Fault::new(name, "frames with pixels", format!("shape {shape:?}"), remedy);
        return Err(Error::Format(fault));
    }
    // A block takes whole chunks of the file, so that none is read twice.
    let chunk = array.chunk(plan.time).clamp(1, count);
    let threads = rayon::current_num_threads();
    let share = count.saturating_mul(frame * stored.bytes) / (BLOCKS_A_THREAD * threads);
    let in_block = share.clamp(SMALLEST_BLOCK, BLOCK) / (frame * stored.bytes);
    let at_a_time = in_block.max(1).next_multiple_of(chunk).min(count);
    let block = (at_a_time as u64).saturating_mul(frame as u64).saturating_mul(stored.bytes as u64);
    let remedy = "Save it in smaller chunks, crop it, or give fewer frames.";
    memory::require(name, "a block of its frames", block.saturating_mul(1 + threads as u64), remedy)?;
    let of_block = |index: usize| index * at_a_time..count.min((index + 1) * at_a_time);
    if bytes <= room {
        require_memory(name, bytes.saturating_add(block), frame)?;
        let mut pixels = Pixels::zeros(name, depth, count * frame)?;
        pixels.write_parts(at_a_time * frame, |index, slots| {
            read_frames(name, array, plan, of_block(index), slots)
        })?;
        return pixels.into_frames((count, size.0, size.1)).map_err(|error| {
            Error::Format(Fault::new(name, "whole frames", error.to_string(), "Save the movie again."))
        });
    }
    let mut collector = Collector::new(name, depth, size, room, count)?;
    for times in (0..count.div_ceil(at_a_time)).map(of_block) {
        let mut kept = Owned::new(depth, times.len() * frame);
        read_frames(name, array, plan, times.clone(), kept.slots())?;
        for index in 0..times.len() {
            collector.push(|slots| {
                kept.copy_to(index * frame, slots);
                Ok(())
            })?;
        }
    }
    collector.finish()
}

/// Reads the frames of `times` into `slots`.
fn read_frames(
    name: &str,
    array: &dyn BlockReader,
    plan: &Plan,
    times: std::ops::Range<usize>,
    mut slots: Slots<'_>,
) -> Result<()> {
    let shape = array.shape();
    let (mut start, mut count) = (plan.start.clone(), vec![1; shape.len()]);
    (start[plan.time], count[plan.time]) = (times.start, times.len());
    (count[plan.row], count[plan.column]) = (shape[plan.row], shape[plan.column]);
    let in_order = plan.time < plan.row && plan.row < plan.column;
    if in_order && array.read_into(&start, &count, &mut slots)? {
        return Ok(());
    }
    let stored = array.stored();
    let bytes = array.read(&start, &count)?;
    let fail = |error: std::io::Error| {
        let remedy = "Convert with frames.astype('float32') and save again.";
        Error::Format(Fault::new(name, "counts within 0..=65535", error.to_string(), remedy))
    };
    let pixels = times.len() * count[plan.row] * count[plan.column];
    if bytes.len() != pixels * stored.bytes {
        let expected = format!("{} bytes of pixels", pixels * stored.bytes);
        let fault =
            Fault::new(name, expected, bytes.len().to_string(), "The file is damaged; save it again.");
        return Err(Error::Format(fault));
    }
    if in_order {
        return stored.fill(&bytes, slots).map_err(fail);
    }
    let step = |axis: usize| count[axis + 1..].iter().product::<usize>() * stored.bytes;
    let (by_time, by_row, by_column) = (step(plan.time), step(plan.row), step(plan.column));
    let columns = count[plan.column];
    let mut line = vec![0; columns * stored.bytes];
    for time in 0..times.len() {
        for row in 0..count[plan.row] {
            let first = time * by_time + row * by_row;
            for (column, number) in line.chunks_exact_mut(stored.bytes).enumerate() {
                number.copy_from_slice(&bytes[first + column * by_column..][..stored.bytes]);
            }
            let place = (time * count[plan.row] + row) * columns;
            stored.fill(&line, slots.part(place..place + columns)).map_err(fail)?;
        }
    }
    Ok(())
}
