//! Looks for the squares of eight pixels in which video codecs and JPEG code a picture.
//!
//! A codec rounds the cosine transform of each square, most of it to zero. Cut along the codec's own grid the
//! change from frame to frame therefore has far smaller high frequencies, in the geometric mean, than cut
//! along any other.

use super::median::median;
use super::windows::{Window, Windows};

const EDGE: usize = 8;
/// Frames that are looked at, and edge of the part of each.
const FRAMES: usize = 24;
const PART: usize = 32;
/// Share of the usual energy below which nothing happens in a square, and that below which frequencies count
/// as equal.
const SILENT: f32 = 0.1;
const FLOOR: f32 = 0.01;
/// Lowest sum of the two indices of a high frequency.
const HIGH: usize = 5;

/// High frequencies of the squares of one movie, by the offset of the grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CodecGrid {
    step: usize,
    cosines: [[f32; EDGE]; EDGE],
    /// Sum of the logarithms, one an offset (row, column).
    logarithms: Vec<f64>,
    counts: Vec<usize>,
}

/// The grid that stands out most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// How much smaller high frequencies are along it: the logarithm of the ratio of mean squares.
    pub(super) depth: f64,
    /// The same in units of the scatter among other grids.
    pub(super) z: f64,
}

impl CodecGrid {
    pub(super) fn new(frames: usize) -> Self {
        let mut cosines = [[0.0; EDGE]; EDGE];
        for (u, line) in cosines.iter_mut().enumerate() {
            for (x, cosine) in line.iter_mut().enumerate() {
                let scale = if u == 0 { 0.125_f64.sqrt() } else { 0.5 };
                let angle = std::f64::consts::PI * ((2 * x + 1) * u) as f64 / 16.0;
                *cosine = (scale * angle.cos()) as f32;
            }
        }
        Self {
            step: (frames / FRAMES).max(1),
            cosines,
            logarithms: vec![0.0; EDGE * EDGE],
            counts: vec![0; EDGE * EDGE],
        }
    }

    /// Adds the change from the frame before to frame `at`, of which every so many are looked at.
    pub(super) fn add(&mut self, at: usize, windows: &Windows, pixels: &[f32]) {
        if at % self.step != self.step / 2 {
            return;
        }
        // Another part of the frame each time.
        let turn = at / self.step;
        let Some(window) = windows.iter().nth(turn % windows.iter().count()) else { return };
        let part = |length: usize| {
            let places = length.saturating_sub(PART) / EDGE + 1;
            turn * (places / 2 + 1) % places * EDGE
        };
        let squares = self.squares(window, part(window.rows), part(window.columns), pixels);
        // High frequencies over all of each square, where anything happens in it.
        let usual = median(squares.iter().map(|(_, (all, _))| f64::from(*all)).collect()) as f32;
        for (offset, (all, high)) in
            squares.iter().filter(|(_, (all, _))| *all > SILENT * usual && *all > 0.0)
        {
            let share = high.iter().map(|h| f64::from((h / all + FLOOR).ln())).sum::<f64>();
            self.logarithms[*offset] += share / high.len() as f64;
            self.counts[*offset] += 1;
        }
    }

    /// All squares of a part of a window that begins in `row` and `column`: the offset of their grid, the
    /// mean square of all frequencies but the mean, and the squares of the high ones.
    fn squares(
        &self,
        window: &Window,
        row: usize,
        column: usize,
        pixels: &[f32],
    ) -> Vec<(usize, (f32, Vec<f32>))> {
        let rows = row..(row + PART).min(window.rows);
        let columns =
            column..(column + PART + 1).saturating_sub(EDGE).min((window.columns + 1).saturating_sub(EDGE));
        // Transforms along the rows, of which those along the columns are made.
        let along = |row: usize, column: usize| -> [f32; EDGE] {
            let line = &window.line(pixels, row)[column..column + EDGE];
            self.cosines.map(|cosines| cosines.iter().zip(line).map(|(cosine, pixel)| cosine * pixel).sum())
        };
        let mut squares = Vec::new();
        for column in columns {
            let lines: Vec<[f32; EDGE]> = rows.clone().map(|row| along(row, column)).collect();
            for (first, eight) in lines.windows(EDGE).enumerate() {
                let (mut all, mut high) = (0.0, Vec::with_capacity(EDGE * EDGE));
                for (v, cosines) in self.cosines.iter().enumerate() {
                    let mut values = [0.0_f32; EDGE];
                    for (cosine, line) in cosines.iter().zip(eight) {
                        values.iter_mut().zip(line).for_each(|(value, along)| *value += cosine * along);
                    }
                    for (u, value) in values.iter().enumerate().filter(|(u, _)| u + v > 0) {
                        all += value * value / (EDGE * EDGE - 1) as f32;
                        if u + v >= HIGH {
                            high.push(value * value);
                        }
                    }
                }
                let offset = (rows.start + first) % EDGE * EDGE + column % EDGE;
                squares.push((offset, (all, high)));
            }
        }
        squares
    }

    /// The grid that stands out most in all `movies`.
    pub(super) fn grid(movies: &[&Self]) -> Option<Grid> {
        let mean = |offset: usize| {
            let sum: f64 = movies.iter().map(|movie| movie.logarithms[offset]).sum();
            let count: usize = movies.iter().map(|movie| movie.counts[offset]).sum();
            (count > 0).then(|| sum / count as f64)
        };
        let means: Vec<f64> = (0..EDGE * EDGE).filter_map(mean).collect();
        if means.len() < EDGE * EDGE {
            return None;
        }
        // Grids that are off by one pixel each way see as much of the picture, but nothing of the codec.
        let beside = |offset: usize| {
            let (down, right) = (offset / EDGE, offset % EDGE);
            let diagonal = [(1, 1), (1, 7), (7, 1), (7, 7)];
            diagonal.iter().map(|(d, r)| means[(down + d) % EDGE * EDGE + (right + r) % EDGE]).sum::<f64>()
                / 4.0
        };
        let depths: Vec<f64> = (0..means.len()).map(|offset| beside(offset) - means[offset]).collect();
        let scatter = median(depths.iter().map(|depth| depth.abs()).collect()) / 0.6745;
        let depth = depths.iter().copied().fold(0.0, f64::max);
        Some(Grid { depth, z: depth / scatter.max(1e-9) })
    }
}
