//! States a mean over blocks with its standard error and its interval, each found once.

use super::blocks::Block;
use super::bootstrap::bootstrap_standard_error;
use super::interval::confidence_interval;

/// Seed of the resampling: the same blocks give the same bits.
const SEED: u64 = 0;

/// Mean of correlated values, with the error that the scatter of their blocks gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BlockMean {
    /// Sum over number of values.
    pub(crate) value: f64,
    /// Its standard error, by the bootstrap over blocks; none for fewer than two.
    pub(crate) standard_error: Option<f64>,
    /// Central 95 % interval; none for fewer than two blocks.
    pub(crate) confidence_interval: Option<[f64; 2]>,
    /// Number of blocks.
    pub(crate) block_count: usize,
}

impl BlockMean {
    /// The mean of all values in `blocks`.
    pub(crate) fn of(blocks: &[Block]) -> Self {
        let (sum, count) = blocks.iter().fold((0.0, 0.0), |(s, n), block| (s + block.sum, n + block.count));
        Self {
            value: sum / count,
            standard_error: bootstrap_standard_error(blocks, SEED),
            confidence_interval: confidence_interval(blocks, SEED),
            block_count: blocks.len(),
        }
    }
}
