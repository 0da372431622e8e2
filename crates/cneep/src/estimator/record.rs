//! Records what a run was made of, so that every number can be traced.

use super::auto::{Contender, raise};
use super::modes::Candidate;
use super::normalisation::Normalisation;
use super::training::StopReason;
use crate::transition::{Split, Transitions};
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::caution::Caution;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::Calibration;
use cneep_movie::video::Video;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Cautions of movies that are kept at most.
pub(super) const MOST_CAUTIONS: usize = 20;

/// A movie that took part in training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovieRecord {
    /// What it was called.
    pub name: String,
    /// SHA-256 of its pixels and shape.
    pub hash: String,
    /// Number of frames.
    pub frames: usize,
    /// First frames of the windows set aside for the test, as half-open ranges.
    pub test: Vec<(usize, usize)>,
}

impl MovieRecord {
    /// Whether the transition that starts at frame `start` had no part in choosing the parameters.
    pub fn is_held_out(&self, start: usize) -> bool {
        self.test.iter().any(|&(first, end)| (first..end).contains(&start))
    }
}

/// What is known of a run beside its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of this crate that trained or imported the parameters.
    pub version: String,
    /// Rows of a frame, in pixels.
    pub rows: usize,
    /// Columns of a frame, in pixels.
    pub columns: usize,
    /// Frame interval and pixel size of the training movies.
    pub calibration: Calibration,
    /// How pixels were normalised.
    pub normalisation: Normalisation,
    /// Training movies.
    pub movies: Vec<MovieRecord>,
    /// Number of training, validation and test transitions; a fit in closed form trains and validates by turns on those that
    /// count as training, and all members of a sum together on those of its folds.
    pub transitions: [usize; 3],
    /// Iterations done; candidates tried by a fit in closed form.
    pub iterations: u64,
    /// Iteration of the kept parameters, or number of candidates in the kept sum; 0 if none beat an estimate of zero, or
    /// the beginning, where that is fitted in closed form.
    pub best_iteration: u64,
    /// Best validation loss, `-J` per transition; absent before the first validation.
    pub best_validation_loss: Option<f64>,
    /// Its standard error, where it is a cross-validated one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validation_error: Option<f64>,
    /// Why the run ended; absent while it runs.
    pub stop_reason: Option<StopReason>,
    /// Wall time of the training, in seconds, over all resumptions.
    pub elapsed_seconds: f64,
    /// Vector instructions of the machine that trained.
    pub instruction_set: String,
    /// File from which weights were imported, if they were.
    pub imported_from: Option<PathBuf>,
    /// What a fit in closed form has tried, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub candidates: Vec<Candidate>,
    /// The estimators that `auto` has compared, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub contenders: Vec<Contender>,
    /// Share of the mean square of dS on which members fitted to different movies agree, the rest being chance of the data; weights are
    /// divided by it (by no less than 1 / 1.1), so that the rate does not lean low. Absent for a single fit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reliability: Option<f64>,
    /// Cautions about the training movies.
    pub cautions: Vec<Caution>,
}

impl RunRecord {
    /// The candidates whose weighted sum a fit in closed form has kept, the heaviest first; none if no sum beat an estimate of zero.
    pub fn kept_candidates(&self) -> Vec<Candidate> {
        let mut kept: Vec<Candidate> =
            self.candidates.iter().filter(|candidate| candidate.weight > 0.0).copied().collect();
        kept.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        kept
    }

    /// How far members of a sum agree, for people; none for a single fit.
    pub fn agreement_in_words(&self) -> Option<String> {
        let share = self.reliability?;
        let percent = 100.0 * (1.0 - share);
        Some(format!(
            "{percent:.1} % of the mean square of dS is chance of the data, by how far fits to different parts of the movies differ; dS is raised by {:.1} %, \
             as the size that reaches the highest bound leans low by that",
            100.0 * (raise(Some(share)) - 1.0)
        ))
    }

    /// Of the first `count` windows of the movie with this hash, whether they had no part in choosing the parameters.
    pub(super) fn held_out(&self, hash: &str, count: usize) -> Vec<bool> {
        let movie = self.movies.iter().find(|movie| movie.hash == hash);
        (0..count).map(|start| movie.is_none_or(|movie| movie.is_held_out(start))).collect()
    }

    pub(super) fn new(videos: &[Video], normalisation: Normalisation, split: &Split) -> Self {
        let movies = videos.par_iter().enumerate().map(|(index, video)| MovieRecord {
            name: video.name().to_owned(),
            hash: video.hash(),
            frames: video.frames().count(),
            test: ranges_of(&split.test, index),
        });
        Self {
            calibration: videos[0].calibration(),
            movies: movies.collect(),
            cautions: videos.iter().flat_map(Video::cautions).take(MOST_CAUTIONS).cloned().collect(),
            transitions: [split.train.len(), split.validation.len(), split.test.len()],
            ..Self::blank(videos[0].frames().rows(), videos[0].frames().columns(), normalisation)
        }
    }

    /// A record of frames and normalisation alone.
    pub(super) fn blank(rows: usize, columns: usize, normalisation: Normalisation) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            rows,
            columns,
            calibration: Calibration::default(),
            normalisation,
            movies: Vec::new(),
            transitions: [0; 3],
            iterations: 0,
            best_iteration: 0,
            best_validation_loss: None,
            validation_error: None,
            stop_reason: None,
            elapsed_seconds: 0.0,
            instruction_set: cneep_nn::instruction_set().into(),
            imported_from: None,
            candidates: Vec::new(),
            contenders: Vec::new(),
            reliability: None,
            cautions: Vec::new(),
        }
    }

    /// Reads `record.json` of the run in `folder`.
    ///
    /// # Errors
    /// [`Error::Io`] if there is none, [`Error::Format`] if it is not a record.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = path(folder);
        let text = std::fs::read_to_string(&path).map_err(|e| Error::reading(&path, e))?;
        serde_json::from_str(&text).map_err(|e| {
            let remedy = "Train again, or name the folder of a whole run.";
            Error::Format(Fault::of_file(&path, "the record of a run", e.to_string(), remedy))
        })
    }

    /// Writes `record.json` into `folder`.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = path(folder);
        let text = serde_json::to_vec_pretty(self).map_err(|e| Error::writing(&path, e.into()))?;
        write_bytes(&path, &text)
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("record.json")
}

fn ranges_of(test: &Transitions, movie: usize) -> Vec<(usize, usize)> {
    let of_movie = test.runs().iter().filter(|run| run.movie == movie);
    of_movie.map(|run| (run.starts.start, run.starts.end)).collect()
}
