//! Looks for noise that is correlated from frame to frame, as filters in time leave it.
//!
//! A sixth difference along rows and columns leaves the noise of single pixels and hardly anything of a
//! picture that the point spread has smoothed. A camera's noise forgets itself from frame to frame; a filter
//! in time (a mean, a median, a recursive denoiser) does not.

use super::median::median;
use super::windows::Windows;
use std::collections::VecDeque;

/// Pixels of a difference, and columns of two that stand two apart.
const LENGTH: usize = 7;
const PAIR: usize = LENGTH + 2;
/// The sixth difference.
const DIFFERENCE: [f32; LENGTH] = [1.0, -6.0, 15.0, -20.0, 15.0, -6.0, 1.0];
/// Variance of the filtered noise over that of a pixel.
const GAIN: f64 = 924.0 * 924.0;
/// Correlation of the filtered noise of independent pixels with that two columns apart.
const ASIDE: f64 = 495.0 / 924.0;
/// Most places at which noise is looked at.
const MOST_PLACES: usize = 512;
/// Share of the squares that must show noise: it is everywhere, fine structure is not.
const MOST_SQUARES: f64 = 0.8;
/// Frames after which the correlation is measured.
pub(super) const LAGS: usize = 3;
/// Edge of the squares whose correlations are told apart.
const EDGE: usize = 8;

/// Places of one window: the upper left pixel of each, and its square.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    start: usize,
    stride: usize,
    square: usize,
}

/// Noise of one movie.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NoiseMemory {
    places: Vec<Place>,
    /// Noise at the places, and two columns to the right of them, of the last frames.
    past: VecDeque<Vec<[f32; 2]>>,
    squares: Vec<Square>,
    /// Noise energy of each frame.
    pub(super) energy: Vec<f64>,
}

/// Sums over one square of the frame.
#[derive(Debug, Clone, Default, PartialEq)]
struct Square {
    places: usize,
    /// Products of frames 0 to `LAGS` apart.
    products: [f64; LAGS + 1],
    /// The product of frames 1 apart, two columns apart.
    aside: f64,
}

/// How noise of all squares is correlated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Memory {
    /// Correlation with the noise of 1 to `LAGS` frames before.
    pub(super) correlations: [f64; LAGS],
    /// What is carried to the next frame, two columns apart, over what is carried in place: 0.54 for the
    /// noise of single pixels, less for structure.
    pub(super) whiteness: f64,
}

impl NoiseMemory {
    pub(super) fn new(windows: &Windows) -> Self {
        let mut places = Vec::new();
        let mut count = 0;
        for window in windows.iter().filter(|window| window.rows >= LENGTH && window.columns >= PAIR) {
            let along = (window.columns + 1 - PAIR).div_ceil(EDGE);
            for row in (0..window.rows + 1 - LENGTH).step_by(2) {
                for column in (0..window.columns + 1 - PAIR).step_by(2) {
                    let square = count + row / EDGE * along + column / EDGE;
                    let start = window.start + row * window.columns + column;
                    places.push(Place { start, stride: window.columns, square });
                }
            }
            count += (window.rows + 1 - LENGTH).div_ceil(EDGE) * along;
        }
        let step = places.len().div_ceil(MOST_PLACES).max(1);
        // An odd step does not fall on the same columns again and again.
        let places: Vec<_> = places.into_iter().step_by(step | 1).collect();
        let mut squares = vec![Square::default(); count];
        for place in &places {
            squares[place.square].places += 1;
        }
        Self { places, past: VecDeque::new(), squares, energy: Vec::new() }
    }

    /// Adds a frame's deviations from the mean picture.
    pub(super) fn add(&mut self, pixels: &[f32]) {
        let mut noise =
            if self.past.len() > LAGS { self.past.pop_back().unwrap_or_default() } else { vec![] };
        noise.clear();
        noise.extend(self.places.iter().map(|place| {
            let mut columns = [0.0_f32; PAIR];
            for (row, weight) in DIFFERENCE.iter().enumerate() {
                let line = &pixels[place.start + row * place.stride..][..PAIR];
                columns.iter_mut().zip(line).for_each(|(sum, pixel)| *sum += weight * pixel);
            }
            let along = |from: usize| -> f32 {
                DIFFERENCE.iter().zip(&columns[from..]).map(|(weight, column)| weight * column).sum()
            };
            [along(0), along(2)]
        }));
        self.past.push_front(noise);
        let mut energy = 0.0;
        for (lag, past) in self.past.iter().enumerate() {
            for ((now, then), place) in self.past[0].iter().zip(past).zip(&self.places) {
                let square = &mut self.squares[place.square];
                let product = f64::from(now[0] * then[0]);
                square.products[lag] += product;
                match lag {
                    0 => energy += product,
                    1 => square.aside += 0.5 * f64::from(now[0] * then[1] + now[1] * then[0]),
                    _ => {}
                }
            }
        }
        self.energy.push(energy / self.places.len().max(1) as f64);
    }

    /// Frees what only further frames would need.
    pub(super) fn finish(self) -> Self {
        Self { past: VecDeque::new(), places: Vec::new(), ..self }
    }

    /// How noise is correlated in the median of the squares of all `movies` whose noise is above the variance
    /// that rounding leaves, given with each; none where not nearly all are. `averaged` frames made the mean
    /// picture.
    pub(super) fn memory(movies: &[(&Self, f64)], averaged: usize) -> Option<Memory> {
        let mut correlations: [Vec<f64>; LAGS] = Default::default();
        let mut whiteness = Vec::new();
        let mut all = 0;
        // Noise of the mean picture is common to all frames.
        let common = 1.0 / averaged as f64;
        for (movie, floor) in movies {
            let frames = movie.energy.len() as f64;
            for square in movie.squares.iter().filter(|square| square.places > 0) {
                all += 1;
                let variance = square.products[0];
                if variance > GAIN * floor * frames * square.places as f64 {
                    for (correlations, product) in correlations.iter_mut().zip(&square.products[1..]) {
                        correlations.push((1.0 + common) * product / variance - common);
                    }
                    let common = variance * common / (1.0 + common);
                    whiteness.push((square.aside - ASIDE * common) / (square.products[1] - common));
                }
            }
        }
        (whiteness.len() as f64 > MOST_SQUARES * all as f64)
            .then(|| Memory { correlations: correlations.map(median), whiteness: median(whiteness) })
    }
}
