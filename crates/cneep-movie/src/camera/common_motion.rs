//! Judges the motion and the focus that a whole frame has in common: oscillation, drift, jumps one way.

use super::median::median;
use super::normal::normal_beyond;
use super::parts::Parts;
use super::projections::{FOCUS, Projections, X, Y};
use super::spectrum::{Line, Spectrum};
use crate::series::Trend;

/// The common motion of one movie, along columns, rows and in focus.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CommonMotion {
    spectra: [Spectrum; 2],
    /// Sums of the second, third and sixth powers of the steps, in units of their median, and their number.
    powers: [[f64; 4]; 3],
    /// z of the trend, and its change in standard deviations, where it can be told.
    trends: [Option<(f64, f64)>; 3],
    parts: Parts,
    /// Units of the steps in `powers`.
    scales: [f64; 3],
}

/// Least share of the square, and of the third power, of a common change that parts apart must be able to
/// show: of one object alone it is not known whether it moved or the stage.
const LEAST_OF_SQUARE: f64 = 0.1;
const LEAST_OF_CUBE: f64 = 0.02;

impl CommonMotion {
    /// The common motion that `projections` followed.
    pub(super) fn of(projections: Projections) -> Self {
        let axes = [X, Y, FOCUS].map(|axis| &projections.series[axis][..]);
        let scales = axes.map(scale);
        Self {
            spectra: [Spectrum::of(axes[0]), Spectrum::of(axes[1])],
            powers: [0, 1, 2].map(|axis| powers(axes[axis], scales[axis])),
            trends: axes.map(trend),
            parts: projections.parts,
            scales,
        }
    }

    /// The narrow line that is highest along rows or columns, and how far parts of the frame that lie apart
    /// oscillate at once: 1 if all do; 0 if no two parts have anything to show.
    pub(super) fn line(movies: &[&Self]) -> Option<(Line, f64)> {
        let of = |axis: usize| Some((Spectrum::line(movies.iter().map(|movie| &movie.spectra[axis]))?, axis));
        let (line, axis) = [0, 1].into_iter().filter_map(of).max_by(|(a, _), (b, _)| a.z.total_cmp(&b.z))?;
        let apart = movies.iter().filter(|movie| movie.parts.trend(axis).2 > LEAST_OF_SQUARE);
        let sums = apart.map(|movie| Spectrum::together(&movie.parts.shifts(axis), line.frequency));
        let (together, alone) = sums.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        Some((line, if alone > 0.0 { together / alone } else { 0.0 }))
    }

    /// How much of the third power of the steps on each axis parts of the frame that lie apart have in
    /// common: 1 of a stage that jumps, 0 of one object, and where there are no three such parts.
    pub(super) fn jumps_together(movies: &[&Self]) -> [f64; 3] {
        [0, 1, 2].map(|axis| {
            let (mut common, mut whole) = (0.0, 0.0);
            for movie in movies {
                let (cubes, share) = movie.parts.cubes(axis);
                if share > LEAST_OF_CUBE && movie.scales[axis] > 0.0 {
                    common += cubes / share / movie.scales[axis].powi(3);
                    whole += movie.powers[axis][1];
                }
            }
            if whole == 0.0 { 0.0 } else { common / whole }
        })
    }

    /// How much of the square of the trend on each axis parts of the frame that lie apart have in common, as
    /// [`Self::jumps_together`].
    pub(super) fn trends_together(movies: &[&Self]) -> [f64; 3] {
        [0, 1, 2].map(|axis| {
            let trends = movies.iter().map(|movie| movie.parts.trend(axis));
            let (common, whole) = trends
                .filter(|trend| trend.2 > LEAST_OF_SQUARE)
                .fold((0.0, 0.0), |sum, (common, whole, share)| (sum.0 + common / share, sum.1 + whole));
            if whole > 0.0 { common / whole } else { 0.0 }
        })
    }

    /// How skewed the steps are: their third moment in standard errors, and their skewness.
    pub(super) fn skewness(movies: &[&Self]) -> [(f64, f64); 3] {
        [0, 1, 2].map(|axis| {
            let sum = |power: usize| movies.iter().map(|movie| movie.powers[axis][power]).sum::<f64>();
            let [second, third, sixth, count] = [0, 1, 2, 3].map(sum);
            if sixth > 0.0 {
                (third / sixth.sqrt(), third / count / (second / count).powf(1.5))
            } else {
                (0.0, 0.0)
            }
        })
    }

    /// z of the trends of all movies, and the median change in standard deviations.
    pub(super) fn trends(movies: &[&Self]) -> [(f64, f64); 3] {
        [0, 1, 2].map(|axis| {
            let trends: Vec<(f64, f64)> = movies.iter().filter_map(|movie| movie.trends[axis]).collect();
            let z = trends.iter().map(|trend| trend.0).sum::<f64>() / (trends.len().max(1) as f64).sqrt();
            (z, median(trends.iter().map(|trend| trend.1).collect()))
        })
    }
}

fn steps(series: &[f64]) -> impl Iterator<Item = f64> {
    series.windows(2).map(|pair| pair[1] - pair[0])
}

/// The median size of the steps of `series`.
fn scale(series: &[f64]) -> f64 {
    median(steps(series).map(f64::abs).collect())
}

fn powers(series: &[f64], scale: f64) -> [f64; 4] {
    let steps = steps(series).map(|step| step / scale).filter(|step| step.is_finite());
    steps.fold([0.0; 4], |[second, third, sixth, count], step| {
        [second + step.powi(2), third + step.powi(3), sixth + step.powi(6), count + 1.0]
    })
}

fn trend(series: &[f64]) -> Option<(f64, f64)> {
    let trend = Trend::of(series)?;
    let squares: f64 = series.iter().map(|value| (value - trend.mean).powi(2)).sum();
    let deviation = (squares / series.len() as f64).sqrt();
    let z = trend.change.signum() * normal_beyond(trend.p_value);
    (deviation > 0.0).then(|| (z, trend.change / deviation))
}
