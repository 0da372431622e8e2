//! Draws the rate along a movie, with a band that holds it in 95 % of all cases.

use super::axes::{Axis, Key, Panel};
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::style;
use cneep::entropy_production::{RateInStretch, RateInTime};
use cneep_movie::error::Result;
use cneep_movie::units::Measured;

/// The rate of stretches of one movie, and where it changes.
#[derive(Debug, Clone, Copy)]
pub struct RateOverTime<'a> {
    /// Stretches and changes.
    pub rate: &'a RateInTime,
    /// The mean rate.
    pub mean: &'a Measured,
    /// Unit of time, as in [`cneep_movie::RateUnit::time_symbol`].
    pub time_symbol: &'a str,
}

impl RateOverTime<'_> {
    /// Draws a step and its band a stretch, the mean as a dashed line, changes as dotted ones.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a single stretch.
    pub fn draw(&self) -> Result<Figure> {
        check_drawable("rate over time", self.rate.stretches.len(), 1)?;
        let ends = |of: &RateInStretch| of.rate.confidence_interval.unwrap_or([of.rate.value; 2]);
        let last = self.rate.stretches.iter().map(|of| of.end).fold(0.0, f64::max);
        let unit = &self.mean.unit;
        let values = self.rate.stretches.iter().flat_map(ends).chain([0.0, self.mean.value]);
        let panel = Panel {
            left: 88.0,
            top: 40.0,
            width: 560.0,
            height: 310.0,
            x: Axis::new(format!("Time ({})", self.time_symbol), 0.0, last),
            y: Axis::around(format!("Rate ({unit})"), values),
        };
        let mut figure = Figure::new(680.0, 412.0);
        panel.draw(&mut figure, true);
        let band = style::tint(style::MEASURED, 0.22);
        for of in &self.rate.stretches {
            let [low, high] = ends(of);
            let (left, top) = panel.place((of.start, high));
            let (right, bottom) = panel.place((of.end, low));
            figure.rectangle(left, top, right - left, bottom - top, band, 1.0);
        }
        panel.curve(&mut figure, &[(0.0, 0.0), (last, 0.0)], Key::Line(style::ZERO_LINE, 1.0, None));
        let mean = Key::Line(style::ZERO_LINE, 1.5, Some(style::DASH));
        panel.curve(&mut figure, &[(0.0, self.mean.value), (last, self.mean.value)], mean);
        let step = Key::Line(style::MEASURED, style::LINE_WIDTH, None);
        for of in &self.rate.stretches {
            panel.curve(&mut figure, &[(of.start, of.rate.value), (of.end, of.rate.value)], step);
        }
        for change in &self.rate.change_points {
            let line = [(change.time, panel.y.from), (change.time, panel.y.to)];
            panel.curve(&mut figure, &line, Key::Line(style::HELD_OUT, 1.4, Some("3 3")));
        }
        panel.frame(&mut figure);
        panel.legend(&mut figure, &[(step, "rate"), (Key::Box(band), "95 %"), (mean, "mean")]);
        Ok(figure)
    }
}
