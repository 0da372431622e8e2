//! States the smallest rate that the unseen transitions could have shown.

use crate::statistics::BlockMean;
use cneep_movie::series::student_factor;
use cneep_movie::units::RateUnit;
use serde::{Deserialize, Serialize};

/// Standard deviations of the mean beyond which the one-sided test at 5 % rejects equilibrium; as many more,
/// and it is rejected in 95 % of all cases.
const TEST_FACTOR: f64 = 1.644_854;
/// The same for the 95 % interval of a bound, whose lower end must lie above zero.
const BOUND_FACTOR: f64 = 1.959_964;

/// The smallest rates that would have been found in these unseen transitions, in one case of two and in 95 %.
///
/// A mean rate with standard error e is told from zero if it exceeds q e, q being the factor of the test, so
/// a rate of q e is found with probability 1/2, and one of (q + 1.645) e with 95 %. The error falls with the
/// rate: by the fluctuation theorem weakly driven entropy production scatters with variance 2 sigma per unit
/// time, so that e^2 is in proportion to the rate. If the measured rate r is found, the limit is therefore
/// where q e sqrt(rate / r) = rate, at (q e)^2 / r; if it is not, e is noise that stays: the limit is q e.
///
/// An exact estimator over the unseen time T has e^2 = 2 sigma / T and the limit 2 q^2 / T = 5.4 `k_B` / T,
/// or 21.6 `k_B` / T in 95 %: no estimator does better. The values of a bound scatter twice as widely
/// (1 + dS - exp(-dS) is about 2 dS), so that its limit is no lower than 31 `k_B` / T.
///
/// Where nothing was found, limits follow from what was tried: the highest bound b that was reached, with its
/// error e, is what noise costs, so that a rate of q e - b would have lifted it above zero. It is a lower
/// limit, as no estimator shows all of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DetectionLimit {
    /// For the verdict that the movie dissipates, for which both the test and the bound must find it, in one
    /// case of two; none if nothing was found, and nothing is known of what was tried.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<f64>,
    /// The same in 95 % of all cases.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict_in_95_percent: Option<f64>,
    /// For the one-sided test against equilibrium at 5 % alone, in one case of two; none if nothing was
    /// found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub test: Option<f64>,
    /// For that test with the exact entropy production in place of the estimate: no estimator does better.
    pub exact_estimator_test: f64,
    /// The same in 95 % of all cases.
    #[serde(default)]
    pub exact_estimator_test_in_95_percent: f64,
    /// Time that the unseen transitions span, in seconds, or frames where the frame interval is not known.
    pub unseen_time: f64,
    /// Unit of the rates.
    pub unit: RateUnit,
}

impl DetectionLimit {
    /// From rate and bound over `unseen_time`.
    pub(super) fn of(rate: BlockMean, bound: BlockMean, unseen_time: f64, unit: RateUnit) -> Self {
        let floor = Self::floor(unseen_time, unit);
        let test = |more, least: f64| limit(rate, 0.1, more).map(|test| test.max(least));
        let verdict = |more, least| Some(limit(bound, 0.05, more)?.max(test(more, least)?));
        Self {
            verdict: verdict(0.0, floor.exact_estimator_test),
            verdict_in_95_percent: verdict(TEST_FACTOR, floor.exact_estimator_test_in_95_percent),
            test: test(0.0, floor.exact_estimator_test),
            ..floor
        }
    }

    /// Of an estimate of zero; `rejected` is the highest bound that was reached, and its error.
    pub(super) fn of_nothing(rejected: Option<(f64, f64)>, unseen_time: f64, unit: RateUnit) -> Self {
        let floor = Self::floor(unseen_time, unit);
        let above = |factor: f64| rejected.map(|(bound, error)| factor * error - bound.min(0.0));
        Self {
            verdict: above(BOUND_FACTOR).map(|rate| rate.max(floor.exact_estimator_test)),
            verdict_in_95_percent: above(BOUND_FACTOR + TEST_FACTOR)
                .map(|rate| rate.max(floor.exact_estimator_test_in_95_percent)),
            ..floor
        }
    }

    /// What no estimator can go below.
    fn floor(unseen_time: f64, unit: RateUnit) -> Self {
        Self {
            verdict: None,
            verdict_in_95_percent: None,
            test: None,
            exact_estimator_test: 2.0 * TEST_FACTOR.powi(2) / unseen_time,
            exact_estimator_test_in_95_percent: 2.0 * (2.0 * TEST_FACTOR).powi(2) / unseen_time,
            unseen_time,
            unit,
        }
    }
}

