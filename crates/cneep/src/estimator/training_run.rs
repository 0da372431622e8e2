//! Trains an estimator in a folder that keeps every state from which it can be resumed.

use super::checkpoint;
use super::coordinates::natural_gain;
use super::model::{Beginning, GradientModel, Method};
use super::modes::{self, Fit};
use super::normalisation::Normalisation;
use super::plan::Plan;
use super::record::RunRecord;
use super::settings::{EstimatorKind, Training, settings_path};
use super::single::Single;
use super::training::{Material, State, StopReason, train};
use super::windows::Windows;
use super::{Estimator, Fitted, auto, check_frames};
use crate::transition::Split;
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::{Progress, Silent};
use cneep_movie::video::{Video, or_lost};
use std::path::Path;
use std::time::Instant;

/// A training run: its settings, where it keeps its files, and who watches it.
#[derive(Clone, Copy)]
pub struct TrainingRun<'a> {
    settings: &'a Training,
    folder: Option<&'a Path>,
    progress: &'a dyn Progress,
}

impl<'a> TrainingRun<'a> {
    /// A run in memory, watched by nobody.
    pub fn new(settings: &'a Training) -> Self {
        Self { settings, folder: None, progress: &Silent }
    }

    /// The run with its settings, record, curve, best and last parameters kept in `folder` as it goes.
    #[must_use]
    pub fn kept_in(mut self, folder: &'a Path) -> Self {
        self.folder = Some(folder);
        self
    }

