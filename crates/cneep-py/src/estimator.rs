//! Trains estimators, applies them, saves and loads their runs.

use crate::errors::{OrRaise, json, stated};
use crate::maps::{self, Mapped};
use crate::movies::{Video, inner};
use crate::watch::{Ending, Ran, run};
use cneep::entropy_production::{EntropyProduction, ExactRates, Role, Summary};
use cneep::estimator::{self, EstimatorSettings, Normalisation, Training, TrainingRun};
use cneep_cli::opening::Opening;
use cneep_movie::Caution;
use cneep_movie::progress::Progress;
use cneep_movie::video::{self, health, refuse_copies, too_few_transitions};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A trained estimator.
#[pyclass(frozen)]
pub(crate) struct Estimator(pub(crate) Arc<estimator::Estimator>);

/// What a training gives: the estimator, and cautions on the movies.
type Trained = (estimator::Estimator, Vec<Caution>);

fn dressed((estimator, cautions): Trained) -> PyResult<(Estimator, String)> {
    Ok((Estimator(Arc::new(estimator)), json(&cautions)?))
}

/// A training that was interrupted, and is about to end.
#[pyclass(frozen)]
pub(crate) struct Interrupted(Mutex<Option<Ending<Trained>>>);

#[pymethods]
impl Interrupted {
    /// Waits for it: the estimator and cautions, as of a training; None if they were fetched before.
    fn wait(&self, py: Python<'_>) -> PyResult<Option<(Estimator, String)>> {
        let ending = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        ending.map(|ending| ending.wait(py).and_then(dressed)).transpose()
    }
}

/// A settings file, `paper`, or nothing.
fn training(py: Python<'_>, settings: &str) -> PyResult<Training> {
    match serde_json::from_str::<serde_json::Value>(settings) {
        Ok(serde_json::Value::String(name)) if name == "paper" => Ok(Training::paper()),
        Ok(serde_json::Value::String(file)) => Training::read(file.as_ref()).or_raise(py),
        _ => stated(py, "settings", settings),
    }
}

#[pymethods]
impl Estimator {
    /// The settings (JSON) of a training: `settings` (JSON, of a file, or `"paper"`) with the estimator of
    /// this name, window and seed laid over.
    #[staticmethod]
    fn settings_of(
        py: Python<'_>,
        settings: &str,
        name: Option<&str>,
        window: Option<usize>,
        seed: Option<u64>,
    ) -> PyResult<String> {
        let mut training = training(py, settings)?;
        if let Some(name) = name {
            let named = EstimatorSettings::named(name).or_raise(py)?;
            training = training.with_estimator(named);
        }
        training.window = window.or(training.window);
        training.seed = seed.unwrap_or(training.seed);
        training.check().or_raise(py)?;
        json(&training)
    }

