//! Turns movies into entropy production: train, apply, map.

mod auto;
mod checkpoint;
mod convolutional;
mod coordinates;
mod cross_fitted;
mod force;
mod frame_gap;
mod import;
mod mean_error;
mod model;
mod modes;
mod normalisation;
mod objective;
mod plan;
mod record;
mod settings;
mod single;
mod stack;
mod stretches;
mod subspace;
mod training;
mod training_run;
mod windows;

pub use auto::{AutoSettings, Contender, Standing};
pub use convolutional::Convolutional;
pub use force::{Force, ForceSettings};
pub use frame_gap::{against_frame_gap, frame_gap_curve};
pub use model::{Beginning, GradientModel, Loss, Model};
pub use modes::{Candidate, Member, Modes, ModesSettings};
pub use normalisation::{Normalisation, NormalisationSource};
pub use objective::{loss, loss_alpha};
pub use record::{MovieRecord, RunRecord};
pub use settings::{EstimatorKind, Schedule, Training};
pub use training::{CurvePoint, StopReason};
pub use training_run::TrainingRun;
pub use windows::Windows;

use crate::dissipation_map::{DissipationMap, MapGrid};
use crate::entropy_production::{EntropyProduction, MovieEntropy};
use crate::transition::{Run, Transition, Transitions};
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::{Progress, Silent};
use cneep_movie::video::{Video, or_lost};
use cross_fitted::CrossFitted;
use ndarray::Array3;
use record::MOST_CAUTIONS;
use single::Single;
use std::path::Path;
use training_run::nothing_learned;

/// A trained estimator: it assigns to every transition an entropy production that changes sign, bit for
/// bit, when time is reversed.
pub struct Estimator {
    settings: Training,
    record: RunRecord,
    fitted: Fitted,
}

/// What a training has found.
enum Fitted {
    /// A model with its parameters.
    Single(Single),
    /// A weighted sum of estimators, each fitted several times with another part of the movies held out.
    Sum(CrossFitted),
}

impl Estimator {
    /// Trains on `videos` in memory, without files and without a progress bar.
    ///
    /// # Errors
    /// [`Error::Setting`] and [`Error::Mismatch`] for settings or movies that do not fit;
    /// [`Error::NotConverged`] if the loss diverges.
    pub fn train(videos: impl AsRef<[Video]>, settings: &Training) -> Result<Self> {
        TrainingRun::new(settings).train(videos.as_ref())
    }

    /// Loads the best parameters of the run in `folder`.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Format`] if the folder does not hold a run.
    pub fn load(folder: &Path) -> Result<Self> {
        Self::load_fitted(folder, |model, _| checkpoint::read_best(folder, model))
    }

    /// Loads the parameters that the run in `folder` had reached at its last checkpoint, whatever the validation said of
    /// them: what training without early stopping gives. A fit in closed form, or a sum, has only one set of parameters, which is
    /// both its best and its last.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Format`] if the folder does not hold a run with a checkpoint.
    pub fn load_last(folder: &Path) -> Result<Self> {
        Self::load_fitted(folder, |model, settings| {
            if settings.estimator.is_closed_form() {
                return checkpoint::read_best(folder, model);
            }
            checkpoint::read_last(folder, model, settings).map(|state| state.averaged)
        })
    }

    fn load_fitted(
        folder: &Path,
        read: impl FnOnce(&dyn Model, &Training) -> Result<Vec<f32>>,
    ) -> Result<Self> {
        let settings = Training::of_run(folder)?;
        let record = RunRecord::read(folder)?;
        let fitted = if settings.estimator == EstimatorKind::Auto {
            Fitted::Sum(CrossFitted::load(folder, &record)?)
        } else {
            let model = model::build(&settings, record.rows, record.columns)?;
            let parameters = read(model.as_ref(), &settings)?;
            Fitted::Single(Single { curve: checkpoint::read_curve(folder)?, model, parameters })
        };
        Ok(Self { settings, record, fitted })
    }

    /// Imports the weights of the published network from `file` (safetensors or `.pth`/`.pth.tar`, `PyTorch`
    /// names and layouts) for frames of `rows` x `columns` pixels, normalised as it was trained; `window`, if given,
    /// must be that of the weights.
    ///
    /// # Errors
    /// [`Error::Format`], [`Error::Io`] for the file; [`Error::Mismatch`] if the weights do not fit frames or window.
    pub fn import(
        file: &Path,
        rows: usize,
        columns: usize,
        window: Option<usize>,
        normalisation: Normalisation,
    ) -> Result<Self> {
        import::import(file, rows, columns, window, normalisation)
    }

