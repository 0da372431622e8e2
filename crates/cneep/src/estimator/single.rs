//! Fits one estimator on its own: step by step or at once, kept in a folder as it goes.

use super::bound_scale;
use super::checkpoint::{read_best, write_best};
use super::descent::{
    CurvePoint, DescentPlan, Material, State, StopReason, read_curve, read_last, train, write_curve,
    write_last,
};
use super::model::{Beginning, ClosedFit, ClosedForm, FitData, GradientModel, Method, Model};
use super::network::{ImportedNetwork, NetworkSettings};
use super::normalisation::Normalisation;
use super::plans::EstimatorPlan;
use super::record::{ClosedFormRecord, DescentRecord, FitRecord, RunRecord};
use super::registry::{EstimatorSettings, model_of};
use super::run_state::{RunState, hash_of, refuse_without_parameters};
use super::training::{Choice, Training, settings_path};
use super::training_recordings::write_recordings;
use super::windows::{WindowShape, Windows};
use crate::dissipation_map::MapGrid;
use crate::transition::{Split, Transition, Transitions};
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::{Recordings, Video};
use ndarray::Array3;
use std::path::Path;
use std::time::Instant;

/// One estimator with the parameters that were found for it.
pub(super) struct Single {
    pub(super) settings: Training,
    pub(super) record: RunRecord,
    /// Losses along the training; empty for a fit in closed form.
    pub(super) curve: Vec<CurvePoint>,
    pub(super) model: Box<dyn Model>,
    pub(super) parameters: Vec<f32>,
}

/// What one fit is told beside its settings.
#[derive(Clone, Copy)]
pub(super) struct SingleRun<'a> {
    pub(super) settings: &'a Training,
    pub(super) estimator: &'a EstimatorSettings,
    pub(super) videos: &'a [Video],
    pub(super) split: &'a Split,
    /// Where states are kept from which a training can be resumed.
    pub(super) folder: Option<&'a Path>,
    pub(super) progress: &'a dyn Progress,
    /// Whether an estimate of zero takes the place of a fit in closed form that does not beat it; members of
    /// a comparison are judged together.
    pub(super) zero_unless_better: bool,
}

