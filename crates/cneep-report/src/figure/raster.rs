//! Rasterises a scene with the embedded font, mending what the plotting library's rasteriser lacks.
//!
//! Dashes there ignore the scale and begin anew at every vertex, and turned text is coarse: dashes are
//! therefore cut into pieces here, and upright labels are drawn level and turned afterwards.

use super::colour::Rgb;
use super::typesetting::{text_width, with_subscripts};
use kuva::backend::raster::RasterBackend;
use kuva::render::render::{Primitive, Scene, TextAnchor};
use ndarray::Array2;

/// Pixels of `scene` at `scale`, shape (row, column).
pub(super) fn rasterised(scene: &Scene, scale: f64) -> Result<Array2<Rgb>, String> {
    let mut plain = Scene::new(scene.width, scene.height);
    let mut upright = Vec::new();
    for primitive in &scene.elements {
        match primitive {
            Primitive::Text { rotate: Some(_), .. } => upright.push(primitive),
            Primitive::Text { .. } => plain.elements.extend(with_subscripts(primitive)),
            Primitive::Line { x1, y1, x2, y2, stroke, stroke_width, stroke_dasharray: Some(dash) } => {
                let points = [(*x1, *y1), (*x2, *y2)];
                plain.elements.extend(dashes(&points, dash).into_iter().map(|points| Primitive::PolyLine {
                    points,
                    stroke: stroke.clone(),
                    stroke_width: *stroke_width,
                    stroke_dasharray: None,
                }));
            }
            Primitive::PolyLine { points, stroke, stroke_width, stroke_dasharray: Some(dash) } => {
                plain.elements.extend(dashes(points, dash).into_iter().map(|points| Primitive::PolyLine {
                    points,
                    stroke: stroke.clone(),
                    stroke_width: *stroke_width,
                    stroke_dasharray: None,
                }));
            }
            other => plain.add(other.clone()),
        }
    }
    let mut pixels = level(&plain, scale)?;
    for text in upright {
        lay_upright(&mut pixels, text, scale)?;
    }
    Ok(pixels)
}

fn level(scene: &Scene, scale: f64) -> Result<Array2<Rgb>, String> {
    let bytes = RasterBackend::new().with_scale(scale as f32).render_scene(scene)?;
    decode_rgb(&bytes).ok_or_else(|| "a PNG of another kind than 8 bits per channel".to_string())
}

/// Draws a text level on a sheet of its own, turns it to read upwards, and lays its ink over `pixels`.
fn lay_upright(pixels: &mut Array2<Rgb>, text: &Primitive, scale: f64) -> Result<(), String> {
    let Primitive::Text { x, y, content, size, bold, color, .. } = text else { return Ok(()) };
    let em = f64::from(*size);
    let mut sheet = Scene::new(text_width(content, em) + em, 2.0 * em);
    let centred = Primitive::Text {
        x: sheet.width / 2.0,
        y: 1.4 * em,
        content: content.clone(),
        size: *size,
        anchor: TextAnchor::Middle,
        rotate: None,
        bold: *bold,
        color: color.clone(),
    };
    sheet.elements = with_subscripts(&centred);
    let ink = level(&sheet, scale)?;
    let left = ((x - 1.4 * em) * scale).round() as isize;
    let bottom = ((y + sheet.width / 2.0) * scale).round() as isize;
    for ((row, column), colour) in ink.indexed_iter() {
        let (row, column) = (bottom - column.cast_signed(), left + row.cast_signed());
        let place = usize::try_from(row).ok().zip(usize::try_from(column).ok());
        if let Some(under) = place.and_then(|(row, column)| pixels.get_mut([row, column])) {
            *under = std::array::from_fn(|i| (u16::from(under[i]) * u16::from(colour[i]) / 255) as u8);
        }
    }
    Ok(())
}

/// The drawn pieces of a dashed polyline; `dash` holds lengths drawn and left out, in turn.
fn dashes(points: &[(f64, f64)], dash: &str) -> Vec<Vec<(f64, f64)>> {
    let lengths: Vec<f64> =
        dash.split_whitespace().filter_map(|l| l.parse().ok()).filter(|l| *l > 0.0).collect();
    let (Some(&first), Some(&start)) = (lengths.first(), points.first()) else {
        return vec![points.to_vec()];
    };
    let (mut turn, mut left) = (0, first);
    let mut pieces = vec![vec![start]];
    for pair in points.windows(2) {
        let ((mut x, mut y), (to_x, to_y)) = (pair[0], pair[1]);
        let mut rest = (to_x - x).hypot(to_y - y);
        while rest > left {
            x += (to_x - x) * left / rest;
            y += (to_y - y) * left / rest;
            rest -= left;
            if turn % 2 == 0 {
                pieces.last_mut().into_iter().for_each(|piece| piece.push((x, y)));
            } else {
                pieces.push(vec![(x, y)]);
            }
            turn += 1;
            left = lengths[turn % lengths.len()];
        }
        left -= rest;
        if turn % 2 == 0 {
            pieces.last_mut().into_iter().for_each(|piece| piece.push((to_x, to_y)));
        }
    }
    pieces
}

/// Pixels of a PNG of 8 bits per channel, transparency left out.
fn decode_rgb(bytes: &[u8]) -> Option<Array2<Rgb>> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().ok()?;
    let mut buffer = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut buffer).ok()?;
    let channels = info.color_type.samples();
    if channels < 3 || info.bit_depth != png::BitDepth::Eight {
        return None;
    }
    let pixels = buffer[..info.buffer_size()].chunks_exact(channels).map(|p| [p[0], p[1], p[2]]).collect();
    Array2::from_shape_vec((info.height as usize, info.width as usize), pixels).ok()
}

/// A PNG of `pixels`, shape (row, column).
pub(crate) fn encode_png(pixels: &Array2<Rgb>) -> Vec<u8> {
    let (rows, columns) = pixels.dim();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, columns as u32, rows as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let data: Vec<u8> = pixels.iter().flatten().copied().collect();
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&data))
        .expect("memory takes every write of a complete image");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches dashes that begin anew at every vertex, which makes a curve of short segments solid.
    #[test]
    fn dashes_run_on_across_vertices() {
        let points: Vec<(f64, f64)> = (0..=22).map(|i| (f64::from(i), 0.0)).collect();
        let pieces = dashes(&points, "7 4");
        let ends: Vec<(f64, f64)> = pieces.iter().map(|p| (p[0].0, p[p.len() - 1].0)).collect();
        assert_eq!(ends, [(0.0, 7.0), (11.0, 18.0)]);
        assert_eq!(dashes(&[(0.0, 0.0), (22.0, 0.0)], "7 4").len(), 2);
    }

    #[test]
    fn a_png_decodes_to_what_was_encoded() {
        let pixels = Array2::from_shape_fn((7, 5), |(r, c)| [r as u8 * 30, c as u8 * 50, 9]);
        assert_eq!(decode_rgb(&encode_png(&pixels)), Some(pixels));
    }
}