/// The rate that lies `more` standard errors above what is found with probability 1/2, `outside` being the
/// probability beyond both ends of the interval used; none for fewer than two blocks.
fn limit(mean: BlockMean, outside: f64, more: f64) -> Option<f64> {
    let error = mean.standard_error?;
    let least = error * (student_factor(mean.block_count - 1, outside) + more);
    Some(if mean.value > least { least * least / mean.value } else { least })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::synthetic::gaussian;

    /// Catches a limit that does not fall as one over the time, or forgets that an error shrinks with the
    /// rate.
    #[test]
    fn an_exact_estimate_has_the_limit_of_the_unseen_time() {
        for (count, rate) in [(4000, 0.05), (4000, 0.2), (16_000, 0.05)] {
            let limit = gaussian(1, count, rate, 0.0, 3).detection_limit().unwrap();
            let ideal = 2.0 * TEST_FACTOR.powi(2) / count as f64;
            assert!((limit.exact_estimator_test / ideal - 1.0).abs() < 1e-9);
            assert!((limit.test.unwrap() / ideal - 1.0).abs() < 0.3, "{limit:?}, ideal {ideal}");
            assert!(
                (limit.verdict.unwrap() / (8.0 * 1.96_f64.powi(2) / count as f64) - 1.0).abs() < 0.35,
                "{limit:?}"
            );
        }
    }

    /// Catches a panic on the shortest movie of all, which has one transition and so no error.
    #[test]
    fn one_transition_alone_has_no_limit_of_its_own() {
        let limit = gaussian(1, 1, 0.1, 0.0, 5).detection_limit().unwrap();
        assert_eq!((limit.test, limit.verdict), (None, None));
        assert!(limit.exact_estimator_test > 5.0, "{limit:?}");
    }

    /// At the limit of the test half of all movies are found, within three standard deviations of 200 draws.
    #[test]
    fn a_rate_at_the_limit_is_found_in_one_case_of_two() {
        let limit = gaussian(1, 1000, 0.1, 0.0, 0).detection_limit().unwrap().exact_estimator_test;
        let found = (0..200).filter(|&seed| {
            gaussian(1, 1000, limit, 0.0, seed).equilibrium_p_value().is_some_and(|p| p < 0.05)
        });
        let count = found.count();
        assert!((79..=121).contains(&count), "{count}");
    }

    /// Noise far above what a true rate would bring: the limit is the noise, and nothing is promised of a
    /// constant.
    #[test]
    fn noise_sets_the_limit_of_a_poor_estimate() {
        let mut poor = gaussian(1, 2000, 0.5, 0.0, 5);
        poor.movies[0].values.iter_mut().for_each(|value| *value -= 0.5);
        let limit = poor.detection_limit().unwrap();
        let error = poor.rate().standard_error.unwrap();
        assert!((limit.test.unwrap() / (1.65 * error) - 1.0).abs() < 0.05, "{limit:?} {error}");
        let in_95_percent = limit.verdict_in_95_percent.unwrap() / limit.verdict.unwrap();
        assert!((1.6..2.0).contains(&in_95_percent), "{limit:?}");
    }

    /// Of an estimate of zero the floor is known, and what the best that was tried would have shown: catches
    /// limits that promise what nothing tried could see, and a bound above zero that lowers them.
    #[test]
    fn nothing_found_has_a_limit_too() {
        let mut none = gaussian(1, 2000, 0.5, 0.0, 5);
        none.movies[0].values.fill(0.0);
        let limit = none.detection_limit().unwrap();
        assert_eq!((limit.verdict, limit.test), (None, None));
        assert!((limit.exact_estimator_test_in_95_percent / (21.64 / 2000.0) - 1.0).abs() < 1e-3);
        none.fit.rejected_bound = Some((-0.03, 0.01));
        let limit = none.detection_limit().unwrap();
        assert!((limit.verdict.unwrap() - 0.0496).abs() < 1e-6, "{limit:?}");
        assert!((limit.verdict_in_95_percent.unwrap() - 0.066_048).abs() < 1e-5, "{limit:?}");
        none.fit.rejected_bound = Some((0.002, 1e-4));
        assert_eq!(none.detection_limit().unwrap().verdict, Some(limit.exact_estimator_test));
    }
}
