//! Places crops in frames: at random to train on, side by side to cover a frame.

use crate::transition::Transition;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// Rows and columns of a frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Crop {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl Crop {
    /// Numbers of rows and columns.
    pub(super) fn size(&self) -> [usize; 2] {
        [self.rows.len(), self.columns.len()]
    }
}

/// Seed of all crops: trainings differ by the transitions that they draw, and where these stand in a batch.
const SEED: u64 = 1;
/// Edge of the parts in which whole frames are computed, in pixels: their maps stay near the processor.
pub(super) const TILE: usize = 128;

/// The crop of `edge` pixels, at most the frame, of the `transition` drawn as number `place` of its batch,
/// and which of the eight symmetries of the square it is seen by.
pub(super) fn drawn(
    transition: Transition,
    place: usize,
    edge: usize,
    (rows, columns): (usize, usize),
) -> (Crop, usize) {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream((transition.movie as u64) << 48 ^ (transition.start as u64) << 16 ^ place as u64);
    let mut within = |edge: usize, pixels: usize| {
        let edge = edge.min(pixels);
        let start = random.random_range(0..=pixels - edge);
        start..start + edge
    };
    let crop = Crop { rows: within(edge, rows), columns: within(edge, columns) };
    (crop, random.random_range(0..8))
}

/// Parts that cover a frame.
pub(super) fn tiles((rows, columns): (usize, usize)) -> Vec<Crop> {
    let parts = |pixels: usize| (0..pixels).step_by(TILE).map(move |start| start..(start + TILE).min(pixels));
    parts(rows)
        .flat_map(|rows| parts(columns).map(move |columns| Crop { rows: rows.clone(), columns }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a pixel that is counted twice, or not at all.
    #[test]
    fn tiles_cover_every_pixel_once() {
        let mut seen = vec![0; 130 * 64];
        for Crop { rows, columns } in tiles((130, 64)) {
            for row in rows {
                columns.clone().for_each(|column| seen[row * 64 + column] += 1);
            }
        }
        assert!(seen.iter().all(|times| *times == 1));
    }

    /// Catches crops that leave the frame, that never reach its edge, and that are always the same.
    #[test]
    fn crops_are_spread_over_the_frame() {
        let crop = |place| drawn(Transition { movie: 0, start: 7 }, place, 20, (32, 16)).0;
        let crops: Vec<Crop> = (0..200).map(crop).collect();
        assert!(crops.iter().all(|crop| crop.rows.len() == 20 && crop.columns == (0..16)));
        let starts: std::collections::BTreeSet<usize> = crops.iter().map(|crop| crop.rows.start).collect();
        assert_eq!(starts, (0..=12).collect());
    }
}
