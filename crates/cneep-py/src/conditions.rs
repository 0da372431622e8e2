//! Compares two conditions: by how much they differ, whether beyond chance, and where.

use crate::errors::{json, stated};
use crate::estimator::estimate;
use crate::movies::{Video, inner};
use crate::watch::{Watch, allowed, run};
use cneep::conditions::{
    Areas, ConditionRate, ConditionTest, DifferenceMap, Effect, Units, judged_by_common_estimator, verdict,
};
use cneep::entropy_production::Summary;
use cneep::estimator::{Training, TrainingRun};
use cneep_cli::deadline::Deadline;
use cneep_movie::progress::Progress;
use cneep_movie::video::{self, refuse_copies, together};
use cneep_movie::{Caution, Error, Result};
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyDict;

struct Compared {
    summaries: [Summary; 2],
    effect: Effect,
    test: Option<ConditionTest>,
    map: Option<DifferenceMap>,
    cautions: Vec<Caution>,
}

/// How the conditions are compared.
struct Plan {
    settings: Training,
    pairs: Option<Vec<String>>,
    floor: Option<Summary>,
    seconds: Option<f64>,
}

/// Compares the movies of a control with those of the condition `name`, each by its own training by
/// `settings` (JSON), and both by a common one. `pairs`, if any, has a name for every movie, of both
/// conditions; `floor`, if any, is the summary (JSON) of a sample that does not dissipate; each training may
/// take so many `seconds`.
#[pyfunction]
#[pyo3(signature = (control, other, name, settings, pairs, floor, seconds, tell))]
#[allow(clippy::too_many_arguments, reason = "the package hands over what its function takes")]
pub(crate) fn compare<'py>(
    py: Python<'py>,
    control: Vec<Bound<'py, Video>>,
    other: Vec<Bound<'py, Video>>,
    name: &str,
    settings: &str,
    pairs: Option<Vec<String>>,
    floor: Option<&str>,
    seconds: Option<f64>,
    tell: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let settings: Training = stated(py, "settings", settings)?;
    let floor = floor.map(|floor| stated(py, "floor", floor)).transpose()?;
    seconds.map(|seconds| allowed(py, seconds)).transpose()?;
    let plan = Plan { settings, pairs, floor, seconds };
    let conditions = [inner(&control), inner(&other)];
    let compared = run(py, tell, None, move |watch| plan.compared(&conditions, watch))?;
    let Compared { summaries, effect, test, map, cautions } = compared.done()?;
    let told = PyDict::new(py);
    told.set_item("verdict", verdict(name, &effect, test.as_ref(), None))?;
    told.set_item("summaries", json(&summaries)?)?;
    told.set_item("effect", json(&effect)?)?;
    told.set_item("test", json(&test)?)?;
    told.set_item("cautions", json(&cautions)?)?;
    if let Some(map) = map {
        told.set_item("different", PyArray2::from_owned_array(py, map.mask()))?;
        told.set_item("p_values", PyArray2::from_owned_array(py, map.p_values))?;
        told.set_item("differences", PyArray2::from_owned_array(py, map.differences))?;
    }
    Ok(told)
}

impl Plan {
    fn compared(&self, conditions: &[Vec<video::Video>; 2], watch: &Watch) -> Result<Compared> {
        let all = together(conditions.concat())?;
        refuse_copies(&all)?;
        let of_condition = |videos: &Vec<video::Video>| {
            let deadline = Deadline::new(watch, self.seconds)?;
            let estimator = TrainingRun::new(&self.settings).watched_by(&deadline).train(videos)?;
            if watch.stop_requested() {
                return Err(Error::stopped("the comparison of conditions"));
            }
            Ok(estimate(&estimator, videos, None, None, watch)?.1)
        };
        let summaries = [of_condition(&conditions[0])?, of_condition(&conditions[1])?];
        let [control, other] = summaries.each_ref().map(ConditionRate::of);
        let mut effect = Effect::of(control, other, self.floor.as_ref().map(ConditionRate::of));
        // Test movies certify nothing here.
        let mut settings = self.settings.clone();
        settings.split.test_fraction = 0.0;
        let deadline = Deadline::new(watch, self.seconds)?;
        let (estimator, entropy) = judged_by_common_estimator(TrainingRun::new(&settings), &all, &deadline)?;
        if watch.stop_requested() {
            return Err(Error::stopped("the comparison of conditions"));
        }
        let of_movie = |movie| Some(usize::from(movie >= conditions[0].len()));
        let sides: Vec<Option<usize>> = (0..all.len()).map(of_movie).collect();
        let units = Units::of(&entropy, &sides, self.pairs.as_deref())?;
        let areas = Areas::of(&all)?.judge(&entropy, &units);
        let test = ConditionTest::of_clearer(&entropy, &areas, &units);
        let mut cautions = test.cautions();
        cautions.extend(estimator.cautions(&all)?.into_iter().filter(|of| of.kind.is_interruption()));
        if let Some(p_value) = test.p_value {
            effect = effect.agreeing_with(p_value);
        }
        if estimator.is_interrupted() {
            return Ok(Compared { summaries, effect, test: None, map: None, cautions });
        }
        let map =
            (!entropy.is_zero()).then(|| DifferenceMap::of(&estimator, &all, &units, watch)).transpose()?;
        Ok(Compared { summaries, effect, test: Some(test), map, cautions })
    }
}
