//! Makes movies of an array that is read block by block, whatever the order of its axes.

use super::array_axes::Plan;
use super::array_block::{Block, read_straight};
use super::block_reader::{BlockReader, Layout};
use super::frames::Frames;
use super::frames_in_array::FramesInArray;
use super::frames_in_file::FramesInFile;
use super::gather::{Collector, bytes_of};
use super::input::Input;
use super::options::OpenOptions;
use super::sample::{Pixels, not_kept, require_memory};
use super::slots::{Owned, Slots};
use crate::error::{Error, Fault, Result};
use crate::memory;
use std::sync::Arc;

/// Most bytes of a block that are read at a time, unless a chunk of the file is larger.
const BLOCK: usize = 1 << 25;

/// Fewest bytes of a block, unless the movie is smaller.
const SMALLEST_BLOCK: usize = 1 << 22;

/// Blocks that each thread has to read of a movie, so that all have finished at about the same time.
const BLOCKS_A_THREAD: usize = 8;

/// Most bytes of chunks that may be held where frames are read when they are asked for.
const MOST_HELD: usize = 1 << 28;

/// The frames of each movie in an array. Those of which the `options` select a part stay in the file, as do
/// plain numbers of which there are more than the room for them.
///
/// # Errors
/// As [`BlockReader::read`]; [`Error::Memory`] where there is no room for them.
pub(super) fn movies(
    input: &Input,
    options: &OpenOptions,
    array: &Arc<dyn BlockReader>,
    plan: &Plan,
) -> Result<Vec<Frames>> {
    let shape = array.shape();
    let count = plan.movie.map_or(1, |axis| shape[axis]);
    let mut left = input.room;
    let one = |movie: usize| {
        let mut plan = plan.clone();
        if let Some(axis) = plan.movie {
            plan.start[axis] = movie;
        }
        if stays(input, options, &**array, &plan)? {
            let count = shape[plan.time];
            let source = FramesInArray::new(&input.name, Arc::clone(array), plan);
            return Ok(Frames::File(FramesInFile::new(Arc::new(source), 0, count)));
        }
        let frames = one_movie(&input.name, &**array, &plan, left)?;
        if !matches!(frames, Frames::File(_)) {
            left = left.saturating_sub(frames.bytes());
        }
        Ok(frames)
    };
    (0..count).map(one).collect()
}

/// Whether frames are read from the file when they are asked for.
fn stays(input: &Input, options: &OpenOptions, array: &dyn BlockReader, plan: &Plan) -> Result<bool> {
    let shape = array.shape();
    let (count, size) = (shape[plan.time], (shape[plan.row], shape[plan.column]));
    let bytes = bytes_of(&input.name, count, size, array.depth())?;
    if bytes == 0 {
        return Ok(false);
    }
    match array.layout() {
        Layout::Plain => Ok(bytes > options.raw_room() && plan.time < plan.row && plan.time < plan.column),
        Layout::Chunks if !options.selection.is_all() || options.read_once && bytes > input.room => {
            let part = options.selection.part_of(&input.name, size)?;
            let rows = part.top..part.top + (part.height - 1) * part.row_step + 1;
            let columns = part.left..part.left + part.width;
            Ok(FramesInArray::held(array, plan, &rows, &columns) <= MOST_HELD)
        }
        // What is read again and again is decoded once.
        Layout::Chunks | Layout::Whole => Ok(false),
    }
}

fn one_movie(name: &str, array: &dyn BlockReader, plan: &Plan, room: u64) -> Result<Frames> {
    let shape = array.shape();
    let (count, size) = (shape[plan.time], (shape[plan.row], shape[plan.column]));
    let stored = array.stored();
    let depth = array.depth();
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
    if read_straight(array, plan, times.clone(), &mut slots)? {
        return Ok(());
    }
    let (rows, columns) = (0..array.shape()[plan.row], 0..array.shape()[plan.column]);
    let block = Block::read(name, array, plan, [times.clone(), rows.clone(), columns.clone()])?;
    let frame = rows.len() * columns.len();
    let mut numbers = vec![0; frame * array.stored().bytes];
    for (index, time) in times.enumerate() {
        block.copy(time, &rows, &columns, &mut numbers);
        let slots = slots.part(index * frame..(index + 1) * frame);
        array.stored().fill(&numbers, slots).map_err(|error| not_kept(name, error.to_string()))?;
    }
    Ok(())
}
