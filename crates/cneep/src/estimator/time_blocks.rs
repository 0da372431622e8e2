//! Cuts windows, in order of time, into blocks whose scatter gives a mean its error.

/// Number of blocks.
const BLOCKS: usize = 20;

/// Sum and number of the values in each block of `count` windows, the values given with the places of their
/// windows; empty blocks are left out.
pub(super) fn time_blocks(values: impl IntoIterator<Item = (usize, f64)>, count: usize) -> Vec<(f64, f64)> {
    let mut blocks = vec![(0.0, 0.0); BLOCKS];
    for (place, value) in values {
        let block = &mut blocks[place * BLOCKS / count];
        block.0 += value;
        block.1 += 1.0;
    }
    blocks.retain(|block| block.1 > 0.0);
    blocks
}

/// Mean per window over blocks given as (sum, number of windows), and its standard error; none of fewer than
/// two.
pub(super) fn mean_and_error(blocks: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count: f64 = blocks.iter().map(|block| block.1).sum();
    let mean = blocks.iter().map(|block| block.0).sum::<f64>() / count;
    let squares = blocks.iter().map(|(sum, windows)| ((sum - windows * mean) / count).powi(2));
    let number = blocks.len() as f64;
    let error = (squares.sum::<f64>() * number / (number - 1.0)).sqrt();
    (blocks.len() > 1).then_some((mean, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four equal blocks: mean and s / sqrt(4); catches an error that does not shrink with their number.
    #[test]
    fn the_error_is_that_of_the_mean_over_blocks() {
        let (mean, error) =
            mean_and_error(&[10.0, 20.0, 30.0, 40.0].map(|sum| (sum, 10.0))).expect("four blocks");
        assert!((mean - 2.5).abs() < 1e-12);
        assert!((error - (5.0_f64 / 3.0).sqrt() / 2.0).abs() < 1e-12);
        assert!(mean_and_error(&[(1.0, 3.0)]).is_none());
    }

    /// Catches a window counted twice or lost at the edge of a block.
    #[test]
    fn every_window_lies_in_one_block() {
        for count in [7, 20, 1003] {
            let cut = time_blocks((0..count).map(|place| (place, 1.0)), count);
            assert_eq!(cut.len(), count.min(BLOCKS));
            assert!((cut.iter().map(|block| block.0).sum::<f64>() - count as f64).abs() < 1e-12);
        }
    }
}
