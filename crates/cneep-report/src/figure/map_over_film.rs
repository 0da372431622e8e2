//! Draws a mean dissipation map over the mean frame of its film, with a scale bar.

use super::axes::Key;
use super::colour::Rgb;
use super::colour_bar::ColourBar;
use super::colour_map::{ROBUST_QUANTILE, SignedScale};
use super::dissipation_map::Outlined;
use super::drawable::check_drawable;
use super::drawing::Figure;
use super::laid_over::{dimmed, laid_over};
use super::outline::outlines;
use super::style;
use super::typesetting::text_width;
use cneep_movie::error::Result;
use cneep_movie::units::to_digits;
use kuva::render::render::TextAnchor;
use ndarray::{Array2, ArrayView2};

/// Longer side of the picture, in logical pixels.
const LONG_SIDE: f64 = 560.0;
/// Grey behind the colours of the bar.
const BEHIND: Rgb = [70; 3];
/// Scale bar, its name, outlines and marks.
const LIGHT: Rgb = [255; 3];

/// A place that is marked by a circle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarkedPlace {
    /// Column and row, in pixels of the movie.
    pub centre: [f64; 2],
    /// Radius, in pixels of the movie.
    pub radius: f64,
}

/// A map of shape (row, column) over a frame.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct MapOverFilm<'a> {
    /// The values, in the unit that `label` states.
    pub map: ArrayView2<'a, f64>,
    /// Edge of a cell of the map, in pixels of the movie.
    pub cell: f64,
    /// The frame as shares of white, shape (row, column).
    pub film: ArrayView2<'a, f64>,
    /// Edge of one of its pixels, in pixels of the movie.
    pub binned: f64,
    /// Edge of a pixel of the movie in micrometres; the scale bar is in pixels if it is unknown.
    pub pixel_size: Option<f64>,
    /// Quantity with its unit.
    pub label: &'a str,
    /// Largest magnitude of the colours; that of nearly all cells if absent.
    pub limit: Option<f64>,
    /// Cells to outline.
    pub outlined: Option<Outlined<'a>>,
    /// The exact map, to be drawn beside in the same colours.
    pub exact: Option<ArrayView2<'a, f64>>,
    /// Places to mark, and what they are.
    pub marked: Option<(&'a [MarkedPlace], &'a str)>,
}

impl<'a> MapOverFilm<'a> {
    /// A map with cells of the size of the frame's pixels, from the corner of the frame.
    pub fn new(map: &'a Array2<f64>, film: &'a Array2<f64>, label: &'a str) -> Self {
        Self {
            map: map.view(),
            cell: 1.0,
            film: film.view(),
            binned: 1.0,
            pixel_size: None,
            label,
            limit: None,
            outlined: None,
            exact: None,
            marked: None,
        }
    }

    /// Largest magnitude that has a colour of its own, and how many cells lie beyond.
    pub fn range(&self) -> (f64, usize) {
        let values = || self.map.iter().copied();
        let scale =
            self.limit.map_or_else(|| SignedScale::robust(values(), ROBUST_QUANTILE), SignedScale::new);
        let beyond = values().filter(|value| value.abs() > scale.limit() * (1.0 + 1e-9)).count();
        (scale.limit(), beyond)
    }

    /// Draws both with equal aspect, a scale bar and a colour bar.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] without a single finite value.
    pub fn draw(&self) -> Result<Figure> {
        let finite = self.map.iter().filter(|value| value.is_finite()).count();
        check_drawable("dissipation map", finite, 1)?;
        let (limit, beyond) = self.range();
        let (rows, columns) = self.film.dim();
        let panels = 1 + usize::from(self.exact.is_some());
        let side = LONG_SIDE / rows.max(columns) as f64;
        let (width, height) = (side * columns as f64, side * rows as f64);
        let pixel = side / self.binned;
        let names = self.names();
        let (first, top) = (14.0, 14.0 + 20.0 * names.len() as f64);
        let lefts: Vec<f64> = (0..panels).map(|panel| first + panel as f64 * (width + 14.0)).collect();
        let label = match beyond {
            0 => self.label.to_owned(),
            _ => format!("{} ({beyond} of {} beyond)", self.label, self.map.len()),
        };
        let bar = ColourBar {
            left: lefts[panels - 1] + width + 18.0,
            top,
            height: height.max(180.0),
            low: -limit,
            high: limit,
            label: &label,
            ticks: None,
        };
        let longest = names.iter().map(|(_, name)| text_width(name, f64::from(style::TICK_SIZE)) + 64.0);
        let sheet = (bar.left + bar.width() + 10.0).max(longest.fold(0.0, f64::max));
        let mut figure = Figure::new(sheet.ceil(), (top + height.max(180.0) + 16.0).ceil());
        for (map, &left) in std::iter::once(&self.map).chain(&self.exact).zip(&lefts) {
            figure.image(left, top, width, height, self.pixels(map, limit));
            for mark in self.marked.iter().flat_map(|(places, _)| *places) {
                let [column, row] = mark.centre;
                let place = (left + pixel * (column + 0.5), top + pixel * (row + 0.5));
                figure.circle(place, mark.radius * pixel, MARK, 2.2);
            }
        }
        if let Some(Outlined { cells, .. }) = &self.outlined {
            let edge = self.cell * pixel;
            for ends in outlines(cells).1 {
                let ends = ends.map(|(row, column)| (first + edge * column as f64, top + edge * row as f64));
                figure.line(&ends, LIGHT, 1.1, None);
            }
        }
        if self.exact.is_some() {
            for (name, left) in ["estimated", "exact"].into_iter().zip(&lefts) {
                let at = (left + width - 10.0, top + 20.0);
                figure.text_in(LIGHT, at, name, style::LABEL_SIZE, TextAnchor::End, None);
            }
        }
        self.scale_bar(&mut figure, (first, top + height), pixel, columns as f64 * self.binned);
        for (row, (key, name)) in names.iter().enumerate() {
            let y = 18.0 + 20.0 * row as f64;
            match *key {
                Key::Line(colour, width, dash) => {
                    figure.line(&[(first, y - 4.0), (first + 26.0, y - 4.0)], colour, width, dash);
                }
                _ => figure.circle((first + 13.0, y - 4.0), 6.0, MARK, 2.2),
            }
            figure.text(first + 34.0, y, name, style::TICK_SIZE, TextAnchor::Start, None);
        }
        bar.draw(&mut figure, |value| laid_over(BEHIND, value / limit));
        Ok(figure)
    }

