//! Reads frames whose pixels lie in their file as numbers, row by row.

use super::frames_in_file::FrameSource;
use super::read_at::ReadAt;
use super::sample::{Stored, not_kept};
use super::slots::Slots;
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a row that are skipped sooner than read: about what one more call of the system costs.
pub(super) const WORTH_SKIPPING: usize = 4096;

/// Bytes that are read at a time, at least a row.
const PIECE: usize = 1 << 20;

/// Where the frames of a file begin.
#[derive(Debug, Clone)]
pub(super) enum Places {
    /// At equal distances, in bytes.
    Every { start: u64, stride: u64 },
    /// Each at a place of its own.
    At(Vec<u64>),
}

/// A file with frames of numbers.
#[derive(Debug)]
pub(super) struct RawFrames {
    pub(super) file: Arc<dyn ReadAt>,
    /// What errors call it.
    pub(super) name: String,
    pub(super) stored: Stored,
    pub(super) depth: Depth,
    pub(super) places: Places,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Bytes from one row to the next, of which the last may be unused.
    pub(super) row_bytes: usize,
    /// Whether the last row comes first.
    pub(super) bottom_up: bool,
}

impl RawFrames {
    /// Frames of numbers `stored` so, at `places`, without gaps between rows, the first row first.
    pub(super) fn new(
        file: Arc<dyn ReadAt>,
        name: &str,
        stored: Stored,
        places: Places,
        (rows, columns): (usize, usize),
    ) -> Self {
        let (depth, row_bytes) = (stored.depth().unwrap_or(Depth::F32), columns * stored.bytes);
        Self { file, name: name.into(), stored, depth, places, rows, columns, row_bytes, bottom_up: false }
    }

    fn place(&self, frame: usize) -> u64 {
        match &self.places {
            Places::Every { start, stride } => start + frame as u64 * stride,
            Places::At(places) => places[frame],
        }
    }

    /// Hands the bytes of `rows` and `columns` of frame `frame` to `decode`, with the number of the first of
    /// their rows among those asked for: one or more whole rows at a time.
    fn read_pieces(
        &self,
        frame: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        mut decode: impl FnMut(usize, &[u8]) -> io::Result<()>,
    ) -> Result<()> {
        let bytes = self.stored.bytes;
        let part = columns.start * bytes..columns.end * bytes;
        let lines = if self.bottom_up { self.rows - rows.end..self.rows - rows.start } else { rows.clone() };
        let start = self.place(frame);
        let place = |line: usize| start + line as u64 * self.row_bytes as u64;
        // Number among the rows asked for of a line of the file.
        let row = |line: usize| if self.bottom_up { lines.end - 1 - line } else { line - lines.start };
        let mut decode = |row: usize, bytes: &[u8]| {
            decode(row, bytes).map_err(|error| not_kept(&self.name, format!("{error} in frame {frame}")))
        };
        if part.is_empty() {
            return Ok(());
        }
        if self.row_bytes - part.len() >= WORTH_SKIPPING {
            let mut buffer = vec![0; part.len()];
            for line in lines.clone() {
                self.fetch(&mut buffer, place(line) + part.start as u64, frame)?;
                decode(row(line), &buffer)?;
            }
            return Ok(());
        }
        let whole = part.len() == self.row_bytes && !self.bottom_up;
        let at_a_time = (PIECE / self.row_bytes).clamp(1, lines.len().max(1));
        let mut buffer = vec![0; at_a_time * self.row_bytes];
        let mut line = lines.start;
        while line < lines.end {
            let count = at_a_time.min(lines.end - line);
            // What is unused behind the last row of a frame may lie beyond the end of the file.
            let read = (count - 1) * self.row_bytes + part.end;
            let piece = &mut buffer[..read];
            self.fetch(piece, place(line), frame)?;
            if whole {
                decode(row(line), piece)?;
            } else {
                for (at, piece) in piece.chunks(self.row_bytes).enumerate() {
                    decode(row(line + at), &piece[part.clone()])?;
                }
            }
            line += count;
        }
        Ok(())
    }

    /// Whether a frame lies in the file as it is kept, but for the order of bytes.
    fn is_as_kept(&self) -> bool {
        let kept = self.stored.is_kept_in_bytes() && self.stored.depth() == Some(self.depth);
        kept && !self.bottom_up && self.row_bytes == self.columns * self.stored.bytes
    }

    /// Whether `count` frames from `first` on lie one behind the other without a gap.
    fn follow_one_another(&self, first: usize, count: usize) -> bool {
        let bytes = (self.rows * self.row_bytes) as u64;
        match &self.places {
            Places::Every { stride, .. } => *stride == bytes,
            Places::At(places) => places[first..first + count].windows(2).all(|w| w[0] + bytes == w[1]),
        }
    }

    /// Fills `to` from the start of frame `frame` on, piece by piece while these are at hand.
    fn fetch_whole(&self, frame: usize, to: &mut [u8]) -> Result<()> {
        let start = self.place(frame);
        for (index, piece) in to.chunks_mut(PIECE).enumerate() {
            self.fetch(piece, start + (index * PIECE) as u64, frame)?;
            self.stored.to_order_of_machine(piece);
        }
        Ok(())
    }

    fn fetch(&self, to: &mut [u8], place: u64, frame: usize) -> Result<()> {
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

impl FrameSource for RawFrames {
    fn size(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    fn depth(&self) -> Depth {
        self.depth
    }

    fn is_raw(&self) -> bool {
        true
    }

    fn is_always_kept(&self) -> bool {
        self.stored.is_always_kept()
    }

    fn read_several(&self, first: usize, mut slots: Slots<'_>) -> Result<()> {
        let frame = self.rows * self.columns;
        let count = slots.len() / frame.max(1);
        if count > 1 && self.is_as_kept() && self.follow_one_another(first, count) {
            let bytes = slots.part(0..count * frame).into_bytes();
            // Where it fails, the frame that is missing is found below.
            if self.fetch_whole(first, bytes).is_ok() {
                return Ok(());
            }
        }
        self.read_one_by_one(first, slots)
    }

    fn read(&self, frame: usize, mut slots: Slots<'_>) -> Result<()> {
        if self.is_as_kept() {
            return self.fetch_whole(frame, slots.into_bytes());
        }
        let columns = self.columns;
        self.read_pieces(frame, &(0..self.rows), &(0..columns), |row, bytes| {
            let count = bytes.len() / self.stored.bytes;
            self.stored.fill(bytes, slots.part(row * columns..row * columns + count))
        })
    }

    fn read_block(
        &self,
        frame: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        slots: &mut [f32],
    ) -> Result<()> {
        let width = columns.len();
        self.read_pieces(frame, rows, columns, |row, bytes| {
            let count = bytes.len() / self.stored.bytes;
            self.stored.write(bytes, &mut slots[row * width..row * width + count])
        })
    }
}
