//! Says how much of a system is simulated and filmed.

use super::microscope_settings::MicroscopeSettings;
use crate::langevin::Simulation;
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// How much of a system is simulated and filmed, whichever it is
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Filming {
    /// Time step of the integration (Euler's rule), in seconds, the unit of time of the rates (in frames for
    /// things that move through the frame); refused where it is unstable
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "SECONDS", default_value_t = Self::default().time_step)
    )]
    pub time_step: f64,
    /// Time steps from one frame to the next; the frame interval is their product
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", default_value_t = Self::default().steps_per_frame)
    )]
    pub steps_per_frame: usize,
    /// Independent movies
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().movies))]
    pub movies: usize,
    /// Frames of each movie
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().frames))]
    pub frames: usize,
    /// Seed of the noise; the same seed gives the same files, to the last bit
    #[cfg_attr(feature = "clap", arg(long, value_name = "SEED", default_value_t = Self::default().seed))]
    pub seed: u64,
}

impl Default for Filming {
    /// 100 movies of 1,000 frames, one step of 0.01 s per frame, seed 0.
    fn default() -> Self {
        Self { time_step: 0.01, steps_per_frame: 1, movies: 100, frames: 1000, seed: 0 }
    }
}

impl Filming {
    /// What to ask of the simulation, so that this `microscope` can film it.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] if frames have too few time steps for the exposure.
    pub fn run(&self, microscope: &MicroscopeSettings) -> Result<Simulation> {
        Ok(Simulation {
            time_step: self.time_step,
            frames: self.frames,
            steps_per_frame: self.steps_per_frame,
            kept_steps: microscope.kept_steps(self.steps_per_frame)?,
            movies: self.movies,
        })
    }
}
