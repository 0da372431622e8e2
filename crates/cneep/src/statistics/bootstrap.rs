//! Estimates standard errors by resampling blocks.

use super::blocks::Block;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const RESAMPLES: usize = 1000;

/// Standard error of the mean over blocks, by bootstrap with replacement
/// (Efron and Tibshirani 1993, chapter 6; blocks as in Künsch 1989, doi 10.1214/aos/1176347265).
///
/// None for fewer than two blocks. The same seed gives the same bits.
pub(super) fn bootstrap_standard_error(blocks: &[Block], seed: u64) -> Option<f64> {
    if blocks.len() < 2 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (sum, count) = (0..blocks.len()).fold((0.0, 0.0), |(sum, count), _| {
                let block = blocks[random.random_range(0..blocks.len())];
                (sum + block.sum, count + block.count)
            });
            sum / count
        })
        .collect();
    let mean = means.iter().sum::<f64>() / RESAMPLES as f64;
    let variance = means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (RESAMPLES - 1) as f64;
    // A resample scatters as (n - 1) / n of the sample's own variance.
    let unbias = blocks.len() as f64 / (blocks.len() - 1) as f64;
    Some((variance * unbias).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    /// For independent blocks the bootstrap must return s / sqrt(n).
    #[test]
    fn independent_blocks_scatter_as_their_standard_error() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let values: Vec<f64> = (0..400).map(|_| StandardNormal.sample(&mut random)).collect();
        let blocks: Vec<Block> = values.iter().map(|&v| Block { sum: 10.0 * v, count: 10.0 }).collect();
        let error = bootstrap_standard_error(&blocks, 0).unwrap();
        assert!((error / 0.05 - 1.0).abs() < 0.12, "{error}");
        assert_eq!(bootstrap_standard_error(&blocks, 0), Some(error));
        assert_eq!(bootstrap_standard_error(&blocks[..1], 0), None);
    }
}