    /// What outlines and marks are.
    fn names(&self) -> Vec<(Key, String)> {
        let outlined = self.outlined.map(|of| (Key::Line(style::ZERO_LINE, 1.6, None), of.name.to_owned()));
        let marked = self.marked.map(|(_, name)| (Key::Disc(MARK), name.to_owned()));
        outlined.into_iter().chain(marked).collect()
    }

    fn pixels(&self, map: &ArrayView2<f64>, limit: f64) -> Array2<Rgb> {
        Array2::from_shape_fn(self.film.dim(), |(row, column)| {
            let cell = |place: usize| ((place as f64 + 0.5) * self.binned / self.cell) as usize;
            let value = map.get([cell(row), cell(column)]).copied().filter(|value| value.is_finite());
            let under = dimmed(self.film[[row, column]]);
            value.map_or(under, |value| laid_over(under, value / limit))
        })
    }

    /// A bar of round length in the corner at the lower left.
    fn scale_bar(&self, figure: &mut Figure, (left, bottom): (f64, f64), pixel: f64, columns: f64) {
        let (unit, symbol) = self.pixel_size.map_or((1.0, "px"), |size| (size, "µm"));
        let length = round_length(columns * unit);
        let (x, width) = (left + 14.0, length / unit * pixel);
        figure.rectangle(x - 1.0, bottom - 19.0, width + 2.0, 7.0, [0; 3], 0.6);
        figure.rectangle(x, bottom - 18.0, width, 5.0, LIGHT, 1.0);
        let at = (x + 0.5 * width, bottom - 25.0);
        let text = format!("{} {symbol}", to_digits(length, 2));
        figure.text_in(LIGHT, at, &text, style::TICK_SIZE, TextAnchor::Middle, None);
    }
}

/// Colour of marked places.
const MARK: Rgb = [0, 178, 138];

/// 1, 2 or 5 times a power of ten, about a quarter of `whole`.
fn round_length(whole: f64) -> f64 {
    let power = 10_f64.powf((whole / 4.0).log10().floor());
    let fits = [10.0, 5.0, 2.0, 1.0].map(|of| of * power).into_iter().find(|length| *length <= whole / 3.0);
    fits.unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rows taken for columns, outliers that blank the map and are not told, and a missing scale.
    #[test]
    fn the_map_lies_on_its_film_and_says_what_is_beyond() {
        let mut map = Array2::from_shape_fn((10, 20), |(row, column)| ((row + column) % 3) as f64 - 1.0);
        map[[2, 3]] = 500.0;
        let film = Array2::from_elem((20, 40), 0.5);
        let mut drawn = MapOverFilm::new(&map, &film, "k_B/s per cell");
        (drawn.cell, drawn.pixel_size) = (2.0, Some(0.25));
        assert_eq!(drawn.range(), (1.0, 1));
        let pixels = drawn.pixels(&drawn.map, 1.0);
        assert_eq!(pixels[[5, 7]], laid_over(dimmed(0.5), 1.0));
        assert_eq!(pixels[[1, 39]], laid_over(dimmed(0.5), (19.0_f64 % 3.0) - 1.0));
        let places = [MarkedPlace { centre: [10.0, 5.0], radius: 3.0 }];
        drawn.marked = Some((&places, "true place"));
        let svg = drawn.draw().unwrap().to_svg();
        drawn.exact = Some(map.view());
        let beside = drawn.draw().unwrap();
        assert!(beside.to_svg().contains(">exact<") && beside.width() > 1100.0);
        for text in [">2 µm<", "1 of 200 beyond", ">true place<"] {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!([3.0, 40.0, 11.8, 250.0].map(round_length), [1.0, 10.0, 2.0, 50.0]);
    }
}
