//! Sums a quantity over blocks of time, whose scatter tells its error.

use crate::series::student_p_value;

/// Blocks into which a movie is cut: enough for their scatter, few enough to be longer than most memory.
const BLOCKS: usize = 32;

/// Sums over equal blocks of a movie.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Blocks {
    frames: usize,
    sums: Vec<f64>,
}

impl Blocks {
    /// No sums yet, of a movie of so many `frames`.
    pub(super) fn new(frames: usize) -> Self {
        Self { frames, sums: vec![0.0; BLOCKS.min((frames / 4).max(1))] }
    }

    /// Adds `value` to the block of frame `at`.
    pub(super) fn add(&mut self, at: usize, value: f64) {
        let block = at * self.sums.len() / self.frames;
        self.sums[block] += value;
    }

    /// The sum of each block.
    pub(super) fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// The sum of all.
    pub(super) fn total(&self) -> f64 {
        self.sums.iter().sum()
    }
}

/// Student's t of the mean of the blocks of all movies, each movie in units of its own scatter, with the
/// probability that blocks about zero show it; (0, 1) for fewer than eight blocks.
pub(super) fn test<'a>(movies: impl Iterator<Item = &'a Blocks>) -> (f64, f64) {
    let mut values = Vec::new();
    for blocks in movies {
        let scale = (blocks.sums.iter().map(|sum| sum * sum).sum::<f64>() / blocks.sums.len() as f64).sqrt();
        if scale > 0.0 && scale.is_finite() {
            values.extend(blocks.sums.iter().map(|sum| sum / scale));
        }
    }
    student(&values)
}

/// Student's t of the mean of `values`, and the probability of one as far from zero.
pub(super) fn student(values: &[f64]) -> (f64, f64) {
    let count = values.len();
    if count < 8 {
        return (0.0, 1.0);
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (count - 1) as f64 / count as f64).sqrt();
    if error > 0.0 { (mean / error, student_p_value(mean / error, count - 1)) } else { (0.0, 1.0) }
}
