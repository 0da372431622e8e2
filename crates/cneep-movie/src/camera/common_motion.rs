//! Judges the motion and the focus that a whole frame has in common: oscillation, drift, jumps one way.

use super::median::median;
use super::normal::normal_beyond;
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
}

impl CommonMotion {
    /// The common motion that `projections` followed.
    pub(super) fn of(projections: &Projections) -> Self {
        let axes = [X, Y, FOCUS].map(|axis| &projections.series[axis][..]);
        Self {
            spectra: [Spectrum::of(axes[0]), Spectrum::of(axes[1])],
            powers: axes.map(powers),
            trends: axes.map(trend),
        }
    }

    /// The narrow line that is highest along rows or columns.
    pub(super) fn line(movies: &[&Self]) -> Option<Line> {
        let of = |axis: usize| Spectrum::line(movies.iter().map(|movie| &movie.spectra[axis]));
        [0, 1].into_iter().filter_map(of).max_by(|a, b| a.z.total_cmp(&b.z))
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

fn powers(series: &[f64]) -> [f64; 4] {
    let steps: Vec<f64> = series.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let scale = median(steps.iter().map(|step| step.abs()).collect());
    let steps = steps.iter().map(|step| step / scale).filter(|step| step.is_finite());
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
