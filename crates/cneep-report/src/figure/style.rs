//! Fixes one colour per role and one size per kind of text, for every figure.

use super::colour::{Rgb, mix};

/// What the program measured.
pub const MEASURED: Rgb = [31, 90, 150];
/// What is known exactly, handed in for comparison.
pub const EXACT: Rgb = [34, 34, 34];
/// Entropy produced; the positive arm of `vik`.
pub const POSITIVE: Rgb = [188, 99, 49];
/// Entropy consumed; the negative arm of `vik`.
pub const NEGATIVE: Rgb = [47, 124, 166];
/// Data that chose the parameters.
pub const TRAIN: Rgb = [132, 150, 172];
/// Data that did not.
pub const HELD_OUT: Rgb = [196, 88, 32];
/// The line at zero, and other quiet references.
pub const ZERO_LINE: Rgb = [138, 138, 138];

/// Text and axes.
pub const INK: Rgb = [43, 43, 43];
/// Grid behind the data.
pub const GRID: Rgb = [233, 235, 238];
/// Paper.
pub const PAPER: Rgb = [255, 255, 255];

/// Families asked of a viewer of an SVG; a PNG carries the first one's glyphs within.
pub const FONT_FAMILY: &str = "DejaVu Sans, Verdana, Segoe UI, Helvetica, Arial, sans-serif";
/// Axis labels, in logical pixels.
pub const LABEL_SIZE: u32 = 15;
/// Tick labels, legends and notes, in logical pixels.
pub const TICK_SIZE: u32 = 13;

/// A curve of its own, in logical pixels.
pub const LINE_WIDTH: f64 = 2.2;
/// One of several curves, in logical pixels.
pub const THIN_LINE_WIDTH: f64 = 1.1;
/// Dashes of exact curves and references.
pub const DASH: &str = "7 4";

/// A colour mixed with paper, `share` of the colour: lighter, without transparency.
pub fn tint(colour: Rgb, share: f64) -> Rgb {
    mix(PAPER, colour, share)
}
