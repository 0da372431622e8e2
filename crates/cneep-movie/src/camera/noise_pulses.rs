//! Looks for regular changes of the noise from frame to frame, as key frames of a codec leave them.

use super::median::median;

/// Periods that are looked at, in frames.
const PERIODS: std::ops::RangeInclusive<usize> = 2..=64;
/// Frames on each side with which the noise of one is compared.
const AROUND: usize = 3;
/// Usual deviations to which those of single frames are cut.
const MOST: f64 = 5.0;

/// How regular the noise of one movie changes, by period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NoisePulses {
    /// z of the most different phase; none where the movie is shorter than six periods.
    heights: Vec<Option<f64>>,
}

impl NoisePulses {
    /// Changes of the noise energy of each frame, `energy`.
    pub(super) fn of(energy: &[f64]) -> Self {
        if energy.iter().any(|energy| *energy <= 0.0) {
            return Self { heights: vec![None; PERIODS.count()] };
        }
        let logarithms: Vec<f64> = energy.iter().map(|energy| energy.ln()).collect();
        let deviation = |at: usize| {
            let around = at.saturating_sub(AROUND)..(at + AROUND + 1).min(logarithms.len());
            logarithms[at] - median(logarithms[around].to_vec())
        };
        let deviations: Vec<f64> = (0..logarithms.len()).map(deviation).collect();
        let usual = median(deviations.iter().map(|value| value.abs()).collect()) / 0.6745;
        let cut: Vec<f64> =
            deviations.iter().map(|value| (value / usual.max(1e-12)).clamp(-MOST, MOST)).collect();
        let count = cut.len() as f64;
        let (mean, variance) =
            (cut.iter().sum::<f64>() / count, cut.iter().map(|value| value * value).sum::<f64>() / count);
        let height = |period: usize| {
            let z = |phase: usize| {
                let of = || cut.iter().skip(phase).step_by(period);
                let count = of().len() as f64;
                ((of().sum::<f64>() / count - mean) * (count / variance).sqrt()).abs()
            };
            (cut.len() >= 6 * period && variance > 0.0).then(|| (0..period).map(z).fold(0.0, f64::max))
        };
        Self { heights: PERIODS.map(height).collect() }
    }

    /// The period at which the noise of all `movies` changes most, and the mean z of their most different
    /// phases: movies may begin at any.
    pub(super) fn highest(movies: &[&Self]) -> Option<(f64, usize)> {
        let mean = |period: usize| {
            let at = period - PERIODS.start();
            let heights: Vec<f64> = movies.iter().filter_map(|movie| movie.heights[at]).collect();
            (!heights.is_empty()).then(|| (heights.iter().sum::<f64>() / heights.len() as f64, period))
        };
        PERIODS.filter_map(mean).max_by(|a, b| a.0.total_cmp(&b.0))
    }
}
