//! Describes a page of a TIFF: its size, the type of its samples, and where these lie.

use super::table::Table;
use crate::video::sample::Stored;
use std::sync::Arc;

/// What the samples of a pixel are.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::video) enum Meaning {
    /// Grey, or planes that stand for channels or frames; further samples may be opacity.
    Grey,
    /// Red, green and blue.
    Colour,
    /// Numbers in a table of colours: grey values where all of them are grey.
    Table(Table),
}

/// One page, before its pixels are read.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is a tag of its own")]
pub(in crate::video) struct Page {
    pub(in crate::video) rows: usize,
    pub(in crate::video) columns: usize,
    /// Samples of a pixel.
    pub(in crate::video) samples: usize,
    /// Samples of a pixel that carry intensities: others are opacity.
    pub(in crate::video) intensities: usize,
    pub(in crate::video) meaning: Meaning,
    /// Whether white is stored as zero.
    pub(in crate::video) inverted: bool,
    /// How samples are handed out.
    pub(in crate::video) stored: Stored,
    pub(super) bits: usize,
    /// Whether each sample of a pixel lies in a plane of its own.
    pub(super) planar: bool,
    pub(super) compression: u16,
    pub(super) predictor: u16,
    pub(super) reversed_bits: bool,
    /// Size of a strip or tile; all tiles have it, the last strip may be lower.
    pub(super) chunk: (usize, usize),
    pub(super) tiled: bool,
    /// Place and length of strips or tiles.
    pub(super) chunks: Arc<[(u64, u64)]>,
    pub(super) tables: Option<Arc<[u8]>>,
}

/// What of a page is not read, and what to do about it.
#[derive(Debug)]
pub(in crate::video) struct Unread {
    pub(in crate::video) expected: &'static str,
    pub(in crate::video) found: String,
    pub(in crate::video) remedy: String,
}

impl Page {
    /// Number of pixels; none if it overflows.
    pub(in crate::video) fn pixels(&self) -> Option<usize> {
        self.rows.checked_mul(self.columns)
    }

    /// Bytes that one plane takes as it is handed out; none if it overflows.
    pub(in crate::video) fn plane_bytes(&self) -> Option<u64> {
        Some(self.pixels()?.checked_mul(self.stored.bytes)? as u64)
    }

    /// What must be the same of all pages of a movie.
    pub(in crate::video) fn is_like(&self, other: &Self) -> bool {
        let of = |page: &Self| (page.rows, page.columns, page.samples, page.stored, page.bits);
        of(self) == of(other) && self.meaning == other.meaning
    }

    /// Size and type in words.
    pub(in crate::video) fn kind(&self) -> String {
        let samples =
            if self.samples > 1 { format!("{} samples a pixel, ", self.samples) } else { String::new() };
        let packed =
            if self.bits.is_multiple_of(8) { String::new() } else { format!(", of {} bits", self.bits) };
        format!("{} rows x {} columns of {samples}{}{packed}", self.rows, self.columns, self.stored)
    }

    /// Where the plane begins that other planes may follow in one piece: uncompressed, of whole bytes.
    pub(in crate::video) fn in_one_piece(&self) -> Option<u64> {
        let row = self.columns * self.stored.bytes * self.samples;
        let strip = (self.chunk.0 * row) as u64;
        let follow = self.chunks.windows(2).all(|pair| pair[0].0.checked_add(strip) == Some(pair[1].0));
        let plain =
            self.compression == 1 && self.bits.is_multiple_of(8) && !self.tiled && !self.reversed_bits;
        (plain && follow && !(self.planar && self.samples > 1)).then(|| self.chunks.first().map(|c| c.0))?
    }

    /// Where the pixels begin that stand in a file of so many bytes as they are kept, in one piece.
    pub(in crate::video) fn raw_place(&self, length: u64) -> Option<u64> {
        let (place, bytes) = (self.in_one_piece()?, self.plane_bytes()?);
        let held = self.chunks.iter().map(|chunk| chunk.1).fold(0, u64::saturating_add);
        let is_there = held >= bytes && place.checked_add(bytes).is_some_and(|end| end <= length);
        (is_there && self.is_plain() && self.predictor == 1).then_some(place)
    }

    /// A page of pixels in grey, of so many `rows` and `columns`, that lie in one piece in this one.
    pub(in crate::video) fn recut(&self, rows: usize, columns: usize) -> Self {
        let meaning = Meaning::Grey;
        Self { rows, columns, samples: 1, intensities: 1, planar: false, meaning, ..self.clone() }
    }

    /// Whether a file of so many bytes can hold its pixels.
    pub(in crate::video) fn is_backed(&self, length: u64) -> bool {
        if self.compression == 1 {
            return self
                .pixels()
                .and_then(|pixels| pixels.checked_mul(self.bits))
                .is_some_and(|bits| bits as u64 / 8 <= length);
        }
        let held: u64 = self.chunks.iter().map(|chunk| chunk.1.min(length)).fold(0, u64::saturating_add);
        let bits = self.pixels().and_then(|pixels| pixels.checked_mul(self.bits));
        bits.is_some_and(|bits| bits as u64 / 8 / self.expansion() <= held.min(length))
    }

    /// Most bytes that come out of one of its compression.
    pub(super) fn expansion(&self) -> u64 {
        match self.compression {
            1 => 1,
            // 3,840 bytes from 12 bits.
            5 => 2600,
            8 | 32946 | 34933 => 1040,
            7 => 4096,
            32773 => 64,
            // Runs of one byte, in blocks of 128 KiB.
            _ => 1 << 17,
        }
    }

    /// Whether its compression changes intensities.
    pub(in crate::video) fn is_lossy(&self) -> bool {
        self.compression == 7
    }

    /// The same page with its pixels at `place`, in one piece.
    pub(in crate::video) fn moved_to(&self, place: u64) -> Self {
        let bytes = self.plane_bytes().unwrap_or(0) * self.samples as u64;
        Self { chunk: (self.rows, self.columns), chunks: Arc::new([(place, bytes)]), ..self.clone() }
    }
}