    /// Saves the estimator into a folder that does not hold a run yet; see [`Self::save`].
    ///
    /// # Errors
    /// As [`Self::save`], and [`Error::Setting`] if `folder` holds a run.
    pub fn save_new(&self, folder: &Path) -> Result<()> {
        checkpoint::refuse_occupied(folder)?;
        self.save(folder)
    }

    /// Saves settings, record and parameters, so that [`Self::load`] gives the same estimator.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        self.settings.write(&settings::settings_path(folder))?;
        self.record.write(folder)?;
        match &self.fitted {
            Fitted::Sum(sum) => sum.save(folder),
            Fitted::Single(Single { curve, model, parameters }) => {
                checkpoint::write_curve(folder, curve)?;
                checkpoint::write_best(folder, model.as_ref(), parameters)
            }
        }
    }

    /// Settings of the training.
    pub fn settings(&self) -> &Training {
        &self.settings
    }

    /// What is known of the run: movies, hashes, normalisation, stop reason, versions.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Training and validation loss along the run; empty for a fit in closed form and for a sum.
    pub fn curve(&self) -> &[CurvePoint] {
        match &self.fitted {
            Fitted::Single(single) => &single.curve,
            Fitted::Sum(_) => &[],
        }
    }

    /// The model's parameters as one flat vector, in the order of [`Model::tensors`]; empty for a sum, whose members have their own.
    pub fn parameters(&self) -> &[f32] {
        match &self.fitted {
            Fitted::Single(single) => &single.parameters,
            Fitted::Sum(_) => &[],
        }
    }

    /// The estimators that a sum is made of: of every part of it, those that were fitted with one fold held out each; none for
    /// a single estimator.
    pub fn members(&self) -> Vec<&Estimator> {
        match &self.fitted {
            Fitted::Single(_) => Vec::new(),
            Fitted::Sum(sum) => sum.members().collect(),
        }
    }

    /// Entropy production of every transition of `videos`.
    ///
    /// Transitions of movies that the run was trained on (recognised by their hash) count as held out only if they
    /// were set aside for testing.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the frames have another size than those trained on or a movie is too short.
    pub fn entropy_production(&self, videos: impl AsRef<[Video]>) -> Result<EntropyProduction> {
        self.entropy_production_watched(videos.as_ref(), &Silent)
    }

    /// As [`Self::entropy_production`], reporting to `progress`; a request to stop ends with an error.
    ///
    /// # Errors
    /// As [`Self::entropy_production`], and [`Error::Io`] (interrupted) if stopped.
    pub fn entropy_production_watched(
        &self,
        videos: &[Video],
        progress: &dyn Progress,
    ) -> Result<EntropyProduction> {
        or_lost(|| self.entropy_production_of(videos, progress))
    }

    fn entropy_production_of(&self, videos: &[Video], progress: &dyn Progress) -> Result<EntropyProduction> {
        let window = self.settings.window;
        self.check_size(videos)?;
        let all = Transitions::all(videos, window)?;
        progress.begin("entropy production (transitions)", all.len() as u64);
        let mut movies = Vec::with_capacity(videos.len());
        for (video, run) in videos.iter().zip(all.runs()) {
            if progress.stop_requested() {
                return Err(stopped("entropy production"));
            }
            let values = self.values(videos, transitions_of(run))?;
            let held_out = self.held_out(video);
            progress.advance(values.len() as u64);
            movies.push(MovieEntropy { name: video.name().to_owned(), values, held_out, exact: None });
        }
        progress.end();
        let calibration = videos[0].calibration();
        let mut cautions = self.record.cautions.clone();
        for caution in cautions_of(videos, &self.record) {
            if !cautions.contains(&caution) {
                cautions.push(caution);
            }
        }
        Ok(EntropyProduction { window, calibration, movies, cautions })
    }

    /// Of every transition of `video`, in order of time, whether it had no part in choosing the parameters. Of a sum, whether it had
    /// none in the parameters of those members that judge it.
    pub fn held_out(&self, video: &Video) -> Vec<bool> {
        let known = &self.record.movies;
        let hash = if known.is_empty() { String::new() } else { video.hash() };
        self.record.held_out(&hash, (video.frames().count() + 1).saturating_sub(self.settings.window))
    }

    /// Dissipation map of every transition of one movie.
    ///
    /// # Errors
    /// As [`Self::entropy_production`].
    pub fn dissipation_map(&self, video: &Video) -> Result<DissipationMap> {
        let videos = std::slice::from_ref(video);
        self.check_size(videos)?;
        let window = self.settings.window;
        let all = Transitions::all(videos, window)?;
        let (grid, transitions) = or_lost(|| self.maps(videos, transitions_of(&all.runs()[0])))?;
        Ok(DissipationMap {
            name: video.name().to_owned(),
            grid,
            window,
            calibration: video.calibration(),
            transitions,
        })
    }

    /// Entropy production of `transitions` in `k_B`; a sum takes those of one movie only.
    fn values(&self, videos: &[Video], transitions: Vec<Transition>) -> Result<Vec<f64>> {
        match &self.fitted {
            Fitted::Sum(sum) => sum.values(videos, &transitions),
            Fitted::Single(single) => {
                let other = self.model_for(videos)?;
                let windows = self.windows(videos, transitions);
                Ok(single.values(other.as_deref(), &windows))
            }
        }
    }

    /// Dissipation maps of `transitions` in `k_B`, with the cells that they have; a sum takes those of one movie only.
    fn maps(&self, videos: &[Video], transitions: Vec<Transition>) -> Result<(MapGrid, Array3<f32>)> {
        match &self.fitted {
            Fitted::Sum(sum) => sum.maps(videos, &transitions),
            Fitted::Single(single) => {
                let other = self.model_for(videos)?;
                let windows = self.windows(videos, transitions);
                Ok(single.maps(other.as_deref(), &windows))
            }
        }
    }

    fn windows<'a>(&self, videos: &'a [Video], transitions: Vec<Transition>) -> Windows<'a> {
        Windows::new(videos, self.record.normalisation, self.settings.window, transitions)
    }

    /// Whether frames of any size can be estimated.
    fn is_for_any_frame(&self) -> bool {
        match &self.fitted {
            Fitted::Single(single) => single.model.is_for_any_frame(),
            Fitted::Sum(sum) => sum.members().all(Estimator::is_for_any_frame),
        }
    }

    /// Refuses frames that the model cannot take.
    fn check_size(&self, videos: &[Video]) -> Result<()> {
        let own = (self.record.rows, self.record.columns);
        let here = videos.first().map_or(own, |video| (video.frames().rows(), video.frames().columns()));
        let (rows, columns) = if self.is_for_any_frame() { here } else { own };
        check_frames(videos, rows, columns)
    }

    /// A model of their own for frames of another size than those trained on.
    fn model_for(&self, videos: &[Video]) -> Result<Option<Box<dyn Model>>> {
        let (_, rows, columns) = videos[0].frames().shape();
        if (rows, columns) == (self.record.rows, self.record.columns) {
            return Ok(None);
        }
        model::build(&self.settings, rows, columns).map(Some)
    }
}

