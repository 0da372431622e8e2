//! Holds a drawn figure, ready to become SVG or PNG.

use super::colour::Rgb;
use super::outlined_text::outlined;
use super::raster;
use super::style;
use super::typesetting;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cneep_movie::atomic_file;
use cneep_movie::error::{Error, Fault, Result};
use kuva::backend::svg::SvgBackend;
use kuva::render::color::Color;
use kuva::render::render::{Primitive, Scene, TextAnchor};
use ndarray::Array2;
use std::fmt::Write as _;
use std::path::Path;

/// Largest width of a PNG, in pixels.
const WIDTH_LIMIT: u32 = 16_384;
/// Up to this many cells an image in an SVG is drawn cell by cell, beyond it as an embedded PNG.
const VECTOR_CELLS: usize = 256;

/// A drawn figure. Text, lines and cells are all inside: nothing outside is needed to show it.
#[derive(Debug)]
pub struct Figure {
    scene: Scene,
    images: Vec<PlacedImage>,
}

#[derive(Debug)]
struct PlacedImage {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    cells: Array2<Rgb>,
}

impl Figure {
    /// An empty sheet, in logical pixels.
    pub(super) fn new(width: f64, height: f64) -> Self {
        let mut scene = Scene::new(width, height);
        scene.font_family = Some(style::FONT_FAMILY.into());
        Self { scene, images: Vec::new() }
    }

    /// Width in logical pixels.
    pub fn width(&self) -> f64 {
        self.scene.width
    }

    /// Height in logical pixels.
    pub fn height(&self) -> f64 {
        self.scene.height
    }

    /// The figure as SVG. Fonts are asked of the viewer by name; no element carries an id, so that several
    /// figures may share a page.
    pub fn to_svg(&self) -> String {
        typesetting::subscripts_in_svg(&self.svg_of(&self.scene))
    }

    /// The figure as SVG with its letters as outlines of the embedded font: it looks the same everywhere.
    /// What they say stands in its description.
    pub fn to_outlined_svg(&self) -> String {
        let mut scene = Scene::new(self.width(), self.height());
        scene.font_family = Some(style::FONT_FAMILY.into());
        scene.elements = self.scene.elements.iter().flat_map(outlined).collect();
        let text = |primitive: &Primitive| match primitive {
            Primitive::Text { content, .. } => Some(content.replace('&', "&amp;").replace('<', "&lt;")),
            _ => None,
        };
        let texts: Vec<String> = self.scene.elements.iter().filter_map(text).collect();
        let described = format!("><desc>{}</desc>", texts.join("; "));
        self.svg_of(&scene).replacen('>', &described, 1)
    }

    fn svg_of(&self, scene: &Scene) -> String {
        let mut svg = SvgBackend::new().render_scene(scene);
        for (index, image) in self.images.iter().enumerate() {
            svg = svg.replacen(&format!("<g {}></g>", marker(index)), &image.to_svg(), 1);
        }
        let (width, height) = (self.width(), self.height());
        svg.replacen("<svg ", &format!("<svg viewBox=\"0 0 {width} {height}\" "), 1)
    }

    /// The figure as a PNG `width` pixels wide, with the embedded font.
    ///
    /// # Errors
    /// [`Error::Setting`] for a width of zero or beyond 16,384 pixels.
    pub fn to_png(&self, width: u32) -> Result<Vec<u8>> {
        Ok(raster::encode_png(&self.to_pixels(width)?))
    }

    /// The pixels of [`Self::to_png`], shape (row, column).
    pub(super) fn to_pixels(&self, width: u32) -> Result<Array2<Rgb>> {
        let refuse = |found: String| {
            Error::Setting(Fault::new(
                "width of the PNG",
                format!("1 to {WIDTH_LIMIT} pixels"),
                found,
                "Choose another width.",
            ))
        };
        if !(1..=WIDTH_LIMIT).contains(&width) {
            return Err(refuse(width.to_string()));
        }
        // The rasteriser rounds sizes up; the margin keeps rounding errors from adding a column.
        let scale = f64::from(width) / self.width() * (1.0 - 1e-6);
        let mut scene = Scene::new(self.width(), self.height());
        for primitive in &self.scene.elements {
            scene.add(
                self.image_of(primitive)
                    .map_or_else(|| primitive.clone(), |image| image.to_rectangles(scale)),
            );
        }
        raster::rasterised(&scene, scale).map_err(refuse)
    }

