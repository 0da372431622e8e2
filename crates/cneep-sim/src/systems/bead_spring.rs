//! Simulates or reads a row of beads joined by springs.

use super::microscope_settings::MicroscopeSettings;
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{BeadSpring, Simulation, TemperatureProfile, Trajectory, read_positions};
use crate::microscope::{Drawing, Standardisation};
use cneep_movie::error::{Error, Fault, Result};
use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Beads in a row, joined by springs and to two walls, cold on the left, hot on the right
///
/// friction * velocity = stiffness * (stretch of the right spring - stretch of the left one) + thermal noise,
/// with k_B = 1. Heat that flows from hot to cold drives it. Times are in the unit of friction / stiffness,
/// which is written to the movies as the second, so that rates are in k_B per second.
///
/// The exact rate, and that of every bead, is solved from the stationary covariance. It runs as stiffness /
/// friction, and only the ratio of the temperatures counts: for two beads stiffness (hot - cold)^2 / (4
/// friction hot cold), 2.025 k_B per second with the defaults, of which 1.428 at the cold bead. The time step
/// adds an error of its own (0.8 % at 0.01); what pairs of frames can show at best, of the beads that are not
/// hidden, falls with the time between them and is printed beside the rate.
///
/// Positions in truth.npz are the displacements of the beads. The picture: every bead a blob 3 pixels wide on
/// a square of 20 x 20 pixels, moved along the row by 1 pixel per standard deviation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BeadSpringRow {
    /// Beads in the row
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().beads))]
    pub beads: usize,
    /// Temperature of the leftmost bead, in units of energy (k_B = 1)
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().cold))]
    pub cold: f64,
    /// Temperature of the rightmost bead; those between change linearly
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().hot))]
    pub hot: f64,
    /// Stiffness of every spring, in energy per length squared
    #[cfg_attr(feature = "clap", arg(long, value_name = "K", default_value_t = Self::default().stiffness))]
    pub stiffness: f64,
    /// Friction of every bead, in force per velocity
    #[cfg_attr(feature = "clap", arg(long, value_name = "GAMMA", default_value_t = Self::default().friction))]
    pub friction: f64,
    /// Film these positions instead of simulating: .npy of shape (movie, frame, bead), one time step apart,
    /// of which the first movies and frames are taken, as many as asked for
    #[cfg_attr(feature = "clap", arg(long, value_name = "FILE.npy"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trajectory: Option<PathBuf>,
    /// Mean of each bead's displacement, in units of length [default: 0]
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "X,..",
            value_delimiter = ',',
            allow_hyphen_values = true,
            requires = "deviation"
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<Vec<f64>>,
    /// Displacement of each bead that moves its picture by one pixel, in units of length [default: exact
    /// standard deviation]
    #[cfg_attr(feature = "clap", arg(long, value_name = "S,..", value_delimiter = ',', requires = "mean"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<Vec<f64>>,
}

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

impl Simulated for BeadSpringRow {
    fn check(&self, _microscope: &MicroscopeSettings) -> Result<()> {
        Ok(())
    }

    fn has_places(&self) -> bool {
        true
    }

    fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let seen = |bead: usize| !microscope.hide_beads.contains(&bead);
        let row = BeadSpring::new(self.beads, TemperatureProfile::linear(self.cold, self.hot))?;
        let system = row.stiffness(self.stiffness).friction(self.friction).system()?;
        let Some(file) = &self.trajectory else {
            return Ok(World::linear(&system, system.simulate(run, seed)?, seen));
        };
        if run.steps_per_frame > 1 {
            let remedy = "Leave it out; the time step is then the time between frames.";
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
    fn drawing(&self, microscope: &MicroscopeSettings, trajectories: &[Trajectory]) -> Result<Drawing> {
        let standardisation = match (&self.mean, &self.deviation) {
            (Some(mean), Some(deviation)) => {
                Standardisation::Constants { mean: mean.clone(), standard_deviation: deviation.clone() }
            }
            _ => Standardisation::Stationary,
        };
        // The camera films; its seed plays no part in the drawing.
        microscope.microscope(standardisation, 0).drawing(trajectories)
    }
}

fn first_frames(movie: Array2<f64>, count: usize) -> Array2<f64> {
    let count = count.min(movie.nrows());
    movie.slice_move(s![..count, ..])
}