    /// The run reporting to `progress` and asking it whether to stop.
    #[must_use]
    pub fn watched_by(mut self, progress: &'a dyn Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Trains from the beginning.
    ///
    /// # Errors
    /// [`Error::Setting`] and [`Error::Mismatch`] for settings or movies that do not fit, or a folder that already
    /// holds a run; [`Error::NotConverged`] if the loss diverges; [`Error::Io`] if the folder cannot be written.
    pub fn train(self, videos: &[Video]) -> Result<Estimator> {
        self.settings.check()?;
        if let Some(folder) = self.folder {
            checkpoint::refuse_occupied(folder)?;
        }
        or_lost(|| {
            if self.settings.estimator == EstimatorKind::Auto {
                return self.compare(videos);
            }
            let split = self.split(videos)?;
            self.train_on(videos, &split, Fit::or_zero)
        })
    }

    /// Trains one member of a comparison on `split`: it is judged with the others, and keeps what it has found even if zero would be
    /// better.
    pub(super) fn train_member(self, videos: &[Video], split: &Split) -> Result<Estimator> {
        self.train_on(videos, split, Ok)
    }

    /// Trains on `split`; `accept` has the last word on a fit in closed form.
    fn train_on(self, videos: &[Video], split: &Split, accept: fn(Fit) -> Result<Fit>) -> Result<Estimator> {
        let normalisation = Normalisation::measure(videos, &split.train, self.settings.normalisation)?;
        let record = RunRecord::new(videos, normalisation, split);
        let mut model: Box<dyn GradientModel> = match Method::of(self.settings, record.rows, record.columns)?
        {
            Method::Descent(model) => model,
            Method::ClosedForm => return self.solve(videos, split, record, accept),
        };
        let gain = || measured_gain(self.settings, videos, split, normalisation.std);
        let plan = Plan::new(self.settings, split.train.len(), gain);
        let mut settings = plan.complete(self.settings);
        let windows = |transitions| Windows::new(videos, normalisation, self.settings.window, transitions);
        let parameters = model.begin(&Beginning {
            train: windows(split.train.evenly(split.train.len())),
            validation: windows(split.validation.evenly(settings.validation_transitions)),
            seed: settings.seed,
        });
        model.complete(&mut settings);
        let settings = &settings;
        if let Some(folder) = self.folder {
            settings.write(&settings_path(folder))?;
            record.write(folder)?;
        }
        let state = State::new(model.as_ref(), settings, parameters);
        TrainingRun { settings, ..self }.run(videos, split, &plan, record, model, state)
    }

    /// Compares estimators: the folder is written when all is done.
    fn compare(self, videos: &[Video]) -> Result<Estimator> {
        let (_, rows, columns) = videos.first().map_or((0, 0, 0), |video| video.frames().shape());
        check_frames(videos, rows, columns)?;
        self.keep(auto::hold(videos, self.settings, self.progress)?)
    }

    /// Fits in closed form, which takes seconds: the folder is written when all is done.
    fn solve(
        self,
        videos: &[Video],
        split: &Split,
        mut record: RunRecord,
        accept: fn(Fit) -> Result<Fit>,
    ) -> Result<Estimator> {
        let start = Instant::now();
        let found = modes::fit((videos, record.normalisation), split, self.settings, self.progress)?;
        let found = accept(found)?;
        let [train, validation, test] = record.transitions;
        record.transitions = [train + validation, 0, test];
        record.iterations = found.candidates.len() as u64;
        record.best_validation_loss = Some(1.0 - found.bound);
        record.validation_error = Some(found.standard_error);
        record.candidates = found.candidates;
        record.best_iteration = record.kept_candidates().len() as u64;
        record.elapsed_seconds = start.elapsed().as_secs_f64();
        record.stop_reason = Some(StopReason::Finished);
        record.cautions.extend((record.best_iteration == 0).then(nothing_learned));
        let (model, parameters) = (Box::new(found.model), found.parameters);
        let fitted = Fitted::Single(Single { curve: Vec::new(), model, parameters });
        self.keep(Estimator { settings: found.settings, record, fitted })
    }

    /// `estimator`, saved in the folder of the run, if it has one.
    fn keep(self, estimator: Estimator) -> Result<Estimator> {
        if let Some(folder) = self.folder {
            estimator.save(folder)?;
        }
        Ok(estimator)
    }

    /// Goes on from the last checkpoint in the run's folder; the result has the same bits as that of a run that
    /// was never stopped. Settings must be those of the run, but `iterations` and `patience` may differ.
    ///
    /// # Errors
    /// As [`Self::train`], [`Error::Mismatch`] if the movies or settings are not those of the run, and [`Error::Setting`] for a fit
    /// in closed form, which is done or not done.
    pub fn resume(self, videos: &[Video]) -> Result<Estimator> {
        let Some(folder) = self.folder else {
            let remedy = "Name the folder of the run.";
            return Err(Error::Setting(Fault::new("resume", "the folder of a run", "none", remedy)));
        };
        let before = Training::of_run(folder)?;
        let mut record = RunRecord::read(folder)?;
        let refuse = |found: &str| {
            let (expected, remedy) = ("a training that goes step by step", "Train anew in another folder.");
            Err(Error::Setting(Fault::of_file(folder, expected, found, remedy)))
        };
        if before.estimator == EstimatorKind::Auto {
            return refuse("a comparison of estimators, which is made in one go and keeps what was complete");
        }
        let Method::Descent(model) = Method::of(&before, record.rows, record.columns)? else {
            return refuse("a fit in closed form, which takes seconds");
        };
        let settings = &Training {
            iterations: self.settings.iterations.or(before.iterations),
            batch: self.settings.batch.or(before.batch),
            validate_every: self.settings.validate_every.or(before.validate_every),
            increment_gain: self.settings.increment_gain.or(before.increment_gain),
            force: if self.settings.force.is_open() { before.force } else { self.settings.force },
            ..self.settings.clone()
        };
        let allowed =
            Training { iterations: before.iterations, patience: before.patience, ..settings.clone() };
        if allowed != before {
            return Err(Error::Mismatch(Fault::of_file(
                &settings_path(folder),
                "the settings of the run that is resumed",
                "other settings",
                "Leave the settings out; only iterations and patience may change.",
            )));
        }
        or_lost(|| {
            let split = self.split(videos)?;
            check_movies(videos, &record, &split)?;
            let gain = || measured_gain(settings, videos, &split, record.normalisation.std);
            let plan = Plan::new(settings, split.train.len(), gain);
            let state = checkpoint::read_last(folder, model.as_ref(), settings)?;
            record.stop_reason = None;
            record.cautions.retain(|caution| caution.kind != CautionKind::NothingLearned);
            settings.write(&settings_path(folder))?;
            TrainingRun { settings, ..self }.run(videos, &split, &plan, record, model, state)
        })
    }

    fn split(&self, videos: &[Video]) -> Result<Split> {
        let (_, rows, columns) = videos.first().map_or((0, 0, 0), |video| video.frames().shape());
        check_frames(videos, rows, columns)?;
        Split::new(videos, self.settings.window, self.settings.split, self.settings.seed)
    }

    fn run(
        self,
        videos: &[Video],
        split: &Split,
        plan: &Plan,
        mut record: RunRecord,
        model: Box<dyn GradientModel>,
        mut state: State,
    ) -> Result<Estimator> {
        let windows =
            |transitions| Windows::new(videos, record.normalisation, self.settings.window, transitions);
        let all_to_train = windows(split.train.evenly(split.train.len()));
        let material = Material {
            windows: &windows,
            train: &split.train,
            validation: split.validation.evenly(self.settings.validation_transitions),
        };
        let (start, elapsed_before) = (Instant::now(), record.elapsed_seconds);
        let mut kept = record.clone();
        let mut keep = |state: &State| {
            kept.iterations = state.iteration;
            kept.best_iteration = state.best_iteration;
            kept.best_validation_loss = Some(state.best_loss);
            kept.elapsed_seconds = elapsed_before + start.elapsed().as_secs_f64();
            let Some(folder) = self.folder else { return Ok(()) };
            checkpoint::write_last(folder, model.as_ref(), state)?;
            checkpoint::write_best(folder, model.as_ref(), &state.best)?;
            kept.write(folder)
        };
        let settings = (self.settings, plan);
        let reason = train(model.as_ref(), &material, settings, &mut state, &mut keep, self.progress)?;
        model.finish(&mut state.best, &all_to_train);
        kept.stop_reason = Some(reason);
        let mut silent = state.best.clone();
        model.silence(&mut silent);
        if reason != StopReason::Interrupted && silent == state.best {
            kept.cautions.push(nothing_learned());
        }
        if let Some(folder) = self.folder {
            checkpoint::write_best(folder, model.as_ref(), &state.best)?;
            kept.write(folder)?;
        }
        record = kept;
        let State { best, curve, .. } = state;
        let fitted = Fitted::Single(Single { curve, model, parameters: best });
        Ok(Estimator { settings: self.settings.clone(), record, fitted })
    }
}

impl Estimator {
    /// Why the training ended; none for imported weights.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.record.stop_reason
    }
}

/// The gain of a first layer that meets frames and changes between them; 1 where there is none.
fn measured_gain(settings: &Training, videos: &[Video], split: &Split, std: f64) -> f64 {
    if settings.estimator.has_first_layer() { natural_gain(videos, &split.train, std) } else { 1.0 }
}

/// What to say of a training that has found nothing.
pub(super) fn nothing_learned() -> Caution {
    Caution::new("training", CautionKind::NothingLearned)
}

fn check_movies(videos: &[Video], record: &RunRecord, split: &Split) -> Result<()> {
    let now = RunRecord::new(videos, record.normalisation, split);
    let same = now.movies.len() == record.movies.len()
        && now.movies.iter().zip(&record.movies).all(|(a, b)| a.hash == b.hash && a.test == b.test);
    if same {
        return Ok(());
    }
    Err(Error::Mismatch(Fault::new(
        "movies",
        format!("the {} movies that the run was trained on, in their order", record.movies.len()),
        format!("{} others", videos.len()),
        "Resume with the very same movies.",
    )))
}
