//! Finds the error of an estimate from what it is with parts of the data left out.

/// Standard error of the mean of estimates that were each fitted with another part of the data left out, by
/// the delete-a-group jackknife (Efron and Stein 1981, doi 10.1214/aos/1176345462); none of fewer than two.
pub(crate) fn jackknife_error(estimates: &[f64]) -> Option<f64> {
    let number = estimates.len() as f64;
    let mean = estimates.iter().sum::<f64>() / number;
    let squares: f64 = estimates.iter().map(|of| (of - mean).powi(2)).sum();
    (estimates.len() > 1).then(|| ((number - 1.0) / number * squares).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means of all but one of five groups: their jackknife is the standard error of the mean of all.
    #[test]
    fn the_jackknife_of_means_is_their_standard_error() {
        let groups = [1.0, 2.0, 4.0, 3.0, 7.0];
        let sum: f64 = groups.iter().sum();
        let without: Vec<f64> = groups.iter().map(|group| (sum - group) / 4.0).collect();
        let variance = groups.iter().map(|group| (group - sum / 5.0).powi(2)).sum::<f64>() / 4.0;
        assert!((jackknife_error(&without).unwrap() - (variance / 5.0).sqrt()).abs() < 1e-12);
        assert_eq!(jackknife_error(&[1.0]), None);
    }
}
