//! Draws the lower bound on the entropy production against training iteration.

use super::axes::{Axis, Key, Panel};
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::style;
use cneep_movie::error::Result;

/// How training went. Points are (iteration, value).
#[derive(Debug, Clone, Default)]
pub struct TrainingCurve<'a> {
    /// What is plotted, with its unit; the usual one is `1 + J (k_B per transition)`.
    pub label: &'a str,
    /// On the transitions that chose the parameters.
    pub train: &'a [(f64, f64)],
    /// On held-out transitions.
    pub validation: &'a [(f64, f64)],
    /// The iteration whose parameters were kept.
    pub best_iteration: Option<f64>,
    /// The exact value, where known.
    pub exact: Option<f64>,
}

impl TrainingCurve<'_> {
    /// Draws the curves. Early values far below the rest leave the frame at the bottom.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a single finite value.
    pub fn draw(&self) -> Result<Figure> {
        let finite = |points: &[(f64, f64)]| -> Vec<f64> {
            points.iter().map(|p| p.1).filter(|v| v.is_finite()).collect()
        };
        let mut values = finite(self.train);
        values.extend(finite(self.validation));
        check_drawable("training curve", values.len(), 1)?;
        values.sort_unstable_by(f64::total_cmp);
        let highest = values[values.len() - 1].max(self.exact.unwrap_or(f64::NEG_INFINITY));
        let floor = values[values.len() / 20];
        let lowest = values[0].max(floor - 0.5 * (highest - floor));
        let last = self.train.iter().chain(self.validation).map(|p| p.0).fold(0.0, f64::max);
        let panel = Panel {
            left: 88.0,
            top: 40.0,
            width: 560.0,
            height: 310.0,
            x: Axis::new("Training iteration", 0.0, last),
            y: Axis::around(self.label, [lowest, highest]),
        };
        let mut figure = Figure::new(680.0, 412.0);
        panel.draw(&mut figure, true);
        let train = Key::Line(style::TRAIN, 1.4, None);
        let validation = Key::Line(style::HELD_OUT, style::LINE_WIDTH, None);
        let exact = Key::Line(style::EXACT, 1.5, Some(style::DASH));
        panel.curve(&mut figure, self.train, train);
        if let Some(value) = self.exact {
            panel.curve(&mut figure, &[(0.0, value), (last, value)], exact);
        }
        if let Some(best) = self.best_iteration {
            let quiet = Key::Line(style::ZERO_LINE, 1.2, Some("3 3"));
            panel.curve(&mut figure, &[(best, panel.y.from), (best, panel.y.to)], quiet);
        }
        panel.curve(&mut figure, self.validation, validation);
        let at_best = self.validation.iter().find(|p| Some(p.0) == self.best_iteration);
        if let Some(&best) = at_best.filter(|p| panel.contains(**p)) {
            figure.discs(&[panel.place(best)], 6.0, style::PAPER, 1.0);
            figure.discs(&[panel.place(best)], 4.5, style::HELD_OUT, 1.0);
        }
        panel.frame(&mut figure);
        let entries = [
            (!self.train.is_empty()).then_some((train, "training")),
            (!self.validation.is_empty()).then_some((validation, "held out")),
            self.exact.map(|_| (exact, "exact")),
            self.best_iteration
                .map(|_| (Key::Line(style::ZERO_LINE, 1.2, Some("3 3")), "best held-out value")),
        ];
        panel.legend(&mut figure, &entries.into_iter().flatten().collect::<Vec<_>>());
        Ok(figure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_in_the_picture_and_nothing_is_refused_by_name() {
        let points: Vec<(f64, f64)> =
            (0..50).map(|i| (f64::from(i), 1.0 - (-0.1 * f64::from(i)).exp())).collect();
        let curve = TrainingCurve {
            label: "1 + J (nats)",
            train: &points,
            best_iteration: Some(49.0),
            ..Default::default()
        };
        let svg = curve.draw().unwrap().to_svg();
        for text in ["Training iteration", "1 + J (nats)", "best held-out value", ">training<"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN"));
        let error = TrainingCurve::default().draw().unwrap_err();
        assert!(error.to_string().starts_with("training curve: expected at least 1 finite"));
    }
}
