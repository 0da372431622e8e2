//! Looks for rows or columns that were not recorded at once, by the order in which neighbours change.
//!
//! If row r + 1 is recorded later than row r by a share s of the frame interval, its picture of the next
//! frame lies 1 + s intervals after that of row r, and 1 - s the other way round: the difference of
//! x(r, t) x(r + 1, t + 1) and x(r + 1, t) x(r, t + 1) is on average no longer zero, as it is for a movie
//! that looks the same backwards. Of frames that were interlaced it alternates from row to row.

use super::blocks::{Blocks, test};
use super::lanes::dot;
use super::windows::{Window, Windows};

/// What the order of the rows and columns of one movie shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Readout {
    /// Of the pixels, and of their change from frame to frame, which forgets slow motion.
    pixels: Asymmetry,
    changes: Asymmetry,
}

#[derive(Debug, Clone, PartialEq)]
struct Asymmetry {
    rows: Blocks,
    /// Rows with alternating signs.
    fields: Blocks,
    columns: Blocks,
    /// What rows and columns forget in a frame interval, without the noise.
    forgotten: [f64; 2],
}

impl Asymmetry {
    fn new(frames: usize) -> Self {
        let blocks = Blocks::new(frames);
        Self { rows: blocks.clone(), fields: blocks.clone(), columns: blocks, forgotten: [0.0; 2] }
    }

    fn add(&mut self, at: usize, windows: &Windows, before: &[f32], after: &[f32]) {
        for window in windows.iter() {
            self.add_rows(at, window, before, after);
            self.add_columns(at, window, before, after);
        }
    }

    fn add_rows(&mut self, at: usize, window: &Window, before: &[f32], after: &[f32]) {
        let (mut sum, mut alternating, mut forgotten) = (0.0, 0.0, 0.0);
        let mut last = [0.0; 2];
        for row in 1..window.rows {
            let [upper, lower] = [row - 1, row].map(|row| window.line(before, row));
            let [next_upper, next_lower] = [row - 1, row].map(|row| window.line(after, row));
            let (down, up) = (dot(upper, next_lower), dot(lower, next_upper));
            sum += down - up;
            // Against the mean of the pairs on both sides, so that what is alike there cancels.
            let middle = if row > 2 { last[1] - 0.5 * (last[0] + down - up) } else { 0.0 };
            alternating += if (window.row + row) % 2 == 1 { middle } else { -middle };
            last = [last[1], down - up];
            forgotten += 0.5 * (dot(upper, lower) + dot(next_upper, next_lower) - down - up);
        }
        self.rows.add(at, sum);
        self.fields.add(at, alternating);
        self.forgotten[0] += forgotten;
    }

    fn add_columns(&mut self, at: usize, window: &Window, before: &[f32], after: &[f32]) {
        let (mut sum, mut forgotten) = (0.0, 0.0);
        let last = window.columns - 1;
        for row in 0..window.rows {
            let [line, next] = [before, after].map(|pixels| window.line(pixels, row));
            let (right, left) = (dot(&line[..last], &next[1..]), dot(&line[1..], &next[..last]));
            sum += right - left;
            let at_once = dot(&line[..last], &line[1..]) + dot(&next[..last], &next[1..]);
            forgotten += 0.5 * (at_once - right - left);
        }
        self.columns.add(at, sum);
        self.forgotten[1] += forgotten;
    }
}

/// What was found of the order of rows and columns in movies of one camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Order {
    /// The most telling t, and the probability of one as large by chance.
    pub(super) t: f64,
    pub(super) p_value: f64,
    /// The lag from one row to the next, as a share of the frame interval.
    pub(super) lag: f64,
}

impl Readout {
    pub(super) fn new(frames: usize) -> Self {
        Self { pixels: Asymmetry::new(frames), changes: Asymmetry::new(frames) }
    }

    /// Adds frame `at`: its deviations from the mean picture, those of the frame before, and the last two
    /// changes.
    pub(super) fn add(&mut self, at: usize, windows: &Windows, pixels: [&[f32]; 2], changes: [&[f32]; 2]) {
        self.pixels.add(at, windows, pixels[0], pixels[1]);
        if at > 1 {
            self.changes.add(at, windows, changes[0], changes[1]);
        }
    }

    fn order(movies: &[&Self], blocks: fn(&Asymmetry) -> &Blocks, axis: usize) -> Order {
        let of_pixels = test(movies.iter().map(|movie| blocks(&movie.pixels)));
        let of_changes = test(movies.iter().map(|movie| blocks(&movie.changes)));
        let (t, p_value) = if of_pixels.1 <= of_changes.1 { of_pixels } else { of_changes };
        let total: f64 = movies.iter().map(|movie| blocks(&movie.pixels).total()).sum();
        let forgotten: f64 = movies.iter().map(|movie| movie.pixels.forgotten[axis]).sum();
        Order { t, p_value: (2.0 * p_value).min(1.0), lag: -0.5 * total / forgotten }
    }

    /// Rows one after the other.
    pub(super) fn rows(movies: &[&Self]) -> Order {
        Self::order(movies, |asymmetry| &asymmetry.rows, 0)
    }

    /// Odd rows apart from even ones.
    pub(super) fn fields(movies: &[&Self]) -> Order {
        Self::order(movies, |asymmetry| &asymmetry.fields, 0)
    }

    /// Columns one after the other.
    pub(super) fn columns(movies: &[&Self]) -> Order {
        Self::order(movies, |asymmetry| &asymmetry.columns, 1)
    }
}