impl SingleRun<'_> {
    /// Fits from the beginning.
    pub(super) fn fit(self) -> Result<Single> {
        let shape = WindowShape::of(self.videos, self.split.train.window());
        shape.check()?;
        self.estimator.check_memory(shape, self.split.train.len() + self.split.validation.len())?;
        let normalisation =
            Normalisation::measure(self.videos, &self.split.train, self.settings.normalisation)?;
        match self.estimator.method(shape)? {
            Method::Descent(model) => self.begin(model, normalisation),
            Method::ClosedForm(form) => self.solve(form.as_ref(), normalisation, shape),
        }
    }

    fn begin(self, mut model: Box<dyn GradientModel>, normalisation: Normalisation) -> Result<Single> {
        let split = self.split;
        let plan = DescentPlan::new(model.descent(), split.train.len());
        let parameters = model.begin(&Beginning {
            train: self.windows(normalisation, split.train.evenly(split.train.len())),
            validation: self.windows(normalisation, split.validation.evenly(plan.validation_transitions)),
            seed: self.settings.seed,
        })?;
        let state = State::new(model.as_ref(), &plan, parameters);
        let fit = FitRecord::Descent(DescentRecord {
            plan: model.plan(),
            descent: plan.clone(),
            iterations: 0,
            best_iteration: 0,
            best_validation_loss: None,
            stop_reason: None,
        });
        let record = self.record(normalisation, fit)?;
        if let Some(folder) = self.folder {
            RunState::begin(folder)?;
            self.settings.write(&settings_path(folder))?;
            write_recordings(folder, &Recordings::of(self.videos)?)?;
            record.write(folder)?;
        }
        self.descend(model, &plan, record, state)
    }

    /// Trains from `state` on.
    pub(super) fn descend(
        self,
        model: Box<dyn GradientModel>,
        plan: &DescentPlan,
        mut record: RunRecord,
        mut state: State,
    ) -> Result<Single> {
        let (split, normalisation) = (self.split, record.normalisation);
        let windows = |transitions| self.windows(normalisation, transitions);
        let material = Material {
            windows: &windows,
            train: &split.train,
            validation: split.validation.evenly(plan.validation_transitions),
            seed: self.settings.seed,
        };
        let (start, elapsed_before) = (Instant::now(), record.elapsed_seconds);
        let run = run_key(self.settings, &record);
        let mut keep = |state: &State| {
            record.elapsed_seconds = elapsed_before + start.elapsed().as_secs_f64();
            of_descent(&mut record).has_reached(state);
            let Some(folder) = self.folder else { return Ok(()) };
            write_last(folder, model.as_ref(), state, &run)?;
            write_best(folder, model.as_ref(), &state.best)?;
            record.write(folder)
        };
        let reason = train(model.as_ref(), &material, plan, &mut state, &mut keep, self.progress)?;
        model.finish(&mut state.best, &windows(split.train.evenly(split.train.len())))?;
        of_descent(&mut record).stop_reason = Some(reason);
        let of_validation = model.entropy_production(&state.best, &windows(material.validation))?;
        record.bound_scale = bound_scale::choose(&of_validation);
        let mut zero = state.best.clone();
        model.zero_output(&mut zero);
        if reason != StopReason::Interrupted && zero == state.best {
            record.cautions.push(nothing_learned());
        }
        let State { best: parameters, curve, .. } = state;
        Ok(Single { settings: self.settings.clone(), record, curve, model, parameters })
    }

    /// Fits in closed form, which takes seconds.
    fn solve(
        self,
        form: &dyn ClosedForm,
        normalisation: Normalisation,
        shape: WindowShape,
    ) -> Result<Single> {
        let start = Instant::now();
        let mut found = form.fit(&FitData {
            videos: self.videos,
            normalisation,
            window: shape.window,
            split: self.split,
            progress: self.progress,
        })?;
        let (mut bound, mut standard_error) = (found.stack.bound, found.stack.standard_error);
        if self.zero_unless_better && found.stack.reach <= 0.0 {
            let (plan, model) = form.zero(shape)?;
            found.candidates.iter_mut().for_each(|candidate| candidate.weight = 0.0);
            let parameters = vec![0.0; model.parameter_count()];
            found = ClosedFit { plan, model, parameters, ..found };
            (bound, standard_error) = (0.0, 0.0);
        }
        let ClosedFit { plan, model, parameters, candidates, stack } = found;
        let fit = ClosedFormRecord { plan, candidates, bound, standard_error };
        let found_nothing = fit.kept().is_empty();
        let mut record = self.record(normalisation, FitRecord::ClosedForm(fit))?;
        let [train, validation, test] = record.transitions;
        record.transitions = [train + validation, 0, test];
        record.bound_scale = bound_scale::choose(&stack.sums);
        record.elapsed_seconds = start.elapsed().as_secs_f64();
        record.cautions.extend(found_nothing.then(nothing_learned));
        Ok(Single { settings: self.settings.clone(), record, curve: Vec::new(), model, parameters })
    }

    fn record(&self, normalisation: Normalisation, fit: FitRecord) -> Result<RunRecord> {
        let none = Transitions::of_runs(self.split.train.window(), []);
        RunRecord::new(self.videos, normalisation, self.split, &none, fit)
    }

    fn windows(&self, normalisation: Normalisation, transitions: Vec<Transition>) -> Windows<'_> {
        Windows::new(self.videos, normalisation, self.split.train.window(), transitions)
    }
}

/// The part of a `record` that tells of a descent.
fn of_descent(record: &mut RunRecord) -> &mut DescentRecord {
    match &mut record.fit {
        FitRecord::Descent(found) => found,
        _ => unreachable!("a descent is recorded as one"),
    }
}

/// Which parameters of a run are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Those that validation has chosen.
    Best,
    /// Those that a training had reached at its last checkpoint.
    Last,
}

impl Single {
    /// Loads what [`Self::save`] or a training in `folder` wrote.
    pub(super) fn load(folder: &Path, settings: Training, record: RunRecord, kept: Kept) -> Result<Self> {
        if let (Kept::Last, FitRecord::Descent(_)) = (kept, &record.fit) {
            let (mut single, state) = Self::load_checkpoint(folder, settings, record)?;
            single.parameters = state.averaged;
            return Ok(single);
        }
        let plan = record.plan().ok_or_else(|| of_another_kind(folder))?;
        let shape = WindowShape { window: record.window, rows: record.rows, columns: record.columns };
        let model = model_of(plan, shape)?;
        let parameters = read_best(folder, model.as_ref())?;
        Ok(Self { curve: read_curve(folder)?, settings, record, model, parameters })
    }

