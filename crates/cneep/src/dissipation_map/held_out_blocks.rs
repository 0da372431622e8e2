//! Assigns held-out transitions to blocks of time over which a map is tested.

use crate::statistics::{block_layout, marked_segments};
use crate::transition::Transition;
use std::ops::Range;

/// Blocks of time at most: 2^20 signs tell probabilities of a millionth, and are counted exactly.
const MOST_BLOCKS: usize = 20;

/// At most 20 blocks of held-out transitions of some movies, longer than the correlation time.
///
/// They are those that give the rate its error, several of which may be joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOutBlocks {
    /// Of every movie, in order of time: first frames of transitions, and their block.
    parts: Vec<Vec<(Range<usize>, usize)>>,
    block_count: usize,
    transitions: usize,
}

impl HeldOutBlocks {
    /// The blocks of the transitions that `held_out` marks, one list a movie. `entropy_production` gives that
    /// of all transitions of one movie, in `k_B`; fewer than ten movies need it of one of them, for its
    /// correlation time.
    ///
    /// # Errors
    /// That of `entropy_production`.
    pub fn new<E>(
        held_out: &[Vec<bool>],
        entropy_production: impl FnOnce(usize) -> Result<Vec<f64>, E>,
    ) -> Result<Self, E> {
        let segments = marked_segments(held_out.iter().map(Vec::as_slice));
        let blocks = block_layout(&segments, MOST_BLOCKS, |segment| {
            entropy_production(segment.series).map(|values| values[segment.range.clone()].to_vec())
        })?;
        let mut parts = vec![Vec::new(); held_out.len()];
        for (block, segments) in blocks.iter().enumerate() {
            for segment in segments {
                parts[segment.series].push((segment.range.clone(), block));
            }
        }
        let transitions = segments.iter().map(|segment| segment.range.len()).sum();
        Ok(Self { parts, block_count: blocks.len(), transitions })
    }

    /// Number of blocks.
    pub fn block_count(&self) -> usize {
        self.block_count
    }

    /// Number of held-out transitions.
    pub fn transition_count(&self) -> usize {
        self.transitions
    }

    /// Number of transitions in each block.
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.block_count];
        for (range, block) in self.parts.iter().flatten() {
            counts[*block] += range.len();
        }
        counts
    }

    /// The block of a transition; none if it is not held out.
    pub(super) fn block_of(&self, transition: Transition) -> Option<usize> {
        let parts = self.parts.get(transition.movie)?;
        let after = parts.partition_point(|(range, _)| range.start <= transition.start);
        let (range, block) = &parts[after.checked_sub(1)?];
        range.contains(&transition.start).then_some(*block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Catches a transition counted in two blocks or none, and one of training counted at all.
    #[test]
    fn every_held_out_transition_has_one_block() {
        for movies in [2, 13] {
            let held_out: Vec<Vec<bool>> =
                (0..movies).map(|m| (0..200).map(|t| (t + 40 * m) % 100 < 60).collect()).collect();
            let alternating = |_| Ok::<_, Infallible>((0..200).map(|t| f64::from(t % 2)).collect());
            let Ok(blocks) = HeldOutBlocks::new(&held_out, alternating);
            assert!((2..=20).contains(&blocks.block_count()), "{}", blocks.block_count());
            let mut counts = vec![0; blocks.block_count()];
            for (movie, held_out) in held_out.iter().enumerate() {
                for (start, held_out) in held_out.iter().enumerate() {
                    let block = blocks.block_of(Transition { movie, start });
                    assert_eq!(block.is_some(), *held_out, "{movie} {start}");
                    if let Some(block) = block {
                        counts[block] += 1;
                    }
                }
            }
            assert!(counts.iter().all(|&count| count > 0));
            assert_eq!(counts, blocks.counts());
            assert_eq!(counts.iter().sum::<usize>(), blocks.transition_count());
        }
    }
}
