//! Turns text into the outlines of its letters, so that a figure needs no font.

use super::typesetting::with_subscripts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kuva::backend::svg::SvgBackend;
use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};
use std::fmt::Write as _;
use std::sync::OnceLock;
use ttf_parser::{Face, OutlineBuilder};

/// The drawn `primitive`, each text as outlines, `k_B` with its subscript.
pub(super) fn outlined(primitive: &Primitive) -> Vec<Primitive> {
    let Primitive::Text { x, y, rotate, .. } = primitive else { return vec![primitive.clone()] };
    let about = (*x, *y, rotate.unwrap_or(0.0).to_radians());
    let pieces = with_subscripts(primitive);
    pieces.iter().map(|piece| path_of(piece, about).unwrap_or_else(|| piece.clone())).collect()
}

/// The outlines of one text, level or turned `about` a point; none if the font cannot be read.
fn path_of(text: &Primitive, about: (f64, f64, f64)) -> Option<Primitive> {
    let Primitive::Text { x, y, content, size, anchor, color, .. } = text else { return None };
    let face = Face::parse(font()?, 0).ok()?;
    let scale = f64::from(*size) / f64::from(face.units_per_em());
    let glyphs: Vec<_> = content.chars().map(|c| face.glyph_index(c).unwrap_or_default()).collect();
    let advance = |glyph| scale * f64::from(face.glyph_hor_advance(glyph).unwrap_or(0));
    let width: f64 = glyphs.iter().map(|&glyph| advance(glyph)).sum();
    let left = match anchor {
        TextAnchor::Start => *x,
        TextAnchor::Middle => x - 0.5 * width,
        TextAnchor::End => x - width,
    };
    let mut pen = Pen { left, baseline: *y, scale, about, path: String::new() };
    for glyph in glyphs {
        face.outline_glyph(glyph, &mut pen);
        pen.left += advance(glyph);
    }
    Some(Primitive::Path(Box::new(PathData {
        d: pen.path,
        fill: color.clone(),
        stroke: Color::None,
        stroke_width: 0.0,
        opacity: None,
        stroke_dasharray: None,
    })))
}

/// The font that the plotting library embeds in its figures, taken from an empty one.
fn font() -> Option<&'static [u8]> {
    static FONT: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let read = || {
        let svg = SvgBackend::new().with_embedded_font(true).render_scene(&Scene::new(1.0, 1.0));
        let (_, data) = svg.split_once(";base64,")?;
        STANDARD.decode(data.split_once('\'')?.0).ok()
    };
    FONT.get_or_init(read).as_deref()
}

/// Writes outlines as the path of an SVG.
struct Pen {
    left: f64,
    baseline: f64,
    scale: f64,
    about: (f64, f64, f64),
    path: String,
}

impl Pen {
    fn write(&mut self, command: char, points: &[(f32, f32)]) {
        self.path.push(command);
        let (centre_x, centre_y, angle) = self.about;
        let (sine, cosine) = angle.sin_cos();
        for &(x, y) in points {
            let (x, y) = (
                self.left + self.scale * f64::from(x) - centre_x,
                self.baseline - self.scale * f64::from(y) - centre_y,
            );
            let (x, y) = (centre_x + cosine * x - sine * y, centre_y + sine * x + cosine * y);
            write!(self.path, "{x:.2} {y:.2} ").expect("a string takes every write");
        }
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.write('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.write('L', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.write('Q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.write('C', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str, anchor: TextAnchor, rotate: Option<f64>) -> Primitive {
        let color = Some(Color::Rgb(1, 2, 3));
        Primitive::Text {
            x: 100.0,
            y: 50.0,
            content: content.into(),
            size: 20,
            anchor,
            rotate,
            bold: false,
            color,
        }
    }

    /// Left, right, top and bottom of what is drawn.
    fn extent(text: &Primitive) -> [f64; 4] {
        let mut extent = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
        for primitive in outlined(text) {
            let Primitive::Path(path) = primitive else { panic!("a text that is left") };
            let numbers = path.d.split(|c: char| !"-.0123456789".contains(c)).filter(|part| !part.is_empty());
            for (place, number) in numbers.enumerate() {
                let (value, axis) = (number.parse::<f64>().unwrap(), 2 * (place % 2));
                extent[axis] = extent[axis].min(value);
                extent[axis + 1] = extent[axis + 1].max(value);
            }
        }
        extent
    }

    /// Catches letters upside down, an anchor that is ignored, and turned text at another place.
    #[test]
    fn letters_stand_where_the_text_stood() {
        let [left, right, top, bottom] = extent(&text("HHHH (k_B/s)", TextAnchor::Middle, None));
        assert!((0.5 * (left + right) - 100.0).abs() < 3.0 && right - left > 90.0, "{left} {right}");
        assert!(top < 40.0 && bottom < 60.0 && bottom > 50.0, "{top} {bottom}");
        let [left, right, ..] = extent(&text("HH", TextAnchor::End, None));
        assert!(right <= 100.0 && left > 60.0);
        let [left, right, top, bottom] = extent(&text("HHHH", TextAnchor::Start, Some(-90.0)));
        assert!(
            right <= 101.0 && left > 80.0 && bottom <= 50.0 && top < 0.0,
            "{left} {right} {top} {bottom}"
        );
    }
}
