//! Cuts series into blocks that are longer than their correlation time.

use super::MovieEntropy;

/// Movies from this number on serve as blocks by themselves.
const MOVIES_AS_BLOCKS: usize = 10;
/// A block spans at least this many integrated correlation times.
const CORRELATION_TIMES: f64 = 5.0;
/// Fewer blocks than this say little about their scatter; short series are cut into this many.
const FEWEST_BLOCKS: usize = 8;

/// A block of consecutive transitions: sum and number of some value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Block {
    pub(super) sum: f64,
    pub(super) count: usize,
}

impl Block {
    fn of(values: &[f64]) -> Self {
        Self { sum: values.iter().sum(), count: values.len() }
    }

    pub(super) fn pair(&self) -> (f64, f64) {
        (self.sum, self.count as f64)
    }
}

/// Blocks of `of(dS)` over the held-out (or all) transitions: whole movies where there are ten or
/// more, otherwise stretches of time.
pub(super) fn blocks(movies: &[MovieEntropy], held_out_only: bool, of: impl Fn(f64) -> f64) -> Vec<Block> {
    let mut stretches: Vec<(usize, Vec<f64>)> = Vec::new();
    for (index, movie) in movies.iter().enumerate() {
        let mut stretch = Vec::new();
        for (&value, &held_out) in movie.values.iter().zip(&movie.held_out) {
            if held_out || !held_out_only {
                stretch.push(of(value));
            } else if !stretch.is_empty() {
                stretches.push((index, std::mem::take(&mut stretch)));
            }
        }
        if !stretch.is_empty() {
            stretches.push((index, stretch));
        }
    }
    let movie_count = movies_of(&stretches);
    if movie_count >= MOVIES_AS_BLOCKS {
        return whole_movies(&stretches, movies.len());
    }
    let length = block_length(&stretches);
    stretches.iter().flat_map(|(_, stretch)| equal_parts(stretch, length)).collect()
}

fn movies_of(stretches: &[(usize, Vec<f64>)]) -> usize {
    let mut movies: Vec<usize> = stretches.iter().map(|&(movie, _)| movie).collect();
    movies.dedup();
    movies.len()
}

fn whole_movies(stretches: &[(usize, Vec<f64>)], movie_count: usize) -> Vec<Block> {
    let mut blocks = vec![Block { sum: 0.0, count: 0 }; movie_count];
    for (movie, stretch) in stretches {
        let part = Block::of(stretch);
        blocks[*movie].sum += part.sum;
        blocks[*movie].count += part.count;
    }
    blocks.retain(|block| block.count > 0);
    blocks
}

/// Longer than the correlation time, but short enough for eight blocks in all.
fn block_length(stretches: &[(usize, Vec<f64>)]) -> usize {
    let total: usize = stretches.iter().map(|(_, stretch)| stretch.len()).sum();
    let longest = stretches.iter().max_by_key(|(_, stretch)| stretch.len());
    let correlation_time = longest.map_or(1.0, |(_, stretch)| integrated_correlation_time(stretch));
    let wanted = (CORRELATION_TIMES * correlation_time).ceil() as usize;
    wanted.clamp(1, (total / FEWEST_BLOCKS).max(1))
}

/// Parts of nearly equal length, none shorter than half of `length` unless the stretch itself is.
fn equal_parts(stretch: &[f64], length: usize) -> impl Iterator<Item = Block> {
    let part_count = (stretch.len() / length).max(1);
    (0..part_count).map(move |part| {
        let bound = |k: usize| k * stretch.len() / part_count;
        Block::of(&stretch[bound(part)..bound(part + 1)])
    })
}

/// Integrated autocorrelation time `1/2 + sum_k rho(k)`, in transitions, summed up to the
/// self-consistent window `k >= 5 tau` (Sokal 1997, doi 10.1007/978-1-4899-0319-8_6); at least 1/2.
pub(super) fn integrated_correlation_time(series: &[f64]) -> f64 {
    let count = series.len();
    let mean = series.iter().sum::<f64>() / count as f64;
    let variance = series.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    if variance <= 0.0 {
        return 0.5;
    }
    let mut time = 0.5;
    for lag in 1..count / 2 {
        let products = series[lag..].iter().zip(series).map(|(a, b)| (a - mean) * (b - mean));
        time += products.sum::<f64>() / variance;
        if lag as f64 >= 5.0 * time {
            break;
        }
    }
    time.max(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A first-order autoregression with memory a has the time 1/2 (1 + a) / (1 - a).
    #[test]
    fn the_correlation_time_of_an_autoregression_is_its_exact_one() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut state = 0.0;
        let series: Vec<f64> = (0..200_000)
            .map(|_| {
                let kick: f64 = StandardNormal.sample(&mut random);
                state = 0.9 * state + kick;
                state
            })
            .collect();
        let exact = 0.5 * 1.9 / 0.1;
        assert!((integrated_correlation_time(&series) / exact - 1.0).abs() < 0.1);
    }

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
}
