//! Draws the key of a colour map.

use super::axes::tick_labels;
use super::colour::Rgb;
use super::drawing::Figure;
use super::style;
use super::typesetting::text_width;
use kuva::render::render::TextAnchor;
use ndarray::Array2;

/// Width of the bar itself, in logical pixels.
const BAR_WIDTH: f64 = 16.0;

/// A vertical bar from `low` at the bottom to `high` at the top.
pub(super) struct ColourBar<'a> {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) height: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) label: &'a str,
    /// Value and text of each tick; round numbers if absent.
    pub(super) ticks: Option<Vec<(f64, String)>>,
}

impl ColourBar<'_> {
    /// Width that bar, ticks and label take together.
    pub(super) fn width(&self) -> f64 {
        let widest = self.tick_texts().iter().map(|(_, text)| text_width(text, 13.0)).fold(0.0, f64::max);
        BAR_WIDTH + 9.0 + widest + 12.0 + f64::from(style::LABEL_SIZE) + 6.0
    }

    /// Draws the bar, `colour` by value.
    pub(super) fn draw(&self, figure: &mut Figure, colour: impl Fn(f64) -> Rgb) {
        let steps = 128;
        let cells = Array2::from_shape_fn((steps, 1), |(row, _)| {
            colour(self.high + (self.low - self.high) * (row as f64 + 0.5) / steps as f64)
        });
        figure.image(self.left, self.top, BAR_WIDTH, self.height, cells);
        let (right, bottom) = (self.left + BAR_WIDTH, self.top + self.height);
        for edge in [
            [(self.left, self.top), (right, self.top)],
            [(right, self.top), (right, bottom)],
            [(right, bottom), (self.left, bottom)],
            [(self.left, bottom), (self.left, self.top)],
        ] {
            figure.line(&edge, style::INK, 1.0, None);
        }
        for (value, text) in self.tick_texts() {
            let y = bottom - self.height * (value - self.low) / (self.high - self.low);
            figure.line(&[(right, y), (right + 5.0, y)], style::INK, 1.0, None);
            figure.text(right + 9.0, y + 4.7, &text, style::TICK_SIZE, TextAnchor::Start, None);
        }
        let x = self.left + self.width() - 6.0;
        let middle = self.top + self.height / 2.0;
        let size = f64::from(style::LABEL_SIZE);
        let fitting = size * (self.height / text_width(self.label, size)).min(1.0);
        figure.text(x, middle, self.label, (fitting as u32).max(9), TextAnchor::Middle, Some(-90.0));
    }

    fn tick_texts(&self) -> Vec<(f64, String)> {
        let count = (self.height / 60.0).round().clamp(2.0, 6.0) as usize;
        self.ticks.clone().unwrap_or_else(|| tick_labels(self.low, self.high, count))
    }
}
