//! Draws a dissipation map in the coordinates of the recorded frame.

use super::axes::{Axis, Key, Panel};
use super::colour_bar::ColourBar;
use super::colour_map::{ColourMap, SignedScale};
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::outline::outlines;
use super::style;
use super::typesetting::text_width;
use cneep_movie::error::Result;
use ndarray::{Array2, ArrayView2};

/// Longer side of the map, and the most its shorter side may take, in logical pixels.
const LONG_SIDE: f64 = 440.0;
/// Widest line about outlined cells, in logical pixels; thinner about small cells, of which it takes at most
/// a third.
const OUTLINE_WIDTH: f64 = 1.8;

/// Whether a map may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapKind {
    /// Entropy may be produced or consumed: `vik`, symmetric about zero.
    Signed,
    /// Never negative: `batlow`, from zero.
    Total,
}

/// A map of shape (row, column), one value per cell.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct DissipationMapFigure<'a> {
    /// The values, in the unit that `label` states.
    pub map: ArrayView2<'a, f64>,
    /// Whether zero is the middle or the bottom of the colours.
    pub kind: MapKind,
    /// Edge of a cell, in pixels of the recorded frame.
    pub cell_size: f64,
    /// (row, column) of the first cell's outer corner, in pixels of the recorded frame.
    pub offset: (f64, f64),
    /// Edge of a recorded pixel in micrometres; axes are in pixels if it is unknown.
    pub pixel_size: Option<f64>,
    /// Quantity with its unit, written along the colour bar.
    pub label: &'a str,
    /// Largest magnitude of the colours; the map's own if absent.
    pub limit: Option<f64>,
    /// Share of the cells, by magnitude, to which the colours reach where no limit is given; all if absent.
    /// How many lie beyond is told.
    pub robust: Option<f64>,
    /// Cells to outline.
    pub outlined: Option<Outlined<'a>>,
}

/// Cells of a map that are outlined.
#[derive(Debug, Clone, Copy)]
pub struct Outlined<'a> {
    /// Which, shape as the map.
    pub cells: ArrayView2<'a, bool>,
    /// What they are, which is written above the map.
    pub name: &'a str,
}

impl<'a> DissipationMapFigure<'a> {
    /// A signed map from the corner of the frame, coloured up to its own largest magnitude, with axes in
    /// pixels.
    pub fn new(map: &'a Array2<f64>, cell_size: f64, label: &'a str) -> Self {
        Self {
            map: map.view(),
            kind: MapKind::Signed,
            cell_size,
            offset: (0.0, 0.0),
            pixel_size: None,
            label,
            limit: None,
            robust: None,
            outlined: None,
        }
    }

