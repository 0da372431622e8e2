//! Simulates systems with exact answers, and films them or positions from elsewhere.

use crate::errors::{OrRaise, json, stated};
use crate::movies::{Video, dressed};
use crate::watch::run;
use cneep_movie::error::{Error, Fault};
use cneep_movie::progress::Progress;
use cneep_sim::microscope::{Body, Drawing};
use cneep_sim::systems::{Filming, MicroscopeSettings, System, film, part_places};
use ndarray::{Array2, Axis};
use numpy::{PyArray1, PyArray2, PyArray3, PyReadonlyArray4};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value, json};

/// Names of all systems.
#[pyfunction]
pub(crate) fn systems() -> Vec<String> {
    // Serde lists the variants of an enum in its refusal of one that is not there.
    let refusal = serde_json::from_value::<System>(json!({"system": ""})).expect_err("a system without name");
    refusal.to_string().split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn system(py: Python<'_>, name: &str, settings: &str) -> PyResult<System> {
    let mut settings: Value = stated(py, name, settings)?;
    if let Some(settings) = settings.as_object_mut() {
        settings.insert("system".into(), name.into());
    }
    stated(py, name, &settings.to_string())
}

/// Default settings of a system, of its filming and of its microscope, each as JSON.
#[pyfunction]
pub(crate) fn defaults(py: Python<'_>, name: &str) -> PyResult<(String, String, String)> {
    let system = system(py, name, "{}")?;
    Ok((json_of(&system)?, json_of(&system.default_filming())?, json_of(&system.default_microscope())?))
}

fn json_of(value: &impl serde::Serialize) -> PyResult<String> {
    json(value)
}

/// `stated` laid over the default settings `of` the same kind.
fn over(of: &impl serde::Serialize, stated: &Value) -> PyResult<String> {
    let mut all: Value = serde_json::from_str(&json_of(of)?).unwrap_or_default();
    if let (Some(all), Some(stated)) = (all.as_object_mut(), stated.as_object()) {
        all.extend(stated.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    Ok(all.to_string())
}

/// Simulates the system `name` and films it. Settings of the system, of its filming and of its microscope
/// (JSON) lie over its defaults.
#[pyfunction]
pub(crate) fn simulate<'py>(
    py: Python<'py>,
    name: &str,
    settings: &str,
    filming: &str,
    microscope: &str,
    tell: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let system = system(py, name, settings)?;
    let filming: Value = stated(py, "filming", filming)?;
    let filming: Filming = stated(py, "filming", &over(&system.default_filming(), &filming)?)?;
    let microscope: Value = stated(py, "microscope", microscope)?;
    let microscope = over(&system.default_microscope(), &microscope)?;
    let microscope: MicroscopeSettings = stated(py, "microscope", &microscope)?;
    let simulated = run(py, tell, None, move |watch| {
        let steps = filming.run(&microscope)?;
        system.check(&microscope)?;
        watch.begin("simulating", 2);
        let world = system.simulate(&microscope, &steps, filming.seed)?;
        watch.advance(1);
        if watch.stop_requested() {
            return Err(Error::stopped("the simulation"));
        }
        watch.note("filming");
        let videos = film(&system, &microscope, &world.trajectories, filming.seed)?;
        watch.end();
        let places = part_places(&system, &microscope, &world.trajectories)?;
        Ok((videos, world.exact_pair_rate, world.truth(places)))
    })?;
    let (videos, exact_pair_rate, truth) = simulated.done()?;
    let answer = PyDict::new(py);
    answer.set_item("videos", dressed(videos))?;
    answer.set_item("frame_interval", truth.frame_interval)?;
    answer.set_item("exact_rate", truth.exact_rate)?;
    answer.set_item("exact_pair_rate", exact_pair_rate)?;
    answer.set_item("exact_local_rate", truth.exact_local_rate.map(|rates| PyArray1::from_vec(py, rates)))?;
    let places = truth.part_places.map(|places| PyArray2::from_owned_array(py, Array2::from(places)));
    answer.set_item("part_places", places)?;
    answer.set_item("exact_density", truth.exact_density.map(|of| PyArray2::from_owned_array(py, of)))?;
    answer.set_item("trajectory", PyArray3::from_owned_array(py, truth.trajectory))?;
    answer.set_item("entropy_production", PyArray2::from_owned_array(py, truth.entropy_production))?;
    let local = truth.local_entropy_production;
    answer.set_item("local_entropy_production", PyArray3::from_owned_array(py, local))?;
    Ok(answer)
}

/// Films bodies (JSON, as the library's drawings name them) on frames of `size` (rows, columns) that follow
/// `positions`, shape (movie, frame, step, coordinate).
#[pyfunction]
pub(crate) fn film_positions(
    py: Python<'_>,
    positions: PyReadonlyArray4<'_, f64>,
    bodies: &str,
    size: (usize, usize),
    frame_interval: f64,
    microscope: &str,
) -> PyResult<Vec<Video>> {
    let bodies: Vec<Body> = stated(py, "bodies", bodies)?;
    let settings: MicroscopeSettings = stated(py, "microscope", microscope)?;
    let others = MicroscopeSettings {
        displacement_scale: None,
        hide_beads: Vec::new(),
        artefacts: Vec::new(),
        ..settings.clone()
    };
    if others != settings {
        let expected = "settings of a camera";
        let found = "displacement_scale, hide_beads or artefacts, which are for systems";
        let fault =
            Fault::new("microscope", expected, found, "Scale, or leave out, the positions themselves.");
        return Err(Error::Setting(fault)).or_raise(py);
    }
    let drawing = Drawing { rows: size.0, columns: size.1, bodies };
    let positions = positions.as_array().to_owned();
    let filmed = run(py, None, None, move |_| {
        let movies: Vec<_> = positions.axis_iter(Axis(0)).collect();
        settings.camera(0).film_positions(&drawing, &movies, frame_interval)
    })?;
    Ok(dressed(filmed.done()?))
}
