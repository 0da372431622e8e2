//! Cuts windows, in order of time, into stretches whose scatter gives a mean its error.

/// Number of stretches.
const STRETCHES: usize = 20;

/// Sum and number of the values in each stretch of `count` windows, the values given with the places of their windows; empty stretches
/// are left out.
pub(super) fn stretches(values: impl IntoIterator<Item = (usize, f64)>, count: usize) -> Vec<(f64, f64)> {
    let mut stretches = vec![(0.0, 0.0); STRETCHES];
    for (place, value) in values {
        let stretch = &mut stretches[place * STRETCHES / count];
        stretch.0 += value;
        stretch.1 += 1.0;
    }
    stretches.retain(|stretch| stretch.1 > 0.0);
    stretches
}

/// Mean per window over stretches given as (sum, number of windows), and its standard error; none of fewer than two.
pub(super) fn mean_and_error(stretches: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count: f64 = stretches.iter().map(|stretch| stretch.1).sum();
    let mean = stretches.iter().map(|stretch| stretch.0).sum::<f64>() / count;
    let squares = stretches.iter().map(|(sum, windows)| ((sum - windows * mean) / count).powi(2));
    let number = stretches.len() as f64;
    let error = (squares.sum::<f64>() * number / (number - 1.0)).sqrt();
    (stretches.len() > 1).then_some((mean, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four equal stretches: mean and s / sqrt(4); catches an error that does not shrink with their number.
    #[test]
    fn the_error_is_that_of_the_mean_over_stretches() {
        let (mean, error) =
            mean_and_error(&[10.0, 20.0, 30.0, 40.0].map(|sum| (sum, 10.0))).expect("four stretches");
        assert!((mean - 2.5).abs() < 1e-12);
        assert!((error - (5.0_f64 / 3.0).sqrt() / 2.0).abs() < 1e-12);
        assert!(mean_and_error(&[(1.0, 3.0)]).is_none());
    }

    /// Catches a window counted twice or lost at the edge of a stretch.
    #[test]
    fn every_window_lies_in_one_stretch() {
        for count in [7, 20, 1003] {
            let cut = stretches((0..count).map(|place| (place, 1.0)), count);
            assert_eq!(cut.len(), count.min(STRETCHES));
            assert!((cut.iter().map(|stretch| stretch.0).sum::<f64>() - count as f64).abs() < 1e-12);
        }
    }
}