    /// Draws the map with equal aspect and a colour bar. Cells without a number are grey.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a single finite value.
    pub fn draw(&self) -> Result<Figure> {
        let finite = || self.map.iter().copied().filter(|v| v.is_finite());
        check_drawable("dissipation map", finite().count(), 1)?;
        let scale = match (self.limit, self.robust) {
            (Some(limit), _) => SignedScale::new(limit),
            (None, Some(quantile)) => SignedScale::robust(finite(), quantile),
            (None, None) => SignedScale::covering(finite()),
        };
        let limit = scale.limit();
        let beyond = finite().filter(|value| value.abs() > limit * (1.0 + 1e-9)).count();
        let label = match beyond {
            0 => self.label.to_owned(),
            _ => format!("{} ({beyond} of {} beyond)", self.label, finite().count()),
        };
        let colour = |value: f64| match self.kind {
            MapKind::Signed => scale.colour(value),
            MapKind::Total => ColourMap::Batlow.colour(value / limit),
        };
        let (rows, columns) = self.map.dim();
        let side = cell_side(rows, columns);
        let (width, height) = (side * columns as f64, side * rows as f64);
        let (unit, symbol) = self.pixel_size.map_or((1.0, "pixels"), |size| (size, "µm"));
        let end = |start: f64, count: usize| (start + count as f64 * self.cell_size) * unit;
        let bar_height = height.max(180.0);
        let above = if self.outlined.is_some() { 42.0 } else { 22.0 };
        let panel = Panel {
            left: 84.0,
            top: above + 0.5 * (bar_height - height),
            width,
            height,
            x: Axis::new(format!("x ({symbol})"), self.offset.1 * unit, end(self.offset.1, columns)),
            y: Axis::new(format!("y ({symbol})"), end(self.offset.0, rows), self.offset.0 * unit),
        };
        let bar = ColourBar {
            left: panel.left + width + 24.0,
            top: above,
            height: bar_height,
            low: if self.kind == MapKind::Signed { -limit } else { 0.0 },
            high: limit,
            label: &label,
            ticks: None,
        };
        let sheet_height = (panel.top + height + 62.0).max(bar.top + bar_height + 22.0);
        let outlined = self.outlined.map(|Outlined { cells, name }| {
            let (size, lines) = outlines(&cells);
            let blocks = if size > 1 { format!(", most of {size} × {size} cells") } else { String::new() };
            (lines, format!("{name}{blocks}"))
        });
        let bar_end = bar.left + bar.width() + 14.0;
        let name_end = outlined
            .as_ref()
            .map_or(0.0, |(_, name)| panel.left + 52.0 + text_width(name, f64::from(style::TICK_SIZE)));
        let mut figure = Figure::new(bar_end.max(name_end).ceil(), sheet_height.ceil());
        panel.draw(&mut figure, false);
        figure.image(panel.left, panel.top, width, height, self.map.mapv(colour));
        panel.frame(&mut figure);
        if let Some((lines, name)) = &outlined {
            let place = |(row, column): (usize, usize)| {
                (panel.left + side * column as f64, panel.top + side * row as f64)
            };
            let line_width = OUTLINE_WIDTH.min(0.3 * side).max(0.7);
            for ends in lines {
                figure.line(&ends.map(place), style::INK, line_width, None);
            }
            panel.legend(&mut figure, &[(Key::Line(style::INK, OUTLINE_WIDTH, None), name)]);
        }
        // Of nothing there is no scale.
        if finite().any(|value| value != 0.0) {
            bar.draw(&mut figure, colour);
        }
        Ok(figure)
    }
}

/// Edge of a drawn cell: whole logical pixels for maps of few cells.
fn cell_side(rows: usize, columns: usize) -> f64 {
    let side = LONG_SIDE / rows.max(columns) as f64;
    if side >= 4.0 { side.floor() } else { side }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(map: &Array2<f64>, pixel_size: Option<f64>) -> Figure {
        let mut figure = DissipationMapFigure::new(map, 4.0, "ΔS rate (k_B/s per cell)");
        figure.pixel_size = pixel_size;
        figure.draw().unwrap()
    }

    /// Catches limits that follow the data's own range, which would colour zero.
    #[test]
    fn a_map_of_zeros_has_the_central_colour_everywhere() {
        let [r, g, b] = ColourMap::Vik.colour(0.5);
        let svg = figure(&Array2::zeros((5, 10)), None).to_svg();
        assert!(svg.matches(&format!("height=\"44.00\" fill=\"#{r:02x}{g:02x}{b:02x}\"")).count() == 50);
        assert!(svg.contains("x (pixels)") && !svg.contains("NaN"));
        assert!(!svg.contains("per cell"), "a scale of nothing");
    }

    #[test]
    fn a_big_map_is_one_embedded_image() {
        let map =
            Array2::from_shape_fn((512, 512), |(r, c)| (r as f64 * 0.02).sin() * (c as f64 * 0.03).cos());
        let svg = figure(&map, Some(0.1)).to_svg();
        assert_eq!(svg.matches("data:image/png;base64,").count(), 1);
        assert!(svg.contains("y (µm)"));
    }

    /// Catches a legend that is cut off beside a narrow map.
    #[test]
    fn outlined_cells_are_named_in_full() {
        let map = Array2::from_elem((30, 4), 1.0);
        let outlined = map.mapv(|_: f64| true);
        let outline = "significant (at most 5 % false on average)";
        let mut drawn = DissipationMapFigure::new(&map, 4.0, "k_B/s per cell");
        drawn.outlined = Some(Outlined { cells: outlined.view(), name: outline });
        let figure = drawn.draw().unwrap();
        assert!(figure.to_svg().contains(outline));
        assert!(figure.width() > 116.0 + text_width(outline, f64::from(style::TICK_SIZE)));
    }

    #[test]
    fn a_png_has_the_width_asked_for() {
        let figure = figure(&Array2::from_elem((5, 10), f64::NAN).mapv(|_: f64| 0.3), None);
        for width in [300, 777, 1200] {
            let bytes = figure.to_png(width).unwrap();
            let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
            assert_eq!(reader.info().width, width);
        }
        assert!(figure.to_png(0).is_err());
    }
}
