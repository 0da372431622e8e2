//! Measures of every mode how far it goes, how much it changes from frame to frame, and how much of that is
//! noise.

use ndarray::{Array2, ArrayView1, Axis};

/// Root mean squares up to which means and changes are followed. No Gaussian gets there; a mode that is faint
/// but for rare events (a bright spot that seldom enters a patch) would otherwise leap to hundreds, and dS
/// with it.
const ROOT_MEAN_SQUARES: f64 = 10.0;
/// Most noise that is smoothed away, in variances of a step: beyond, a mode shows nothing else.
const MOST_NOISE: f64 = 100.0;

/// One number a mode, patch by patch; in 32 bits, as they will be stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statistics {
    /// The largest size that a mode's mean over a window may have; larger ones count as this large.
    pub(super) means: Vec<f64>,
    /// The largest change from one frame to the next.
    pub(super) changes: Vec<f64>,
    /// Variance of the camera's noise over that of a step.
    pub(super) noise: Vec<f64>,
}

/// The largest sizes of one mode.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfMode {
    pub(super) mean: f64,
    pub(super) change: f64,
}

impl Statistics {
    /// Of the modes whose coordinates in each segment of consecutive frames have the shape (frame, mode).
    pub(super) fn of(segments: &[Array2<f64>]) -> Self {
        let modes = segments.first().map_or(0, Array2::ncols);
        let [mut means, mut changes, mut noise] = [const { Vec::new() }; 3];
        for mode in 0..modes {
            let columns = || segments.iter().map(|frames| frames.index_axis(Axis(1), mode));
            let step = |column: ArrayView1<f64>, frame: usize| column[frame + 1] - column[frame];
            let square = mean(columns().flat_map(|column| column.to_vec().into_iter().map(|c| c * c)));
            let of_steps = mean(columns().flat_map(|column| {
                (0..column.len().saturating_sub(1)).map(move |frame| step(column, frame).powi(2))
            }));
            let of_neighbours = mean(columns().flat_map(|column| {
                let neighbours = 0..column.len().saturating_sub(2);
                neighbours.map(move |frame| step(column, frame) * step(column, frame + 1))
            }));
            let reach = |square: f64| rounded(ROOT_MEAN_SQUARES * square.sqrt());
            means.push(reach(square));
            changes.push(reach(of_steps));
            noise.push(rounded(noise_ratio(of_steps, of_neighbours)));
        }
        Self { means, changes, noise }
    }

    /// Those of the first `modes` of each patch, of which there are `available`.
    pub(super) fn of_first(&self, modes: usize, available: usize) -> Self {
        let first =
            |all: &[f64]| all.chunks_exact(available).flat_map(|all| &all[..modes]).copied().collect();
        Self { means: first(&self.means), changes: first(&self.changes), noise: first(&self.noise) }
    }

    /// The largest sizes of one mode.
    pub(super) fn of_mode(&self, mode: usize) -> OfMode {
        OfMode { mean: self.means[mode], change: self.changes[mode] }
    }
}

/// Noise of the camera changes two consecutive steps in opposite directions, by its variance; what a mode
/// does between frames changes them alike or not at all, as long as it is slow against a frame interval.
fn noise_ratio(step: f64, neighbours: f64) -> f64 {
    let noise = (-neighbours).max(0.0);
    let own = step - 2.0 * noise;
    if noise == 0.0 {
        0.0
    } else if own <= noise / MOST_NOISE {
        MOST_NOISE
    } else {
        noise / own
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

fn rounded(value: f64) -> f64 {
    f64::from(value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Diffusion under noise of 0.7 of a step's variance, pure diffusion, and pure noise.
    #[test]
    fn noise_is_told_from_diffusion() {
        let mut random = ChaCha8Rng::seed_from_u64(8);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let mut place = 0.0;
        let frames = Array2::from_shape_fn((40_000, 3), |(_, mode)| match mode {
            0 => {
                place += draw();
                place + 0.7_f64.sqrt() * draw()
            }
            1 => place,
            _ => draw(),
        });
        let Statistics { noise, changes, .. } = Statistics::of(&[frames]);
        assert!((noise[0] - 0.7).abs() < 0.05 && noise[1] < 0.02 && noise[2] > 20.0, "{noise:?}");
        assert!((changes[1] - 10.0).abs() < 0.2, "{changes:?}");
    }

    /// Catches a step counted from the last frame of one movie to the first of the next.
    #[test]
    fn stretches_are_not_joined() {
        let segment = |at: f64| Array2::from_shape_fn((5, 1), |(frame, _)| at + frame as f64);
        let Statistics { changes, .. } = Statistics::of(&[segment(0.0), segment(1000.0)]);
        assert!((changes[0] - 10.0).abs() < 1e-5);
    }
}
