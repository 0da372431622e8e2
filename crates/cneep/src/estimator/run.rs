//! Trains an estimator in a folder that keeps every state from which it can be resumed.

use super::compare::{ComparisonSettings, KeptFits, compare};
use super::descent::{DescentPlan, read_last};
use super::estimate::{Estimator, check_frames};
use super::model::Method;
use super::record::{FitRecord, RunRecord};
use super::registry::EstimatorSettings;
use super::run_lock::RunLock;
use super::run_state::{RunState, Stage, no_run, refuse_occupied, refuse_without_parameters};
use super::single::{SingleRun, is_nothing_learned, run_key};
use super::training::{Choice, Training, settings_path};
use super::windows::WindowShape;
use crate::transition::{Split, Transitions};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::{Progress, Silent};
use cneep_movie::video::{Recordings, Video};
use std::path::Path;

/// Frames in a transition unless stated or chosen.
const SHORTEST_WINDOW: usize = 2;

impl Estimator {
    /// Trains on `videos` in memory, without files and without a progress bar.
    ///
    /// # Errors
    /// [`Error::Setting`] and [`Error::Mismatch`] for settings or movies that do not fit;
    /// [`Error::NotConverged`] if the loss diverges.
    pub fn train(videos: impl AsRef<[Video]>, settings: &Training) -> Result<Self> {
        TrainingRun::new(settings).train(videos.as_ref())
    }
}

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

    /// Refuses a folder that holds a run already, which is never overwritten.
    ///
    /// # Errors
    /// [`Error::Setting`] if it does.
    pub fn refuse_occupied(folder: &Path) -> Result<()> {
        refuse_occupied(folder)
    }

    /// Trains from the beginning.
    ///
    /// # Errors
    /// [`Error::Setting`] and [`Error::Mismatch`] for settings or movies that do not fit, or a folder that
    /// already holds a run; [`Error::NotConverged`] if the loss diverges; [`Error::Io`] if the folder cannot
    /// be written; [`Error::Stopped`] if it was asked to stop before anything was complete.
    pub fn train(self, videos: &[Video]) -> Result<Estimator> {
        self.settings.check()?;
        if let Some(folder) = self.folder {
            refuse_occupied(folder)?;
        }
        check_alike(videos)?;
        let split = self.split(videos)?;
        let _lock = self.folder.map(RunLock::of).transpose()?;
        if let Some(folder) = self.folder {
            // What another process has written since.
            refuse_occupied(folder)?;
        }
        let estimator = match &self.settings.choice {
            Choice::Single(estimator) => {
                let single = self.single_run(estimator, videos, &split).fit()?;
                Estimator::of_single(single, Recordings::of(videos)?)
            }
            Choice::Comparison(comparison) => {
                let found = compare(videos, self.settings, comparison, self.folder, self.progress)?;
                Estimator::of_compared(self.settings.clone(), found, &Recordings::of(videos)?)
            }
        };
        self.save(&estimator)?;
        Ok(estimator)
    }

    /// Saves what was trained, and takes away what only served to go on.
    fn save(&self, estimator: &Estimator) -> Result<()> {
        let Some(folder) = self.folder else { return Ok(()) };
        estimator.save(folder)?;
        if !estimator.is_interrupted() {
            KeptFits::clear(folder);
        }
        Ok(())
    }

    /// The run that is kept in the folder, if it is complete and was trained by these settings on these
    /// movies; goes on with it if it was stopped or killed; otherwise trains from the beginning. However
    /// often it was stopped, the result has the same bits.
    ///
    /// # Errors
    /// As [`Self::train`] and [`Self::resume`]; [`Error::Mismatch`] for a complete run of other settings or
    /// movies.
    pub fn train_or_go_on(self, videos: &[Video]) -> Result<Estimator> {
        let state = self.folder.map(RunState::of).transpose()?.flatten();
        let (Some(folder), Some(state)) = (self.folder, state) else { return self.train(videos) };
        if state.stage == Stage::Complete {
            let estimator = Estimator::load(folder)?;
            self.refuse_others(folder, videos, estimator.settings(), estimator.record())?;
            KeptFits::clear(folder);
            return Ok(estimator);
        }
        match (&self.settings.choice, state.stage) {
            (Choice::Comparison(_), Stage::Begun) => self.train(videos),
            _ if refuse_occupied(folder).is_ok() => self.train(videos),
            _ => self.resume(videos),
        }
    }

    /// Refuses settings and movies that are not those of the run.
    fn refuse_others(
        &self,
        folder: &Path,
        videos: &[Video],
        settings: &Training,
        record: &RunRecord,
    ) -> Result<()> {
        if settings != self.settings {
            return Err(other_settings(folder));
        }
        let hashes: Vec<String> = videos.iter().map(Video::hash).collect::<Result<_>>()?;
        if hashes.iter().eq(record.movies.iter().map(|movie| &movie.hash)) {
            return Ok(());
        }
        Err(other_movies(record, videos))
    }

    /// Goes on with a comparison that was stopped: what was fitted is not fitted again.
    fn compare_on(
        self,
        comparison: &ComparisonSettings,
        folder: &Path,
        videos: &[Video],
    ) -> Result<Estimator> {
        let estimator = Estimator::load(folder)?;
        self.refuse_others(folder, videos, estimator.settings(), estimator.record())?;
        if !estimator.is_interrupted() {
            let (found, remedy) = ("a comparison of estimators that is complete", "There is nothing to do.");
            return Err(Error::Setting(Fault::of_file(folder, "a run that was stopped", found, remedy)));
        }
        RunState::begin(folder)?;
        let found = compare(videos, self.settings, comparison, self.folder, self.progress)?;
        let estimator = Estimator::of_compared(self.settings.clone(), found, &Recordings::of(videos)?);
        self.save(&estimator)?;
        Ok(estimator)
    }

    /// Goes on from the last checkpoint in the run's folder, or with the estimators that a comparison had not
    /// come to; the result has the same bits as that of a run that was never stopped. Settings must be those
    /// of the run, but `iterations` and `patience` of one estimator may differ.
    ///
    /// # Errors
    /// As [`Self::train`], [`Error::Mismatch`] if the movies or settings are not those of the run, and
    /// [`Error::Setting`] for a fit in closed form, which is done or not done.
    pub fn resume(self, videos: &[Video]) -> Result<Estimator> {
        let Some(folder) = self.folder else {
            let remedy = "Name the folder of the run.";
            return Err(Error::Setting(Fault::new("resume", "the folder of a run", "none", remedy)));
        };
        let _lock = RunLock::of(folder)?;
        let kept = RunState::of(folder)?.ok_or_else(|| no_run(folder))?;
        kept.check(folder)?;
        let before = Training::of_run(folder)?;
        let mut record = RunRecord::read(folder)?;
        let refuse = |found: &str| {
            let (expected, remedy) = ("a training that goes step by step", "Train anew in another folder.");
            Err(Error::Setting(Fault::of_file(folder, expected, found, remedy)))
        };
        if let Choice::Comparison(comparison) = &self.settings.choice {
            return self.compare_on(comparison, folder, videos);
        }
        let (Choice::Single(own), Choice::Single(estimator)) = (&before.choice, &self.settings.choice) else {
            return Err(other_settings(folder));
        };
        let shape = WindowShape { window: record.window, rows: record.rows, columns: record.columns };
        let Method::Descent(mut model) = own.method(shape)? else {
            return refuse("a fit in closed form, which takes seconds");
        };
        let FitRecord::Descent(found) = &mut record.fit else {
            return refuse("imported weights");
        };
        if self.settings.of_any_length() != before.of_any_length() {
            return Err(other_settings(folder));
        }
        model.resume(&found.plan);
        let mut stated = estimator.clone();
        if let Some(stated) = stated.descent_mut() {
            found.descent.iterations = stated.iterations.unwrap_or(found.descent.iterations);
            found.descent.patience = stated.patience;
        }
        found.stop_reason = None;
        let mut plan: DescentPlan = found.descent.clone();
        check_alike(videos)?;
        let split = self.split(videos)?;
        plan.batch = plan.batch.min(split.train.len());
        check_movies(videos, &record, &split)?;
        refuse_without_parameters(folder)?;
        let state = read_last(folder, model.as_ref(), &plan, &run_key(&before, &record))?;
        record.cautions.retain(|caution| !is_nothing_learned(caution));
        let recordings = Recordings::of(videos)?;
        RunState::begin(folder)?;
        self.settings.write(&settings_path(folder))?;
        let run = self.single_run(estimator, videos, &split);
        let estimator = Estimator::of_single(run.descend(model, &plan, record, state)?, recordings);
        estimator.save(folder)?;
        Ok(estimator)
    }

    fn split(&self, videos: &[Video]) -> Result<Split> {
        let window = self.settings.window.unwrap_or(SHORTEST_WINDOW);
        Split::new(videos, window, self.settings.split, self.settings.seed)
    }

    fn single_run<'b>(
        &'b self,
        estimator: &'b EstimatorSettings,
        videos: &'b [Video],
        split: &'b Split,
    ) -> SingleRun<'b> {
        SingleRun {
            settings: self.settings,
            estimator,
            videos,
            split,
            folder: self.folder,
            progress: self.progress,
            zero_unless_better: true,
        }
    }
}

