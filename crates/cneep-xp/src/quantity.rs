//! Names the scores that can be expected, plotted and tabled.

use super::scores::Scores;
use serde::{Deserialize, Serialize};

/// A score of an estimator on fresh movies. Rates are of the test movies, in `k_B` per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Quantity {
    /// Squared correlation of estimated with exact entropy production, transition by transition.
    RSquared,
    /// Slope of the estimate on the exact value.
    Slope,
    /// `r_squared` of the last iteration's parameters, without early stopping.
    LastRSquared,
    /// `slope` of the last iteration's parameters.
    LastSlope,
    /// Estimated rate.
    Rate,
    /// Lower bound on the rate.
    Bound,
    /// Estimated over realised rate.
    RateRatio,
    /// Lower bound over realised rate.
    BoundRatio,
    /// Estimated rate over the exact rate of pairs of frames.
    PairRatio,
    /// Lower bound over the exact rate of pairs of frames.
    BoundPairRatio,
    /// `<exp(-dS)>`, 1 when converged.
    FluctuationTheorem,
    /// Probability of as much under equilibrium.
    PValue,
    /// Share of seeds that claim dissipation.
    Dissipates,
    /// Share of seeds with a caution about the movies themselves.
    Cautioned,
    /// Share of seeds that claim dissipation without such a caution.
    ClaimsUncautioned,
    /// Share of seeds whose test against equilibrium rejects it at 5 %.
    RejectsEquilibrium,
    /// Share of seeds whose 95 % interval of the rate holds the realised rate.
    Covers,
    /// Share of seeds whose 95 % interval of the rate of the training movies holds the mean of the same
    /// estimator over fresh movies.
    CoversOwnMean,
    /// Share of seeds whose lower bound exceeds the exact rate with its whole 95 % interval.
    Overshoots,
    /// Share of seeds whose rate is above zero, of those whose estimate is not zero: one half in equilibrium.
    Positive,
    /// Correlation of each part's series on the map with its exact local one, mean over the parts.
    PartCorrelation,
    /// Correlation over the parts of the mean map with the exact local rates; of three parts or more.
    MapCorrelation,
    /// Share of the dissipation that the mean map shows at a wrong part.
    Misplaced,
    /// Chance that a hot node shows more on the mean map than a cold one.
    HotNodeAuc,
    /// Correlation over the pixels of the mean map with the exact density, both blurred by 3 pixels.
    DensityCorrelation,
    /// Standard deviation over mean of the mean map in tiles of 8 pixels, where the exact density is known.
    MapUnevenness,
    /// Correlation of the maps of single transitions between two seeds, mean over pairs of seeds.
    MapAgreement,
}

impl Quantity {
    pub(crate) const ALL: [Self; 27] = [
        Self::RSquared,
        Self::Slope,
        Self::LastRSquared,
        Self::LastSlope,
        Self::Rate,
        Self::Bound,
        Self::RateRatio,
        Self::BoundRatio,
        Self::PairRatio,
        Self::BoundPairRatio,
        Self::FluctuationTheorem,
        Self::PValue,
        Self::Dissipates,
        Self::Cautioned,
        Self::ClaimsUncautioned,
        Self::RejectsEquilibrium,
        Self::Covers,
        Self::CoversOwnMean,
        Self::Overshoots,
        Self::Positive,
        Self::PartCorrelation,
        Self::MapCorrelation,
        Self::Misplaced,
        Self::HotNodeAuc,
        Self::DensityCorrelation,
        Self::MapUnevenness,
        Self::MapAgreement,
    ];

