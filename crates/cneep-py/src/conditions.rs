//! Compares conditions: by how much they differ, whether beyond chance, and where.

use crate::errors::{OrRaise, json, stated};
use crate::estimator::estimate;
use crate::movies::{Video, dressed, inner};
use crate::watch::{Watch, allowed, run};
use cneep::conditions::{
    Against, ConditionRate, Effect, JudgedTogether, common_settings, holm_adjusted, stops_of, verdict,
};
use cneep::entropy_production::Summary;
use cneep::estimator::{Training, TrainingRun};
use cneep_cli::commands::compare::{Condition, of_analysis, read_table};
use cneep_cli::deadline::Deadline;
use cneep_movie::progress::Progress;
use cneep_movie::video;
use cneep_movie::{Caution, Error, Result};
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

/// A condition as the package hands it over: name, movies, and the summary (JSON) of an analysis of its own,
/// if there is one.
type Handed<'py> = (String, Option<Vec<Bound<'py, Video>>>, Option<String>);

/// One condition.
struct OfCondition {
    name: String,
    videos: Option<Vec<video::Video>>,
    /// What its own run says; it is trained where nothing does.
    summary: Option<Summary>,
}

/// How conditions are compared.
struct Plan {
    conditions: Vec<OfCondition>,
    /// Settings of the conditions' own trainings.
    settings: Training,
    /// Settings of the common training, but for its test movies.
    common: Training,
    pairs: Option<Vec<String>>,
    floor: Option<Summary>,
    seconds: Option<f64>,
}

/// What was found of all.
struct Compared {
    summaries: Vec<Summary>,
    against: Vec<Against>,
    cautions: Vec<Caution>,
}

/// Compares each of the `conditions` with the first of them, the control: by its own analysis, or else its
/// own training by `settings` (JSON), and by one training of all movies together by the settings `common`
/// (JSON), if these are there. `pairs`, if any, has a name for every movie of all conditions; `floor`, if
/// any, is the summary (JSON) of a sample that does not dissipate; each training may take so many `seconds`.
#[pyfunction]
#[pyo3(signature = (conditions, settings, common, pairs, floor, seconds, tell))]
#[allow(clippy::too_many_arguments, reason = "the package hands over what its function takes")]
pub(crate) fn compare<'py>(
    py: Python<'py>,
    conditions: Vec<Handed<'py>>,
    settings: &str,
    common: &str,
    pairs: Option<Vec<String>>,
    floor: Option<&str>,
    seconds: Option<f64>,
    tell: Option<&Bound<'py, PyAny>>,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let settings: Training = stated(py, "settings", settings)?;
    let common: Training = stated(py, "settings", common)?;
    let floor = floor.map(|floor| stated(py, "floor", floor)).transpose()?;
    seconds.map(|seconds| allowed(py, seconds)).transpose()?;
    let condition = |(name, videos, summary): Handed<'py>| -> PyResult<OfCondition> {
        let summary = summary.map(|summary| stated(py, "summary", &summary)).transpose()?;
        Ok(OfCondition { name, videos: videos.map(|videos| inner(&videos)), summary })
    };
    let conditions = conditions.into_iter().map(condition).collect::<PyResult<Vec<_>>>()?;
    let names: Vec<String> = conditions.iter().skip(1).map(|of| of.name.clone()).collect();
    let plan = Plan { conditions, settings, common, pairs, floor, seconds };
    let Compared { summaries, against, cautions } =
        run(py, tell, None, move |watch| plan.compared(watch))?.done()?;
    let p_values: Vec<Option<f64>> =
        against.iter().map(|of| of.test.as_ref().and_then(|test| test.p_value)).collect();
    let several = against.len() > 1;
    let adjusted = holm_adjusted(&p_values).into_iter().map(|p_value| p_value.filter(|_| several));
    let mut all = Vec::new();
    for (((name, of), adjusted), summary) in names.iter().zip(against).zip(adjusted).zip(&summaries[1..]) {
        let told = PyDict::new(py);
        told.set_item("verdict", verdict(name, &of.effect, of.test.as_ref(), adjusted))?;
        told.set_item("summaries", json(&[&summaries[0], summary])?)?;
        told.set_item("effect", json(&of.effect)?)?;
        told.set_item("test", json(&of.test)?)?;
        told.set_item("adjusted_p_value", adjusted)?;
        told.set_item("cautions", json(&[&of.cautions[..], &cautions[..]].concat())?)?;
        if let Some(map) = of.map {
            told.set_item("different", PyArray2::from_owned_array(py, map.mask()))?;
            told.set_item("p_values", PyArray2::from_owned_array(py, map.p_values))?;
            told.set_item("differences", PyArray2::from_owned_array(py, map.differences))?;
        }
        all.push(told);
    }
    Ok(all)
}

