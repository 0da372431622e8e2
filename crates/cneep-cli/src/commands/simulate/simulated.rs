//! Prints what was simulated.

use cneep::entropy_production::EntropyProduction;
use cneep_movie::video::Video;
use cneep_movie::{Measured, RateUnit};
use cneep_sim::Truth;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Parts whose rates fit on a line.
const PARTS_SHOWN: usize = 8;

/// What was simulated.
#[derive(Debug, Serialize)]
pub(super) struct Simulated {
    output: PathBuf,
    movies: usize,
    frames: usize,
    /// Rows and columns of a frame, in pixels.
    rows: usize,
    columns: usize,
    /// Frame interval in seconds.
    frame_interval: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exact_rate: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exact_local_rate: Option<Vec<f64>>,
    /// What pairs of frames can show at best.
    #[serde(skip_serializing_if = "Option::is_none")]
    exact_pair_rate: Option<Measured>,
    /// Rate along these trajectories; it scatters about the exact one.
    realised_rate: Measured,
}

impl Simulated {
    /// What was written to `output`: movies like `video`, with their `truth`.
    pub(super) fn new(output: &Path, video: &Video, truth: &Truth, exact_pair_rate: Option<f64>) -> Self {
        let (frames, rows, columns) = video.frames().shape();
        let exact = |rate: f64| Measured::new(rate, None, RateUnit::PerSecond.symbol());
        Self {
            output: output.to_path_buf(),
            movies: truth.trajectory.dim().0,
            frames,
            rows,
            columns,
            frame_interval: truth.frame_interval,
            exact_rate: truth.exact_rate.map(exact),
            exact_local_rate: truth.exact_local_rate.clone(),
            exact_pair_rate: exact_pair_rate.map(exact),
            realised_rate: EntropyProduction::realised(truth.steps(), truth.frame_interval).rate(),
        }
    }
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { movies, frames, rows, columns, frame_interval, .. } = self;
        let size = format!("{rows} x {columns} pixels");
        writeln!(f, "{movies} movies of {frames} frames, {size}, one every {frame_interval} s")?;
        match &self.exact_rate {
            Some(rate) => writeln!(f, "exact rate               {rate}{}", self.by_part())?,
            None => writeln!(
                f,
                "exact rate               none: not linear; the realised rate is the heat over temperature"
            )?,
        }
        if let Some(rate) = &self.exact_pair_rate {
            writeln!(f, "exact rate of pairs      {rate} (what two frames can show)")?;
        }
        writeln!(f, "realised rate            {}", self.realised_rate)?;
        write!(f, "movies and truth.npz in  {}", self.output.display())
    }
}

impl Simulated {
    fn by_part(&self) -> String {
        match self.exact_local_rate.as_deref() {
            Some(rates) if (2..=PARTS_SHOWN).contains(&rates.len()) => {
                let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:.4}")).collect();
                format!(" (by part: {})", rates.join(", "))
            }
            _ => String::new(),
        }
    }
}
