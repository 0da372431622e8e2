//! Cuts series into blocks that are longer than their correlation time.

use super::MovieEntropy;
use cneep_movie::series::{self, integrated_correlation_time};
use std::ops::Range;

/// Movies from this number on serve as blocks by themselves.
const MOVIES_AS_BLOCKS: usize = 10;
/// More blocks than this say nothing more; longer ones are taken instead.
pub(super) const MOST_BLOCKS: usize = 400;

/// Consecutive transitions of one movie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Place of the movie among those estimated.
    pub movie: usize,
    /// First frames of the transitions.
    pub transitions: Range<usize>,
}

/// A block of consecutive transitions: sum and number of some value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Block {
    pub(super) sum: f64,
    pub(super) count: usize,
}

impl Block {
    pub(super) fn pair(&self) -> (f64, f64) {
        (self.sum, self.count as f64)
    }
}

/// Blocks of `of(dS)` over the held-out (or all) transitions, as [`block_layout`] cuts them.
pub(super) fn blocks(movies: &[MovieEntropy], held_out_only: bool, of: impl Fn(f64) -> f64) -> Vec<Block> {
    let values = |stretch: &Stretch| movies[stretch.movie].values[stretch.transitions.clone()].iter();
    let sum = |block: &Vec<Stretch>| Block {
        sum: block.iter().flat_map(values).map(|&value| of(value)).sum(),
        count: block.iter().map(|stretch| stretch.transitions.len()).sum(),
    };
    block_layout(movies, held_out_only, &of, MOST_BLOCKS).iter().map(sum).collect()
}

/// The transitions of each block: whole movies where there are ten or more, otherwise stretches of time longer than fifteen
/// correlation times of `of(dS)`; at most `most` blocks.
pub(super) fn block_layout(
    movies: &[MovieEntropy],
    held_out_only: bool,
    of: impl Fn(f64) -> f64,
    most: usize,
) -> Vec<Vec<Stretch>> {
    let stretches = stretches(movies, held_out_only);
    let by_movie: Vec<Vec<Stretch>> =
        stretches.chunk_by(|a, b| a.movie == b.movie).map(<[Stretch]>::to_vec).collect();
    let blocks = if by_movie.len() >= MOVIES_AS_BLOCKS {
        by_movie
    } else {
        let length = block_length(movies, &stretches, of);
        stretches.iter().flat_map(|stretch| equal_parts(stretch, length)).map(|part| vec![part]).collect()
    };
    if blocks.len() <= most {
        return blocks;
    }
    (0..most).map(|k| blocks[k * blocks.len() / most..(k + 1) * blocks.len() / most].concat()).collect()
}

/// Runs of held-out (or all) transitions, in order.
pub(super) fn stretches(movies: &[MovieEntropy], held_out_only: bool) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for (index, movie) in movies.iter().enumerate() {
        let mut start = 0;
        for run in movie.held_out.chunk_by(|a, b| a == b || !held_out_only) {
            if run[0] || !held_out_only {
                stretches.push(Stretch { movie: index, transitions: start..start + run.len() });
            }
            start += run.len();
        }
    }
    stretches
}

/// Longer than the correlation time of the longest stretch, but short enough for eight blocks in all.
fn block_length(movies: &[MovieEntropy], stretches: &[Stretch], of: impl Fn(f64) -> f64) -> usize {
    let total: usize = stretches.iter().map(|stretch| stretch.transitions.len()).sum();
    let longest = stretches.iter().max_by_key(|stretch| stretch.transitions.len());
    let correlation_time = longest.map_or(0.5, |stretch| {
        let values = &movies[stretch.movie].values[stretch.transitions.clone()];
        integrated_correlation_time(&values.iter().map(|&value| of(value)).collect::<Vec<_>>())
    });
    series::block_length(correlation_time, total)
}

/// Parts of nearly equal length, none shorter than `length` unless the stretch itself is.
fn equal_parts(stretch: &Stretch, length: usize) -> impl Iterator<Item = Stretch> {
    let Range { start, end } = stretch.transitions;
    let (movie, part_count) = (stretch.movie, ((end - start) / length).max(1));
    let bound = move |k: usize| start + k * (end - start) / part_count;
    (0..part_count).map(move |part| Stretch { movie, transitions: bound(part)..bound(part + 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_in_the_held_out_set_split_blocks_and_no_transition_is_lost() {
        let movie = MovieEntropy {
            name: String::new(),
            values: (0..100).map(f64::from).collect(),
            held_out: (0..100).map(|i| !(40..60).contains(&i)).collect(),
            exact: None,
        };
        let blocks = blocks(&[movie], true, |value| value);
        assert_eq!(blocks.iter().map(|block| block.count).sum::<usize>(), 80);
        let sum: f64 = blocks.iter().map(|block| block.sum).sum();
        assert!((sum - (4950.0 - (40..60).sum::<i32>() as f64)).abs() < 1e-9);
    }

    /// Catches blocks that lose transitions when many are merged into few.
    #[test]
    fn merged_blocks_hold_every_transition_once() {
        let movies: Vec<MovieEntropy> = (0..13)
            .map(|i| MovieEntropy {
                values: vec![1.0; 20 + i],
                held_out: vec![true; 20 + i],
                ..MovieEntropy::default()
            })
            .collect();
        for (movies, most) in [(&movies[..], 5), (&movies[..3], 4)] {
            let layout = block_layout(movies, true, |value| value, most);
            assert_eq!(layout.len(), most);
            let held: usize = layout.iter().flatten().map(|stretch| stretch.transitions.len()).sum();
            assert_eq!(held, movies.iter().map(|movie| movie.values.len()).sum::<usize>());
        }
    }
}
