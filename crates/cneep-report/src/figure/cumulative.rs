//! Draws the entropy produced since the start of a movie against time.

use super::axes::{Axis, Key, Panel};
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::style;
use cneep_movie::error::Result;

/// Most movies drawn one by one.
const MOST_MOVIES: usize = 8;

/// Cumulative entropy production of movies.
#[derive(Debug, Clone, Copy)]
pub struct CumulativeEntropyProduction<'a> {
    /// Entropy production of each transition, in `k_B`, one slice per movie.
    pub measured: &'a [&'a [f64]],
    /// The exact values of the same movies; empty where unknown.
    pub exact: &'a [&'a [f64]],
    /// Time from one value to the next, in `time_symbol`.
    pub interval: f64,
    /// Unit of time, as in [`cneep_movie::RateUnit::time_symbol`].
    pub time_symbol: &'a str,
}

impl CumulativeEntropyProduction<'_> {
    /// Draws up to eight movies, thin, and the mean over all of them, thick; exact curves dashed.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a single value.
    pub fn draw(&self) -> Result<Figure> {
        check_drawable(
            "cumulative entropy production",
            self.measured.iter().flat_map(|m| m.iter()).filter(|v| v.is_finite()).count(),
            1,
        )?;
        let several = self.measured.len() > 1;
        let curves = |movies: &[&[f64]]| -> Vec<Vec<(f64, f64)>> {
            movies.iter().take(MOST_MOVIES).map(|movie| self.cumulated(movie.iter().copied())).collect()
        };
        let (movies, exact_movies) = (curves(self.measured), curves(self.exact));
        let (mean, exact_mean) = (self.mean(self.measured), self.mean(self.exact));
        let all = || movies.iter().chain(&exact_movies).chain([&mean, &exact_mean]).flatten();
        let last = all().map(|p| p.0).fold(0.0, f64::max);
        let panel = Panel {
            left: 88.0,
            top: 40.0,
            width: 560.0,
            height: 310.0,
            x: Axis::new(format!("Time ({})", self.time_symbol), 0.0, last),
            y: Axis::around("Cumulative entropy production (k_B)", all().map(|p| p.1).chain([0.0])),
        };
        let mut figure = Figure::new(680.0, 412.0);
        panel.draw(&mut figure, true);
        panel.curve(&mut figure, &[(0.0, 0.0), (last, 0.0)], Key::Line(style::ZERO_LINE, 1.0, None));
        let thin = Key::Line(style::tint(style::MEASURED, 0.45), style::THIN_LINE_WIDTH, None);
        let thin_exact = Key::Line(style::tint(style::EXACT, 0.45), 1.0, Some("4 3"));
        let thick = Key::Line(style::MEASURED, style::LINE_WIDTH + 0.6, None);
        let thick_exact = Key::Line(style::EXACT, 1.8, Some(style::DASH));
        if several {
            for curve in &exact_movies {
                panel.curve(&mut figure, curve, thin_exact);
            }
            for curve in &movies {
                panel.curve(&mut figure, curve, thin);
            }
        }
        panel.curve(&mut figure, &mean, thick);
        panel.curve(&mut figure, &exact_mean, thick_exact);
        panel.frame(&mut figure);
        let shown = if self.measured.len() > MOST_MOVIES {
            format!("{MOST_MOVIES} of {} movies", self.measured.len())
        } else {
            "each movie".to_string()
        };
        let known = !self.exact.is_empty();
        let entries = [
            Some((thick, if several { "estimated, mean" } else { "estimated" })),
            several.then_some((thin, shown.as_str())),
            known.then_some((thick_exact, if several { "exact, mean" } else { "exact" })),
        ];
        panel.legend(&mut figure, &entries.into_iter().flatten().collect::<Vec<_>>());
        Ok(figure)
    }

    /// (time, sum up to it), from (0, 0).
    fn cumulated(&self, values: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
        let sums = values.scan(0.0, |sum, value| {
            *sum += value;
            Some(*sum)
        });
        let points = sums.enumerate().map(|(i, sum)| ((i + 1) as f64 * self.interval, sum));
        std::iter::once((0.0, 0.0)).chain(points).collect()
    }

    /// Mean over movies, as far as all of them last.
    fn mean(&self, movies: &[&[f64]]) -> Vec<(f64, f64)> {
        let length = movies.iter().map(|m| m.len()).min().unwrap_or(0);
        if length == 0 {
            return Vec::new();
        }
        let mean = |i: usize| movies.iter().map(|m| m[i]).sum::<f64>() / movies.len() as f64;
        self.cumulated((0..length).map(mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a curve that starts at the first transition's value instead of zero, or ends one step early.
    #[test]
    fn the_curve_runs_from_zero_to_the_total() {
        let figure =
            CumulativeEntropyProduction { measured: &[], exact: &[], interval: 0.5, time_symbol: "s" };
        assert_eq!(figure.cumulated([1.0, -0.5].into_iter()), [(0.0, 0.0), (0.5, 1.0), (1.0, 0.5)]);
        assert_eq!(figure.mean(&[&[1.0, 5.0], &[3.0]]), [(0.0, 0.0), (0.5, 2.0)]);
    }

    #[test]
    fn the_unit_of_time_is_the_callers() {
        let draw = |time_symbol| {
            let one: &[f64] = &[0.1, 0.2];
            CumulativeEntropyProduction { measured: &[one; 12], exact: &[], interval: 1.0, time_symbol }
                .draw()
                .unwrap()
                .to_svg()
        };
        assert!(draw("frames").contains("Time (frames)"));
        assert!(draw("s").contains("Time (s)"));
        assert!(draw("s").contains("8 of 12 movies"));
    }
}
