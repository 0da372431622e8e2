//! Draws one panel: frame, ticks, labels, and data clipped to the frame.

use super::colour::Rgb;
use super::drawing::Figure;
use super::style;
use super::typesetting::text_width;
use kuva::render::render::TextAnchor;
use kuva::render::render_utils::generate_ticks;

/// Distance between lines of text under an axis.
const LINE: f64 = 16.0;

/// One axis: its label with units, and its ends (first at the left or the bottom; may descend).
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) label: String,
    pub(super) from: f64,
    pub(super) to: f64,
    /// Words in place of numbers: the first at 0, the second at 1, and so on.
    pub(super) words: Vec<String>,
}

/// A rectangle of the sheet that shows data, in logical pixels.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

/// What stands for a curve in the legend.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    Line(Rgb, f64, Option<&'static str>),
    Disc(Rgb),
    Box(Rgb),
}

impl Axis {
    /// An axis over `from..=to`, widened if empty.
    pub(super) fn new(label: impl Into<String>, from: f64, to: f64) -> Self {
        let (from, to) = if from == to { (from - 0.5, to + 0.5) } else { (from, to) };
        Self { label: label.into(), from, to, words: Vec::new() }
    }

    /// An axis over the finite values, with a twentieth of their span on either side.
    pub(super) fn around(label: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = values
            .into_iter()
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Self::new(label, 0.0, 1.0);
        }
        let margin = 0.05 * (high - low);
        Self::new(label, low - margin, high + margin)
    }

    /// An axis with these `words` one apart, and half of that on either side.
    pub(super) fn of_words(label: impl Into<String>, words: &[String]) -> Self {
        Self { words: words.to_vec(), ..Self::new(label, -0.5, words.len() as f64 - 0.5) }
    }

    /// The text of a tick in lines that do not touch those of its neighbours on an axis of this `length`.
    fn lines(&self, text: &str, length: f64) -> Vec<String> {
        let room = 0.94 * length / self.words.len().max(1) as f64;
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line)
                    if self.words.is_empty()
                        || text_width(&format!("{line} {word}"), f64::from(style::TICK_SIZE)) <= room =>
                {
                    *line = format!("{line} {word}");
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    /// Height that its words take below their first lines.
    pub(super) fn hanging(&self, length: f64) -> f64 {
        let most = self.words.iter().map(|word| self.lines(word, length).len()).max().unwrap_or(1);
        LINE * (most - 1) as f64
    }

    fn fraction(&self, value: f64) -> f64 {
        (value - self.from) / (self.to - self.from)
    }

    fn ticks(&self, length: f64, spacing: f64) -> Vec<(f64, String)> {
        if !self.words.is_empty() {
            return self.words.iter().enumerate().map(|(place, word)| (place as f64, word.clone())).collect();
        }
        let count = (length / spacing).round().max(1.0) as usize;
        tick_labels(self.from.min(self.to), self.from.max(self.to), count)
    }
}

/// About `count` round values within `low..=high`, with their texts.
pub(super) fn tick_labels(low: f64, high: f64, count: usize) -> Vec<(f64, String)> {
    let ticks: Vec<f64> =
        generate_ticks(low, high, count).into_iter().filter(|t| (low..=high).contains(t)).collect();
    let step = ticks.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let largest = ticks.iter().fold(0.0_f64, |largest, t| largest.max(t.abs()));
    ticks.iter().map(|&tick| (tick, number(tick, step, largest))).collect()
}

/// A number with as many decimals as `step` needs; powers of ten where `largest` is very large or small.
fn number(value: f64, step: f64, largest: f64) -> String {
    let value = if value.abs() < 1e-9 * largest { 0.0 } else { value };
    if largest >= 1e6 || (largest > 0.0 && largest < 1e-3) {
        if value == 0.0 {
            return "0".into();
        }
        let exponent = largest.log10().floor() as i32;
        let unit = 10f64.powi(exponent);
        let mantissa = number(value / unit, step / unit, largest / unit);
        return format!("{mantissa}×10{}", superscript(exponent));
    }
    let decimals = (0..8).find(|&d| {
        let scaled = step * 10f64.powi(d);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.abs()
    });
    let text = format!("{value:.*}", decimals.unwrap_or(0) as usize);
    let text = text.replace('-', "−");
    if largest >= 1e4 && decimals == Some(0) { grouped(&text) } else { text }
}

