//! Sets `k_B` with a true subscript, and measures text in the embedded font.

use kuva::render::render::{Primitive, TextAnchor};

/// Advance widths of the embedded font (`DejaVu Sans`) for ASCII 32..=126, in thousandths of the font size.
#[rustfmt::skip]
const ADVANCE: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775,
    752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390,
    337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

const SUBSCRIPT_SIZE: f64 = 0.72;
const SUBSCRIPT_DROP: f64 = 0.2;
const BOLTZMANN: &str = "k_B";

/// Width of `text` at `size`, in logical pixels, `k_B` set with its subscript.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let plain: f64 = text.chars().map(|c| size * f64::from(advance(c)) / 1000.0).sum();
    let saved = size * f64::from(advance('_') + advance('B')) / 1000.0;
    let subscript = SUBSCRIPT_SIZE * size * f64::from(advance('B')) / 1000.0;
    plain - text.matches(BOLTZMANN).count() as f64 * (saved - subscript)
}

fn advance(character: char) -> u16 {
    match character {
        ' '..='~' => ADVANCE[character as usize - 32],
        '−' | '±' | '×' => 838,
        'Δ' => 684,
        '\u{2009}' => 200,
        '⁰'..='⁹' | '¹' | '²' | '³' => 401,
        '⁻' => 528,
        _ => 636,
    }
}

/// Replaces every `k_B` between the tags of `svg` by a `k` with a lowered, smaller `B`.
pub(super) fn subscripts_in_svg(svg: &str) -> String {
    let drop = SUBSCRIPT_DROP / SUBSCRIPT_SIZE;
    let small = format!("k<tspan dy=\"{drop:.3}em\" font-size=\"{:.0}%\">B</tspan>", SUBSCRIPT_SIZE * 100.0);
    let mut out = String::with_capacity(svg.len());
    for piece in svg.split_inclusive("</text>") {
        let Some((before, tail)) = piece.split_once(BOLTZMANN) else {
            out.push_str(piece);
            continue;
        };
        out.push_str(before);
        let (text, end) = tail.split_once("</text>").unwrap_or((tail, ""));
        let raised: Vec<String> = text
            .split(BOLTZMANN)
            .map(|rest| {
                if rest.is_empty() {
                    small.clone()
                } else {
                    format!("{small}<tspan dy=\"-{SUBSCRIPT_DROP}em\">{rest}</tspan>")
                }
            })
            .collect();
        out.push_str(&raised.concat());
        if piece.ends_with("</text>") {
            out.push_str("</text>");
        }
        out.push_str(end);
    }
    out
}

/// The same for a rasteriser: a level text that holds `k_B` becomes several, placed by their widths.
pub(super) fn with_subscripts(primitive: &Primitive) -> Vec<Primitive> {
    let Primitive::Text { x, y, content, size, anchor, rotate, bold, color } = primitive else {
        return vec![primitive.clone()];
    };
    if !content.contains(BOLTZMANN) {
        return vec![primitive.clone()];
    }
    let em = f64::from(*size);
    let total = text_width(content, em);
    let mut along = match anchor {
        TextAnchor::Start => 0.0,
        TextAnchor::Middle => -total / 2.0,
        TextAnchor::End => -total,
    };
    let mut pieces = Vec::new();
    let mut set = |text: &str, size: u32, drop: f64| {
        pieces.push(Primitive::Text {
            x: x + along,
            y: y + drop,
            content: text.to_string(),
            size,
            anchor: TextAnchor::Start,
            rotate: *rotate,
            bold: *bold,
            color: color.clone(),
        });
        along += text_width(text, f64::from(size));
    };
    for (i, rest) in content.split(BOLTZMANN).enumerate() {
        if i > 0 {
            set("B", (em * SUBSCRIPT_SIZE).round() as u32, em * SUBSCRIPT_DROP);
        }
        let last = i == content.matches(BOLTZMANN).count();
        let text = if last { rest.to_string() } else { format!("{rest}k") };
        if !text.is_empty() {
            set(&text, *size, 0.0);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches text lost or reordered around the subscript, and unbalanced tags.
    #[test]
    fn a_subscript_keeps_every_other_letter() {
        let svg = "<g><text x=\"1\">ΔS (k_B per s)</text><text>k_B</text><text>plain</text></g>";
        let set = subscripts_in_svg(svg);
        assert_eq!(set.matches("<tspan").count(), set.matches("</tspan>").count());
        let letters: String = set.split('<').filter_map(|s| s.split_once('>').map(|p| p.1)).collect();
        assert_eq!(letters, "ΔS (kB per s)kBplain");
    }

    #[test]
    fn a_centred_label_keeps_its_centre() {
        let label = Primitive::Text {
            x: 10.0,
            y: 100.0,
            content: "a (k_B/s)".into(),
            size: 20,
            anchor: TextAnchor::Middle,
            rotate: None,
            bold: false,
            color: None,
        };
        let pieces = with_subscripts(&label);
        assert_eq!(pieces.len(), 3);
        let Primitive::Text { x, y, .. } = &pieces[0] else { panic!("text") };
        assert!((x - 10.0 + text_width("a (k_B/s)", 20.0) / 2.0).abs() < 1e-9 && *y == 100.0);
    }
}
