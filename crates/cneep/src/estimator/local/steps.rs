//! Sums the products of a frame's fields with the change of its pixels.

use super::family::{Family, Seen};
use super::image::Sharpness;
use super::nodes::Nodes;
use super::settings::LocalMember;
use crate::transition::Run;
use cneep_movie::error::Result;
use cneep_movie::video::Video;
use ndarray::{Array2, ArrayViewMut1, Axis, Zip, s};
use rayon::prelude::*;
use std::ops::Range;

/// Steps whose products are summed by one thread at a time; fixed, so that the bits do not depend on the
/// threads.
const STEPS_AT_ONCE: usize = 32;
/// Features that one thread gathers at a time.
const FEATURES_AT_ONCE: usize = 64;

/// What is multiplied, and where it is summed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Products {
    pub(super) family: Family,
    pub(super) sharpness: Sharpness,
    pub(super) nodes: Nodes,
}

/// Features of all steps of some runs, of which those of their windows, in order, are sums.
#[derive(Debug, Clone)]
pub(super) struct StepFeatures {
    /// Shape (step, feature).
    of_runs: Vec<Array2<f32>>,
    /// Run and first step of every window.
    windows: Vec<(usize, usize)>,
    len: usize,
    /// Of a window.
    steps: usize,
}

impl StepFeatures {
    /// Of windows of one step each.
    #[cfg(test)]
    pub(super) fn of_steps_alone(features: Array2<f32>) -> Self {
        let windows = (0..features.nrows()).map(|step| (0, step)).collect();
        Self { len: features.ncols(), of_runs: vec![features], windows, steps: 1 }
    }

    /// Those of the `windows` named, shape (window, feature).
    pub(super) fn rows(&self, windows: &[usize]) -> Array2<f32> {
        let mut chosen = Array2::zeros((windows.len(), self.len));
        for (mut row, &window) in chosen.outer_iter_mut().zip(windows) {
            let (run, start) = self.windows[window];
            (start..start + self.steps).for_each(|step| row += &self.of_runs[run].row(step));
        }
        chosen
    }

    /// The same, shape (feature, window).
    pub(super) fn columns(&self, windows: &[usize]) -> Array2<f32> {
        let mut chosen = Array2::zeros((self.len, windows.len()));
        let chunks: Vec<_> = chosen.axis_chunks_iter_mut(Axis(0), FEATURES_AT_ONCE).collect();
        chunks.into_par_iter().enumerate().for_each(|(chunk, mut chosen)| {
            let first = chunk * FEATURES_AT_ONCE;
            let own = first..first + chosen.nrows();
            for (mut column, &window) in chosen.axis_iter_mut(Axis(1)).zip(windows) {
                let (run, start) = self.windows[window];
                for step in start..start + self.steps {
                    column += &self.of_runs[run].slice(s![step, own.clone()]);
                }
            }
        });
        chosen
    }
}

/// What makes pixels ready: `(pixel - background) / std`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ready {
    pub(super) background: Array2<f32>,
    pub(super) std: f32,
}

impl Ready {
    /// Frame number `frame` of `video`, shape (row, column).
    pub(super) fn frame(&self, video: &Video, frame: usize) -> Result<Array2<f32>> {
        let mut pixels = video.frames().frame(frame)?;
        Zip::from(&mut pixels)
            .and(&self.background)
            .for_each(|pixel, background| *pixel = (*pixel - background) / self.std);
        Ok(pixels)
    }
}

impl Products {
    /// Those of `member` on frames of `rows` x `columns` pixels.
    pub(super) fn of(member: &LocalMember, rows: usize, columns: usize) -> Self {
        Self {
            family: member.family,
            sharpness: member.sharpness(),
            nodes: Nodes::new(rows, columns, member.spacing),
        }
    }

    /// Number of features: one an image, field and node, those of a node together.
    pub(super) fn len(&self) -> usize {
        self.family.features() * self.nodes.count()
    }

