//! Tests whether values, such as p-values under a null hypothesis, are uniform between 0 and 1.

/// Terms of the series; the rest is below any rounding.
const TERMS: u32 = 100;

/// Probability that as many uniform values have a distribution function as far from theirs as `values` have
/// (Kolmogorov and Smirnov, with the correction for finite samples of Stephens 1970,
/// doi 10.1111/j.2517-6161.1970.tb00821.x); none without any value.
pub(crate) fn kolmogorov_smirnov(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let apart = |(place, value): (usize, &f64)| {
        ((place + 1) as f64 / count - value).max(value - place as f64 / count)
    };
    let distance = sorted.iter().enumerate().map(apart).reduce(f64::max)?;
    let scaled = (count.sqrt() + 0.12 + 0.11 / count.sqrt()) * distance;
    let term = |k: u32| {
        let k = f64::from(k);
        2.0 * (-1.0_f64).powf(k - 1.0) * (-2.0 * k * k * scaled * scaled).exp()
    };
    Some((1..=TERMS).map(term).sum::<f64>().clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distance 0.134 of 100 values is exceeded in 5 % of all cases (tables: 1.358 / sqrt(n) for many).
    #[test]
    fn the_level_is_that_of_tables() {
        let shifted =
            |by: f64| -> Vec<f64> { (0..100).map(|i| (f64::from(i) + 0.5) / 100.0 * (1.0 - by)).collect() };
        assert!(kolmogorov_smirnov(&shifted(0.0)).unwrap() > 0.999);
        let at = kolmogorov_smirnov(&shifted(0.1345 - 0.005)).unwrap();
        assert!((at - 0.05).abs() < 0.006, "{at}");
        assert!(kolmogorov_smirnov(&[1.0; 20]).unwrap() < 1e-9);
        assert_eq!(kolmogorov_smirnov(&[]), None);
    }
}
