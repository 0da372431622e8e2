//! Draws rates and lower bounds of conditions side by side.

use super::axes::{Axis, Key, Panel};
use super::colour::Rgb;
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::style;
use cneep::conditions::ConditionRate;
use cneep::entropy_production::Significance;
use cneep_movie::error::Result;
use cneep_movie::units::Measured;
use kuva::render::render::TextAnchor;

/// From the middle of a condition to its rate, and to its bound on the other side, in distances of
/// conditions.
const SIDESTEP: f64 = 0.09;
const WIDTH: f64 = 560.0;

/// Conditions with what each produces by its own run.
#[derive(Debug, Clone, Copy)]
pub struct ConditionsSideBySide<'a> {
    /// Their names.
    pub names: &'a [String],
    /// Their rates, in the same order.
    pub rates: &'a [&'a ConditionRate],
}

impl ConditionsSideBySide<'_> {
    /// Draws rate and bound of each condition as discs with 95 % intervals. Where no dissipation was detected
    /// a box reaches from zero to the rate that would have been seen in 95 % of all cases; where that is not
    /// known, there are words alone.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a condition.
    pub fn draw(&self) -> Result<Figure> {
        check_drawable("conditions", self.names.len().min(self.rates.len()), 1)?;
        let unit = &self.rates[0].rate.unit;
        let shown = |of: &ConditionRate| {
            if is_unseen(of) {
                return vec![of.limit.unwrap_or(0.0)];
            }
            [Some(&of.rate), of.bound.as_ref()].into_iter().flatten().flat_map(ends).collect()
        };
        let values = self.rates.iter().flat_map(|of| shown(of)).chain([0.0]);
        let panel = Panel {
            left: 88.0,
            top: 40.0,
            width: WIDTH,
            height: 310.0,
            x: Axis::of_words("Condition", self.names),
            y: Axis::around(format!("Entropy production rate ({unit})"), values),
        };
        let mut figure = Figure::new(680.0, 412.0 + panel.x.hanging(WIDTH));
        panel.draw(&mut figure, true);
        let unseen = style::tint(style::ZERO_LINE, 0.3);
        let last = self.rates.len() as f64;
        panel.curve(&mut figure, &[(-1.0, 0.0), (last, 0.0)], Key::Line(style::ZERO_LINE, 1.0, None));
        for (place, of) in self.rates.iter().enumerate() {
            let middle = place as f64;
            if is_unseen(of) {
                let (left, top) = panel.place((middle - 2.0 * SIDESTEP, of.limit.unwrap_or(0.0)));
                let (right, bottom) = panel.place((middle + 2.0 * SIDESTEP, 0.0));
                figure.rectangle(left, top, right - left, bottom - top, unseen, 1.0);
                let (x, y) = (0.5 * (left + right), top - 8.0);
                figure.text(x, y, "not detected", style::TICK_SIZE, TextAnchor::Middle, None);
            } else {
                draw_interval(&mut figure, &panel, middle - SIDESTEP, &of.rate, style::MEASURED);
                if let Some(bound) = &of.bound {
                    draw_interval(&mut figure, &panel, middle + SIDESTEP, bound, style::HELD_OUT);
                }
            }
        }
        panel.frame(&mut figure);
        let rate = (Key::Line(style::MEASURED, 2.0, None), "rate, 95 %");
        let bound = (Key::Line(style::HELD_OUT, 2.0, None), "lower bound, 95 %");
        panel.legend(&mut figure, &[rate, bound, (Key::Box(unseen), "would not have been seen")]);
        Ok(figure)
    }
}

/// Whether no dissipation was detected.
fn is_unseen(of: &ConditionRate) -> bool {
    of.is_zero || of.significance == Significance::NotDetected
}

fn ends(of: &Measured) -> [f64; 2] {
    of.confidence_interval.unwrap_or([of.value; 2])
}

fn draw_interval(figure: &mut Figure, panel: &Panel, x: f64, of: &Measured, colour: Rgb) {
    let [low, high] = ends(of);
    panel.curve(figure, &[(x, low), (x, high)], Key::Line(colour, 1.8, None));
    if panel.contains((x, of.value)) {
        figure.discs(&[panel.place((x, of.value))], 4.2, colour, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(value: f64, significance: &str, limit: Option<f64>) -> ConditionRate {
        let measured = |value: f64| {
            serde_json::json!({
                "value": value, "standard_error": 0.1, "unit": "k_B/s",
                "confidence_interval": [value - 0.2, value + 0.2],
            })
        };
        serde_json::from_value(serde_json::json!({
            "rate": measured(value), "bound": measured(0.8 * value), "is_zero": value == 0.0,
            "limit": limit, "significance": significance,
        }))
        .unwrap()
    }

    /// Catches a disc at zero for what was not detected, which reads as a measurement, and a condition
    /// without its name.
    #[test]
    fn what_was_not_detected_has_no_disc() {
        let seen = rate(1.0, "dissipates", None);
        let unseen = rate(0.0, "not_detected", Some(0.4));
        let names = ["control", "drug"].map(str::to_owned);
        let figure = ConditionsSideBySide { names: &names, rates: &[&seen, &unseen] };
        let svg = figure.draw().unwrap().to_svg();
        assert_eq!(svg.matches("<circle").count(), 2);
        for word in ["control", "drug", "not detected"] {
            assert!(svg.contains(&format!(">{word}<")), "{word}");
        }
        assert!(ConditionsSideBySide { names: &[], rates: &[] }.draw().is_err());
    }
}
