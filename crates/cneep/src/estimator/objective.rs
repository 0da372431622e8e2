//! States the objective that is maximised: `J = <dS - exp(-dS)>`.

/// Below this the exponential no longer fits a 32-bit gradient; no sane estimate comes near it.
const STEEPEST: f32 = -60.0;

/// Loss `exp(-dS) - dS` of one transition and its derivative with respect to dS (PRL 125, 140604, doi
/// 10.1103/PhysRevLett.125.140604). Its mean is `-J`; the optimum is `dS = ln p(w) / p(reversed w)`.
pub fn loss(entropy_production: f32) -> (f64, f32) {
    let exponential = f64::from(-entropy_production.max(STEEPEST)).exp();
    (exponential - f64::from(entropy_production), -(exponential as f32) - 1.0)
}

/// `exp(-dS)`, the weight of the reversed transition over that of the transition; finite whatever the
/// estimate.
pub(super) fn backward_weight(entropy_production: f64) -> f64 {
    (-entropy_production.max(f64::from(STEEPEST))).exp()
}

/// `dS - exp(-dS)` of one transition, whose mean is `J`.
pub(super) fn objective(entropy_production: f64) -> f64 {
    entropy_production - backward_weight(entropy_production)
}

/// The loss of the alpha family with the same optimum, `1 - (exp(alpha dS) - 1) / alpha + (exp(-(1 + alpha)
/// dS) - 1) / (1 + alpha)`, and its derivative with respect to dS (Kwon and Baek, Phys. Rev. E 109, 014143
/// (2024), doi 10.1103/PhysRevE.109.014143). At alpha = 0 it is [`loss`]; at -1/2 it is `4 exp(-dS/2) - 3`,
/// which rare transitions backwards disturb less.
pub fn loss_alpha(alpha: f64, entropy_production: f32) -> (f64, f32) {
    if alpha == 0.0 {
        return loss(entropy_production);
    }
    let bounded = f64::from(entropy_production.clamp(STEEPEST, -STEEPEST));
    let (forward, backward) = ((alpha * bounded).exp(), (-(1.0 + alpha) * bounded).exp());
    let value = 1.0 - (forward - 1.0) / alpha + (backward - 1.0) / (1.0 + alpha);
    (value, -(forward + backward) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHAS: [f64; 4] = [-0.8, -0.5, -1e-4, 0.3];

    #[test]
    fn slopes_of_the_family_are_derivatives() {
        for (alpha, s) in ALPHAS.iter().flat_map(|alpha| [-3.0_f32, 0.0, 0.7, 4.0].map(|s| (*alpha, s))) {
            let step = 1e-2;
            let apart = f64::from(s + step) - f64::from(s - step);
            let numeric = (loss_alpha(alpha, s + step).0 - loss_alpha(alpha, s - step).0) / apart;
            assert!(
                (numeric - f64::from(loss_alpha(alpha, s).1)).abs() < 1e-3 * numeric.abs(),
                "{alpha} {s}"
            );
        }
    }

    /// Catches a member of the family that is not continuous at alpha = 0, or not the closed form at -1/2.
    #[test]
    fn the_family_contains_the_standard_loss() {
        for s in [-2.0_f32, 0.0, 1.5] {
            assert!((loss_alpha(1e-6, s).0 - loss(s).0).abs() < 1e-4);
            assert!((loss_alpha(-0.5, s).0 - (4.0 * (-0.5 * f64::from(s)).exp() - 3.0)).abs() < 1e-9);
            assert_eq!(loss_alpha(0.0, s), loss(s));
        }
    }

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
        for alpha in ALPHAS.into_iter().chain([0.0]) {
            let mean_loss = |a: f32| p * loss_alpha(alpha, a).0 + (1.0 - p) * loss_alpha(alpha, -a).0;
            let candidates = (0..4000).map(|i| i as f32 * 1e-3);
            let best = candidates.min_by(|a, b| mean_loss(*a).total_cmp(&mean_loss(*b)));
            assert!((f64::from(best.unwrap()) - (p / (1.0 - p)).ln()).abs() < 2e-3, "{alpha}");
        }
    }
}
