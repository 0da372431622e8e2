//! Draws transitions uniformly with replacement, the same for the same seed and iteration.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A source of batches that needs no memory: iteration `k` draws from stream `k` of the seed, so a resumed
/// run continues with the very batches that an uninterrupted one would see.
#[derive(Debug, Clone, Copy)]
pub struct Sampler {
    seed: u64,
    count: usize,
}

impl Sampler {
    /// Draws from `count` transitions.
    pub fn new(count: usize, seed: u64) -> Self {
        Self { seed, count }
    }

    /// Indices of the `batch` transitions of `iteration`.
    pub fn draw(&self, iteration: u64, batch: usize) -> Vec<usize> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(iteration);
        (0..batch).map(|_| random.random_range(0..self.count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_differ_and_repeat_under_the_same_seed() {
        let sampler = Sampler::new(1000, 5);
        assert_eq!(sampler.draw(3, 64), Sampler::new(1000, 5).draw(3, 64));
        assert_ne!(sampler.draw(3, 64), sampler.draw(4, 64));
        assert_ne!(sampler.draw(3, 64), Sampler::new(1000, 6).draw(3, 64));
    }

    /// 100,000 draws over 10 transitions: each expected 10,000 times, 95 is one standard deviation.
    #[test]
    fn every_transition_is_drawn_equally_often() {
        let mut counts = [0_i32; 10];
        for index in Sampler::new(10, 1).draw(0, 100_000) {
            counts[index] += 1;
        }
        assert!(counts.iter().all(|count| (count - 10_000).abs() < 400), "{counts:?}");
    }
}
