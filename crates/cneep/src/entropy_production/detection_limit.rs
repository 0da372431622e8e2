//! States the smallest rate that the unseen transitions could have shown.

use crate::statistics::BlockMean;
use cneep_movie::series::student_factor;
use cneep_movie::units::RateUnit;
use serde::{Deserialize, Serialize};

/// Standard deviations of the mean beyond which the one-sided test at 5 % rejects equilibrium.
const TEST_FACTOR: f64 = 1.644_854;

/// The smallest rates that would have been found in these unseen transitions in one case of two.
///
/// A mean rate with standard error e is told from zero if it exceeds q e, q being the factor of the test, so
/// a rate of q e is found with probability 1/2. The error falls with the rate: by the fluctuation theorem
/// weakly driven entropy production scatters with variance 2 sigma per unit time, so that e^2 is in
/// proportion to the rate. If the measured rate r is found, the limit is therefore where q e sqrt(rate / r) =
/// rate, at (q e)^2 / r; if it is not, e is noise that stays, and the limit is q e.
///
/// An exact estimator over the unseen time T has e^2 = 2 sigma / T and the limit 2 q^2 / T = 5.4 `k_B` / T.
/// The values of a bound scatter twice as widely (1 + dS - exp(-dS) is about 2 dS), so that its limit is no
/// lower than 31 `k_B` / T.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DetectionLimit {
    /// For the verdict that the movie dissipates: both the test and the bound must find it.
    pub verdict: f64,
    /// For the one-sided test against equilibrium at 5 % alone.
    pub test: f64,
    /// For that test with the exact entropy production in place of the estimate: no estimator does better.
    pub exact_estimator_test: f64,
    /// Time that the unseen transitions span, in seconds, or frames where the frame interval is not known.
    pub unseen_time: f64,
    /// Unit of the rates.
    pub unit: RateUnit,
}

impl DetectionLimit {
    /// From rate and bound over `unseen_time`; none if the estimate is constant, which could show nothing.
    pub(super) fn of(rate: BlockMean, bound: BlockMean, unseen_time: f64, unit: RateUnit) -> Option<Self> {
        let exact_estimator_test = 2.0 * TEST_FACTOR.powi(2) / unseen_time;
        rate.standard_error.filter(|&error| error > 0.0)?;
        let test = limit(rate, 0.1)?.max(exact_estimator_test);
        let verdict = limit(bound, 0.05)?.max(test);
        Some(Self { verdict, test, exact_estimator_test, unseen_time, unit })
    }
}

/// The rate found with probability 1/2, `outside` being the probability beyond both ends of the interval
/// used; none for fewer than two blocks.
fn limit(mean: BlockMean, outside: f64) -> Option<f64> {
    let least = mean.standard_error? * student_factor(mean.block_count - 1, outside);
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
            assert!((limit.test / ideal - 1.0).abs() < 0.3, "{limit:?}, ideal {ideal}");
            assert!(
                (limit.verdict / (8.0 * 1.96_f64.powi(2) / count as f64) - 1.0).abs() < 0.35,
                "{limit:?}"
            );
        }
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
        assert!((limit.test / (1.65 * error) - 1.0).abs() < 0.05, "{limit:?} {error}");
        poor.movies[0].values.fill(0.0);
        assert_eq!(poor.detection_limit(), None);
    }
}
