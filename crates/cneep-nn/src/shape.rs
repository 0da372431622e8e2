//! Describes the shape of a map and how it is laid out in memory.

use crate::kernel::LANES;

/// The shape of a map: channels of `rows` x `columns` pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Channels.
    pub channels: usize,
    /// Rows of pixels.
    pub rows: usize,
    /// Columns of pixels.
    pub columns: usize,
}

impl Shape {
    /// Numbers in the map.
    pub fn len(&self) -> usize {
        self.channels * self.pixels()
    }

    /// Whether the map holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pixels in one channel.
    pub fn pixels(&self) -> usize {
        self.rows * self.columns
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {} x {}", self.channels, self.rows, self.columns)
    }
}

/// The next multiple of a vector's length: channels as they are stored.
pub(crate) fn stored(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}

/// A map stored channels-last inside a border of zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Rows and columns of the map itself.
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Numbers stored for a pixel.
    pub(crate) channels: usize,
    /// Rows and columns with the border.
    pub(crate) stored_rows: usize,
    pub(crate) stored_columns: usize,
    /// Rows of border above, columns of border to the left.
    pub(crate) border: usize,
}

impl Layout {
    /// A map with the same border on all sides.
    pub(crate) fn bordered(rows: usize, columns: usize, channels: usize, border: usize) -> Self {
        let (stored_rows, stored_columns) = (rows + 2 * border, columns + 2 * border);
        Self { rows, columns, channels, stored_rows, stored_columns, border }
    }

    /// Distance between rows.
    pub(crate) fn row(&self) -> usize {
        self.stored_columns * self.channels
    }

    /// Where the first pixel of the map lies.
    pub(crate) fn origin(&self) -> usize {
        self.border * (self.row() + self.channels)
    }

    /// Numbers stored.
    pub(crate) fn len(&self) -> usize {
        self.stored_rows * self.row()
    }
}