    /// How it is written in tables and on axes, with its unit.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::RSquared => "R²",
            Self::Slope => "slope",
            Self::LastRSquared => "R², last iterate",
            Self::LastSlope => "slope, last iterate",
            Self::Rate => "rate (k_B/s)",
            Self::Bound => "bound (k_B/s)",
            Self::RateRatio => "rate / realised",
            Self::BoundRatio => "bound / realised",
            Self::PairRatio => "rate / pair rate",
            Self::BoundPairRatio => "bound / pair rate",
            Self::FluctuationTheorem => "<exp(-dS)>",
            Self::PValue => "p-value",
            Self::Dissipates => "claims dissipation",
            Self::Cautioned => "caution about the movies",
            Self::ClaimsUncautioned => "claims without caution",
            Self::RejectsEquilibrium => "rejects equilibrium",
            Self::Covers => "interval covers",
            Self::CoversOwnMean => "own interval covers",
            Self::Overshoots => "bound exceeds",
            Self::Positive => "rate above zero",
            Self::PartCorrelation => "local correlation",
            Self::MapCorrelation => "map correlation",
            Self::Misplaced => "misplaced on map",
            Self::HotNodeAuc => "AUC of hot nodes",
            Self::DensityCorrelation => "density correlation",
            Self::MapUnevenness => "map unevenness",
            Self::MapAgreement => "map agreement",
        }
    }

    /// Whether it is a share of the seeds.
    pub(crate) fn is_share(self) -> bool {
        matches!(
            self,
            Self::Dissipates
                | Self::Cautioned
                | Self::ClaimsUncautioned
                | Self::RejectsEquilibrium
                | Self::Covers
                | Self::CoversOwnMean
                | Self::Overshoots
                | Self::Positive
        )
    }

    /// Its value in one row of scores; none where it makes no sense, or belongs to several seeds together.
    pub(crate) fn of(self, scores: &Scores) -> Option<f64> {
        let over = |value: Option<f64>, by: Option<f64>| Some(value? / by.filter(|rate| *rate > 0.0)?);
        // In equilibrium nothing is realised but rounding. Of a system that cannot be solved only the mean
        // rate is known.
        let known = scores.r_squared.is_some() || scores.exact_rate.is_none();
        let realised = scores.realised_rate.filter(|_| known);
        match self {
            Self::RSquared => scores.r_squared,
            Self::Slope => scores.slope,
            Self::LastRSquared => scores.last_r_squared,
            Self::LastSlope => scores.last_slope,
            Self::Rate => Some(scores.rate),
            Self::Bound => scores.bound,
            Self::RateRatio => over(Some(scores.rate), realised),
            Self::BoundRatio => over(scores.bound, realised),
            Self::PairRatio => over(Some(scores.rate), realised.and(scores.exact_pair_rate)),
            Self::BoundPairRatio => over(scores.bound, realised.and(scores.exact_pair_rate)),
            Self::FluctuationTheorem => Some(scores.fluctuation_theorem),
            Self::PValue => scores.p_value,
            Self::Dissipates => Some(f64::from(scores.dissipates)),
            Self::Cautioned => scores.cautioned().map(|cautioned| f64::from(u8::from(cautioned))),
            Self::ClaimsUncautioned => {
                let claimed = scores.dissipates == 1;
                scores.cautioned().map(|cautioned| f64::from(u8::from(claimed && !cautioned)))
            }
            Self::RejectsEquilibrium => scores.p_value.map(|p| f64::from(u8::from(p < 0.05))),
            Self::Covers => {
                let (low, high, rate) = (scores.rate_low?, scores.rate_high?, scores.realised_rate?);
                Some(f64::from(u8::from((low..=high).contains(&rate))))
            }
            Self::CoversOwnMean => {
                let (low, high) = (scores.own_rate_low?, scores.own_rate_high?);
                Some(f64::from(u8::from((low..=high).contains(&scores.rate))))
            }
            Self::Overshoots => {
                let (low, rate) = (scores.bound_low?, scores.exact_rate?);
                Some(f64::from(u8::from(low > rate)))
            }
            Self::Positive => (scores.rate != 0.0).then(|| f64::from(u8::from(scores.rate > 0.0))),
            Self::PartCorrelation => scores.part_correlation,
            Self::MapCorrelation => scores.map_correlation,
            Self::Misplaced => scores.misplaced,
            Self::HotNodeAuc => scores.hot_node_auc,
            Self::DensityCorrelation => scores.density_correlation,
            Self::MapUnevenness => scores.map_unevenness,
            Self::MapAgreement => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a verdict that depends on how fast, or how busy, a machine was.
    #[test]
    fn no_quantity_depends_on_the_clock() {
        let rates = Some(2.0);
        let known = Scores {
            r_squared: Some(0.9),
            rate_low: rates,
            rate_high: rates,
            bound: rates,
            bound_low: rates,
            realised_rate: rates,
            exact_rate: rates,
            exact_pair_rate: rates,
            p_value: Some(0.1),
            ..Scores::default()
        };
        let slow = Scores { train_seconds: 1e6, seconds: 2e6, ..known.clone() };
        for quantity in Quantity::ALL {
            assert_eq!(quantity.of(&slow), quantity.of(&known), "{quantity:?}");
        }
    }

    /// Catches rows from before cautions were kept that count as free of them, and a claim with a caution
    /// that counts as one without.
    #[test]
    fn only_known_cautions_count() {
        let of = |quantity: Quantity, cautions: Option<&str>| {
            let movie_cautions = cautions.map(str::to_owned);
            quantity.of(&Scores { dissipates: 1, movie_cautions, ..Scores::default() })
        };
        let known = [None, Some("none"), Some("drift saturation")];
        assert_eq!(known.map(|c| of(Quantity::Cautioned, c)), [None, Some(0.0), Some(1.0)]);
        assert_eq!(known.map(|c| of(Quantity::ClaimsUncautioned, c)), [None, Some(1.0), Some(0.0)]);
    }

    /// An estimate of zero has no sign: catches one that counts for or against a lean.
    #[test]
    fn only_an_estimate_has_a_sign() {
        let of = |rate: f64| Quantity::Positive.of(&Scores { rate, ..Scores::default() });
        assert_eq!([1e-9, -1e-9, 0.0].map(of), [Some(1.0), Some(0.0), None]);
    }
}
