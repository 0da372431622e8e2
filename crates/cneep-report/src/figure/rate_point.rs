//! Draws a rate with its error bar.

use super::axes::{Key, Panel};
use super::colour::Rgb;
use super::drawing::Figure;

/// A rate with its standard error, somewhere along an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatePoint {
    /// Where it stands, in the unit that the figure states.
    pub at: f64,
    /// The rate; not a number where there is none.
    pub rate: f64,
    /// Its standard error, in the same unit.
    pub standard_error: Option<f64>,
}

impl RatePoint {
    /// The ends of its error bar, or the rate twice.
    pub(super) fn ends(&self) -> [f64; 2] {
        let error = self.standard_error.unwrap_or(0.0);
        [self.rate - error, self.rate + error]
    }

    /// Draws a disc with its error bar, `shift` logical pixels aside.
    pub(super) fn draw(&self, figure: &mut Figure, panel: &Panel, shift: f64, colour: Rgb) {
        let x = self.at + shift * (panel.x.to - panel.x.from) / panel.width;
        if self.standard_error.is_some() {
            let bar = self.ends().map(|end| (x, end));
            panel.curve(figure, &bar, Key::Line(colour, 1.6, None));
        }
        if self.rate.is_finite() {
            figure.discs(&[panel.place((x, self.rate))], 4.4, colour, 1.0);
        }
    }
}
