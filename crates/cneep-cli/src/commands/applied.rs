//! Opens a run together with the movies that it is applied to.

use super::movies::Movies;
use super::regions::RegionsFile;
use super::timed::timed;
use clap::Args;
use cneep::estimator::Estimator;
use cneep_cli::console::Console;
use cneep_cli::interrupt;
use cneep_movie::Result;
use cneep_movie::video::{Video, refuse_copies};
use cneep_sim::Truth;
use ndarray::Array2;
use std::path::PathBuf;

// What a run is applied to. (No documentation comment: it would stand in for that of the verb.)
#[derive(Debug, Args)]
pub(crate) struct Application {
    /// Folder of a trained or imported run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    movies: Movies,
    /// Exact answers of simulated movies, to compare with
    #[arg(long, value_name = "truth.npz")]
    truth: Option<PathBuf>,
    #[command(flatten)]
    regions: RegionsFile,
    /// Folder for the results
    #[arg(long, short, value_name = "DIR")]
    pub(super) output: PathBuf,
}

/// A run, and the movies that it is applied to.
pub(super) struct Applied {
    /// Folder of the run.
    pub(super) run: PathBuf,
    pub(super) estimator: Estimator,
    pub(super) truth: Option<Truth>,
    pub(super) videos: Vec<Video>,
    /// Regions of the frame, if they were asked for.
    pub(super) labels: Option<Array2<u32>>,
}

impl Application {
    /// Opens all that is named.
    pub(super) fn open(&self, console: &Console) -> Result<Applied> {
        let run = self.movies.run_at(&self.run)?;
        let estimator = interrupt::ending_at_once(|| Estimator::load(&run))?;
        let truth = interrupt::ending_at_once(|| self.truth.as_deref().map(Truth::read).transpose())?;
        let videos = timed(self.movies.open_as_in(&run, console)?, truth.as_ref())?;
        interrupt::ending_at_once(|| refuse_copies(&videos))?;
        let labels = self.regions.read(&videos)?;
        Ok(Applied { run, estimator, truth, videos, labels })
    }
}
