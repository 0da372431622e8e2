//! Sums the autocorrelation of a series.

/// Integrated autocorrelation time `1/2 + sum_k rho(k)`, in transitions, summed up to the
/// self-consistent window `k >= 5 tau` (Sokal 1997, doi 10.1007/978-1-4899-0319-8_6); at least 1/2.
pub fn integrated_correlation_time(series: &[f64]) -> f64 {
    let count = series.len();
    let mean = series.iter().sum::<f64>() / count as f64;
    let variance = series.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    if variance <= 0.0 {
        return 0.5;
    }
    let mut time = 0.5;
    for lag in 1..count / 2 {
        let products = series[lag..].iter().zip(series).map(|(a, b)| (a - mean) * (b - mean));
        time += products.sum::<f64>() / variance;
        if lag as f64 >= 5.0 * time {
            break;
        }
    }
    time.max(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A first-order autoregression with memory a has the time 1/2 (1 + a) / (1 - a).
    #[test]
    fn the_correlation_time_of_an_autoregression_is_its_exact_one() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut state = 0.0;
        let series: Vec<f64> = (0..200_000)
            .map(|_| {
                let kick: f64 = StandardNormal.sample(&mut random);
                state = 0.9 * state + kick;
                state
            })
            .collect();
        let exact = 0.5 * 1.9 / 0.1;
        assert!((integrated_correlation_time(&series) / exact - 1.0).abs() < 0.1);
    }
}