    /// Trains on `videos` by `settings` (JSON); gives the estimator, and cautions on the movies as JSON.
    #[staticmethod]
    #[pyo3(signature = (videos, settings, folder, resume, seconds, tell))]
    fn train<'py>(
        py: Python<'py>,
        videos: Vec<Bound<'py, Video>>,
        settings: &str,
        folder: Option<PathBuf>,
        resume: bool,
        seconds: Option<f64>,
        tell: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Self, String)> {
        let settings: Training = stated(py, "settings", settings)?;
        let videos = inner(&videos);
        let trained = run(py, tell, seconds, move |watch| {
            let mut cautions = health(&videos)?;
            cautions.extend(too_few_transitions(&videos));
            refuse_copies(&videos)?;
            let training = TrainingRun::new(&settings).watched_by(watch);
            let training = folder.as_deref().map_or(training, |folder| training.kept_in(folder));
            let estimator = if resume { training.resume(&videos)? } else { training.train(&videos)? };
            Ok((estimator, cautions))
        })?;
        match trained {
            Ran::Done(done) => dressed(done),
            Ran::Interrupted(exception, ending) => {
                // What is complete is not lost.
                exception.value(py).setattr("_cneep_ending", Interrupted(Mutex::new(Some(ending)))).ok();
                Err(exception)
            }
        }
    }

    /// Loads the run in `folder`.
    #[staticmethod]
    fn load(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        Ok(Self(Arc::new(run(py, None, None, move |_| estimator::Estimator::load(&folder))?.done()?)))
    }

    /// Imports weights of the published network for frames of `size` (rows, columns), in pixels, normalised
    /// with this mean and standard deviation, in counts.
    #[staticmethod]
    fn import_weights(
        py: Python<'_>,
        file: PathBuf,
        size: (usize, usize),
        input_mean: f64,
        input_std: f64,
        window: Option<usize>,
    ) -> PyResult<Self> {
        let normalisation = Normalisation::new(input_mean, input_std).or_raise(py)?;
        let imported = estimator::Estimator::import(&file, size.0, size.1, window, normalisation);
        Ok(Self(Arc::new(imported.or_raise(py)?)))
    }

    /// Saves the run into a new `folder`.
    fn save(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        let estimator = Arc::clone(&self.0);
        run(py, None, None, move |_| estimator.save_new(&folder))?.done()
    }

    /// How the movies of the run in `folder` were opened, as JSON; none if that was not kept.
    #[staticmethod]
    fn opening_of(folder: PathBuf) -> PyResult<Option<String>> {
        Opening::of_run(&folder).map(|opening| json(&opening)).transpose()
    }

    /// Keeps how the movies of the run in `folder` were opened (JSON), for the command line.
    #[staticmethod]
    fn keep_opening(py: Python<'_>, folder: PathBuf, opening: &str) -> PyResult<()> {
        let opening: Opening = stated(py, "opening", opening)?;
        opening.keep(&folder).or_raise(py)
    }

    /// Settings of the training, as JSON.
    #[getter]
    fn settings(&self) -> PyResult<String> {
        json(self.0.settings())
    }

    /// What is known of the run, as JSON.
    #[getter]
    fn record(&self) -> PyResult<String> {
        json(self.0.record())
    }

    /// Iterations, training loss and validation loss along a training step by step.
    #[getter]
    fn curve(&self) -> (Vec<u64>, Vec<f64>, Vec<f64>) {
        let points = || self.0.curve().iter();
        (
            points().map(|point| point.iteration).collect(),
            points().map(|point| point.train_loss).collect(),
            points().map(|point| point.validation_loss).collect(),
        )
    }

    /// Entropy production of every transition of `videos`; `exact`, if any, has that of every step, one
    /// series a movie, with the exact rate of the process and of its parts.
    #[pyo3(signature = (videos, exact, exact_rate, exact_local_rate, tell))]
    fn entropy_production<'py>(
        &self,
        py: Python<'py>,
        videos: Vec<Bound<'py, Video>>,
        exact: Option<Vec<Vec<f64>>>,
        exact_rate: Option<f64>,
        exact_local_rate: Option<Vec<f64>>,
        tell: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (videos, estimator) = (inner(&videos), Arc::clone(&self.0));
        let estimated = run(py, tell, None, move |watch| {
            let rates = exact.is_some().then_some(ExactRates { total: exact_rate, local: exact_local_rate });
            estimate(&estimator, &videos, exact.as_deref(), rates.as_ref(), watch)
        })?;
        let (entropy, summary) = estimated.done()?;
        told(py, &entropy, &summary)
    }

    /// Dissipation maps of `videos`: mean and significance, and with `keep` those of every transition.
    fn dissipation_map<'py>(
        &self,
        py: Python<'py>,
        videos: Vec<Bound<'py, Video>>,
        keep: bool,
        tell: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (videos, estimator) = (inner(&videos), Arc::clone(&self.0));
        let mapped = run(py, tell, None, move |watch| Mapped::of(&estimator, &videos, keep, watch))?;
        maps::told(py, mapped.done()?)
    }
}

/// The estimate of `videos` with its numbers, as the command line states it.
pub(crate) fn estimate(
    estimator: &estimator::Estimator,
    videos: &[video::Video],
    exact: Option<&[Vec<f64>]>,
    rates: Option<&ExactRates>,
    watch: &dyn Progress,
) -> cneep_movie::Result<(EntropyProduction, Summary)> {
    refuse_copies(videos)?;
    let mut entropy = estimator.entropy_production_watched(videos, watch)?;
    entropy.cautions.extend(health(videos)?);
    if let Some(steps) = exact {
        entropy = entropy.with_exact(steps)?;
    }
    let mut summary = Summary::of(&entropy, rates);
    if estimator.is_interrupted() {
        summary.withhold_verdict();
    }
    Ok((entropy, summary))
}

fn told<'py>(
    py: Python<'py>,
    entropy: &EntropyProduction,
    summary: &Summary,
) -> PyResult<Bound<'py, PyDict>> {
    let movies = PyDict::new(py);
    let role = |role: &Role| match role {
        Role::InSample => 0_u8,
        Role::OutOfFold => 1,
        Role::HeldOut => 2,
    };
    let all = entropy.movies.iter();
    let values: Vec<_> = all.clone().map(|movie| PyArray1::from_slice(py, &movie.values)).collect();
    let roles = all.clone().map(|movie| PyArray1::from_iter(py, movie.roles.iter().map(role)));
    let exact = all.clone().map(|movie| Some(PyArray1::from_slice(py, movie.exact.as_ref()?)));
    let cumulative = (0..entropy.movies.len()).map(|movie| PyArray1::from_vec(py, entropy.cumulative(movie)));
    movies.set_item("values", values)?;
    movies.set_item("roles", roles.collect::<Vec<_>>())?;
    movies.set_item("exact", exact.collect::<Option<Vec<_>>>())?;
    movies.set_item("cumulative", cumulative.collect::<Vec<_>>())?;
    movies.set_item("summary", json(summary)?)?;
    movies.set_item("verdict", summary.significance.in_words())?;
    movies.set_item("line", summary.verdict_line())?;
    movies.set_item("test", summary.p_in_words())?;
    movies.set_item("transition_time", entropy.transition_time())?;
    Ok(movies)
}
