//! States how much to simulate, and how finely.

use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::memory;
use serde::{Deserialize, Serialize};

/// Most time steps of a movie: a year of computing.
const MOST_STEPS: f64 = 1e13;

/// How much to simulate, and how finely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Simulation {
    /// Time of one step of the integration.
    pub time_step: f64,
    /// Frames stored per movie.
    pub frames: usize,
    /// Time steps from one stored frame to the next.
    pub steps_per_frame: usize,
    /// Time steps kept of each frame, the last ones before it and its own: what a camera can expose. At most
    /// `steps_per_frame`.
    pub kept_steps: usize,
    /// Independent movies.
    pub movies: usize,
}

impl Default for Simulation {
    /// 100 movies of 500 frames, one step of 0.01 per frame, which is the one kept.
    fn default() -> Self {
        Self { time_step: 0.01, frames: 500, steps_per_frame: 1, kept_steps: 1, movies: 100 }
    }
}

impl Simulation {
    /// Time between stored frames.
    pub fn frame_interval(&self) -> f64 {
        self.time_step * self.steps_per_frame as f64
    }

    /// Refuses more positions of this many coordinates, and entropies of this many parts, than memory holds:
    /// those of all movies, and once more in the truth that is written.
    pub(super) fn check_memory(&self, coordinates: usize, parts: usize) -> Result<()> {
        let kept = self.kept_steps.saturating_add(1).saturating_mul(coordinates).saturating_add(2 * parts);
        let numbers = (kept as u64).saturating_mul(self.frames as u64).saturating_mul(self.movies as u64);
        let remedy = "Simulate fewer or shorter movies at a time, or expose for fewer time steps.";
        memory::require("simulation", "trajectories", numbers.saturating_mul(8), remedy)
    }

    pub(super) fn check(&self) -> Result<()> {
        let counts = [
            ("frames", self.frames, 2),
            ("steps_per_frame", self.steps_per_frame, 1),
            ("kept_steps", self.kept_steps, 1),
            ("movies", self.movies, 1),
        ];
        for (subject, found, least) in counts {
            if found < least {
                let remedy = format!("Set {subject} to {least} or more.");
                let fault = Fault::new(subject, format!("at least {least}"), found.to_string(), remedy);
                return Err(Error::Setting(fault));
            }
        }
        let steps = self.frames as f64 * self.steps_per_frame as f64;
        if steps > MOST_STEPS {
            let expected = format!("at most {MOST_STEPS:e} time steps a movie");
            let remedy = "Take fewer frames, or fewer steps per frame.";
            let fault = Fault::new("steps_per_frame", expected, format!("{steps:e}"), remedy);
            return Err(Error::Setting(fault));
        }
        if self.kept_steps > self.steps_per_frame {
            let expected = format!("at most the {} steps per frame", self.steps_per_frame);
            let remedy = "Keep fewer steps, or take more per frame.";
            let fault = Fault::new("kept_steps", expected, self.kept_steps.to_string(), remedy);
            return Err(Error::Setting(fault));
        }
        Ok(())
    }
}
