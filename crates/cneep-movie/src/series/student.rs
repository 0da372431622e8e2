//! Solves for the quantiles of Student's distribution.

use std::f64::consts::PI;

/// The value that a Student variable of `degrees` degrees of freedom exceeds in magnitude with probability
/// `outside` (0.05: the half width of a 95 % interval in standard errors).
///
/// By bisection of the finite sums for integer degrees (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
///
/// # Panics
/// If `degrees` is 0 or `outside` is not between 0 and 1.
pub fn student_factor(degrees: usize, outside: f64) -> f64 {
    assert!(degrees > 0 && outside > 0.0 && outside < 1.0, "a Student variable and a probability");
    let angle_within = |angle: f64| probability_within(angle, degrees);
    let (mut low, mut high) = (0.0, 0.5 * PI);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if angle_within(middle) < 1.0 - outside { low = middle } else { high = middle }
    }
    (0.5 * (low + high)).tan() * (degrees as f64).sqrt()
}

/// Probability that a Student variable of `degrees` degrees of freedom exceeds `value` in magnitude.
pub fn student_p_value(value: f64, degrees: usize) -> f64 {
    (1.0 - probability_within((value.abs() / (degrees as f64).sqrt()).atan(), degrees)).max(0.0)
}

/// Probability of a magnitude below `tan(angle) sqrt(degrees)`.
fn probability_within(angle: f64, degrees: usize) -> f64 {
    let (sine, cosine) = angle.sin_cos();
    let odd = degrees % 2 == 1;
    let (mut term, mut sum) = if odd { (cosine, 0.0) } else { (1.0, 0.0) };
    // Powers of the cosine up to degrees - 2.
    let mut power = usize::from(odd);
    while power + 2 <= degrees {
        sum += term;
        let next = (power + 2) as f64;
        term *= cosine * cosine * (next - 1.0) / next;
        power += 2;
    }
    if odd { 2.0 / PI * (angle + sine * sum) } else { sine * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 26.10 of Abramowitz and Stegun; catches one-sided taken for two-sided, and a lost term of either
    /// parity.
    #[test]
    fn the_factors_are_those_of_the_tables() {
        let table = [
            (1, 0.05, 12.706),
            (2, 0.05, 4.303),
            (3, 0.05, 3.182),
            (7, 0.05, 2.365),
            (8, 0.1, 1.860),
            (30, 0.05, 2.042),
            (399, 0.05, 1.966),
        ];
        for (degrees, outside, factor) in table {
            assert!((student_factor(degrees, outside) - factor).abs() < 6e-4, "{degrees} {outside}");
            assert!((student_p_value(-factor, degrees) - outside).abs() < 1e-4, "{degrees} {outside}");
        }
    }
}
