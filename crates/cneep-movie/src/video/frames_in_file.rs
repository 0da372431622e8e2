//! Leaves the frames of a movie in its file, and reads them when they are asked for.

use super::positioned_file::PositionedFile;
use super::sample::{Pixels, Stored};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a row that are skipped sooner than read: about what one more call of the system costs.
const WORTH_SKIPPING: usize = 4096;

/// Frames in one block of a file, in standard (C) order; clones share the file. Reading costs memory for what
/// is read.
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

    /// Every `step`-th frame from `start` on, in the same file.
    pub(super) fn every(&self, step: usize, start: usize) -> Self {
        Self {
            source: Arc::clone(&self.source),
            first: self.first + start * self.step,
            step: self.step * step,
            count: self.count.saturating_sub(start).div_ceil(step),
        }
    }

    /// Whether every number that may stand in the file is kept as it is, and is finite.
    pub(super) fn is_always_kept(&self) -> bool {
        self.source.stored.is_always_kept()
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
        let stored = self.source.stored;
        let mut left = slots;
        self.source.read_pieces(self.first + index * self.step, rows, columns, |bytes| {
            let (slots, rest) = std::mem::take(&mut left).split_at_mut(bytes.len() / stored.bytes);
            left = rest;
            stored.write(bytes, slots)
        })
    }

    /// The pixels of the frames of `range`, in their own depth.
    pub(super) fn pixels(&self, range: Range<usize>) -> Result<Pixels> {
        let source = &*self.source;
        assert!(range.end <= self.count, "frame {} of {}", range.end, self.count);
        let (rows, columns) = (0..source.rows, 0..source.columns);
        let count = range.len() * source.rows * source.columns;
        let mut pixels = Pixels::with_room(&source.name, source.depth, count)?;
        for index in range {
            let decode = |bytes: &[u8]| pixels.decode(bytes, source.stored);
            source.read_pieces(self.first + index * self.step, &rows, &columns, decode)?;
        }
        Ok(pixels)
    }
}

impl Source {
    /// Hands the bytes of `rows` and `columns` in frame `frame` of the file to `decode`, in order, one or
    /// more rows at a time.
    fn read_pieces(
        &self,
        frame: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        mut decode: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<()> {
        let bytes = self.stored.bytes;
        let row_bytes = self.columns * bytes;
        let part = columns.start * bytes..columns.end * bytes;
        let place = |row: usize| self.start + (frame * self.rows + row) as u64 * row_bytes as u64;
        let mut decode = |bytes: &[u8]| {
            decode(bytes).map_err(|error| {
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
