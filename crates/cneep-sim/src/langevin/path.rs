//! Follows a system of any kind, frame by frame.

use super::simulation::Simulation;
use super::step_entropy::StepEntropy;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::{Array2, Array3, ArrayView1, s};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// A system that steps in time.
pub(super) trait Dynamics: Clone + Sync {
    /// Part to which each coordinate belongs.
    fn parts(&self) -> &[usize];

    /// A state before the first frame of a movie: one of the steady state.
    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64>;

    /// Writes into `next` the state one time step after `state`, and hands to `share` each part with the
    /// entropy it produced.
    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        share: impl FnMut(usize, f64),
    );
}

/// Independent movies of `dynamics`, each with a random stream of its own; coordinates have this
/// `stationary_deviation`.
pub(super) fn simulate(
    dynamics: &impl Dynamics,
    stationary_deviation: &[f64],
    run: &Simulation,
    seed: u64,
) -> Result<Vec<Trajectory>> {
    run.check()?;
    let parts = dynamics.parts();
    run.check_memory(parts.len(), parts.iter().max().map_or(0, |last| last + 1))?;
    (0..run.movies)
        .into_par_iter()
        .map(|movie| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(movie as u64);
            follow(dynamics.clone(), stationary_deviation, run, &mut random)
        })
        .collect()
}

fn follow(
    mut dynamics: impl Dynamics,
    stationary_deviation: &[f64],
    run: &Simulation,
    random: &mut ChaCha8Rng,
) -> Result<Trajectory> {
    let parts = dynamics.parts().to_vec();
    let part_count = parts.iter().max().map_or(0, |last| last + 1);
    let mut kept = zeros(run.frames, run.kept_steps.saturating_mul(parts.len()))?;
    let mut local = zeros(run.frames - 1, part_count)?;
    let mut state = dynamics.first_state(random);
    let mut next = state.clone();
    for frame in 0..run.frames {
        for step in 0..run.steps_per_frame {
            dynamics.step(&state, &mut next, random, |part, share| {
                if frame > 0 {
                    local[[frame - 1, part]] += share;
                }
            });
            std::mem::swap(&mut state, &mut next);
            if let Some(number) = (step + run.kept_steps).checked_sub(run.steps_per_frame) {
                let first = number * parts.len();
                kept.slice_mut(s![frame, first..first + parts.len()]).assign(&ArrayView1::from(&state));
            }
        }
        check_finite(&state, frame)?;
    }
    let kept = kept.into_shape_with_order((run.frames, run.kept_steps, parts.len()));
    let kept: Array3<f64> = kept.expect("a row holds the coordinates of the kept steps");
    let (deviation, produced) = (stationary_deviation.to_vec(), StepEntropy::from_local(local));
    Ok(Trajectory::new(parts, deviation, kept, run.time_step, run.frame_interval(), produced))
}

fn check_finite(state: &[f64], frame: usize) -> Result<()> {
    match state.iter().find(|position| !position.is_finite()) {
        None => Ok(()),
        Some(position) => Err(Error::NotConverged(Fault::new(
            "simulation",
            "finite positions",
            format!("{position} at frame {frame}"),
            "Take a shorter time_step, and more steps per frame.",
        ))),
    }
}

/// Zeros of shape (rows, columns), or a refusal where memory does not hold them.
fn zeros(rows: usize, columns: usize) -> Result<Array2<f64>> {
    let too_many = || {
        Error::Setting(Fault::new(
            "frames",
            "as many as memory holds",
            format!("{rows} frames of {columns} numbers"),
            "Simulate fewer frames, or more time steps per frame.",
        ))
    };
    let count = rows.checked_mul(columns).ok_or_else(too_many)?;
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| too_many())?;
    values.resize(count, 0.0);
    Array2::from_shape_vec((rows, columns), values).map_err(|_| too_many())
}
