//! Draws the estimated against the exact entropy production of each transition.

use super::axes::{Axis, Key, Panel, superscript};
use super::colour_bar::ColourBar;
use super::colour_map::ColourMap;
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::style;
use cneep::entropy_production::Comparison;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::Array2;

/// Beyond this many transitions, their density is drawn instead of the points.
const MOST_POINTS: usize = 5_000;
/// Cells of the density along either axis.
const DENSITY_CELLS: usize = 120;
/// Frame edge in logical pixels, a whole number of cells.
const EDGE: f64 = 360.0;

/// Estimate against truth, transition by transition. Both in `k_B` per transition, in the same order.
#[derive(Debug, Clone, Copy)]
pub struct Scatter<'a> {
    /// Estimated entropy production.
    pub estimated: &'a [f64],
    /// Exact entropy production.
    pub exact: &'a [f64],
}

impl Scatter<'_> {
    /// Draws points, or their density when there are more than 5,000, with the identity line.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the lengths differ or fewer than two pairs are finite.
    pub fn draw(&self) -> Result<Figure> {
        if self.estimated.len() != self.exact.len() {
            return Err(Error::Mismatch(Fault::new(
                "scatter of estimated against exact entropy production",
                format!("{} exact values, one per estimate", self.estimated.len()),
                self.exact.len().to_string(),
                "Hand in the truth of the same transitions.",
            )));
        }
        let pairs: Vec<(f64, f64)> = self
            .exact
            .iter()
            .zip(self.estimated)
            .map(|(x, y)| (*x, *y))
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .collect();
        check_drawable("scatter of estimated against exact entropy production", pairs.len(), 2)?;
        let (low, high) = common_range(&pairs);
        let panel = Panel {
            left: 84.0,
            top: 40.0,
            width: EDGE,
            height: EDGE,
            x: Axis::new("Exact ΔS (k_B per transition)", low, high),
            y: Axis::new("Estimated ΔS (k_B per transition)", low, high),
        };
        let dense = pairs.len() > MOST_POINTS;
        let mut figure = Figure::new(if dense { 560.0 } else { 470.0 }, 462.0);
        panel.draw(&mut figure, !dense);
        let inside: Vec<(f64, f64)> = pairs.iter().copied().filter(|&p| panel.contains(p)).collect();
        if dense {
            draw_density(&mut figure, &panel, &inside);
        } else {
            let opacity = (2_000.0 / pairs.len() as f64).sqrt().clamp(0.15, 0.7);
            let centres: Vec<(f64, f64)> = inside.iter().map(|&p| panel.place(p)).collect();
            figure.discs(&centres, 2.0, style::MEASURED, opacity);
        }
        let zero = Key::Line(style::ZERO_LINE, 1.0, Some("2 3"));
        panel.curve(&mut figure, &[(low, 0.0), (high, 0.0)], zero);
        panel.curve(&mut figure, &[(0.0, low), (0.0, high)], zero);
        let identity = Key::Line(style::EXACT, 1.5, Some(style::DASH));
        panel.curve(&mut figure, &[(low, low), (high, high)], identity);
        panel.frame(&mut figure);
        let swapped: Vec<(f64, f64)> = pairs.iter().map(|&(exact, estimated)| (estimated, exact)).collect();
        let found = Comparison::of(&swapped, 1.0);
        let mut notes = vec![format!("R² = {:.3}", found.r_squared), format!("slope = {:.3}", found.slope)];
        if inside.len() < pairs.len() {
            notes.push(format!("{} beyond the frame", pairs.len() - inside.len()));
        }
        panel.note(&mut figure, &notes, false, false);
        panel.legend(&mut figure, &[(identity, "estimated = exact")]);
        Ok(figure)
    }
}

/// One range for both axes: all the data, unless a few lie far outside the rest.
fn common_range(pairs: &[(f64, f64)]) -> (f64, f64) {
    let mut values: Vec<f64> = pairs.iter().flat_map(|p| [p.0, p.1]).collect();
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    let rare = last / 2_000;
    let (low, high) = (values[rare], values[last - rare]);
    let margin = 0.35 * (high - low);
    let (low, high) = (values[0].max(low - margin), values[last].min(high + margin));
    let margin = 0.04 * (high - low).max(f64::MIN_POSITIVE);
    (low - margin, high + margin)
}

fn draw_density(figure: &mut Figure, panel: &Panel, pairs: &[(f64, f64)]) {
    let mut counts = Array2::<u32>::zeros((DENSITY_CELLS, DENSITY_CELLS));
    for &pair in pairs {
        let (x, y) = panel.place(pair);
        let cell = |offset: f64| ((offset / EDGE * DENSITY_CELLS as f64) as usize).min(DENSITY_CELLS - 1);
        counts[[cell(y - panel.top), cell(x - panel.left)]] += 1;
    }
    let decades = f64::from(counts.iter().copied().max().unwrap_or(1)).log10().max(1.0);
    let colour = |log_count: f64| ColourMap::Batlow.colour(log_count / decades);
    let cells = counts.mapv(|n| if n == 0 { style::PAPER } else { colour(f64::from(n).log10()) });
    figure.image(panel.left, panel.top, EDGE, EDGE, cells);
    let ticks = (0..=decades as i32).map(|d| (f64::from(d), power_of_ten(d))).collect();
    let bar = ColourBar {
        left: panel.left + EDGE + 22.0,
        top: panel.top,
        height: EDGE,
        low: 0.0,
        high: decades,
        label: "Transitions per cell",
        ticks: Some(ticks),
    };
    bar.draw(figure, colour);
}

fn power_of_ten(exponent: i32) -> String {
    match exponent {
        0 => "1".into(),
        1 => "10".into(),
        _ => format!("10{}", superscript(exponent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches one SVG element per transition.
    #[test]
    fn a_million_transitions_make_a_small_picture() {
        let exact: Vec<f64> = (0..1_000_000).map(|i| (f64::from(i) * 0.618).fract() - 0.3).collect();
        let estimated: Vec<f64> = exact.iter().map(|x| 0.9 * x + 0.05 * (x * 1e6).sin()).collect();
        let svg = Scatter { estimated: &estimated, exact: &exact }.draw().unwrap().to_svg();
        assert!(svg.len() < 200_000, "{} bytes", svg.len());
        assert!(svg.contains("Transitions per cell") && svg.contains("slope = 0.9"));
    }

    #[test]
    fn lengths_that_differ_are_refused() {
        assert!(Scatter { estimated: &[1.0, 2.0], exact: &[1.0] }.draw().is_err());
    }
}
