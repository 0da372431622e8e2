//! Follows a rate along the gap between the frames that are compared.

use super::result::{EntropyProduction, MovieEntropy};
use cneep_movie::caution::{Caution, CautionKind, GapRates};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::{Measured, RateUnit};
use serde::{Deserialize, Serialize};

/// Difference from which a rate depends on the gap, in standard errors.
const CLEAR_ERRORS: f64 = 2.0;
/// The same, as a share of the rate.
const CLEAR_SHARE: f64 = 0.05;

/// What frames so far apart gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FrameGapPoint {
    /// Frames from one frame to the next that was used: 1 for all of them.
    pub gap: usize,
    /// Time between them, in seconds, or frames of the movie where the frame interval is not known.
    pub interval: f64,
    /// Mean rate, in `k_B/s`, or `k_B` per frame of the movie.
    pub rate: Measured,
    /// Held-out lower bound in the same unit; absent without held-out data.
    pub bound: Option<Measured>,
}

impl FrameGapPoint {
    /// Rate and bound of `entropy`, the result of movies of which every `gap`-th frame was kept: all `gap`
    /// phases of a movie one after another, as [`cneep_movie::video::Video::thinned`] gives them.
    ///
    /// Phases share their time, so they are put together again before blocks are cut: as movies of their own
    /// they would pass for independent ones, and errors would be too small.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the number of movies is no multiple of `gap`.
    pub fn of(gap: usize, entropy: &EntropyProduction) -> Result<Self> {
        let count = entropy.movies.len();
        if gap == 0 || count == 0 || !count.is_multiple_of(gap) {
            return Err(Error::Mismatch(Fault::new(
                format!("frame gap of {gap}"),
                "all phases of every movie, one after another",
                format!("{count} movies"),
                "Estimate the movies that thinning gave, all of them and in their order.",
            )));
        }
        let joined = EntropyProduction {
            movies: entropy.movies.chunks(gap).map(interleaved).collect(),
            cautions: Vec::new(),
            ..entropy.clone()
        };
        let per_second = entropy.calibration.rate_unit() == RateUnit::PerSecond;
        let scale = if per_second { 1.0 } else { gap as f64 };
        let interval = entropy.calibration.interval_or_frame() * scale;
        let rate = over(joined.rate(), scale);
        Ok(Self { gap, interval, rate, bound: joined.bound().map(|bound| over(bound, scale)) })
    }

    /// The certified bound if there is one, otherwise the rate.
    fn stated(&self) -> &Measured {
        self.bound.as_ref().unwrap_or(&self.rate)
    }
}

/// The transitions of all phases of a movie in the order of their first frames.
fn interleaved(phases: &[MovieEntropy]) -> MovieEntropy {
    let longest = phases.iter().map(|phase| phase.values.len()).max().unwrap_or(0);
    let places = || (0..longest).flat_map(|at| phases.iter().map(move |phase| (phase, at)));
    MovieEntropy {
        name: phases.first().map_or(String::new(), |phase| phase.name.clone()),
        values: places().filter_map(|(phase, at)| phase.values.get(at).copied()).collect(),
        roles: places().filter_map(|(phase, at)| phase.roles.get(at).copied()).collect(),
        ..MovieEntropy::default()
    }
}

fn over(measured: Measured, scale: f64) -> Measured {
    Measured {
        value: measured.value / scale,
        standard_error: measured.standard_error.map(|error| error / scale),
        confidence_interval: measured.confidence_interval.map(|ends| ends.map(|end| end / scale)),
        unit: measured.unit,
    }
}

/// Rates at several gaps, the shortest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameGapCurve {
    /// One point a gap, in ascending order.
    pub points: Vec<FrameGapPoint>,
    /// Gaps that leave too few frames.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub left_out: Vec<LeftOutGap>,
}

/// A gap at which nothing could be estimated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftOutGap {
    /// Frames from one frame to the next.
    pub gap: usize,
    /// Why.
    pub reason: String,
}

impl FrameGapCurve {
    /// The points in the order of their gaps.
    pub fn new(mut points: Vec<FrameGapPoint>) -> Self {
        points.sort_by_key(|point| point.gap);
        Self { points, left_out: Vec::new() }
    }

