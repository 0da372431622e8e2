//! Finds the 95 % confidence interval of a mean over blocks.

use super::blocks::Block;
use cneep_movie::series::student_factor;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const RESAMPLES: usize = 1000;
/// Probability left outside the interval.
const OUTSIDE: f64 = 0.05;
/// From fewer blocks a resample may hold a single one, many times over, and no scatter.
const FEWEST_TO_RESAMPLE: usize = 8;

/// Central 95 % confidence interval of the mean over blocks; none for fewer than two.
///
/// Two intervals are made and the farther end is taken on either side: Student's with one degree of freedom
/// fewer than blocks, which knows that few blocks do not tell their scatter, and from eight blocks on the
/// bootstrapped distribution of the studentised mean (percentile-t; Efron and Tibshirani 1993, chapter 12;
/// Hall 1988, doi 10.1214/aos/1176350933), which knows that the blocks of a lower bound lean to one side. The
/// same seed gives the same bits.
pub(super) fn confidence_interval(blocks: &[Block], seed: u64) -> Option<[f64; 2]> {
    if blocks.len() < 2 {
        return None;
    }
    let (mean, error) = studentised(blocks.iter().copied());
    let student = student_factor(blocks.len() - 1, OUTSIDE);
    let (mut below, mut above) = (student, student);
    if blocks.len() >= FEWEST_TO_RESAMPLE && error > 0.0 {
        let mut distances = resampled_distances(blocks, mean, seed);
        distances.sort_unstable_by(f64::total_cmp);
        let cut = (0.5 * OUTSIDE * distances.len() as f64) as usize;
        let at = |place: usize| distances.get(place).copied().unwrap_or(0.0);
        below = below.max(at(distances.len().saturating_sub(cut + 1)));
        above = above.max(-at(cut));
    }
    Some([mean - below * error, mean + above * error])
}

/// Mean of resampled blocks, minus `mean`, in their own standard errors.
fn resampled_distances(blocks: &[Block], mean: f64, seed: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = Vec::with_capacity(blocks.len());
    let mut distances = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        drawn.clear();
        drawn.extend((0..blocks.len()).map(|_| blocks[random.random_range(0..blocks.len())]));
        let (resampled, error) = studentised(drawn.iter().copied());
        if error > 0.0 {
            distances.push((resampled - mean) / error);
        }
    }
    distances
}

/// Ratio of the sums, with its standard error from the scatter of the blocks.
fn studentised(blocks: impl Iterator<Item = Block> + Clone) -> (f64, f64) {
    let (sum, weight) = blocks.clone().fold((0.0, 0.0), |(s, n), block| (s + block.sum, n + block.count));
    let (mean, number) = (sum / weight, blocks.clone().count() as f64);
    let squares: f64 = blocks.map(|block| (block.sum - mean * block.count).powi(2)).sum();
    (mean, (squares * number / (number - 1.0)).sqrt() / weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    fn single(sum: f64) -> Block {
        Block { sum, count: 1.0 }
    }

    /// Catches a normal factor where few blocks call for Student's: two blocks need 12.7 standard errors.
    #[test]
    fn two_blocks_leave_a_wide_interval_and_one_leaves_none() {
        let [low, high] = confidence_interval(&[single(1.0), single(3.0)], 0).unwrap();
        assert!((low - (2.0 - 12.706)).abs() < 1e-3 && (high - (2.0 + 12.706)).abs() < 1e-3);
        assert_eq!(confidence_interval(&[single(1.0)], 0), None);
    }

    /// Blocks with rare large losses: the true mean lies below most samples, and the interval must reach down
    /// to it.
    #[test]
    fn rare_losses_widen_the_lower_side() {
        let mut blocks = vec![single(1.0); 40];
        blocks[3].sum = -30.0;
        blocks[17].sum = 1.5;
        let mean = blocks.iter().map(|b| b.sum).sum::<f64>() / 40.0;
        let [low, high] = confidence_interval(&blocks, 0).unwrap();
        assert!(mean - low > 1.5 * (high - mean), "{low} {mean} {high}");
        assert_eq!(confidence_interval(&blocks, 0), Some([low, high]));
    }

    /// 400 samples of 9 independent blocks: 380 intervals should hold the mean, 367 to 393 within three
    /// standard deviations.
    #[test]
    fn few_independent_blocks_are_covered_as_promised() {
        let covered = (0..400).filter(|&seed| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut block = || single(StandardNormal.sample(&mut random));
            let blocks: Vec<Block> = (0..9).map(|_| block()).collect();
            confidence_interval(&blocks, 0).is_some_and(|[low, high]| low < 0.0 && 0.0 < high)
        });
        let count = covered.count();
        assert!((367..=393).contains(&count), "{count}");
    }
}
