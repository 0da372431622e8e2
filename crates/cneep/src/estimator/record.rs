//! Records what a run was made of, so that every number can be traced.

use super::candidate::Candidate;
use super::compare::ComparedEstimator;
use super::descent::{DescentPlan, StopReason};
use super::normalisation::Normalisation;
use super::plans::EstimatorPlan;
use super::run_state::{no_run, version_before_states};
use super::windows::WindowShape;
use crate::entropy_production::{FitQuality, Role, unscaled};
use crate::transition::{Split, Transitions};
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file::read_text;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Selection, Video};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Cautions of movies that are kept at most.
pub(super) const MOST_CAUTIONS: usize = 20;

/// A movie that took part in training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MovieRecord {
    /// What it was called.
    pub name: String,
    /// SHA-256 of its shape and frames.
    pub hash: String,
    /// Mean of its pixels, in counts.
    pub mean: f64,
    /// Standard deviation of its pixels, in counts.
    pub deviation: f64,
    /// Number of frames.
    pub frames: usize,
    /// First frames of the windows set aside for the test, as half-open ranges: they had no part in any
    /// choice.
    pub test: Vec<(usize, usize)>,
    /// First frames of the windows of the folds of a comparison: the members that judge them were not fitted
    /// to them, but they had a part in the choice of window and estimators.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cross_fitted: Vec<(usize, usize)>,
}

impl MovieRecord {
    /// What role the transition that starts at frame `start` had in the fit.
    pub fn role_of(&self, start: usize) -> Role {
        let within =
            |ranges: &[(usize, usize)]| ranges.iter().any(|&(first, end)| (first..end).contains(&start));
        if within(&self.test) {
            Role::HeldOut
        } else if within(&self.cross_fitted) {
            Role::OutOfFold
        } else {
            Role::InSample
        }
    }
}

/// What was fitted, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FitRecord {
    /// One estimator, step by step.
    Descent(DescentRecord),
    /// One estimator, at once.
    ClosedForm(ClosedFormRecord),
    /// A weighted sum of estimators, each fitted several times with another part of the movies held out.
    Comparison(ComparisonRecord),
    /// Weights from elsewhere.
    Imported {
        /// What the estimator is made of.
        plan: EstimatorPlan,
        /// The file that held them.
        file: PathBuf,
    },
}

/// What is known of a training step by step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DescentRecord {
    /// What the estimator is made of.
    pub plan: EstimatorPlan,
    /// How it was trained.
    pub descent: DescentPlan,
    /// Iterations done.
    pub iterations: u64,
    /// Iteration of the kept parameters; 0 if none beat an estimate of zero, or a beginning that is fitted.
    pub best_iteration: u64,
    /// Best validation loss, `-J` per transition, or one less the likelihood that crops run forwards, of an
    /// estimator that is trained on crops; absent before the first validation.
    pub best_validation_loss: Option<f64>,
    /// Why it ended; absent while it runs.
    pub stop_reason: Option<StopReason>,
}

/// What is known of a fit in closed form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClosedFormRecord {
    /// What the estimator is made of.
    pub plan: EstimatorPlan,
    /// What was tried, in order.
    pub candidates: Vec<Candidate>,
    /// Cross-validated bound `1 + J` of the weighted sum of candidates, in `k_B` per transition.
    pub bound: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl ClosedFormRecord {
    /// The candidates whose weighted sum is kept, the heaviest first; none if no sum beat an estimate of
    /// zero.
    pub fn kept(&self) -> Vec<&Candidate> {
        let mut kept: Vec<&Candidate> =
            self.candidates.iter().filter(|candidate| candidate.weight > 0.0).collect();
        kept.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        kept
    }
}

/// What is known of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ComparisonRecord {
    /// The estimators that were compared, and the windows that were tried, in order.
    pub compared: Vec<ComparedEstimator>,
    /// Cross-validated bound `1 + J` of the sum, in `k_B` per transition; none if nothing could be weighed.
    pub bound: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// Share of the mean square of dS on which members fitted to different movies agree, the rest being
    /// chance of the data; below zero where they differ by more than they tell. Absent if nothing was summed.
    pub reliability: Option<f64>,
    /// Frames of the shorter windows whose estimate bounds the rate, kept in the run's folder `bound`; absent
    /// where the windows can be certified themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounding_window: Option<usize>,
    /// Why it ended.
    pub stop_reason: StopReason,
}

