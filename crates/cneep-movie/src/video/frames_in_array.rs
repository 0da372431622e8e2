//! Leaves the frames of an array in its file, and reads those numbers or chunks of it that are asked for.

use super::array_axes::Plan;
use super::array_block::{Block, read_straight};
use super::block_reader::{BlockReader, Layout};
use super::frames_in_file::FrameSource;
use super::raw_frames::WORTH_SKIPPING;
use super::recent_chunks::RecentChunks;
use super::sample::not_kept;
use super::slots::Slots;
use crate::depth::Depth;
use crate::error::{Error, Result};
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of decoded chunks that are kept, if as many as are needed at once take no more.
const KEPT: usize = 1 << 25;

/// A movie in an array.
#[derive(Debug)]
pub(super) struct FramesInArray {
    /// What errors call it.
    name: String,
    array: Arc<dyn BlockReader>,
    plan: Plan,
    recent: RecentChunks,
}

impl FramesInArray {
    /// The movie at the place of `plan` in `array`.
    pub(super) fn new(name: &str, array: Arc<dyn BlockReader>, plan: Plan) -> Self {
        Self { name: name.into(), array, plan, recent: RecentChunks::default() }
    }

    /// Most bytes of chunks that are held where threads read `rows` and `columns` of frames of `array`.
    pub(super) fn held(
        array: &dyn BlockReader,
        plan: &Plan,
        rows: &Range<usize>,
        columns: &Range<usize>,
    ) -> usize {
        let [times, ..] = chunk_of(array, plan);
        let chunks = array.shape()[plan.time].div_ceil(times).min(threads_and_one());
        let needed = numbers(array, plan.row, rows).len() * numbers(array, plan.column, columns).len();
        bytes_of_chunk(array, plan).saturating_mul(needed).saturating_mul(chunks).max(KEPT)
    }

    fn size_of(&self, axis: usize) -> usize {
        self.array.shape()[axis]
    }

    /// The numbers of `rows` and `columns` of frame `frame`, as they are stored.
    fn numbers(&self, frame: usize, rows: &Range<usize>, columns: &Range<usize>) -> Result<Vec<u8>> {
        let (array, plan) = (&*self.array, &self.plan);
        let size = array.stored().bytes;
        let mut out = vec![0; rows.len() * columns.len() * size];
        if out.is_empty() {
            return Ok(out);
        }
        if array.layout() == Layout::Plain {
            // What is left out of a row is skipped where that is worth a call of the system.
            let skipped = (self.size_of(plan.column) - columns.len()) * size >= WORTH_SKIPPING;
            let read = if skipped { columns.clone() } else { 0..self.size_of(plan.column) };
            let block = Block::read(&self.name, array, plan, [frame..frame + 1, rows.clone(), read])?;
            block.copy(frame, rows, columns, &mut out);
            return Ok(out);
        }
        let axes = [plan.time, plan.row, plan.column];
        let along = [frame..frame + 1, rows.clone(), columns.clone()];
        let [_, row_chunks, column_chunks] = [0, 1, 2].map(|at| numbers(array, axes[at], &along[at]));
        let needed = threads_and_one() * row_chunks.len() * column_chunks.len();
        let most = needed.max(KEPT / bytes_of_chunk(array, plan).max(1));
        let lengths = chunk_of(array, plan);
        for place in row_chunks.flat_map(|row| column_chunks.clone().map(move |column| [row, column])) {
            let place = [frame / lengths[0], place[0], place[1]];
            let range = |at: usize| {
                let start = place[at] * lengths[at];
                start..(start + lengths[at]).min(self.size_of(axes[at]))
            };
            let read = || Block::read(&self.name, array, plan, [0, 1, 2].map(range));
            self.recent.get(place, most, read)?.copy(frame, rows, columns, &mut out);
        }
        Ok(out)
    }

    fn unkept(&self, frame: usize, error: &io::Error) -> Error {
        not_kept(&self.name, format!("{error} in frame {frame}"))
    }
}

/// How many chunks are needed at once of each that a frame needs: one a thread, and that of the frame before.
fn threads_and_one() -> usize {
    rayon::current_num_threads() + 1
}

/// Lengths of a chunk in time, along a column and along a row.
fn chunk_of(array: &dyn BlockReader, plan: &Plan) -> [usize; 3] {
    [plan.time, plan.row, plan.column].map(|axis| array.chunk(axis).clamp(1, array.shape()[axis]))
}

fn bytes_of_chunk(array: &dyn BlockReader, plan: &Plan) -> usize {
    chunk_of(array, plan).iter().product::<usize>() * array.stored().bytes
}

/// Numbers of the chunks of which `range` along `axis` needs a part.
fn numbers(array: &dyn BlockReader, axis: usize, range: &Range<usize>) -> Range<usize> {
    let length = array.chunk(axis).clamp(1, array.shape()[axis]);
    range.start / length..range.end.div_ceil(length)
}

impl FrameSource for FramesInArray {
    fn size(&self) -> (usize, usize) {
        (self.size_of(self.plan.row), self.size_of(self.plan.column))
    }

    fn depth(&self) -> Depth {
        self.array.depth()
    }

    fn is_raw(&self) -> bool {
        self.array.layout() == Layout::Plain
    }

    fn is_always_kept(&self) -> bool {
        self.array.stored().is_always_kept()
    }

    fn read_several(&self, first: usize, mut slots: Slots<'_>) -> Result<()> {
        let (rows, columns) = self.size();
        let count = slots.len() / (rows * columns);
        if self.is_raw() && read_straight(&*self.array, &self.plan, first..first + count, &mut slots)? {
            return Ok(());
        }
        self.read_one_by_one(first, slots)
    }

    fn read(&self, frame: usize, slots: Slots<'_>) -> Result<()> {
        let (rows, columns) = self.size();
        let numbers = self.numbers(frame, &(0..rows), &(0..columns))?;
        self.array.stored().fill(&numbers, slots).map_err(|error| self.unkept(frame, &error))
    }

    fn read_block(
        &self,
        frame: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        slots: &mut [f32],
    ) -> Result<()> {
        let numbers = self.numbers(frame, rows, columns)?;
        self.array.stored().write(&numbers, slots).map_err(|error| self.unkept(frame, &error))
    }
}
