//! States how much to simulate, and how finely.

use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

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
        if self.kept_steps > self.steps_per_frame {
            let expected = format!("at most the {} steps per frame", self.steps_per_frame);
            let remedy = "Keep fewer steps, or take more per frame.";
            let fault = Fault::new("kept_steps", expected, self.kept_steps.to_string(), remedy);
            return Err(Error::Setting(fault));
        }
        Ok(())
    }
}