impl ComparisonRecord {
    /// The estimators that have a weight in the sum.
    pub fn kept(&self) -> impl Iterator<Item = &ComparedEstimator> {
        self.compared.iter().filter(|compared| compared.is_summed())
    }

    /// Share of the mean square of dS that is chance of the data, from 0 to 1; none if nothing was summed.
    pub fn chance(&self) -> Option<f64> {
        self.reliability.map(|reliability| (1.0 - reliability).clamp(0.0, 1.0))
    }
}

/// What is known of a run beside its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunRecord {
    /// Version of this crate that trained or imported the parameters.
    pub version: String,
    /// Rows of a frame, in pixels.
    pub rows: usize,
    /// Columns of a frame, in pixels.
    pub columns: usize,
    /// Frames in a transition, stated or chosen.
    pub window: usize,
    /// What of their files the training movies were.
    #[serde(default, skip_serializing_if = "Selection::is_all")]
    pub selection: Selection,
    /// Frame interval and pixel size of the training movies.
    pub calibration: Calibration,
    /// How pixels were normalised.
    pub normalisation: Normalisation,
    /// Training movies.
    pub movies: Vec<MovieRecord>,
    /// Number of training, validation and test transitions; a fit in closed form trains and validates by
    /// turns on those that count as training, and all members of a comparison together on those of its folds.
    pub transitions: [usize; 3],
    /// What was fitted, and how.
    pub fit: FitRecord,
    /// Scale a of dS in the lower bound `1 + <a dS> - <exp(-a dS)>`, chosen on windows of the training movies
    /// that were not fitted to.
    #[serde(default = "unscaled")]
    pub bound_scale: f64,
    /// Wall time of the training, in seconds, over all resumptions.
    pub elapsed_seconds: f64,
    /// Vector instructions of the machine that trained.
    pub instruction_set: String,
    /// Cautions about the training.
    pub cautions: Vec<Caution>,
}

impl RunRecord {
    /// What the statement of results hangs on.
    pub(super) fn fit_quality(&self) -> FitQuality {
        let mut quality = FitQuality { bound_scale: self.bound_scale, ..FitQuality::default() };
        // What was constant from the beginning could show nothing.
        let highest = |bounds: &mut dyn Iterator<Item = (f64, f64)>| {
            bounds.filter(|of| of.1 > 0.0).max_by(|a, b| a.0.total_cmp(&b.0))
        };
        match &self.fit {
            FitRecord::Comparison(found) => {
                quality.reliability = found.reliability;
                let bounds = |of: &ComparedEstimator| Some((of.bound?, of.standard_error?));
                quality.rejected_bound = highest(&mut found.compared.iter().filter_map(bounds));
            }
            FitRecord::ClosedForm(found) => {
                let intervals = (self.window - 1) as f64;
                let bounds = |of: &Candidate| (of.bound / intervals, of.standard_error / intervals);
                quality.rejected_bound = highest(&mut found.candidates.iter().map(bounds));
            }
            FitRecord::Descent(_) | FitRecord::Imported { .. } => {}
        }
        quality
    }

    /// Why the training ended; none while it runs, and for imported weights.
    pub fn stop_reason(&self) -> Option<StopReason> {
        match &self.fit {
            FitRecord::Descent(descent) => descent.stop_reason,
            FitRecord::ClosedForm(_) => Some(StopReason::Finished),
            FitRecord::Comparison(comparison) => Some(comparison.stop_reason),
            FitRecord::Imported { .. } => None,
        }
    }

    /// Notes that a training step by step ended without a word.
    pub(super) fn interrupt(&mut self) {
        if let FitRecord::Descent(descent) = &mut self.fit {
            descent.stop_reason = Some(StopReason::Interrupted);
        }
    }

    /// Puts a caution before all others if the training was interrupted; nothing else can be said of its lack
    /// of success.
    pub(super) fn note_interruption(&mut self) {
        let is_of_success = |kind: &CautionKind| {
            matches!(kind, CautionKind::TrainingInterrupted { .. } | CautionKind::NothingLearned)
        };
        if self.stop_reason() == Some(StopReason::Interrupted) {
            self.cautions.retain(|caution| !is_of_success(&caution.kind));
            let kind =
                CautionKind::TrainingInterrupted { resumable: !matches!(self.fit, FitRecord::ClosedForm(_)) };
            self.cautions.insert(0, Caution::new("training", kind));
        }
    }

