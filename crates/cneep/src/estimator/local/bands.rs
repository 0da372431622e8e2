//! Cuts large frames into bands of rows, so that the fields of a whole one are never held.

use ndarray::{Array2, ArrayView2, s};
use std::ops::Range;

/// Rows of a band at least. Frames of fewer than twice as many are not cut.
const ROWS: usize = 128;

/// Rows of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Band {
    own: Range<usize>,
    /// These, and those around that their fields depend on.
    seen: Range<usize>,
}

impl Band {
    /// Bands that cover `rows`, whose fields depend on pixels up to `reach` rows away.
    pub(super) fn of(rows: usize, reach: usize) -> Vec<Self> {
        let count = (rows / ROWS).max(1);
        let of = |number: usize| {
            let own = number * rows / count..(number + 1) * rows / count;
            Self { seen: own.start.saturating_sub(reach)..(own.end + reach).min(rows), own }
        };
        (0..count).map(of).collect()
    }

    /// All `rows` in one.
    pub(super) fn whole(rows: usize) -> Self {
        Self { own: 0..rows, seen: 0..rows }
    }

    /// Number of rows seen.
    pub(super) fn rows_seen(&self) -> usize {
        self.seen.len()
    }

    /// The own rows.
    pub(super) fn own(&self) -> Range<usize> {
        self.own.clone()
    }

    /// What is seen of `frame`.
    pub(super) fn seen(&self, frame: &Array2<f32>) -> Array2<f32> {
        frame.slice(s![self.seen.clone(), ..]).to_owned()
    }

    /// The own rows of a `field` of what is seen.
    pub(super) fn own_of<'a>(&self, field: &'a Array2<f32>) -> ArrayView2<'a, f32> {
        let start = self.own.start - self.seen.start;
        field.slice(s![start..start + self.own.len(), ..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a row that is left out or counted twice, and one whose fields see too little.
    #[test]
    fn bands_cover_a_frame_and_see_beyond() {
        for rows in [1, 255, 256, 700] {
            let bands = Band::of(rows, 8);
            let own: Vec<usize> = bands.iter().flat_map(Band::own).collect();
            assert_eq!(own, (0..rows).collect::<Vec<_>>());
            let frame = Array2::from_shape_fn((rows, 3), |(row, _)| row as f32);
            for band in &bands {
                let seen = band.seen(&frame);
                assert_eq!(band.own_of(&seen), frame.slice(s![band.own(), ..]));
                assert_eq!(seen[[0, 0]], band.own().start.saturating_sub(8) as f32);
                assert_eq!(seen[[seen.nrows() - 1, 0]], (band.own().end + 8).min(rows) as f32 - 1.0);
            }
        }
        assert_eq!([255, 256, 700].map(|rows| Band::of(rows, 8).len()), [1, 2, 5]);
    }
}
