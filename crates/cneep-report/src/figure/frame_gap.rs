//! Draws rate and bound against the time between the frames that are compared.

use super::axes::{Axis, Key, Panel};
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::rate_point::RatePoint;
use super::style;
use cneep_movie::error::Result;
use cneep_movie::units::to_digits;

/// Half the distance between rate and bound at the same gap, in logical pixels.
const ASIDE: f64 = 4.0;

/// Rates at several frame gaps, in ascending order of the interval, at which the points stand.
#[derive(Debug, Clone, Copy)]
pub struct RateAgainstFrameGap<'a> {
    /// Unit of the intervals, as in [`cneep_movie::RateUnit::time_symbol`].
    pub time_symbol: &'a str,
    /// The rate with its unit.
    pub y_label: &'a str,
    /// Rates.
    pub rate: &'a [RatePoint],
    /// Lower bounds, at the same intervals; not a number where there is none.
    pub bound: &'a [RatePoint],
}

impl RateAgainstFrameGap<'_> {
    /// Draws both with error bars of one standard error, intervals side by side at equal distances.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a single finite rate.
    pub fn draw(&self) -> Result<Figure> {
        let points = || self.rate.iter().chain(self.bound).filter(|point| point.rate.is_finite());
        check_drawable("rates against frame gaps", points().count(), 1)?;
        let ends = points().flat_map(RatePoint::ends);
        let words: Vec<String> = self.rate.iter().map(|point| to_digits(point.at, 4)).collect();
        let panel = Panel {
            left: 88.0,
            top: 40.0,
            width: 560.0,
            height: 310.0,
            x: Axis::of_words(format!("Time between frames ({})", self.time_symbol), &words),
            y: Axis::around(self.y_label, ends.chain([0.0])),
        };
        let mut figure = Figure::new(680.0, 412.0);
        panel.draw(&mut figure, true);
        let zero = [(panel.x.from, 0.0), (panel.x.to, 0.0)];
        panel.curve(&mut figure, &zero, Key::Line(style::ZERO_LINE, 1.0, None));
        let aside = if self.bound.is_empty() { 0.0 } else { ASIDE };
        for (points, shift, colour) in
            [(self.rate, -aside, style::MEASURED), (self.bound, aside, style::HELD_OUT)]
        {
            let placed = points.iter().enumerate().map(|(at, point)| (at as f64, point.rate));
            let line = Key::Line(style::tint(colour, 0.5), 1.2, None);
            panel.curve(&mut figure, &placed.collect::<Vec<_>>(), line);
            for (at, point) in points.iter().enumerate() {
                RatePoint { at: at as f64, ..*point }.draw(&mut figure, &panel, shift, colour);
            }
        }
        panel.frame(&mut figure);
        let entries = [
            Some((Key::Disc(style::MEASURED), "rate")),
            (!self.bound.is_empty()).then_some((Key::Disc(style::HELD_OUT), "lower bound")),
        ];
        panel.legend(&mut figure, &entries.into_iter().flatten().collect::<Vec<_>>());
        Ok(figure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches intervals without their words, and series that are lost.
    #[test]
    fn intervals_are_written_short_and_both_series_shown() {
        let rate = [(0.01, 1.985, 0.02), (0.05, 1.826, 0.02), (0.1, 1.636, 0.03)];
        let rate = rate.map(|(at, rate, error)| RatePoint { at, rate, standard_error: Some(error) });
        let figure =
            RateAgainstFrameGap { time_symbol: "s", y_label: "Rate (k_B/s)", rate: &rate, bound: &rate };
        let svg = figure.draw().unwrap().to_svg();
        for word in [">0.05<", ">rate<", ">lower bound<", ">Time between frames (s)<"] {
            assert!(svg.contains(word), "{word}");
        }
    }
}