impl Plan {
    fn compared(&self, watch: &Watch) -> Result<Compared> {
        let summaries =
            self.conditions.iter().map(|of| self.summary(of, watch)).collect::<Result<Vec<_>>>()?;
        let floor = self.floor.as_ref().map(ConditionRate::of);
        let rate = |of: usize| ConditionRate::of(&summaries[of]);
        let effect = |of: usize| Effect::of(rate(0), rate(of), floor.clone());
        let named = self.conditions.iter().zip(&summaries);
        let mut cautions: Vec<Caution> = named
            .filter(|(of, _)| of.summary.is_some())
            .flat_map(|(of, own)| stops_of(&of.name, own))
            .collect();
        let movies: Option<Vec<Vec<video::Video>>> =
            self.conditions.iter().map(|of| of.videos.clone()).collect();
        let others = 1..self.conditions.len();
        let Some(movies) = movies else {
            let untested = |of| Against { effect: effect(of), test: None, map: None, cautions: Vec::new() };
            return Ok(Compared { against: others.map(untested).collect(), summaries, cautions });
        };
        let settings = common_settings(&[&self.common]);
        let deadline = Deadline::new(watch, self.seconds)?;
        let stopped = || watch.stop_requested();
        let run = TrainingRun::new(&settings);
        let judged = JudgedTogether::new(run, &movies, self.pairs.clone(), &deadline, stopped)?;
        cautions.extend(judged.cautions()?);
        let against = others.map(|of| judged.against(of, effect(of), watch)).collect::<Result<_>>()?;
        Ok(Compared { summaries, against, cautions })
    }

    /// What the own run of a condition says.
    fn summary(&self, of: &OfCondition, watch: &Watch) -> Result<Summary> {
        if let Some(summary) = &of.summary {
            return Ok(summary.clone());
        }
        let videos = of.videos.as_deref().unwrap_or_default();
        video::refuse_copies(videos)?;
        let deadline = Deadline::new(watch, self.seconds)?;
        let estimator = TrainingRun::new(&self.settings).watched_by(&deadline).train(videos)?;
        if watch.stop_requested() {
            return Err(Error::stopped("the comparison of conditions"));
        }
        Ok(estimate(&estimator, videos, None, None, watch)?.1)
    }
}

/// The condition that `cneep analyze` analysed into the folder at `path`: name, movies if they are where they
/// were, summary and settings (JSON).
#[pyfunction]
#[allow(clippy::type_complexity, reason = "the package takes it apart at once")]
pub(crate) fn analysis(
    py: Python<'_>,
    path: PathBuf,
) -> PyResult<(String, Option<Vec<Video>>, String, String)> {
    let Condition { name, videos, summary, settings, .. } =
        run(py, None, None, move |_| of_analysis(&path))?.done()?;
    Ok((name, videos.map(dressed), json(&summary)?, json(&settings)?))
}

/// The movies of the table at `path`: file, as seen from the folder of the table, condition, and replicate.
#[pyfunction]
pub(crate) fn table_of_movies(
    py: Python<'_>,
    path: PathBuf,
) -> PyResult<Vec<(PathBuf, String, Option<String>)>> {
    let rows = read_table(&path).or_raise(py)?;
    Ok(rows.into_iter().map(|row| (row.file, row.condition, row.replicate)).collect())
}
