//! Tells how long blocks of a series must be to be independent of each other.

/// A block spans at least this many integrated correlation times: with five the 95 % interval of
/// autocorrelated series covered 91 %.
const CORRELATION_TIMES: f64 = 15.0;
/// Fewer blocks than this say little about their scatter; short series are cut into this many.
const FEWEST_BLOCKS: usize = 8;

/// Length of blocks in which `total` values of this correlation time are cut: longer than it, but short
/// enough for eight.
pub fn block_length(correlation_time: f64, total: usize) -> usize {
    let wanted = (CORRELATION_TIMES * correlation_time).ceil() as usize;
    wanted.clamp(1, (total / FEWEST_BLOCKS).max(1))
}
