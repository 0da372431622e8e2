//! Gives the mean of independent numbers with its standard error.

/// Mean and standard error of the mean.
pub(super) fn mean_and_error(numbers: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = numbers.clone().count() as f64;
    let mean = numbers.clone().sum::<f64>() / count;
    let variance = numbers.map(|number| (number - mean).powi(2)).sum::<f64>() / count;
    (mean, (variance / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scatter that two series share must not count: catches an error of unpaired differences.
    #[test]
    fn pairs_are_compared_one_by_one() {
        let over: Vec<f64> = (0..100).map(|i| 50.0 * f64::from(i).sin()).collect();
        let of: Vec<f64> =
            over.iter().enumerate().map(|(i, x)| x + if i % 2 == 0 { 0.1 } else { 0.3 }).collect();
        let (mean, error) = mean_and_error(of.iter().zip(&over).map(|(a, b)| a - b));
        assert!((mean - 0.2).abs() < 1e-12 && (error - 0.01).abs() < 1e-12, "{mean} {error}");
    }
}
