//! Leaves the frames of a movie on disk, and reads them when they are asked for.

use super::sample::Pixels;
use super::slots::{Owned, Slots};
use crate::depth::Depth;
use crate::error::Result;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

/// Pixels of raw frames that one thread reads at a time.
const TOGETHER: usize = 1 << 20;

/// Frames of one size and depth that are read from a file when they are asked for: what the reader of a
/// format provides.
pub(super) trait FrameSource: Debug + Send + Sync {
    /// Rows and columns of a frame.
    fn size(&self) -> (usize, usize);

    /// Type of the pixels, as they are kept.
    fn depth(&self) -> Depth;

    /// Whether pixels lie in the file as they are kept or nearly so: reading them again costs little.
    fn is_raw(&self) -> bool;

    /// Whether every number that may stand in the file is kept as it is, and is finite.
    fn is_always_kept(&self) -> bool;

    /// Writes the pixels of frame `frame` to `slots`, which has room for exactly these, in [`Self::depth`].
    ///
    /// # Errors
    /// What the file has instead.
    fn read(&self, frame: usize, slots: Slots<'_>) -> Result<()>;

    /// Writes the pixels of frames from `first` on to `slots`, which has room for whole frames.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn read_several(&self, first: usize, slots: Slots<'_>) -> Result<()> {
        self.read_one_by_one(first, slots)
    }

    /// The same by [`Self::read`] alone.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn read_one_by_one(&self, first: usize, mut slots: Slots<'_>) -> Result<()> {
        let (rows, columns) = self.size();
        let frame = rows * columns;
        (0..slots.len() / frame.max(1))
            .try_for_each(|index| self.read(first + index, slots.part(index * frame..(index + 1) * frame)))
    }

    /// Writes the pixels of `rows` and `columns` of frame `frame` to `slots` as real numbers.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn read_block(
        &self,
        frame: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        slots: &mut [f32],
    ) -> Result<()> {
        let (row_count, column_count) = self.size();
        let mut kept = Owned::new(self.depth(), row_count * column_count);
        self.read(frame, kept.slots())?;
        for (row, slots) in rows.clone().zip(slots.chunks_exact_mut(columns.len().max(1))) {
            let line = row * column_count + columns.start..row * column_count + columns.end;
            match &kept {
                Owned::U8(pixels) => convert(slots, &pixels[line]),
                Owned::U16(pixels) => convert(slots, &pixels[line]),
                Owned::F32(pixels) => convert(slots, &pixels[line]),
            }
        }
        Ok(())
    }
}

fn convert<T: Copy + Into<f32>>(slots: &mut [f32], pixels: &[T]) {
    slots.iter_mut().zip(pixels).for_each(|(slot, &pixel)| *slot = pixel.into());
}

/// Frames in a file, in standard (C) order; clones share the file. Reading costs memory for what is read.
#[derive(Debug, Clone)]
pub struct FramesInFile {
    source: Arc<dyn FrameSource>,
    /// Place of the first frame among those of the file.
    first: usize,
    /// Frames of the file from one frame to the next.
    step: usize,
    count: usize,
}

impl FramesInFile {
    /// `count` frames of `source` from number `first` on.
    pub(super) fn new(source: Arc<dyn FrameSource>, first: usize, count: usize) -> Self {
        Self { source, first, step: 1, count }
    }

    /// (frames, rows, columns).
    pub fn shape(&self) -> (usize, usize, usize) {
        let (rows, columns) = self.source.size();
        (self.count, rows, columns)
    }

    /// Type of the pixels.
    pub fn depth(&self) -> Depth {
        self.source.depth()
    }

    /// Every `step`-th frame from `start` on, in the same file.
    pub(super) fn every(&self, step: usize, start: usize) -> Self {
        Self {
            source: Arc::clone(&self.source),
            first: self.first + start * self.step,
            step: self.step * step,
            count: self.count.saturating_sub(start).div_ceil(step),
        }
    }

    /// Whether reading the frames again costs little.
    pub(super) fn is_raw(&self) -> bool {
        self.source.is_raw()
    }

    /// Whether every number that may stand in the file is kept as it is, and is finite.
    pub(super) fn is_always_kept(&self) -> bool {
        self.source.is_always_kept()
    }

    /// Writes the pixels of `rows` and `columns` of frame `index` to `slots`, which has room for exactly
    /// these.
    pub(super) fn read_block(
        &self,
        index: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        slots: &mut [f32],
    ) -> Result<()> {
        self.source.read_block(self.first + index * self.step, rows, columns, slots)
    }

    /// The pixels of the frames of `range`, in their own depth.
    pub(super) fn pixels(&self, name: &str, range: Range<usize>) -> Result<Pixels> {
        assert!(range.end <= self.count, "frame {} of {}", range.end, self.count);
        let (rows, columns) = self.source.size();
        let mut pixels = Pixels::zeros(name, self.depth(), range.len() * rows * columns)?;
        self.fill(range.start, rows * columns, &mut pixels)?;
        Ok(pixels)
    }

    /// Fills `pixels` with frames of `size` pixels from `start` on, several at a time.
    fn fill(&self, start: usize, size: usize, pixels: &mut Pixels) -> Result<()> {
        let together =
            if self.step == 1 && self.source.is_raw() { (TOGETHER / size.max(1)).max(1) } else { 1 };
        let place = |index: usize| self.first + (start + index * together) * self.step;
        pixels.write_parts(size * together, |index, slots| self.source.read_several(place(index), slots))
    }
}
