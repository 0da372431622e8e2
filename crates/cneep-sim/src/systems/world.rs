//! Holds simulated trajectories together with what is known of them.

use crate::langevin::{LangevinSystem, Moving, Simulation, Trajectory};
use crate::truth::Truth;
use cneep_movie::Result;
use ndarray::{Array2, Array3, ArrayView1, Axis};

/// Trajectories of one system with its exact answers, where there are any.
#[derive(Debug)]
pub struct World {
    /// One a movie.
    pub trajectories: Vec<Trajectory>,
    /// Rate of the process, in k_B per second.
    pub exact_rate: Option<f64>,
    /// Rate of each part.
    pub exact_local_rate: Option<Vec<f64>>,
    /// Rate at which pairs of frames, of what is not hidden, tell forwards from backwards.
    pub exact_pair_rate: Option<f64>,
    /// Mean entropy production that can be seen, shape (row, column) of the frames as read out, in `k_B` per
    /// pixel and second.
    pub exact_density: Option<Array2<f64>>,
}

impl World {
    /// Trajectories of a linear system, of whose parts these are `seen`.
    pub(super) fn linear(
        system: &LangevinSystem,
        trajectories: Vec<Trajectory>,
        seen: impl Fn(usize) -> bool,
    ) -> Self {
        let exact = system.steady_state();
        let coordinates = system.parts().iter().enumerate().filter(|(_, part)| seen(**part));
        let coordinates: Vec<usize> = coordinates.map(|(coordinate, _)| coordinate).collect();
        let gap = trajectories[0].frame_interval();
        Self {
            exact_rate: Some(exact.exact_entropy_production_rate()),
            exact_local_rate: Some(exact.exact_local_rates()),
            exact_pair_rate: exact.exact_seen_pair_rate(gap, &coordinates).ok(),
            exact_density: None,
            trajectories,
        }
    }

    /// Trajectories of things that move through the frame, of which everything is drawn.
    pub(super) fn moving(things: &impl Moving, run: &Simulation, seed: u64) -> Result<Self> {
        let local = things.exact_local_rates();
        Ok(Self {
            trajectories: things.simulate(run, seed)?,
            exact_rate: Some(local.iter().sum()),
            exact_local_rate: Some(local),
            exact_pair_rate: things.exact_pair_rate(run.frame_interval()),
            exact_density: Some(things.exact_density()),
        })
    }

    /// What is written to `truth.npz`, with the places of the parts on the frame.
    pub fn truth(&self, part_places: Option<Vec<[f64; 2]>>) -> Truth {
        let first = &self.trajectories[0];
        let (frames, coordinates) = first.positions().dim();
        let (movies, parts) = (self.trajectories.len(), first.entropy_production().local.ncols());
        let mut truth = Truth {
            trajectory: Array3::zeros((movies, frames, coordinates)),
            entropy_production: Array2::zeros((movies, frames - 1)),
            local_entropy_production: Array3::zeros((movies, frames - 1, parts)),
            frame_interval: first.frame_interval(),
            exact_rate: self.exact_rate,
            exact_local_rate: self.exact_local_rate.clone(),
            part_places,
            exact_density: self.exact_density.clone(),
        };
        for (movie, trajectory) in self.trajectories.iter().enumerate() {
            let entropy = trajectory.entropy_production();
            truth.trajectory.index_axis_mut(Axis(0), movie).assign(trajectory.positions());
            truth.entropy_production.row_mut(movie).assign(&ArrayView1::from(&entropy.total));
            truth.local_entropy_production.index_axis_mut(Axis(0), movie).assign(&entropy.local);
        }
        truth
    }
}
