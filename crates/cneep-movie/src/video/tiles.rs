//! Divides a frame into square regions that lie apart from each other.

use super::labels::MOST_LABELS;
use crate::error::{Error, Fault, Result};
use ndarray::Array2;

/// Squares of one size in a frame, as many as fit, around its centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiles {
    frame: (usize, usize),
    side: usize,
    pitch: usize,
    /// Tiles down and across.
    counts: (usize, usize),
    /// Row and column of the first pixel of the first tile.
    start: (usize, usize),
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tile {
    /// Row and column among the tiles.
    pub place: (usize, usize),
    /// Row and column of its first pixel.
    pub start: (usize, usize),
}

impl Tiles {
    /// Squares of `side` pixels, `gap` pixels apart, in a `frame` (rows, columns).
    ///
    /// # Errors
    /// [`Error::Setting`] for tiles without pixels, fewer than two, or more than 10,000.
    pub fn new(frame: (usize, usize), side: usize, gap: usize) -> Result<Self> {
        let pitch = side.saturating_add(gap);
        let along = |length: usize| if side == 0 { 0 } else { length.saturating_add(gap) / pitch };
        let (down, across) = (along(frame.0), along(frame.1));
        let count = down.saturating_mul(across);
        if !(2..=MOST_LABELS).contains(&count) {
            let (rows, columns) = frame;
            let expected = format!("2 to {MOST_LABELS} tiles in a frame of {rows} x {columns} pixels");
            let found = format!("{count} of {side} pixels, {gap} apart");
            let remedy = if count < 2 { "State smaller tiles." } else { "State larger tiles." };
            return Err(Error::Setting(Fault::new("tiles", expected, found, remedy)));
        }
        let start = |length: usize, number: usize| (length + gap - number * pitch) / 2;
        let start = (start(frame.0, down), start(frame.1, across));
        Ok(Self { frame, side, pitch, counts: (down, across), start })
    }

    /// All of them, row by row.
    pub fn all(&self) -> impl Iterator<Item = Tile> {
        let Self { counts: (down, across), start, pitch, .. } = *self;
        (0..down).flat_map(move |row| {
            (0..across).map(move |column| Tile {
                place: (row, column),
                start: (start.0 + row * pitch, start.1 + column * pitch),
            })
        })
    }

    /// Pixels at the border of the frame that lie in no tile nor between tiles, and those between tiles.
    pub fn pixels_left_out(&self) -> [usize; 2] {
        let extent = |count: usize| count * self.pitch - (self.pitch - self.side);
        let within = extent(self.counts.0) * extent(self.counts.1);
        let tiles = self.counts.0 * self.counts.1 * self.side * self.side;
        [self.frame.0 * self.frame.1 - within, within - tiles]
    }

    /// The number of the tile of each pixel, row by row from 1, shape (row, column). 0 is what lies in none.
    pub fn labels(&self) -> Array2<u32> {
        let within = |place: usize, start: usize, number: usize| {
            let offset = place.checked_sub(start)?;
            (offset / self.pitch < number && offset % self.pitch < self.side).then_some(offset / self.pitch)
        };
        let ((down, across), (top, left)) = (self.counts, self.start);
        Array2::from_shape_fn(self.frame, |(row, column)| {
            let tile = within(row, top, down).zip(within(column, left, across));
            tile.map_or(0, |(row, column)| (row * across + column + 1) as u32)
        })
    }
}

/// [`Tiles::labels`] of squares of `side` pixels, `gap` pixels apart, in a `frame` (rows, columns).
///
/// # Errors
/// As [`Tiles::new`].
pub fn tiles(frame: (usize, usize), side: usize, gap: usize) -> Result<Array2<u32>> {
    Tiles::new(frame, side, gap).map(|tiles| tiles.labels())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, s};

    /// Catches tiles that touch, are cut off, or lie in a corner.
    #[test]
    fn tiles_are_whole_apart_and_in_the_middle() {
        let labels = tiles((4, 7), 2, 1).unwrap();
        let expected = array![
            [0, 0, 0, 0, 0, 0, 0],
            [0, 1, 1, 0, 2, 2, 0],
            [0, 1, 1, 0, 2, 2, 0],
            [0, 0, 0, 0, 0, 0, 0],
        ];
        assert_eq!(labels, expected);
        let all = tiles((6, 9), 3, 0).unwrap();
        assert!(all.iter().all(|&label| (1..=6).contains(&label)));
        for (side, gap) in [(0, 3), (5, 0), (usize::MAX, usize::MAX)] {
            assert!(tiles((4, 7), side, gap).is_err());
        }
        assert!(tiles((200, 200), 1, 0).is_err());
    }

    /// Catches a tile that is placed elsewhere than its label, and pixels that are counted twice or not at
    /// all.
    #[test]
    fn places_and_counts_are_those_of_the_labels() {
        for (frame, side, gap) in [((4, 7), 2, 1), ((6, 9), 3, 0), ((11, 17), 4, 2)] {
            let tiles = Tiles::new(frame, side, gap).unwrap();
            let mut labels = tiles.labels();
            for (index, tile) in tiles.all().enumerate() {
                let (rows, columns) = (tile.start.0..tile.start.0 + side, tile.start.1..tile.start.1 + side);
                let mut own = labels.slice_mut(s![rows, columns]);
                assert!(own.iter().all(|&label| label == index as u32 + 1), "{tile:?}");
                own.fill(0);
            }
            assert!(labels.iter().all(|&label| label == 0), "{frame:?}");
            let count = tiles.all().count();
            let [border, between] = tiles.pixels_left_out();
            assert_eq!(border + between + count * side * side, frame.0 * frame.1);
            assert_eq!(between == 0, gap == 0);
        }
        assert_eq!(Tiles::new((4, 7), 2, 1).unwrap().pixels_left_out(), [18, 2]);
    }
}
