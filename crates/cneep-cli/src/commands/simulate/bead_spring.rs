//! Simulates or reads a row of beads joined by springs.

use super::world::World;
use crate::commands::microscope_options::MicroscopeOptions;
use clap::Args;
use cneep_movie::error::{Error, Fault, Result};
use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile, Trajectory, read_positions};
use cneep_sim::microscope::{Drawing, Standardisation};
use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Beads in a row, joined by springs and to two walls, cold on the left, hot on the right
///
/// friction * velocity = stiffness * (stretch of the right spring - stretch of the left one) + thermal noise, with k_B = 1. Heat
/// that flows from hot to cold drives it. Times are in the unit of friction / stiffness, which is written to the movies as the
/// second, so that rates are in k_B per second.
///
/// The exact rate, and that of every bead, is solved from the stationary covariance. It runs as stiffness / friction, and only
/// the ratio of the temperatures counts: for two beads stiffness (hot - cold)^2 / (4 friction hot cold), 2.025 k_B per second with
/// the defaults, of which 1.428 at the cold bead. The time step adds an error of its own (0.8 % at 0.01); what pairs of
/// frames can show at best, of the beads that are not hidden, falls with the time between them and is printed beside the rate.
///
/// Positions in truth.npz are the displacements of the beads. The picture: every bead a blob 3 pixels wide on a square of 20 x 20
/// pixels, moved along the row by 1 pixel per standard deviation.
#[derive(Debug, Clone, PartialEq, Args, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct BeadSpringRow {
    /// Beads in the row
    #[arg(long, value_name = "N", default_value_t = BeadSpringRow::default().beads)]
    pub(crate) beads: usize,
    /// Temperature of the leftmost bead, in units of energy (k_B = 1)
    #[arg(long, value_name = "T", default_value_t = BeadSpringRow::default().cold)]
    cold: f64,
    /// Temperature of the rightmost bead; those between change linearly
    #[arg(long, value_name = "T", default_value_t = BeadSpringRow::default().hot)]
    hot: f64,
    /// Stiffness of every spring, in energy per length squared
    #[arg(long, value_name = "K", default_value_t = BeadSpringRow::default().stiffness)]
    stiffness: f64,
    /// Friction of every bead, in force per velocity
    #[arg(long, value_name = "GAMMA", default_value_t = BeadSpringRow::default().friction)]
    friction: f64,
    /// Film these positions instead of simulating: .npy of shape (movie, frame, bead), one time step apart, of which
    /// the first --movies and --frames are taken
    #[arg(long, value_name = "FILE.npy")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trajectory: Option<PathBuf>,
    /// Mean of each bead's displacement, in units of length [default: 0]
    #[arg(
        long,
        value_name = "X,..",
        value_delimiter = ',',
        allow_hyphen_values = true,
        requires = "deviation"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<Vec<f64>>,
    /// Displacement of each bead that moves its picture by one pixel, in units of length [default: exact standard deviation]
    #[arg(long, value_name = "S,..", value_delimiter = ',', requires = "mean")]
    #[serde(skip_serializing_if = "Option::is_none")]
    deviation: Option<Vec<f64>>,
}

const EXAMPLES: &str = "\
Example:      cneep simulate bead-spring --movies 100 --frames 1000 --read-noise 0.02 --seed 1 -o movies/
Partly seen:  cneep simulate bead-spring --beads 3 --hide-beads 1 -o hidden/
Equilibrium:  cneep simulate bead-spring --hot 1 -o control/    (exact rate 0)";

impl Default for BeadSpringRow {
    /// Two beads at temperatures 1 and 10, stiffness and friction 1, newly simulated.
    fn default() -> Self {
        Self {
            beads: 2,
            cold: 1.0,
            hot: 10.0,
            stiffness: 1.0,
            friction: 1.0,
            trajectory: None,
            mean: None,
            deviation: None,
        }
    }
}

impl BeadSpringRow {
    pub(super) fn simulate(&self, options: &MicroscopeOptions, run: &Simulation, seed: u64) -> Result<World> {
        let seen = |bead: usize| !options.hide_beads.contains(&bead);
        let row = BeadSpring::new(self.beads, TemperatureProfile::linear(self.cold, self.hot))?;
        let system = row.stiffness(self.stiffness).friction(self.friction).system()?;
        let Some(file) = &self.trajectory else {
            return Ok(World::linear(&system, system.simulate(run, seed)?, seen));
        };
        if run.steps_per_frame > 1 {
            let remedy = "Leave --steps-per-frame out; --time-step is then the time between frames.";
            let (expected, found) =
                ("1, as positions are filmed one by one", run.steps_per_frame.to_string());
            return Err(Error::Setting(Fault::new("steps-per-frame", expected, found, remedy)));
        }
        let movies: Vec<_> = read_positions(file)?.into_iter().take(run.movies).collect();
        if movies.is_empty() {
            let remedy = "Ask for a movie, and give positions of one.";
            return Err(Error::Setting(Fault::of_file(file, "at least 1 movie", "0", remedy)));
        }
        let trajectory = |movie| system.trajectory(first_frames(movie, run.frames), run.time_step);
        Ok(World::linear(&system, movies.into_iter().map(trajectory).collect::<Result<_>>()?, seen))
    }

    /// Beads as the published benchmark shows them, each on a square of its own.
    pub(super) fn drawing(
        &self,
        options: &MicroscopeOptions,
        trajectories: &[Trajectory],
    ) -> Result<Drawing> {
        let standardisation = match (&self.mean, &self.deviation) {
            (Some(mean), Some(deviation)) => {
                Standardisation::Constants { mean: mean.clone(), standard_deviation: deviation.clone() }
            }
            _ => Standardisation::Stationary,
        };
        // The camera films; its seed plays no part in the drawing.
        options.microscope(standardisation, 0).drawing(trajectories)
    }
}

fn first_frames(movie: Array2<f64>, count: usize) -> Array2<f64> {
    let count = count.min(movie.nrows());
    movie.slice_move(s![..count, ..])
}