fn grouped(digits: &str) -> String {
    let count = digits.chars().filter(char::is_ascii_digit).count();
    let mut left = count;
    digits
        .chars()
        .map(|c| {
            let gap = c.is_ascii_digit() && left != count && left.is_multiple_of(3);
            left -= usize::from(c.is_ascii_digit());
            if gap { format!("\u{2009}{c}") } else { c.to_string() }
        })
        .collect()
}

/// `exponent` in raised digits.
pub(super) fn superscript(exponent: i32) -> String {
    let raised = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    exponent.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |digit| raised[digit as usize])).collect()
}

impl Panel {
    /// Place of (x, y) on the sheet.
    pub(super) fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.left + self.width * self.x.fraction(x), self.top + self.height * (1.0 - self.y.fraction(y)))
    }

    /// Draws grid, ticks and labels; data come on top.
    pub(super) fn draw(&self, figure: &mut Figure, grid: bool) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        let mut widest = 0.0_f64;
        for (value, text) in self.x.ticks(self.width, 95.0) {
            let x = self.place((value, self.y.from)).0;
            if grid {
                figure.line(&[(x, self.top), (x, bottom)], style::GRID, 1.0, None);
            }
            figure.line(&[(x, bottom), (x, bottom + 5.0)], style::INK, 1.0, None);
            for (line, text) in self.x.lines(&text, self.width).iter().enumerate() {
                let y = bottom + 20.0 + LINE * line as f64;
                figure.text(x, y, text, style::TICK_SIZE, TextAnchor::Middle, None);
            }
        }
        for (value, text) in self.y.ticks(self.height, 60.0) {
            let y = self.place((self.x.from, value)).1;
            if grid {
                figure.line(&[(self.left, y), (right, y)], style::GRID, 1.0, None);
            }
            figure.line(&[(self.left - 5.0, y), (self.left, y)], style::INK, 1.0, None);
            figure.text(self.left - 9.0, y + 4.7, &text, style::TICK_SIZE, TextAnchor::End, None);
            widest = widest.max(text_width(&text, f64::from(style::TICK_SIZE)));
        }
        let (middle, centre) = (self.left + self.width / 2.0, self.top + self.height / 2.0);
        let below = bottom + 44.0 + self.x.hanging(self.width);
        figure.text(middle, below, &self.x.label, style::LABEL_SIZE, TextAnchor::Middle, None);
        let x = self.left - widest - 21.0;
        figure.text(x, centre, &self.y.label, style::LABEL_SIZE, TextAnchor::Middle, Some(-90.0));
    }

    /// Draws the frame; last, so that data do not cover it.
    pub(super) fn frame(&self, figure: &mut Figure) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        let corners = [
            (self.left, self.top),
            (right, self.top),
            (right, bottom),
            (self.left, bottom),
            (self.left, self.top),
        ];
        for edge in corners.windows(2) {
            figure.line(edge, style::INK, 1.0, None);
        }
    }

    /// A curve through `points` in data units, cut at the frame and at values that are not finite.
    pub(super) fn curve(&self, figure: &mut Figure, points: &[(f64, f64)], key: Key) {
        let Key::Line(colour, width, dash) = key else { return };
        let placed: Vec<(f64, f64)> = points.iter().map(|&point| self.place(point)).collect();
        let mut run: Vec<(f64, f64)> = Vec::new();
        for pair in thinned(&placed).windows(2) {
            let cut = self.cut(pair[0], pair[1]);
            if run.last() != cut.map(|c| c.0).as_ref() {
                figure.line(&run, colour, width, dash);
                run.clear();
                run.extend(cut.map(|c| c.0));
            }
            run.extend(cut.map(|c| c.1));
        }
        figure.line(&run, colour, width, dash);
    }

    /// The part of a segment within the frame (Liang and Barsky, DOI 10.1145/357332.357333).
    fn cut(&self, a: (f64, f64), b: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
        if ![a.0, a.1, b.0, b.1].iter().all(|v| v.is_finite()) {
            return None;
        }
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let right = self.left + self.width;
        let bottom = self.top + self.height;
        for (step, room) in
            [(-dx, a.0 - self.left), (dx, right - a.0), (-dy, a.1 - self.top), (dy, bottom - a.1)]
        {
            if step == 0.0 && room < 0.0 {
                return None;
            } else if step < 0.0 {
                enter = enter.max(room / step);
            } else if step > 0.0 {
                leave = leave.min(room / step);
            }
        }
        let at = |share: f64| match share {
            0.0 => a,
            1.0 => b,
            _ => (a.0 + share * dx, a.1 + share * dy),
        };
        (enter <= leave).then(|| (at(enter), at(leave)))
    }

    /// Whether a point in data units lies within the frame.
    pub(super) fn contains(&self, point: (f64, f64)) -> bool {
        let (x, y) = (self.x.fraction(point.0), self.y.fraction(point.1));
        (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)
    }

    /// Names of the curves in a row above the frame.
    pub(super) fn legend(&self, figure: &mut Figure, entries: &[(Key, &str)]) {
        let mut x = self.left;
        let y = self.top - 13.0;
        for (key, name) in entries {
            match *key {
                Key::Line(colour, width, dash) => {
                    figure.line(&[(x, y - 4.0), (x + 26.0, y - 4.0)], colour, width, dash);
                }
                Key::Disc(colour) => figure.discs(&[(x + 20.0, y - 4.0)], 4.0, colour, 1.0),
                Key::Box(colour) => figure.rectangle(x + 12.0, y - 10.0, 14.0, 12.0, colour, 1.0),
            }
            figure.text(x + 32.0, y, name, style::TICK_SIZE, TextAnchor::Start, None);
            x += 32.0 + text_width(name, f64::from(style::TICK_SIZE)) + 20.0;
        }
    }

    /// Lines of text in a corner of the frame, on paper.
    pub(super) fn note(&self, figure: &mut Figure, lines: &[String], right: bool, bottom: bool) {
        let size = f64::from(style::TICK_SIZE);
        let width = lines.iter().map(|line| text_width(line, size)).fold(0.0, f64::max) + 16.0;
        let height = 19.0 * lines.len() as f64 + 8.0;
        let x = if right { self.left + self.width - width - 8.0 } else { self.left + 8.0 };
        let y = if bottom { self.top + self.height - height - 8.0 } else { self.top + 8.0 };
        figure.rectangle(x, y, width, height, style::PAPER, 0.85);
        for (i, line) in lines.iter().enumerate() {
            let baseline = y + 18.0 + 19.0 * i as f64;
            figure.text(x + 8.0, baseline, line, style::TICK_SIZE, TextAnchor::Start, None);
        }
    }
}