    /// What the estimator is made of; none for a comparison, whose members have plans of their own.
    pub fn plan(&self) -> Option<&EstimatorPlan> {
        match &self.fit {
            FitRecord::Descent(DescentRecord { plan, .. })
            | FitRecord::ClosedForm(ClosedFormRecord { plan, .. })
            | FitRecord::Imported { plan, .. } => Some(plan),
            FitRecord::Comparison(_) => None,
        }
    }

    /// Of the windows of the movie with this hash that begin at the frames `starts`, what role they had in
    /// the fit.
    pub(super) fn roles_of(&self, hash: &str, starts: impl Iterator<Item = usize>) -> Vec<Role> {
        let movie = self.movies.iter().find(|movie| movie.hash == hash);
        starts.map(|start| movie.map_or(Role::HeldOut, |movie| movie.role_of(start))).collect()
    }

    /// The record of `fit` to `videos`; `cross_fitted` are the transitions of the folds of a comparison.
    pub(super) fn new(
        videos: &[Video],
        normalisation: Normalisation,
        split: &Split,
        cross_fitted: &Transitions,
        fit: FitRecord,
    ) -> Result<Self> {
        let movie = |(index, video): (usize, &Video)| {
            let recording = video.recording()?;
            Ok(MovieRecord {
                name: video.name().to_owned(),
                hash: recording.hash.clone(),
                mean: recording.mean,
                deviation: recording.deviation,
                frames: video.frames().count(),
                test: ranges_of(&split.test, index),
                cross_fitted: ranges_of(cross_fitted, index),
            })
        };
        let movies: Result<Vec<MovieRecord>> = videos.par_iter().enumerate().map(movie).collect();
        let (_, rows, columns) = videos[0].frames().shape();
        let selection = videos[0].selection();
        if let Some(other) = videos.iter().find(|video| !selection.keeps_the_same_as(video.selection())) {
            return Err(Error::Mismatch(Fault::new(
                other.name(),
                format!("what is analysed of {} ({selection})", videos[0].name()),
                other.selection().to_string(),
                "Analyse the same of all movies of a training.",
            )));
        }
        Ok(Self {
            selection: selection.clone(),
            calibration: videos[0].calibration(),
            movies: movies?,
            cautions: videos.iter().flat_map(Video::cautions).take(MOST_CAUTIONS).cloned().collect(),
            transitions: [split.train.len(), split.validation.len(), split.test.len()],
            ..Self::without_movies(rows, columns, split.train.window(), normalisation, fit)
        })
    }

    /// A record of frames, window, normalisation and `fit` alone.
    pub(super) fn without_movies(
        rows: usize,
        columns: usize,
        window: usize,
        normalisation: Normalisation,
        fit: FitRecord,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            rows,
            columns,
            window,
            selection: Selection::default(),
            calibration: Calibration::default(),
            normalisation,
            movies: Vec::new(),
            transitions: [0; 3],
            fit,
            bound_scale: unscaled(),
            elapsed_seconds: 0.0,
            instruction_set: cneep_nn::instruction_set().into(),
            cautions: Vec::new(),
        }
    }

    /// Reads `record.json` of the run in `folder`.
    ///
    /// # Errors
    /// [`Error::Io`] if there is none, [`Error::Format`] if it is not a record.
    pub fn read(folder: &Path) -> Result<Self> {
        if version_before_states(folder).is_some() {
            return Err(no_run(folder));
        }
        let path = path(folder);
        let text = read_text(&path, "the record of a run")?;
        let wrong = |found: String| {
            let remedy = "Name the folder of a run that this version has trained, or train again.";
            Error::Format(Fault::of_file(&path, "the record of a run", found, remedy))
        };
        let record: Self = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        record.check().map_err(|refusal| match refusal {
            Error::Setting(Fault { subject, expected, found, .. }) => {
                wrong(format!("{subject}: {found} (expected {expected})"))
            }
            other => other,
        })?;
        Ok(record)
    }

    /// Refuses numbers that no run can have: room is taken by them.
    fn check(&self) -> Result<()> {
        let shape = WindowShape { window: self.window, rows: self.rows, columns: self.columns };
        shape.check()?;
        Normalisation::new(self.normalisation.mean, self.normalisation.std)?;
        if let FitRecord::Descent(found) = &self.fit {
            found.descent.check()?;
        }
        self.plan().map_or(Ok(()), EstimatorPlan::check)
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

fn ranges_of(transitions: &Transitions, movie: usize) -> Vec<(usize, usize)> {
    let of_movie = transitions.runs().iter().filter(|run| run.movie == movie);
    of_movie.map(|run| (run.starts.start, run.starts.end)).collect()
}