    /// What the curve says about the camera. Differences count from two standard errors and a twentieth of
    /// the rate on; as both rates are of the same movies their errors largely cancel, so that two standard
    /// errors are many. A gap at which nothing was found has no error, and says nothing about the rate.
    pub fn cautions(&self) -> Vec<Caution> {
        let [first, second, ..] = self.points.as_slice() else { return Vec::new() };
        let (near, far) = (first.stated(), second.stated());
        let (Some(a), Some(b)) = (near.standard_error, far.standard_error) else { return Vec::new() };
        let error = a.hypot(b);
        let difference = near.value - far.value;
        if difference.abs() <= (CLEAR_ERRORS * error).max(CLEAR_SHARE * near.value.abs()) {
            return Vec::new();
        }
        let rates = GapRates {
            short_gap: first.gap,
            short_rate: near.clone(),
            long_gap: second.gap,
            long_rate: far.clone(),
        };
        let rises = difference > 0.0;
        let kind = if rises { CautionKind::RateRisesAtShortGaps } else { CautionKind::RateFallsAtShortGaps };
        vec![Caution::new("frame gap", kind(rates))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::synthetic::gaussian;

    fn curve(values: &[(usize, f64, f64)]) -> FrameGapCurve {
        let point = |&(gap, value, error)| FrameGapPoint {
            gap,
            interval: gap as f64 * 0.01,
            rate: Measured::new(value, Some(error), "k_B/s"),
            bound: None,
        };
        FrameGapCurve::new(values.iter().map(point).collect())
    }

    /// The rates of the two-bead benchmark: catches a remedy for the wrong direction, and alarms within the
    /// error.
    #[test]
    fn a_rate_that_rises_or_falls_towards_short_gaps_is_told() {
        let told = |points: &[(usize, f64, f64)]| {
            let cautions = curve(points).cautions();
            cautions.first().map_or(String::new(), cneep_movie::caution::Caution::message)
        };
        assert!(told(&[(5, 1.826, 0.02), (1, 1.985, 0.02)]).contains("still rises"));
        assert!(told(&[(1, 1.1, 0.02), (2, 1.5, 0.02)]).contains("still falls"));
        assert_eq!(told(&[(1, 1.985, 0.1), (5, 1.826, 0.1)]), "");
        assert_eq!(told(&[(1, 2.0, 0.001), (2, 1.97, 0.001)]), "");
        assert_eq!(told(&[(1, 2.0, 0.001)]), "");
        let mut nothing_found = curve(&[(1, 65.0, 21.0), (2, 0.0, 0.0)]);
        nothing_found.points[1].rate.standard_error = None;
        assert_eq!(nothing_found.cautions(), []);
    }

    /// Eleven phases with the same values are one movie's information: catches an error that shrinks with
    /// their number.
    #[test]
    fn phases_of_one_movie_are_not_independent() {
        let mut one = gaussian(1, 400, 0.1, 0.0, 1);
        let error = one.rate().standard_error.unwrap();
        one.movies = vec![one.movies[0].clone(); 11];
        let point = FrameGapPoint::of(11, &one).unwrap();
        let joined = point.rate.standard_error.unwrap();
        assert!((joined / error - 1.0).abs() < 0.35, "{joined} {error}");
        assert!(FrameGapPoint::of(2, &one).is_err());
    }

    /// Catches a rate per thinned frame among rates per frame of the movie.
    #[test]
    fn rates_per_frame_are_per_frame_of_the_movie() {
        let mut entropy = gaussian(3, 50, 0.3, 0.0, 1);
        let per_second = FrameGapPoint::of(3, &entropy).unwrap();
        entropy.calibration.frame_interval = None;
        let per_frame = FrameGapPoint::of(3, &entropy).unwrap();
        assert!((per_frame.rate.value * 3.0 - per_second.rate.value).abs() < 1e-12);
        assert_eq!((per_frame.interval, per_frame.rate.unit.as_str()), (3.0, "k_B/frame"));
    }
}