    /// Loads what a training in `folder` that has not ended had reached: the best parameters of its last
    /// checkpoint, which is one file, whatever stands beside it.
    pub(super) fn load_checkpoint(
        folder: &Path,
        settings: Training,
        mut record: RunRecord,
    ) -> Result<(Self, State)> {
        refuse_without_parameters(folder)?;
        let shape = WindowShape { window: record.window, rows: record.rows, columns: record.columns };
        let Choice::Single(estimator) = &settings.choice else { return Err(of_another_kind(folder)) };
        let (Method::Descent(descending), FitRecord::Descent(found)) =
            (estimator.method(shape)?, &record.fit)
        else {
            return Err(of_another_kind(folder));
        };
        let model = model_of(&found.plan, shape)?;
        let run = run_key(&settings, &record);
        let state = read_last(folder, descending.as_ref(), &found.descent, &run)?;
        of_descent(&mut record).has_reached(&state);
        let (curve, parameters) = (state.curve.clone(), state.best.clone());
        Ok((Self { settings, record, curve, model, parameters }, state))
    }

    /// A network whose weights were imported from `file`, for pixels normalised as it was trained.
    pub(super) fn import(network: ImportedNetwork, file: &Path, normalisation: Normalisation) -> Self {
        let ImportedNetwork { plan, window, model, parameters } = network;
        let grid = model.shape();
        let fit = FitRecord::Imported { plan: EstimatorPlan::Convolutional(plan), file: file.to_path_buf() };
        let mut record = RunRecord::without_movies(grid.rows, grid.columns, window, normalisation, fit);
        record.cautions.push(Caution::new("imported weights", CautionKind::ImportedWeights));
        let network =
            NetworkSettings { layers: plan.layers, channels: plan.channels, ..NetworkSettings::paper() };
        let settings =
            Training { window: Some(window), ..Training::single(EstimatorSettings::Convolutional(network)) };
        Self { settings, record, curve: Vec::new(), model: Box::new(model), parameters }
    }

    /// Saves parameters, settings and record.
    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        write_best(folder, self.model.as_ref(), &self.parameters)?;
        write_curve(folder, &self.curve)?;
        self.settings.write(&settings_path(folder))?;
        self.record.write(folder)
    }

    /// Entropy production of `transitions`, in `k_B`.
    pub(super) fn values(&self, videos: &[Video], transitions: Vec<Transition>) -> Result<Vec<f64>> {
        let other = self.model_for(videos)?;
        let model = other.as_deref().unwrap_or(self.model.as_ref());
        model.entropy_production(&self.parameters, &self.windows(videos, transitions))
    }

    /// Dissipation maps of `transitions` in `k_B`, with their cells.
    pub(super) fn maps(
        &self,
        videos: &[Video],
        transitions: Vec<Transition>,
    ) -> Result<(MapGrid, Array3<f32>)> {
        let other = self.model_for(videos)?;
        let model = other.as_deref().unwrap_or(self.model.as_ref());
        let maps = model.dissipation_maps(&self.parameters, &self.windows(videos, transitions))?;
        Ok((model.map_grid(), maps))
    }

    fn windows<'a>(&self, videos: &'a [Video], transitions: Vec<Transition>) -> Windows<'a> {
        Windows::new(videos, self.record.normalisation, self.record.window, transitions)
    }

    /// A model of their own for frames of another size than those trained on.
    fn model_for(&self, videos: &[Video]) -> Result<Option<Box<dyn Model>>> {
        let shape = WindowShape::of(videos, self.record.window);
        match self.record.plan() {
            Some(plan) if (shape.rows, shape.columns) != (self.record.rows, self.record.columns) => {
                model_of(plan, shape).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// What ties a checkpoint to its run: settings that may not change when it is resumed, and movies.
pub(super) fn run_key(settings: &Training, record: &RunRecord) -> String {
    let movies = record.movies.iter().map(|movie| movie.hash.as_str());
    let text: Vec<String> =
        [settings.of_any_length().to_toml()].into_iter().chain(movies.map(String::from)).collect();
    hash_of(text.join("\n").as_bytes())
}

impl DescentRecord {
    fn has_reached(&mut self, state: &State) {
        self.iterations = state.iteration;
        self.best_iteration = state.best_iteration;
        self.best_validation_loss = Some(state.best_loss);
    }
}

fn of_another_kind(folder: &Path) -> Error {
    let remedy = "Settings and record of the run do not belong together: take a backup, or train again.";
    Error::Format(Fault::of_file(folder, "the record of one estimator", "another one", remedy))
}

/// Whether a caution is that of [`nothing_learned`].
pub(super) fn is_nothing_learned(caution: &Caution) -> bool {
    caution.kind == CautionKind::NothingLearned
}

/// What to say of a training that has found nothing.
pub(super) fn nothing_learned() -> Caution {
    Caution::new("training", CautionKind::NothingLearned)
}
