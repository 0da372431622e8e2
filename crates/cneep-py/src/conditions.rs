//! Compares two conditions: by how much they differ, whether beyond chance, and where.

use crate::errors::{json, stated};
use crate::estimator::estimate;
use crate::movies::{Video, inner};
use crate::watch::{Watch, run};
use cneep::conditions::{
    ConditionRate, ConditionTest, DifferenceMap, Effect, Units, judged_by_common_estimator,
};
use cneep::entropy_production::Summary;
use cneep::estimator::{Training, TrainingRun};
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

/// Compares the movies of a control with those of another condition, each by its own training by `settings`
/// (JSON), and both by a common one; `pairs`, if any, has a name for every movie, of both conditions.
#[pyfunction]
pub(crate) fn compare<'py>(
    py: Python<'py>,
    control: Vec<Bound<'py, Video>>,
    other: Vec<Bound<'py, Video>>,
    settings: &str,
    pairs: Option<Vec<String>>,
    seconds: Option<f64>,
    tell: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let settings: Training = stated(py, "settings", settings)?;
    let conditions = [inner(&control), inner(&other)];
    let compared =
        run(py, tell, seconds, move |watch| compared(&conditions, &settings, pairs.as_deref(), watch))?;
    let Compared { summaries, effect, test, map, cautions } = compared.done()?;
    let told = PyDict::new(py);
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

fn compared(
    conditions: &[Vec<video::Video>; 2],
    settings: &Training,
    pairs: Option<&[String]>,
    watch: &Watch,
) -> Result<Compared> {
    let all = together(conditions.concat())?;
    refuse_copies(&all)?;
    let of_condition = |videos: &Vec<video::Video>| {
        let estimator = TrainingRun::new(settings).watched_by(watch).train(videos)?;
        Ok(estimate(&estimator, videos, None, None, watch)?.1)
    };
    let summaries = [of_condition(&conditions[0])?, of_condition(&conditions[1])?];
    let [control, other] = summaries.each_ref().map(ConditionRate::of);
    let effect = Effect::of(control, other, None);
    let (estimator, entropy) = judged_by_common_estimator(TrainingRun::new(settings), &all, watch)?;
    let of_movie = |movie| Some(usize::from(movie >= conditions[0].len()));
    let sides: Vec<Option<usize>> = (0..all.len()).map(of_movie).collect();
    let units = Units::of(&entropy, &sides, pairs)?;
    let test = ConditionTest::of(&entropy, &units);
    let mut cautions = test.cautions();
    cautions.extend(estimator.cautions(&all)?.into_iter().filter(|of| !cautions.contains(of)));
    if estimator.is_interrupted() {
        return Ok(Compared { summaries, effect, test: None, map: None, cautions });
    }
    if watch.stop_requested() {
        return Err(Error::stopped("the comparison of conditions"));
    }
    let map = test.p_value.map(|_| DifferenceMap::of(&estimator, &all, &units, watch)).transpose()?;
    Ok(Compared { summaries, effect, test: Some(test), map, cautions })
}
