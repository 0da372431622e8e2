//! States by what candidates are compared: the bound, or its expansion where no window leans backwards.
//!
//! `J = <dS - exp(-dS)>` rests on windows that lean backwards. A field of many objects has hardly any: its dS
//! is the sum of many, large and nearly Gaussian, so that the second cumulant tells what `exp(-dS)` cannot.
//! `<dS> - ln <exp(-dS)>` (Donsker and Varadhan 1975, doi 10.1002/cpa.3160280102) is then `2 <dS> - var(dS)
//! / 2`. That is no bound: it is used to choose and to weigh, never to state.

use super::objective::objective;

/// What candidates are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Criterion {
    /// `1 + dS - exp(-dS)`.
    Bound,
    /// `2 dS - (dS - <dS>)^2 / 2`.
    SecondCumulant,
}

/// Windows on which the mean of `exp(-dS)` must rest, in effect.
const ENOUGH: f64 = 100.0;

impl Criterion {
    /// That which windows with these `values` allow.
    pub(super) fn of(values: &[f64]) -> Self {
        let enough = ENOUGH.min(0.5 * values.len() as f64);
        if effective_number(values) >= enough { Self::Bound } else { Self::SecondCumulant }
    }

    /// What each window adds to the mean that is compared, in `k_B`.
    pub(super) fn of_windows(self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::Bound => values.iter().map(|&value| 1.0 + objective(value)).collect(),
            Self::SecondCumulant => {
                let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
                values.iter().map(|value| 2.0 * value - 0.5 * (value - mean).powi(2)).collect()
            }
        }
    }
}

/// Effective number of the windows that carry `<exp(-dS)>`, none of them clipped (Kish 1965).
fn effective_number(values: &[f64]) -> f64 {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let (sum, squares) = values.iter().fold((0.0, 0.0), |(sum, squares), &value| {
        let weight = (least - value).exp();
        (sum + weight, squares + weight * weight)
    });
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Gaussian dS of mean 0.1 and 12: both criteria agree on the first; of the second J sees nothing, and
    /// the expansion is the mean. Catches a criterion that is always, or never, taken.
    #[test]
    fn large_sums_are_compared_by_their_cumulants() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut values = |mean: f64| -> Vec<f64> {
            let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
            (0..20_000).map(|_| mean + (2.0 * mean).sqrt() * draw()).collect()
        };
        let mean = |criterion: Criterion, values: &[f64]| -> f64 {
            criterion.of_windows(values).iter().sum::<f64>() / values.len() as f64
        };
        let (small, large) = (values(0.1), values(12.0));
        assert_eq!(
            (Criterion::of(&small), Criterion::of(&large)),
            (Criterion::Bound, Criterion::SecondCumulant)
        );
        assert!((mean(Criterion::Bound, &small) - mean(Criterion::SecondCumulant, &small)).abs() < 0.002);
        assert!((mean(Criterion::SecondCumulant, &large) - 12.0).abs() < 0.3);
    }
}
