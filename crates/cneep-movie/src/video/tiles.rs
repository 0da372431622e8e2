//! Divides a frame into square regions that lie apart from each other.

use super::labels::MOST_LABELS;
use crate::error::{Error, Fault, Result};
use ndarray::Array2;

/// Squares of `side` pixels, `gap` pixels apart, around the centre of a `frame` (rows, columns), numbered
/// row by row from 1; shape (row, column). 0 is what lies between them.
///
/// # Errors
/// [`Error::Setting`] for tiles without pixels, fewer than two, or more than 10,000.
pub fn tiles(frame: (usize, usize), side: usize, gap: usize) -> Result<Array2<u32>> {
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
    let (top, left) = (start(frame.0, down), start(frame.1, across));
    let within = |place: usize, start: usize, number: usize| {
        let offset = place.checked_sub(start)?;
        (offset / pitch < number && offset % pitch < side).then_some(offset / pitch)
    };
    Ok(Array2::from_shape_fn(frame, |(row, column)| {
        let tile = within(row, top, down).zip(within(column, left, across));
        tile.map_or(0, |(row, column)| (row * across + column + 1) as u32)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

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
}
