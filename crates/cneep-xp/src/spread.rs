//! Sums the scores of several seeds up: how they spread, case by case.

use super::case_provenance::CaseProvenance;
use super::quantity::Quantity;
use super::uniformity::kolmogorov_smirnov;
use serde::Serialize;
use std::collections::BTreeMap;

/// Scores of one case over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CaseScores {
    /// What its value along every axis is called.
    pub(crate) values: Vec<String>,
    /// Scores that are known of every seed.
    pub(crate) scores: BTreeMap<Quantity, Spread>,
    /// What the scores were made with.
    #[serde(flatten)]
    pub(crate) provenance: CaseProvenance,
}

/// Values of several seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    /// Standard deviation over the seeds, of a share of them its standard error; none for a single one.
    pub(crate) deviation: Option<f64>,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) seeds: usize,
    /// Of p-values: probability that uniform ones are distributed as far from uniform as these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uniformity: Option<f64>,
}

impl Spread {
    /// The spread of the `values` of a score; none without any.
    pub(crate) fn of(quantity: Quantity, values: &[f64]) -> Option<Self> {
        let spread = Self::of_values(values)?;
        Some(match quantity {
            Quantity::PValue => Self { uniformity: kolmogorov_smirnov(values), ..spread },
            _ if quantity.is_share() => spread.of_share(),
            _ => spread,
        })
    }

    /// The spread of `values`; none without any.
    pub(crate) fn of_values(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let extreme = |of: fn(f64, f64) -> f64| values.iter().copied().reduce(of);
        Some(Self {
            mean,
            deviation: (values.len() > 1).then(|| (square / (count - 1.0)).sqrt()),
            least: extreme(f64::min)?,
            most: extreme(f64::max)?,
            seeds: values.len(),
            uniformity: None,
        })
    }

    /// Of a share: each seed counts or does not, which has no scatter of its own, but the share is known as
    /// well only as their number tells it.
    fn of_share(self) -> Self {
        let root = (self.seeds as f64).sqrt();
        Self { deviation: self.deviation.map(|deviation| deviation / root), ..self }
    }

    /// Of a share: how many seeds count.
    pub(crate) fn counted(&self) -> usize {
        (self.mean * self.seeds as f64).round() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a deviation over n, which leans low for a handful of seeds.
    #[test]
    fn a_spread_is_that_of_a_sample() {
        let spread = Spread::of(Quantity::Slope, &[1.0, 2.0, 6.0]).unwrap();
        assert_eq!((spread.mean, spread.least, spread.most, spread.seeds), (3.0, 1.0, 6.0, 3));
        assert!((spread.deviation.unwrap() - 7f64.sqrt()).abs() < 1e-12);
        assert_eq!(Spread::of(Quantity::Slope, &[1.0]).unwrap().deviation, None);
        assert_eq!(Spread::of(Quantity::Slope, &[]), None);
        // Of four seeds one counts: sqrt(p (1 - p) / (n - 1)).
        let share = Spread::of(Quantity::Covers, &[1.0, 0.0, 0.0, 0.0]).unwrap();
        assert!((share.deviation.unwrap() - (0.25 * 0.75 / 3.0_f64).sqrt()).abs() < 1e-12);
        assert_eq!(share.counted(), 1);
    }
}
