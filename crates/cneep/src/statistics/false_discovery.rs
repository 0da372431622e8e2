//! Chooses which of many tests to believe.

/// Largest p-value that is still a discovery if at most the share `rate` of discoveries may be false on
/// average; none without discoveries (Benjamini and Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x;
/// also for positively dependent tests, as those of neighbouring cells are, Benjamini and Yekutieli 2001, doi
/// 10.1214/aos/1013699998).
pub(crate) fn discovery_threshold(mut p_values: Vec<f64>, rate: f64) -> Option<f64> {
    p_values.sort_unstable_by(f64::total_cmp);
    let count = p_values.len() as f64;
    let allowed = |place: usize| rate * (place + 1) as f64 / count;
    (0..p_values.len()).rev().find(|&place| p_values[place] <= allowed(place)).map(|place| p_values[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the paper: 15 tests, the four smallest are discoveries at 5 %. Catches a threshold that
    /// stops at the first p-value above its line, or compares each with Bonferroni's.
    #[test]
    fn the_published_example_has_four_discoveries() {
        let p_values = vec![
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        assert_eq!(discovery_threshold(p_values, 0.05), Some(0.0095));
        assert_eq!(discovery_threshold(vec![0.2, 0.9], 0.05), None);
        assert_eq!(discovery_threshold(vec![0.04, 0.05], 0.05), Some(0.05));
        assert_eq!(discovery_threshold(Vec::new(), 0.05), None);
    }
}
