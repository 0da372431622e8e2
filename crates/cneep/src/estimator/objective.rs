//! States the objective that is maximised: `J = <dS - exp(-dS)>`.

/// Below this the exponential no longer fits a 32-bit gradient; no sane estimate comes near it.
const STEEPEST: f32 = -60.0;

/// Loss `exp(-dS) - dS` of one transition and its derivative with respect to dS (PRL 125, 140604, doi
/// 10.1103/PhysRevLett.125.140604). Its mean is `-J`; the optimum is `dS = ln p(w) / p(reversed w)`.
pub fn loss(entropy_production: f32) -> (f64, f32) {
    let exponential = f64::from(-entropy_production.max(STEEPEST)).exp();
    (exponential - f64::from(entropy_production), -(exponential as f32) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_derivative_of_the_loss() {
        for s in [-3.0_f32, -0.5, 0.0, 0.7, 4.0] {
            let step = 1e-3;
            let numeric = (loss(s + step).0 - loss(s - step).0) / (f64::from(s + step) - f64::from(s - step));
            assert!((numeric - f64::from(loss(s).1)).abs() < 1e-3 * numeric.abs(), "{s}");
        }
    }

    /// For dS = +a with probability p and -a with 1 - p the best `a` is ln p / (1 - p).
    #[test]
    fn the_optimum_is_the_log_ratio_of_probabilities() {
        let p = 0.8_f64;
        let mean_loss = |a: f32| p * loss(a).0 + (1.0 - p) * loss(-a).0;
        let best = (0..4000).map(|i| i as f32 * 1e-3).min_by(|a, b| mean_loss(*a).total_cmp(&mean_loss(*b)));
        assert!((f64::from(best.unwrap()) - (p / (1.0 - p)).ln()).abs() < 2e-3);
    }
}