/// The transitions of a run, one by one.
fn transitions_of(run: &Run) -> Vec<Transition> {
    run.starts.clone().map(|start| Transition { movie: run.movie, start }).collect()
}

/// Refuses an empty list, and movies whose frames are not of `rows` x `columns` pixels.
fn check_frames(videos: &[Video], rows: usize, columns: usize) -> Result<()> {
    if videos.is_empty() {
        return Err(Error::Mismatch(Fault::new("movies", "at least one", "none", "Name a movie.")));
    }
    let size = |video: &Video| (video.frames().rows(), video.frames().columns());
    match videos.iter().find(|video| size(video) != (rows, columns)) {
        None => Ok(()),
        Some(video) => Err(Error::Mismatch(Fault::new(
            video.name(),
            format!("frames of {rows} rows x {columns} columns, as all movies of the training"),
            format!("{} x {}", size(video).0, size(video).1),
            "Crop or bin the movies to one size, or train on movies of this size.",
        ))),
    }
}

/// What a computation returns that was asked to stop and has no half result to keep.
fn stopped(what: &str) -> Error {
    Error::Io {
        path: what.into(),
        source: std::io::Error::new(std::io::ErrorKind::Interrupted, "stopped on request"),
        remedy: "Run it again to the end; nothing was written.".into(),
    }
}

/// Whether a computation has ended with [`stopped`].
fn was_stopped(error: &Error) -> bool {
    matches!(error, Error::Io { source, .. } if source.kind() == std::io::ErrorKind::Interrupted)
}

fn cautions_of(videos: &[Video], record: &RunRecord) -> Vec<Caution> {
    let of_movies = videos.iter().flat_map(Video::cautions);
    let mut cautions: Vec<Caution> = of_movies.take(MOST_CAUTIONS).cloned().collect();
    let intervals = (videos[0].calibration().frame_interval, record.calibration.frame_interval);
    if let (Some(here), Some(trained)) = intervals
        && (here / trained - 1.0).abs() > 0.01
    {
        let kind = CautionKind::OtherFrameInterval { interval: here, trained };
        cautions.push(Caution::new(videos[0].name(), kind));
    }
    cautions
}