    /// Writes [`Self::to_outlined_svg`], whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn write_svg(&self, path: &Path) -> Result<()> {
        atomic_file::write_bytes(path, self.to_outlined_svg().as_bytes())
    }

    /// Writes [`Self::to_png`] at twice the logical size, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn write_png(&self, path: &Path) -> Result<()> {
        atomic_file::write_bytes(path, &self.to_png((2.0 * self.width()) as u32)?)
    }

    fn image_of(&self, primitive: &Primitive) -> Option<&PlacedImage> {
        let Primitive::GroupStart { extra_attrs: Some(attributes), .. } = primitive else { return None };
        let index: usize = attributes.strip_prefix(MARKER)?.trim_matches(['=', '"']).parse().ok()?;
        self.images.get(index)
    }

    /// A polyline.
    pub(super) fn line(&mut self, points: &[(f64, f64)], colour: Rgb, width: f64, dash: Option<&str>) {
        for pair in points.windows(2).take(usize::from(points.len() == 2)) {
            self.scene.add(Primitive::Line {
                x1: pair[0].0,
                y1: pair[0].1,
                x2: pair[1].0,
                y2: pair[1].1,
                stroke: paint(colour),
                stroke_width: width,
                stroke_dasharray: dash.map(str::to_string),
            });
        }
        if points.len() > 2 {
            self.scene.add(Primitive::PolyLine {
                points: points.to_vec(),
                stroke: paint(colour),
                stroke_width: width,
                stroke_dasharray: dash.map(str::to_string),
            });
        }
    }

    /// A filled rectangle.
    pub(super) fn rectangle(&mut self, x: f64, y: f64, width: f64, height: f64, fill: Rgb, opacity: f64) {
        self.scene.add(Primitive::Rect {
            x,
            y,
            width,
            height,
            fill: paint(fill),
            stroke: None,
            stroke_width: None,
            opacity: (opacity < 1.0).then_some(opacity),
        });
    }

    /// Filled discs of one kind.
    pub(super) fn discs(&mut self, centres: &[(f64, f64)], radius: f64, fill: Rgb, opacity: f64) {
        self.scene.add(Primitive::CircleBatch {
            cx: centres.iter().map(|c| c.0).collect(),
            cy: centres.iter().map(|c| c.1).collect(),
            r: radius,
            fill: paint(fill),
            fill_opacity: (opacity < 1.0).then_some(opacity),
            stroke: None,
            stroke_width: None,
        });
    }

    /// Text with its baseline at (x, y); `rotate` in degrees about that point.
    pub(super) fn text(
        &mut self,
        x: f64,
        y: f64,
        text: &str,
        size: u32,
        anchor: TextAnchor,
        rotate: Option<f64>,
    ) {
        self.text_in(style::INK, (x, y), text, size, anchor, rotate);
    }

    /// The same in another colour.
    pub(super) fn text_in(
        &mut self,
        colour: Rgb,
        (x, y): (f64, f64),
        text: &str,
        size: u32,
        anchor: TextAnchor,
        rotate: Option<f64>,
    ) {
        self.scene.add(Primitive::Text {
            x,
            y,
            content: text.to_string(),
            size,
            anchor,
            rotate,
            bold: false,
            color: Some(paint(colour)),
        });
    }

    /// A circle without filling.
    pub(super) fn circle(&mut self, (cx, cy): (f64, f64), radius: f64, colour: Rgb, width: f64) {
        let points: Vec<(f64, f64)> = (0..=48)
            .map(|step| f64::from(step) * std::f64::consts::TAU / 48.0)
            .map(|angle| (cx + radius * angle.cos(), cy + radius * angle.sin()))
            .collect();
        self.line(&points, colour, width, None);
    }

    /// Coloured cells in a rectangle, first row at the top, each cell crisp.
    pub(super) fn image(&mut self, x: f64, y: f64, width: f64, height: f64, cells: Array2<Rgb>) {
        self.scene.add(Primitive::GroupStart {
            transform: None,
            title: None,
            extra_attrs: Some(marker(self.images.len())),
        });
        self.scene.add(Primitive::GroupEnd);
        self.images.push(PlacedImage { x, y, width, height, cells });
    }
}

const MARKER: &str = "data-image";

fn marker(index: usize) -> String {
    format!("{MARKER}=\"{index}\"")
}

fn paint(colour: Rgb) -> Color {
    Color::Rgb(colour[0], colour[1], colour[2])
}

impl PlacedImage {
    fn to_svg(&self) -> String {
        let (rows, columns) = self.cells.dim();
        if self.cells.len() <= VECTOR_CELLS {
            let (width, height) = (self.width / columns as f64, self.height / rows as f64);
            let mut svg = String::from("<g shape-rendering=\"crispEdges\">");
            for ((row, column), [r, g, b]) in self.cells.indexed_iter() {
                let (x, y) = (self.x + column as f64 * width, self.y + row as f64 * height);
                write!(
                    svg,
                    "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" \
                     fill=\"#{r:02x}{g:02x}{b:02x}\" />"
                )
                .expect("a string takes every write");
            }
            return svg + "</g>";
        }
        // Enlarged by whole numbers, so that viewers that smooth images show crisp cells too.
        let factor = (1024 / columns.max(rows)).max(1);
        let enlarged = Array2::from_shape_fn((rows * factor, columns * factor), |(row, column)| {
            self.cells[[row / factor, column / factor]]
        });
        format!(
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
             style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{}\" />",
            self.x,
            self.y,
            self.width,
            self.height,
            STANDARD.encode(raster::encode_png(&enlarged))
        )
    }

    /// Cells with their edges on whole pixels at `scale`.
    fn to_rectangles(&self, scale: f64) -> Primitive {
        let (rows, columns) = self.cells.dim();
        let edge = |start: f64, length: f64, place: usize, count: usize| {
            ((start + length * place as f64 / count as f64) * scale).round() / scale
        };
        let mut batch = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ((row, column), &colour) in self.cells.indexed_iter() {
            let left = edge(self.x, self.width, column, columns);
            let top = edge(self.y, self.height, row, rows);
            batch.0.push(left);
            batch.1.push(top);
            batch.2.push(edge(self.x, self.width, column + 1, columns) - left);
            batch.3.push(edge(self.y, self.height, row + 1, rows) - top);
            batch.4.push(paint(colour));
        }
        Primitive::RectBatch { x: batch.0, y: batch.1, w: batch.2, h: batch.3, fills: batch.4 }
    }
}
