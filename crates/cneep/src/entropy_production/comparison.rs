//! Compares estimated with exact entropy production, transition by transition.

use serde::{Deserialize, Serialize};

/// How well estimated values follow exact ones; the three belong together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Squared Pearson correlation.
    pub r_squared: f64,
    /// Slope of the estimate on the exact value, by least squares.
    pub slope: f64,
    /// Mean exact rate of these very transitions, in the unit of the estimated rate.
    pub realised_rate: f64,
}

impl Comparison {
    /// Compares (estimated, exact) pairs in `k_B` of transitions that last `transition_time`.
    pub fn of(pairs: &[(f64, f64)], transition_time: f64) -> Self {
        let count = pairs.len() as f64;
        let (estimated, exact) = pairs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
        let (mean_estimated, mean_exact) = (estimated / count, exact / count);
        let (mut var_estimated, mut var_exact, mut covariance) = (0.0, 0.0, 0.0);
        for (estimated, exact) in pairs {
            let (a, b) = (estimated - mean_estimated, exact - mean_exact);
            var_estimated += a * a;
            var_exact += b * b;
            covariance += a * b;
        }
        Self {
            r_squared: ratio(covariance * covariance, var_estimated * var_exact),
            slope: ratio(covariance, var_exact),
            realised_rate: mean_exact / transition_time,
        }
    }

    /// Pearson correlation, with its sign.
    pub fn correlation(&self) -> f64 {
        self.r_squared.sqrt().copysign(self.slope)
    }
}

/// Zero where nothing varies: constants follow nothing.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator > 0.0 { numerator / denominator } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_copy_has_correlation_one_and_the_scale_as_slope() {
        let pairs: Vec<(f64, f64)> = (0..50).map(|i| (0.8 * f64::from(i) + 3.0, f64::from(i))).collect();
        let comparison = Comparison::of(&pairs, 0.5);
        assert!((comparison.r_squared - 1.0).abs() < 1e-12);
        assert!((comparison.slope - 0.8).abs() < 1e-12);
        assert!((comparison.realised_rate - 49.0).abs() < 1e-9);
    }

    #[test]
    fn a_constant_estimate_explains_nothing() {
        let comparison = Comparison::of(&[(1.0, 0.0), (1.0, 2.0)], 1.0);
        assert_eq!((comparison.r_squared, comparison.slope), (0.0, 0.0));
    }
}
