//! Leaves the frames of a movie in its file, and reads them when they are asked for.

use super::lost::give_up;
use super::positioned_file::PositionedFile;
use super::sample::{Pixels, Stored};
use super::{Depth, Frames};
use crate::error::{Error, Fault, Result};
use std::io::ErrorKind;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a row that are skipped sooner than read: about what one more call of the system costs.
const WORTH_SKIPPING: usize = 4096;

/// Frames in one block of a file, in standard (C) order; clones share the file. Reading costs memory for what is read.
#[derive(Debug, Clone)]
pub struct FramesInFile {
    source: Arc<Source>,
    /// Place of the first frame among those of the file.
    first: usize,
    /// Frames of the file from one frame to the next.
    step: usize,
    count: usize,
}

/// A file with frames one behind the other.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) file: PositionedFile,
    /// What errors call it.
    pub(super) name: String,
    pub(super) stored: Stored,
    pub(super) depth: Depth,
    /// Bytes before the first frame.
    pub(super) start: u64,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl FramesInFile {
    /// `count` frames of `source` from number `first` on.
    pub(super) fn new(source: Arc<Source>, first: usize, count: usize) -> Self {
        Self { source, first, step: 1, count }
    }

    /// (frames, rows, columns).
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.count, self.source.rows, self.source.columns)
    }

    /// Type of the pixels.
    pub fn depth(&self) -> Depth {
        self.source.depth
    }

    /// Frame `index`, as a movie of one frame in memory.
    ///
    /// # Panics
    /// If the file can no longer be read; within [`super::or_lost`] that is an error.
    pub fn frame(&self, index: usize) -> Frames {
        self.block(index, 0..self.source.rows, 0..self.source.columns)
    }

    /// The pixels of `rows` and `columns` in frame `index`, as [`Self::frame`].
    pub fn block(&self, index: usize, rows: Range<usize>, columns: Range<usize>) -> Frames {
        self.read(index..index + 1, &rows, &columns).unwrap_or_else(|error| give_up(error))
    }

    /// The frames of `range`, in memory, as [`Self::frame`].
    pub(super) fn part(&self, range: Range<usize>) -> Frames {
        let (rows, columns) = (0..self.source.rows, 0..self.source.columns);
        self.read(range, &rows, &columns).unwrap_or_else(|error| give_up(error))
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

    /// Reads all frames once if any pixel could be one that is not kept: a number that is not finite, or no count.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        if self.source.stored.is_always_kept() {
            return Ok(());
        }
        let (rows, columns) = (0..self.source.rows, 0..self.source.columns);
        (0..self.count).try_for_each(|index| {
            let frame = self.read(index..index + 1, &rows, &columns)?;
            frame.check_finite(name, index)
        })
    }

    fn read(&self, frames: Range<usize>, rows: &Range<usize>, columns: &Range<usize>) -> Result<Frames> {
        let source = &*self.source;
        assert!(frames.end <= self.count, "frame {} of {}", frames.end, self.count);
        let shape = (frames.len(), rows.len(), columns.len());
        let mut pixels = Pixels::with_capacity(source.depth, shape.0 * shape.1 * shape.2);
        for index in frames {
            source.append(self.first + index * self.step, rows, columns, &mut pixels)?;
        }
        Ok(pixels.into_frames(shape).expect("as many pixels as were asked for"))
    }
}

impl Source {
    /// Appends the pixels of `rows` and `columns` in frame `frame` of the file.
    fn append(
        &self,
        frame: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        pixels: &mut Pixels,
    ) -> Result<()> {
        let bytes = self.stored.bytes;
        let row_bytes = self.columns * bytes;
        let part = columns.start * bytes..columns.end * bytes;
        let place = |row: usize| self.start + (frame * self.rows + row) as u64 * row_bytes as u64;
        let mut decode = |bytes: &[u8]| {
            pixels.decode(bytes, self.stored).map_err(|error| {
                let remedy = "Convert with frames.astype('float32') and save again.";
                let found = format!("{error} in frame {frame}");
                Error::Format(Fault::new(&*self.name, "counts within 0..=65535", found, remedy))
            })
        };
        if row_bytes - part.len() >= WORTH_SKIPPING {
            let mut line = vec![0; part.len()];
            for row in rows.clone() {
                self.read(&mut line, place(row) + part.start as u64, frame)?;
                decode(&line)?;
            }
            return Ok(());
        }
        let mut lines = vec![0; rows.len() * row_bytes];
        self.read(&mut lines, place(rows.start), frame)?;
        if part.len() == row_bytes {
            return decode(&lines);
        }
        lines.chunks_exact(row_bytes).try_for_each(|line| decode(&line[part.clone()]))
    }

    fn read(&self, to: &mut [u8], place: u64, frame: usize) -> Result<()> {
        self.file.read(to, place).map_err(|error| match (error.kind(), self.file.length()) {
            (ErrorKind::UnexpectedEof, Ok(length)) => Error::Format(Fault::new(
                &*self.name,
                format!("frame {frame} up to byte {}, as when the file was opened", place + to.len() as u64),
                format!("a file that now ends after {length} bytes"),
                "The file was cut short while it was analysed; restore it, and start again.",
            )),
            _ => Error::reading(self.name.as_ref(), error),
        })
    }
}
