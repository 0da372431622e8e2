//! Keeps a film of bytes in memory and hands its transitions to the network.

use cneep_nn::{InputMap, Inputs};
use std::path::Path;

/// Movies of equal length, end to end.
pub(crate) struct Film {
    pixels: Vec<u8>,
    rows: usize,
    columns: usize,
    frames_per_movie: usize,
    mean: f32,
    deviation: f32,
}

impl Film {
    /// Reads a film of bytes in the order (frame, row, column).
    pub(crate) fn read(
        path: &Path,
        [rows, columns]: [usize; 2],
        frames_per_movie: usize,
        mean: f32,
        deviation: f32,
    ) -> Result<Self, String> {
        let pixels = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let movie = rows * columns * frames_per_movie;
        if frames_per_movie < 2 || pixels.is_empty() || !pixels.len().is_multiple_of(movie.max(1)) {
            return Err(format!("{}: not a whole number of movies of {movie} bytes", path.display()));
        }
        Ok(Self { pixels, rows, columns, frames_per_movie, mean, deviation })
    }

    /// (rows, columns) of a frame.
    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Number of transitions; none reaches from one movie into the next.
    pub(crate) fn transition_count(&self) -> usize {
        let frames = self.pixels.len() / (self.rows * self.columns);
        frames / self.frames_per_movie * (self.frames_per_movie - 1)
    }

    /// The first frame of transition `index`.
    pub(crate) fn start(&self, index: usize) -> usize {
        let transitions = self.frames_per_movie - 1;
        index / transitions * self.frames_per_movie + index % transitions
    }

    /// Whether a transition starts with frame `start`.
    pub(crate) fn has_transition(&self, start: usize) -> bool {
        (start + 1) * self.rows * self.columns < self.pixels.len()
            && start % self.frames_per_movie + 1 < self.frames_per_movie
    }
}

/// Transitions of a film, by their first frames.
pub(crate) struct Batch<'a> {
    pub(crate) film: &'a Film,
    pub(crate) starts: &'a [usize],
}

impl Inputs for Batch<'_> {
    fn write(&self, index: usize, input: &mut InputMap<'_>) {
        let Film { rows, columns, mean, deviation, .. } = *self.film;
        let scale = deviation.recip();
        let first = self.starts[index] * rows * columns;
        let (first, second) = self.film.pixels[first..first + 2 * rows * columns].split_at(rows * columns);
        for (channel, frame) in [first, second].into_iter().enumerate() {
            for (row, bytes) in frame.chunks_exact(columns).enumerate() {
                for (pixel, byte) in input.row_mut(channel, row).iter_mut().zip(bytes) {
                    *pixel = (f32::from(*byte) - mean) * scale;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Would catch a window that ends in the next movie, and a last transition that is never drawn.
    #[test]
    fn transitions_stay_within_their_movies() {
        let film = Film {
            pixels: vec![0; 3 * 4 * 2],
            rows: 1,
            columns: 2,
            frames_per_movie: 4,
            mean: 0.0,
            deviation: 1.0,
        };
        let starts: Vec<usize> = (0..film.transition_count()).map(|index| film.start(index)).collect();
        assert_eq!(starts, [0, 1, 2, 4, 5, 6, 8, 9, 10]);
        let allowed: Vec<usize> = (0..20).filter(|start| film.has_transition(*start)).collect();
        assert_eq!(allowed, starts);
    }
}
