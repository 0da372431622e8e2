//! Tests whether a series changes from its start to its end.

use super::block_length::block_length;
use super::correlation_time::integrated_correlation_time;
use super::student::student_p_value;

/// More blocks than this say nothing more.
const MOST_BLOCKS: usize = 400;

/// The straight line through a series in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Mean of the series.
    pub mean: f64,
    /// Change of the line from the first to the last value.
    pub change: f64,
    /// Probability that a series without a trend shows one as large, either way.
    pub p_value: f64,
}

impl Trend {
    /// The trend of `series`; none for fewer than 16 values, which do not tell it from their scatter.
    ///
    /// The line is fitted to the means of blocks longer than the correlation time of what the line leaves
    /// over, so that slow fluctuations are not taken for a trend; Student's distribution with two degrees of
    /// freedom fewer than blocks judges it.
    pub fn of(series: &[f64]) -> Option<Self> {
        if series.len() < 16 {
            return None;
        }
        let whole = Line::through(series);
        let left: Vec<f64> = series.iter().enumerate().map(|(at, v)| v - whole.at(at as f64)).collect();
        let length = block_length(integrated_correlation_time(&left), series.len());
        let count = (series.len() / length).min(MOST_BLOCKS);
        let block = |k: usize| &series[k * series.len() / count..(k + 1) * series.len() / count];
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let means: Vec<f64> = (0..count).map(|k| mean(block(k))).collect();
        let line = Line::through(&means);
        let squares: f64 = means.iter().enumerate().map(|(at, v)| (v - line.at(at as f64)).powi(2)).sum();
        let degrees = count - 2;
        let error = (squares / degrees as f64 / line.spread).sqrt();
        let p_value = match error {
            0.0 if line.slope == 0.0 => 1.0,
            0.0 => 0.0,
            error => student_p_value(line.slope / error, degrees),
        };
        let change = line.slope * (series.len() - 1) as f64 * count as f64 / series.len() as f64;
        Some(Self { mean: mean(series), change, p_value })
    }
}

/// Least-squares line through values one apart.
struct Line {
    centre: f64,
    mean: f64,
    slope: f64,
    spread: f64,
}

impl Line {
    fn through(values: &[f64]) -> Self {
        let centre = (values.len() as f64 - 1.0) / 2.0;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let places = || (0..values.len()).map(|at| at as f64 - centre);
        let spread: f64 = places().map(|place| place * place).sum();
        let slope = places().zip(values).map(|(place, value)| place * (value - mean)).sum::<f64>() / spread;
        Self { centre, mean, slope, spread }
    }

    fn at(&self, place: f64) -> f64 {
        self.mean + self.slope * (place - self.centre)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    fn series(count: usize, memory: f64, change: f64, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut state = 0.0;
        let step = |at: usize| {
            let kick: f64 = StandardNormal.sample(&mut random);
            state = memory * state + (1.0_f64 - memory * memory).sqrt() * kick;
            100.0 + state + change * at as f64 / (count - 1) as f64
        };
        (0..count).map(step).collect()
    }

    /// Catches an error that ignores the memory of the series: with memory 0.95 it would alarm in most of
    /// these.
    #[test]
    fn slow_fluctuations_are_no_trend() {
        for memory in [0.0, 0.95] {
            let alarms = (0..200).filter(|&seed| {
                Trend::of(&series(500, memory, 0.0, seed)).is_some_and(|trend| trend.p_value < 0.01)
            });
            let count = alarms.count();
            assert!(count <= 8, "memory {memory}: {count} of 200 at 1 %");
        }
    }

    /// Catches a change per value, or per block, sold as the change over the series.
    #[test]
    fn a_trend_is_found_with_its_size() {
        for (count, memory) in [(500, 0.0), (5000, 0.9)] {
            let trend = Trend::of(&series(count, memory, 3.0, 1)).unwrap();
            assert!((trend.change - 3.0).abs() < 0.6 && trend.p_value < 1e-4, "{trend:?}");
        }
        assert_eq!(Trend::of(&[1.0; 15]), None);
        assert_eq!(Trend::of(&[1.0; 64]).unwrap().p_value, 1.0);
    }
}
