//! Says how much of a system is simulated and filmed, and where it goes.

use crate::commands::microscope_options::MicroscopeOptions;
use crate::interrupt;
use clap::{Args, ValueEnum};
use cneep_movie::Result;
use cneep_movie::video::{self, Video};
use cneep_sim::langevin::Simulation;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

// What every system is asked for. (No documentation comment: it would stand in for that of the system.)
#[derive(Debug, Clone, PartialEq, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Filming {
    /// Time step of the integration (Euler's rule), in seconds, the unit of time of the rates; refused where it is unstable
    #[arg(long, value_name = "SECONDS", default_value_t = Filming::default().time_step)]
    pub(crate) time_step: f64,
    /// Time steps from one frame to the next; the frame interval is their product
    #[arg(long, value_name = "N", default_value_t = Filming::default().steps_per_frame)]
    pub(crate) steps_per_frame: usize,
    /// Independent movies
    #[arg(long, value_name = "N", default_value_t = Filming::default().movies)]
    pub(crate) movies: usize,
    /// Frames of each movie
    #[arg(long, value_name = "N", default_value_t = Filming::default().frames)]
    pub(crate) frames: usize,
    /// Seed of the noise; the same seed gives the same files, to the last bit
    #[arg(long, value_name = "SEED", default_value_t = Filming::default().seed)]
    pub(crate) seed: u64,
    /// How to write the movies
    #[arg(long, value_enum, default_value_t = Filming::default().format)]
    pub(crate) format: Format,
    /// Folder to write to
    #[arg(short, long, value_name = "DIR")]
    #[serde(skip)]
    pub(crate) output: PathBuf,
}

impl Default for Filming {
    /// 100 movies of 1,000 frames, one step of 0.01 s per frame.
    fn default() -> Self {
        Self {
            time_step: 0.01,
            steps_per_frame: 1,
            movies: 100,
            frames: 1000,
            seed: 0,
            format: Format::Npz,
            output: PathBuf::new(),
        }
    }
}

impl Filming {
    /// What to ask of the simulation, so that a microscope with these `options` can film it.
    pub(crate) fn run(&self, options: &MicroscopeOptions) -> Result<Simulation> {
        Ok(Simulation {
            time_step: self.time_step,
            frames: self.frames,
            steps_per_frame: self.steps_per_frame,
            kept_steps: options.kept_steps(self.steps_per_frame)?,
            movies: self.movies,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// One file movies.npz: `frames` (movie, frame, row, column) and `frame_interval` in seconds
    Npz,
    /// One TIFF stack a movie, which Fiji opens as a time series
    Tiff,
}

impl Format {
    /// Writes `videos` into `folder`.
    pub(crate) fn write(self, videos: &[Video], folder: &Path) -> Result<()> {
        match self {
            Self::Npz => video::write(&folder.join("movies.npz"), videos),
            Self::Tiff => videos.iter().enumerate().try_for_each(|(movie, video)| {
                interrupt::check(folder)?;
                video.write(folder.join(format!("movie_{movie:04}.tif")))
            }),
        }
    }
}
