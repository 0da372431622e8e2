//! Looks for frames whose neighbours in the file are not their neighbours in time.

use super::blocks::{Blocks, student};
use super::lanes::distance;
use std::collections::VecDeque;

/// Longest distance between frames that is looked at: interleaved channels or heights are seldom more.
const LONGEST: usize = 12;
/// Most pixels compared.
const MOST_PIXELS: usize = 512;

/// Mean differences between frames of one movie, by their distance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FrameOrder {
    step: usize,
    past: VecDeque<Vec<f32>>,
    /// Sums of the differences of frames 1 to `LONGEST` apart.
    differences: Vec<Blocks>,
}

/// The distance at which frames are most alike, where it is not 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Nearest {
    pub(super) distance: usize,
    /// Mean difference at that distance over that of neighbours.
    pub(super) ratio: f64,
    pub(super) t: f64,
    pub(super) p_value: f64,
}

impl FrameOrder {
    pub(super) fn new(frames: usize, pixels: usize) -> Self {
        Self {
            step: pixels.div_ceil(MOST_PIXELS).max(1) | 1,
            past: VecDeque::new(),
            differences: vec![Blocks::new(frames); LONGEST],
        }
    }

    /// Adds the pixels of frame `at`.
    pub(super) fn add(&mut self, at: usize, pixels: &[f32]) {
        let mut taken =
            if self.past.len() == LONGEST { self.past.pop_back().unwrap_or_default() } else { vec![] };
        taken.clear();
        taken.extend(pixels.iter().step_by(self.step));
        // All distances are compared at the same frames.
        if self.past.len() + 1 >= LONGEST {
            for (blocks, past) in self.differences.iter_mut().zip(&self.past) {
                blocks.add(at, distance(&taken, past));
            }
        }
        self.past.push_front(taken);
    }

    /// Frees what only further frames would need.
    pub(super) fn finish(self) -> Self {
        Self { past: VecDeque::new(), ..self }
    }

    /// The distance at which the frames of all `movies` are most alike.
    pub(super) fn nearest(movies: &[&Self]) -> Option<Nearest> {
        let total = |at: usize| movies.iter().map(|movie| movie.differences[at].total()).sum::<f64>();
        let first = total(0);
        let best = (1..LONGEST - 1).min_by(|a, b| total(*a).total_cmp(&total(*b)))?;
        let excess = |movie: &&Self| -> Vec<f64> {
            let [near, far] = [0, best].map(|at| movie.differences[at].sums());
            near.iter().zip(far).map(|(near, far)| (far - near) / first).collect()
        };
        let (t, p_value) = student(&movies.iter().flat_map(excess).collect::<Vec<_>>());
        (t < 0.0).then(|| Nearest { distance: best + 1, ratio: total(best) / first, t, p_value })
    }
}
