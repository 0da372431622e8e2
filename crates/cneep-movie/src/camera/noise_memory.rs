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
    /// Products of frames 0 to `LAGS` apart, and their sums.
    counts: [f64; LAGS + 1],
    products: [f64; LAGS + 1],
    /// The product of frames 1 apart, two columns apart.
    aside: f64,
}

/// How noise of all squares is correlated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Memory {
    /// Correlation with the noise of 1 to `LAGS` frames before.
    pub(super) correlations: [f64; LAGS],
    /// Standard error of the first, by the scatter of the squares.
    pub(super) error: f64,
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
        let squares = vec![Square::default(); count];
        Self { places, past: VecDeque::new(), squares, energy: Vec::new() }
    }

    /// Adds a frame's deviations from the mean picture; pixels that were cut off are not a number, and what
    /// they touch is left out: the edge of what is cut off is as sharp as noise.
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
        let (mut energy, mut count) = (0.0, 0.0);
        for (lag, past) in self.past.iter().enumerate() {
            for ((now, then), place) in self.past[0].iter().zip(past).zip(&self.places) {
                let square = &mut self.squares[place.square];
                let product = f64::from(now[0] * then[0]);
                let aside = 0.5 * f64::from(now[0] * then[1] + now[1] * then[0]);
                if !(product + aside).is_finite() {
                    continue;
                }
                square.counts[lag] += 1.0;
                square.products[lag] += product;
                match lag {
                    0 => (energy, count) = (energy + product, count + 1.0),
                    1 => square.aside += aside,
                    _ => {}
                }
            }
        }
        self.energy.push(energy / f64::max(count, 1.0));
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
            for square in movie.squares.iter().filter(|square| square.counts.iter().all(|n| *n > 0.0)) {
                all += 1;
                let mean = |lag: usize| square.products[lag] / square.counts[lag];
                let variance = mean(0);
                if variance > GAIN * floor {
                    for (lag, correlations) in correlations.iter_mut().enumerate() {
                        correlations.push((1.0 + common) * mean(lag + 1) / variance - common);
                    }
                    let common = variance * common / (1.0 + common);
                    let aside = square.aside / square.counts[1];
                    whiteness.push((aside - ASIDE * common) / (mean(1) - common));
                }
            }
        }
        (whiteness.len() as f64 > MOST_SQUARES * all as f64).then(|| {
            let middle = median(correlations[0].clone());
            let deviations = correlations[0].iter().map(|correlation| (correlation - middle).abs()).collect();
            // Usual deviation of a normal variable from its median, and the error of a median over a mean's.
            let error = 1.2533 * median(deviations) / 0.6745 / (whiteness.len() as f64).sqrt();
            Memory { correlations: correlations.map(median), error, whiteness: median(whiteness) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A bright texture that moves slowly and is cut off where it is brightest, under white noise.
    fn memory(left_out: bool) -> Memory {
        const EDGE: usize = 40;
        const CEILING: f64 = 135.0;
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut noise = NoiseMemory::new(&Windows::new(EDGE, EDGE));
        for frame in 0..300 {
            let pixels: Vec<f32> = (0..EDGE * EDGE)
                .map(|at| {
                    let (row, column) = ((at / EDGE) as f64, (at % EDGE) as f64 + 0.1 * f64::from(frame));
                    let dim: f64 = StandardNormal.sample(&mut random);
                    let light = 100.0 + 60.0 * (row / 3.5).sin() * (column / 3.5).sin() + 0.5 * dim;
                    if light < CEILING {
                        light as f32
                    } else if left_out {
                        f32::NAN
                    } else {
                        CEILING as f32
                    }
                })
                .collect();
            noise.add(&pixels);
        }
        NoiseMemory::memory(&[(&noise.finish(), 0.0)], 300).unwrap()
    }

    /// Catches the edges of what is cut off, which move as slowly as the picture, taken for noise.
    #[test]
    fn what_is_cut_off_is_no_noise() {
        let (taken, left_out) = (memory(false), memory(true));
        assert!(taken.correlations[0] > 0.1, "{taken:?}");
        assert!(
            left_out.correlations[0].abs() < 4.0 * left_out.error && left_out.error < 0.03,
            "{left_out:?}"
        );
    }
}
