//! Turns probabilities into standard normal deviations.

/// The standard normal deviation that is exceeded in magnitude with probability `p_value`, to 5e-4; at most
/// 8.3 (Abramowitz and Stegun 1964, 26.2.23).
pub(super) fn normal_beyond(p_value: f64) -> f64 {
    let t = (-2.0 * (0.5 * p_value.max(1e-16)).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (t - above / below).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches one-sided taken for two-sided.
    #[test]
    fn the_deviations_are_those_of_the_tables() {
        for (p_value, deviation) in [(0.3173, 1.0), (0.05, 1.96), (0.0027, 3.0), (5.733e-7, 5.0)] {
            assert!((normal_beyond(p_value) - deviation).abs() < 1e-3, "{p_value}");
        }
    }
}