/// At most four points per logical pixel column: the first, lowest, highest and last; order kept.
pub(super) fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let same_column = |a: &(f64, f64), b: &(f64, f64)| a.0.floor() == b.0.floor();
    let mut kept = Vec::new();
    for column in points.chunk_by(same_column) {
        if column.len() <= 4 {
            kept.extend_from_slice(column);
            continue;
        }
        let by_height = |&a: &usize, &b: &usize| column[a].1.total_cmp(&column[b].1);
        let lowest = (0..column.len()).min_by(by_height).unwrap_or(0);
        let highest = (0..column.len()).max_by(by_height).unwrap_or(0);
        let mut indices = [0, lowest, highest, column.len() - 1];
        indices.sort_unstable();
        kept.extend(indices.map(|i| column[i]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_written_as_a_physicist_would() {
        let texts = |low, high| tick_labels(low, high, 4).into_iter().map(|t| t.1).collect::<Vec<_>>();
        assert_eq!(
            texts(0.0, 50_000.0),
            ["0", "10\u{2009}000", "20\u{2009}000", "30\u{2009}000", "40\u{2009}000", "50\u{2009}000"]
        );
        assert_eq!(texts(-0.5, 0.5), ["−0.50", "−0.25", "0.00", "0.25", "0.50"]);
        assert!(texts(0.0, 4e-5).contains(&"2×10⁻⁵".to_string()), "{:?}", texts(0.0, 4e-5));
    }

    /// Catches thinning that loses a spike, or depends on anything but its input.
    #[test]
    fn thinning_keeps_extremes_and_is_repeatable() {
        let mut points: Vec<(f64, f64)> =
            (0..100_000).map(|i| (f64::from(i) / 200.0, (f64::from(i) * 0.1).sin())).collect();
        points[54_321].1 = 7.0;
        let kept = thinned(&points);
        assert!(kept.len() <= 4 * 500);
        assert!(kept.contains(&points[54_321]));
        assert_eq!(kept, thinned(&points));
        assert!(kept.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn a_segment_is_cut_at_the_frame() {
        let panel = Panel {
            left: 0.0,
            top: 0.0,
            width: 10.0,
            height: 10.0,
            x: Axis::new("x", 0.0, 1.0),
            y: Axis::new("y", 0.0, 1.0),
        };
        assert_eq!(panel.cut((-5.0, 5.0), (15.0, 5.0)), Some(((0.0, 5.0), (10.0, 5.0))));
        assert_eq!(panel.cut((-5.0, 5.0), (-1.0, 5.0)), None);
        assert_eq!(panel.cut((1.0, 1.0), (2.0, f64::NAN)), None);
    }
}