    /// Features of every step between the `frames` of `video`, shape (step, feature).
    pub(super) fn of_steps(&self, ready: &Ready, video: &Video, frames: Range<usize>) -> Result<Array2<f32>> {
        let mut features = Array2::zeros((frames.len().saturating_sub(1), self.len()));
        let chunks: Vec<_> = features.axis_chunks_iter_mut(Axis(0), STEPS_AT_ONCE).collect();
        chunks.into_par_iter().enumerate().try_for_each(|(chunk, mut rows)| {
            let first = frames.start + chunk * STEPS_AT_ONCE;
            let fields = |frame: usize| Ok(self.family.of(&ready.frame(video, frame)?, self.sharpness));
            let mut before = fields(first)?;
            for (step, row) in rows.outer_iter_mut().enumerate() {
                let after = fields(first + step + 1)?;
                self.sum(&before, &after, row);
                before = after;
            }
            Ok(())
        })?;
        Ok(features)
    }

    /// Those of all steps of the `runs`, for windows of `window` frames.
    pub(super) fn of_runs(
        &self,
        ready: &Ready,
        videos: &[Video],
        runs: &[Run],
        window: usize,
    ) -> Result<StepFeatures> {
        let of_run = |run: &Run| self.of_steps(ready, &videos[run.movie], run.frames(window));
        let of_runs = runs.iter().map(of_run).collect::<Result<_>>()?;
        let starts = |(number, run): (usize, &Run)| (0..run.starts.len()).map(move |start| (number, start));
        let windows = runs.iter().enumerate().flat_map(starts).collect();
        Ok(StepFeatures { of_runs, windows, len: self.len(), steps: window - 1 })
    }

    fn sum(&self, before: &Seen, after: &Seen, mut features: ArrayViewMut1<f32>) {
        let count = self.family.features();
        let mut sums = vec![0.0; self.nodes.count()];
        let mut number = 0;
        for change in before.changes(after) {
            for (before, after) in before.fields(after) {
                if self.nodes.count() == 1 {
                    features[number] = sum_of_products(before, after, &change);
                    number += 1;
                    continue;
                }
                let [before, after, change] =
                    [before, after, &change].map(|of| of.as_slice().expect("standard order"));
                let write = |row: usize, line: &mut [f32]| {
                    let own = row * line.len()..(row + 1) * line.len();
                    let means =
                        before[own.clone()].iter().zip(&after[own.clone()]).map(|(a, b)| 0.5 * (a + b));
                    line.iter_mut().zip(means).zip(&change[own]).for_each(|((to, mean), d)| *to = mean * d);
                };
                self.nodes.sums(write, &mut sums);
                for (node, sum) in sums.iter().enumerate() {
                    features[node * count + number] = *sum;
                }
                number += 1;
            }
        }
    }

    /// Adds to `map` the density of the features between two frames made ready, times their `coefficients`
    /// (one map of each field).
    pub(super) fn add_density(
        &self,
        coefficients: &[Array2<f32>],
        [before, after]: [&Array2<f32>; 2],
        map: &mut Array2<f64>,
    ) {
        let (before, after) = (self.family.of(before, self.sharpness), self.family.of(after, self.sharpness));
        let mut coefficients = coefficients.iter();
        for change in before.changes(&after) {
            for ((before, after), weights) in before.fields(&after).zip(&mut coefficients) {
                Zip::from(&mut *map)
                    .and(weights)
                    .and(before)
                    .and(after)
                    .and(&change)
                    .for_each(|cell, weight, a, b, d| *cell += f64::from(weight * 0.5 * (a + b) * d));
            }
        }
    }
}

/// Sum over all pixels of the mean of `before` and `after` times the `change`, in lanes of a fixed number.
fn sum_of_products(before: &Array2<f32>, after: &Array2<f32>, change: &Array2<f32>) -> f32 {
    const LANES: usize = 16;
    let [before, after, change] =
        [before, after, change].map(|of| of.as_slice().expect("standard order").as_chunks::<LANES>());
    let mut lanes = [0.0_f32; LANES];
    for ((before, after), change) in before.0.iter().zip(after.0).zip(change.0) {
        for lane in 0..LANES {
            lanes[lane] += 0.5 * (before[lane] + after[lane]) * change[lane];
        }
    }
    let rest = before.1.iter().zip(after.1).zip(change.1).map(|((a, b), d)| 0.5 * (a + b) * d);
    lanes.iter().sum::<f32>() + rest.sum::<f32>()
}
