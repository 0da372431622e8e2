//! Chooses the scale of dS in the lower bound, on windows of the training movies.

use super::time_blocks::{mean_and_error, time_blocks};
use crate::entropy_production::{SCALES, clip_limit, effective_number, scaled_bound};

/// Standard errors below the bound at which scales are compared, as a reader relies on what lies there.
const ERRORS: f64 = 1.0;
/// Windows on which a bound must rest, in effect: of Gaussian dS with mean 6, 4,000 windows gave bounds of up
/// to 6.2 where they rested on 41.
const SAFE_WEIGHTS: f64 = 100.0;

/// The scale at which the bound less its standard error is highest, over windows with these values in order
/// of time, which the estimator was not fitted to; 1 for too few of them. Scales whose bound would rest on a
/// few windows count only if all do: their scatter is not seen in a sample.
pub(super) fn choose(values: &[f64]) -> f64 {
    let limit = clip_limit(values.len());
    let enough = SAFE_WEIGHTS.min(0.5 * values.len() as f64);
    let is_safe = |scale: &f64| effective_number(values, *scale, limit) >= enough;
    let mut scales: Vec<f64> = SCALES.into_iter().filter(is_safe).collect();
    if scales.is_empty() {
        scales.extend(SCALES.last());
    }
    let low = |scale: &f64| {
        let scale = *scale;
        let bounds = values.iter().map(|&value| scaled_bound(value, scale, limit));
        mean_and_error(&time_blocks(bounds.enumerate(), values.len()))
            .map(|(mean, error)| mean - ERRORS * error)
    };
    let lows: Option<Vec<f64>> = scales.iter().map(low).collect();
    let Some(lows) = lows else { return SCALES[0] };
    // Of equals the largest scale.
    let best = (1..scales.len()).fold(0, |best, place| if lows[place] > lows[best] { place } else { best });
    scales[best]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Gaussian dS of this mean, times `size`.
    fn values(mean: f64, size: f64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut draw =
            || mean + (2.0 * mean).sqrt() * Distribution::<f64>::sample(&StandardNormal, &mut random);
        (0..4000).map(|_| size * draw()).collect()
    }

    /// Small exact dS needs no scale; large dS, and dS of twice its size, do. Catches a scale that is never,
    /// or always, taken.
    #[test]
    fn scales_shrink_what_is_large() {
        assert_eq!(choose(&values(0.05, 1.0)), 1.0);
        assert!((0.4..0.8).contains(&choose(&values(6.0, 1.0))));
        assert_eq!(choose(&values(0.2, 2.0)), 0.5);
        assert_eq!(choose(&[0.0; 100]), 1.0);
        assert_eq!(choose(&[]), 1.0);
    }
}
