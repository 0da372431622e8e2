//! Draws rates against the inverse of the amount of data, with the line to an endless amount.

use super::axes::{Axis, Key, Panel};
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::rate_point::RatePoint;
use super::style;
use cneep::entropy_production::Extrapolation;
use cneep_movie::error::Result;

/// Logical pixels between rate and bound of the same amount, so that error bars do not cover each other.
const SIDESTEP: f64 = 6.0;

/// Rates of growing amounts of data, at which the points stand.
#[derive(Debug, Clone, Copy, Default)]
pub struct RateAgainstAmount<'a> {
    /// What one over the amount is, with its unit, such as `1 / held-out time (1/s)`.
    pub x_label: &'a str,
    /// The rate with its unit.
    pub y_label: &'a str,
    /// Rates.
    pub rate: &'a [RatePoint],
    /// Lower bounds.
    pub bound: &'a [RatePoint],
    /// The line to an endless amount.
    pub extrapolation: Option<Extrapolation>,
    /// The exact rate, where known.
    pub exact: Option<f64>,
}

impl RateAgainstAmount<'_> {
    /// Draws discs with error bars of one standard error; more data lie farther to the left, an endless
    /// amount at the left edge.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a single finite rate.
    pub fn draw(&self) -> Result<Figure> {
        let points =
            || self.rate.iter().chain(self.bound).filter(|point| point.at > 0.0 && point.rate.is_finite());
        check_drawable("rates against amounts", points().count(), 1)?;
        let limit = self.extrapolation.map(|line| RatePoint {
            at: 0.0,
            rate: line.limit,
            standard_error: Some(line.limit_error),
        });
        let ends = points().chain(&limit).flat_map(RatePoint::ends);
        let last = points().map(|point| 1.0 / point.at).fold(0.0, f64::max);
        let panel = Panel {
            left: 88.0,
            top: 40.0,
            width: 560.0,
            height: 310.0,
            x: Axis::new(self.x_label, 0.0, 1.06 * last),
            y: Axis::around(self.y_label, ends.chain(self.exact).chain([0.0])),
        };
        let mut figure = Figure::new(680.0, 412.0);
        panel.draw(&mut figure, true);
        let zero = Key::Line(style::ZERO_LINE, 1.0, None);
        panel.curve(&mut figure, &[(0.0, 0.0), (panel.x.to, 0.0)], zero);
        let exact = Key::Line(style::EXACT, 1.5, Some(style::DASH));
        if let Some(rate) = self.exact {
            panel.curve(&mut figure, &[(0.0, rate), (panel.x.to, rate)], exact);
        }
        let fit = Key::Line(style::tint(style::MEASURED, 0.6), 1.4, Some("3 3"));
        if let Some((limit, line)) = limit.zip(self.extrapolation) {
            panel.curve(&mut figure, &[(0.0, line.limit), (last, line.limit + line.slope * last)], fit);
            limit.draw(&mut figure, &panel, 0.0, style::MEASURED);
            figure.discs(&[panel.place((0.0, line.limit))], 2.6, style::PAPER, 1.0);
        }
        let aside = if self.bound.is_empty() { 0.0 } else { 0.5 * SIDESTEP };
        for (points, shift, colour) in
            [(self.rate, -aside, style::MEASURED), (self.bound, aside, style::HELD_OUT)]
        {
            for point in points {
                let placed = RatePoint { at: 1.0 / point.at, ..*point };
                placed.draw(&mut figure, &panel, shift, colour);
            }
        }
        panel.frame(&mut figure);
        let entries = [
            (!self.rate.is_empty()).then_some((Key::Disc(style::MEASURED), "rate")),
            (!self.bound.is_empty()).then_some((Key::Disc(style::HELD_OUT), "lower bound")),
            self.extrapolation.map(|_| (fit, "line to endless data")),
            self.exact.map(|_| (exact, "exact")),
        ];
        panel.legend(&mut figure, &entries.into_iter().flatten().collect::<Vec<_>>());
        Ok(figure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches points that are lost, and a line that is drawn where none was fitted.
    #[test]
    fn every_amount_is_shown_and_the_line_only_if_there_is_one() {
        let rate = [(1.0, 1.0, Some(0.1)), (2.0, 1.5, Some(0.1)), (4.0, 1.75, None)];
        let rate = rate.map(|(at, rate, standard_error)| RatePoint { at, rate, standard_error });
        let plain = RateAgainstAmount {
            x_label: "1 / time (1/s)",
            y_label: "Rate (k_B/s)",
            rate: &rate,
            bound: &rate[..2],
            ..RateAgainstAmount::default()
        };
        let svg = plain.draw().unwrap().to_svg();
        assert_eq!(svg.matches("<circle").count(), 5 + 2, "five points and two in the legend");
        assert!(!svg.contains("endless"));
        let line = RateAgainstAmount {
            extrapolation: Some(Extrapolation {
                limit: 2.0,
                limit_error: 0.1,
                slope: -1.0,
                slope_error: 0.1,
                reduced_chi_squared: 1.0,
            }),
            exact: Some(2.0),
            ..plain
        };
        let svg = line.draw().unwrap().to_svg();
        assert!(svg.contains("line to endless data") && svg.contains(">exact<"));
        assert_eq!(svg.matches("<circle").count(), 7 + 2);
        assert!(RateAgainstAmount::default().draw().is_err());
    }
}
