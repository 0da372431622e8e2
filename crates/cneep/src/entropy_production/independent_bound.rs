//! Bounds the entropy production of a frame by those of its regions, which must be independent of each other.

use super::result::EntropyProduction;
use super::role::Role;
use super::scaled_bound::{SCALES, clip_limit, scaled_bound, unscaled};
use crate::statistics::dependence_p_value;
use cneep_movie::units::Measured;
use serde::{Deserialize, Serialize};

/// A lower bound on the rate of the whole frame, *if* its regions are independent of each other.
///
/// Independent parts produce entropy that adds up, and so do lower bounds of each. The sum is not held down
/// to the logarithm of the number of transitions, as that of the whole frame is: only each of its parts is
/// (`McAllester` and Stratos 2020, arXiv 1811.04251).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndependentBound {
    /// Sum of the lower bounds of the regions, with error and 95 % interval.
    pub bound: Measured,
    /// Whether no transition in it had a part in any choice; otherwise it is cross-validated.
    pub is_certified: bool,
    /// Number of regions; what lies outside them is not in it.
    pub regions: usize,
    /// Probability, if the regions are independent, of correlations as large as these between what was
    /// measured of them at the same time. What shows in none of that is not tested.
    pub dependence_p_value: f64,
}

impl IndependentBound {
    /// Whether nothing speaks against the independence of the regions: at 5 %, as far as it is tested.
    pub fn is_borne_out(&self) -> bool {
        self.dependence_p_value >= 0.05
    }
}

/// What is known of one of the regions.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// dS of the transitions of every movie, in `k_B`.
    pub(crate) values: Vec<Vec<f64>>,
    /// By what its bound a transition counts; 1 for transitions of the whole.
    pub(crate) weight: f64,
}

impl EntropyProduction {
    /// The bound from dS of the `regions`; none for fewer than two, without unseen transitions, or if nothing
    /// was found. By what is `compared` of them, in the order region, quantity, movie, time, it is tested
    /// whether they are independent.
    ///
    /// The scale of dS in the bound is chosen by either half of the transitions for the other.
    pub(crate) fn independent_bound(
        &self,
        regions: &[Part],
        compared: &[Vec<Vec<Vec<f64>>>],
    ) -> Option<IndependentBound> {
        let segments = self.segments(|role| role != Role::InSample);
        let count: usize = segments.iter().map(|segment| segment.range.len()).sum();
        if regions.len() < 2 || count < 2 || self.is_zero() {
            return None;
        }
        let (limit, shown) = (clip_limit(count), self.shown_share());
        let at = |series: usize, place: usize, scale: f64| -> f64 {
            let of = |part: &Part| part.weight * scaled_bound(part.values[series][place], scale, limit);
            regions.iter().map(of).sum()
        };
        let places = segments.iter().flat_map(|of| of.range.clone().map(|place| (of.series, place)));
        let places: Vec<(usize, usize)> = places.collect();
        let halves = places.split_at(count / 2);
        let best = |half: &[(usize, usize)]| {
            let sum = |scale| half.iter().map(|&(series, place)| at(series, place, scale)).sum::<f64>();
            let sums = SCALES.map(|scale| (sum(scale), scale));
            sums.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).map_or(unscaled(), |(_, scale)| scale)
        };
        let mut values: Vec<Vec<f64>> =
            self.movies.iter().map(|movie| vec![0.0; movie.values.len()]).collect();
        for (half, scale) in [(halves.0, best(halves.1)), (halves.1, best(halves.0))] {
            for &(series, place) in half {
                values[series][place] = shown * at(series, place, scale);
            }
        }
        Some(IndependentBound {
            bound: self.with_values(|movie, _| values[movie].clone(), Vec::new()).rate(),
            is_certified: self.count_of(Role::OutOfFold) == 0,
            regions: regions.len(),
            dependence_p_value: dependence_p_value(compared, 0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::MovieEntropy;
    use cneep_movie::units::Calibration;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    const RATE: f64 = 2.0;

    /// dS alone is compared.
    fn bound(frame: &EntropyProduction, regions: &[Vec<Vec<f64>>]) -> Option<IndependentBound> {
        let compared: Vec<_> = regions.iter().map(|region| vec![region.clone()]).collect();
        let part = |region: &Vec<Vec<f64>>| Part { values: region.clone(), weight: 1.0 };
        frame.independent_bound(&regions.iter().map(part).collect::<Vec<_>>(), &compared)
    }

    /// Ten regions of Gaussian dS, 2 `k_B` per transition each, which obeys the fluctuation theorem; and the
    /// frame that they make.
    fn frame(seed: u64) -> (EntropyProduction, Vec<Vec<Vec<f64>>>) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut draw =
            |_| RATE + (2.0 * RATE).sqrt() * Distribution::<f64>::sample(&StandardNormal, &mut random);
        let mut region = |_| (0..2).map(|_| (0..400).map(&mut draw).collect()).collect();
        let regions: Vec<Vec<Vec<f64>>> = (0..10).map(&mut region).collect();
        let movie = |movie: usize| MovieEntropy {
            values: (0..400).map(|at| regions.iter().map(|of| of[movie][at]).sum()).collect(),
            roles: vec![Role::HeldOut; 400],
            ..MovieEntropy::default()
        };
        let calibration = Calibration { frame_interval: Some(0.5), ..Calibration::default() };
        (EntropyProduction::new(2, calibration, vec![movie(0), movie(1)]), regions)
    }

    /// The frame produces 40 `k_B`/s, of which 800 transitions can certify 15.4. The bound of regions reaches
    /// it (for Gaussian dS the bound is the rate); its mean over 100 sets lies above by three errors
    /// at most, its interval in few of them (2.5 are promised, 8 is beyond three standard deviations).
    /// Catches a scale that is chosen by the transitions it judges, and a limit on the sum.
    #[test]
    fn independent_regions_bound_more_than_the_frame_can() {
        let (mut above, mut mean, mut error) = (0, 0.0, 0.0);
        for seed in 0..100 {
            let (frame, regions) = frame(seed);
            let found = bound(&frame, &regions).unwrap();
            let [low, _] = found.bound.confidence_interval.unwrap();
            above += usize::from(low > 40.0);
            mean += found.bound.value / 100.0;
            error += found.bound.standard_error.unwrap() / 1000.0;
            assert!(found.is_certified && found.regions == 10 && found.bound.unit == "k_B/s");
            assert!(frame.certified_bound().unwrap().value <= 2.0 * (1.0 + 800.0_f64.ln()));
        }
        assert!(above <= 8 && mean > 36.0 && mean < 40.0 + 3.0 * error, "{above} {mean} {error}");
    }

    /// Catches a test that a region taken twice passes, and one that refuses what is independent.
    #[test]
    fn a_region_taken_twice_is_not_independent() {
        let (frame, mut regions) = frame(1);
        assert!(bound(&frame, &regions).unwrap().is_borne_out());
        regions[3] = regions[4].clone();
        assert!(!bound(&frame, &regions).unwrap().is_borne_out());
        assert!(bound(&frame, &regions[..1]).is_none());
        let mut seen = frame;
        seen.movies.iter_mut().for_each(|movie| movie.roles.fill(Role::InSample));
        assert!(bound(&seen, &regions).is_none());
    }
}
