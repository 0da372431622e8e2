//! Draws a score against what was varied, with error bars, beside published values.

use super::axes::{Axis, Key, Panel};
use super::colour::Rgb;
use super::colour_map::ColourMap;
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::style;
use super::typesetting::text_width;
use cneep_movie::error::Result;

/// Logical pixels from one series to the next at the same category, so that error bars do not cover each
/// other.
const SIDESTEP: f64 = 7.0;
/// Most room between series of one category, in units of the distance between categories.
const CROWD: f64 = 0.6;

/// A score over cases that stand side by side.
#[derive(Debug, Clone, Copy)]
pub struct ScoreCurve<'a> {
    /// What is varied.
    pub x_label: &'a str,
    /// The score, with its unit.
    pub y_label: &'a str,
    /// The values that it was varied over, from left to right.
    pub categories: &'a [String],
    /// Scores to compare.
    pub series: &'a [ScoreSeries],
}

/// One series of scores.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreSeries {
    /// What it is called.
    pub name: String,
    /// Place among the categories, mean, and standard deviation or error.
    pub points: Vec<(usize, f64, Option<f64>)>,
    /// Whether others published it: drawn black and dashed.
    pub published: bool,
}

impl ScoreCurve<'_> {
    /// Draws every series as discs with error bars, joined by lines.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a single finite score.
    pub fn draw(&self) -> Result<Figure> {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let finite = points().filter(|(_, mean, _)| mean.is_finite()).count();
        check_drawable("scores", finite, 1)?;
        let ends = points().flat_map(|(_, mean, error)| {
            let error = error.unwrap_or(0.0);
            [mean - error, mean + error]
        });
        let entries = self.legend_entries();
        let rows = entries.iter().map(|entry| entry.0).max().map_or(0, |row| row + 1);
        let top = 20.0 + 20.0 * rows as f64;
        let panel = Panel {
            left: 88.0,
            top,
            width: WIDTH,
            height: 310.0,
            x: Axis::of_words(self.x_label, self.categories),
            y: Axis::around(self.y_label, ends),
        };
        let mut figure = Figure::new(680.0, top + 372.0 + panel.x.hanging(WIDTH));
        panel.draw(&mut figure, true);
        let step = (SIDESTEP / WIDTH * self.categories.len() as f64).min(CROWD / self.series.len() as f64);
        for (index, series) in self.series.iter().enumerate() {
            let shift = step * (index as f64 - 0.5 * (self.series.len() as f64 - 1.0));
            draw_series(&mut figure, &panel, series, self.colour(index), shift);
        }
        panel.frame(&mut figure);
        for row in 0..rows {
            let raised = Panel { top: top - 20.0 * (rows - 1 - row) as f64, ..panel.clone() };
            let in_row: Vec<(Key, &str)> =
                entries.iter().filter(|entry| entry.0 == row).map(|entry| (entry.1, entry.2)).collect();
            raised.legend(&mut figure, &in_row);
        }
        Ok(figure)
    }

    /// Row, key and name of every series, as many in a row as fit.
    fn legend_entries(&self) -> Vec<(usize, Key, &str)> {
        let (mut row, mut x) = (0, 0.0);
        let mut entries = Vec::with_capacity(self.series.len());
        for (index, series) in self.series.iter().enumerate() {
            let width = 52.0 + text_width(&series.name, f64::from(style::TICK_SIZE));
            if x > 0.0 && x + width > WIDTH {
                (row, x) = (row + 1, 0.0);
            }
            x += width;
            let dash = series.published.then_some(style::DASH);
            entries.push((row, Key::Line(self.colour(index), 2.0, dash), series.name.as_str()));
        }
        entries
    }

    /// One series alone has the colour of what is measured; several run through a map of colours.
    fn colour(&self, index: usize) -> Rgb {
        let measured: Vec<usize> =
            (0..self.series.len()).filter(|&index| !self.series[index].published).collect();
        match measured.iter().position(|&other| other == index) {
            None => style::EXACT,
            Some(_) if measured.len() == 1 => style::MEASURED,
            Some(place) => ColourMap::Batlow.colour(0.1 + 0.7 * place as f64 / (measured.len() - 1) as f64),
        }
    }
}

const WIDTH: f64 = 560.0;

/// Draws one series, moved aside by `shift` categories.
fn draw_series(figure: &mut Figure, panel: &Panel, series: &ScoreSeries, colour: Rgb, shift: f64) {
    let places: Vec<(f64, f64)> =
        series.points.iter().map(|(place, mean, _)| (*place as f64 + shift, *mean)).collect();
    let dash = series.published.then_some(style::DASH);
    panel.curve(figure, &places, Key::Line(style::tint(colour, 0.6), 1.4, dash));
    for (&(x, mean), (_, _, error)) in places.iter().zip(&series.points) {
        if let Some(error) = error {
            let bar = [(x, mean - error), (x, mean + error)];
            panel.curve(figure, &bar, Key::Line(colour, 1.6, None));
        }
        if panel.contains((x, mean)) {
            figure.discs(&[panel.place((x, mean))], 4.2, colour, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, published: bool) -> ScoreSeries {
        let points = vec![(0, 0.4, Some(0.03)), (1, 0.7, None), (2, f64::NAN, None)];
        ScoreSeries { name: name.into(), points, published }
    }

    /// Catches a category without its word, an error bar that is not drawn, and series that cannot be told
    /// apart.
    #[test]
    fn every_series_is_shown_with_its_errors_and_name() {
        let categories = ["500", "1000", "none"].map(str::to_owned);
        let curve = |series: &[ScoreSeries]| {
            let curve = ScoreCurve { x_label: "frames", y_label: "R²", categories: &categories, series };
            curve.draw().unwrap().to_svg()
        };
        let one = curve(&[series("cneep", false)]);
        for word in ["500", "1000", "none", "frames", "R²", "cneep"] {
            assert!(one.contains(&format!(">{word}<")), "{word}");
        }
        let empty = ScoreCurve { x_label: "", y_label: "", categories: &categories, series: &[] };
        assert!(empty.draw().is_err());
        let long = ["12 filaments between moving nodes", "2", "none"].map(str::to_owned);
        let wrapped = ScoreCurve { categories: &long, series: &[series("cneep", false)], ..empty };
        let wrapped = wrapped.draw().unwrap().to_svg();
        for line in [">12 filaments between<", ">moving nodes<"] {
            assert!(wrapped.contains(line), "{line}");
        }
        let circles = |svg: &str| svg.matches("<circle").count();
        let names: Vec<ScoreSeries> =
            (0..7).map(|i| series(&format!("windows of {i} frames"), i == 6)).collect();
        let many = curve(&names);
        assert_eq!((circles(&one), circles(&many)), (2, 14));
        assert!(names.iter().all(|series| many.contains(&series.name)));
    }
}
