//! Draws rate and bound against the time between the frames that are compared.

use super::drawing::Figure;
use super::score_curve::{ScoreCurve, ScoreSeries};
use crate::error::Result;
use crate::units::to_digits;

/// Rates at several frame gaps. Points are (interval, rate, standard error), in ascending order of the interval.
#[derive(Debug, Clone, Copy)]
pub struct RateAgainstFrameGap<'a> {
    /// Unit of the intervals, as in [`crate::RateUnit::time_symbol`].
    pub time_symbol: &'a str,
    /// The rate with its unit.
    pub y_label: &'a str,
    /// Rates.
    pub rate: &'a [(f64, f64, Option<f64>)],
    /// Lower bounds, at the same intervals; not a number where there is none.
    pub bound: &'a [(f64, f64, Option<f64>)],
}

impl RateAgainstFrameGap<'_> {
    /// Draws both with error bars of one standard error, intervals side by side at equal distances.
    ///
    /// # Errors
    /// [`crate::Error::Mismatch`] without a single finite rate.
    pub fn draw(&self) -> Result<Figure> {
        let words: Vec<String> = self.rate.iter().map(|&(interval, _, _)| to_digits(interval, 4)).collect();
        let series = |name: &str, points: &[(f64, f64, Option<f64>)]| ScoreSeries {
            name: name.into(),
            points: points.iter().enumerate().map(|(place, point)| (place, point.1, point.2)).collect(),
            published: false,
        };
        let mut all = vec![series("rate", self.rate)];
        if !self.bound.is_empty() {
            all.push(series("lower bound", self.bound));
        }
        let label = format!("Time between frames ({})", self.time_symbol);
        ScoreCurve { x_label: &label, y_label: self.y_label, categories: &words, series: &all }.draw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches intervals without their words, and series that are lost.
    #[test]
    fn intervals_are_written_short_and_both_series_shown() {
        let rate = [(0.01, 1.985, Some(0.02)), (0.05, 1.826, Some(0.02)), (0.1, 1.636, Some(0.03))];
        let figure =
            RateAgainstFrameGap { time_symbol: "s", y_label: "Rate (k_B/s)", rate: &rate, bound: &rate };
        let svg = figure.draw().unwrap().to_svg();
        for word in [">0.05<", ">rate<", ">lower bound<", ">Time between frames (s)<"] {
            assert!(svg.contains(word), "{word}");
        }
    }
}