/// Refuses an empty list, and movies whose frames differ in size.
fn check_alike(videos: &[Video]) -> Result<()> {
    let (_, rows, columns) = videos.first().map_or((0, 0, 0), |video| video.frames().shape());
    check_frames(videos, rows, columns)
}

fn check_movies(videos: &[Video], record: &RunRecord, split: &Split) -> Result<()> {
    let none = Transitions::of_runs(record.window, []);
    let now = RunRecord::new(videos, record.normalisation, split, &none, record.fit.clone())?;
    let same = now.movies.len() == record.movies.len()
        && now.movies.iter().zip(&record.movies).all(|(a, b)| a.hash == b.hash && a.test == b.test);
    if same {
        return Ok(());
    }
    Err(other_movies(record, videos))
}

fn other_movies(record: &RunRecord, videos: &[Video]) -> Error {
    Error::Mismatch(Fault::new(
        "movies",
        format!("the {} movies that the run was trained on, in their order", record.movies.len()),
        format!("{} others", videos.len()),
        "Go on with the very same movies, or train in another folder.",
    ))
}

fn other_settings(folder: &Path) -> Error {
    Error::Mismatch(Fault::of_file(
        &settings_path(folder),
        "the settings of the run that goes on",
        "other settings",
        "Leave the settings out (only iterations and patience of one estimator may change), or train in \
         another folder.",
    ))
}
