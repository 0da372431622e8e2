//! Keeps the state of a descent, so that it can be resumed.

use super::plan::DescentPlan;
use super::state::{CurvePoint, State, adam_settings};
use crate::estimator::checkpoint::{
    floats, is_measured, parameters_of, parse, to_bytes, views_of, write, wrong,
};
use crate::estimator::model::GradientModel;
use crate::estimator::run_state::hash_of;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file;
use cneep_nn::Adam;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn last_path(folder: &Path) -> PathBuf {
    folder.join("last.safetensors")
}

/// Numbers of a state that are not arrays.
#[derive(Serialize, Deserialize)]
struct Progressed {
    /// What ties it to its run.
    run: String,
    /// SHA-256 of the arrays.
    arrays: String,
    iteration: u64,
    adam_steps: u64,
    best_iteration: u64,
    best_loss: f64,
    lowest_iteration: u64,
    lowest_loss: f64,
    loss_sum: f64,
}

/// Writes everything needed to go on: parameters, averages, best, Adam's moments and counters; not what is
/// measured when training has ended.
pub(in crate::estimator) fn write_last(
    folder: &Path,
    model: &dyn GradientModel,
    state: &State,
    run: &str,
) -> Result<()> {
    let (first, second, adam_steps) = state.adam.state();
    let arrays =
        [&state.parameters[..], &state.averaged, &state.best, &state.lowest, first, second].map(to_bytes);
    let prefixes = ["", "averaged.", "best.", "lowest.", "adam.first_moment.", "adam.second_moment."];
    let mut views = Vec::new();
    for (bytes, prefix) in arrays.iter().zip(prefixes) {
        let known = model.tensors().iter().filter(|place| !is_measured(model, place));
        views.extend(views_of(known, bytes, prefix)?);
    }
    let progressed = Progressed {
        run: run.to_owned(),
        arrays: hash_of_tensors(views.clone()),
        iteration: state.iteration,
        adam_steps,
        best_iteration: state.best_iteration,
        best_loss: state.best_loss,
        lowest_iteration: state.lowest_iteration,
        lowest_loss: state.lowest_loss,
        loss_sum: state.loss_sum,
    };
    let path = last_path(folder);
    let text = serde_json::to_string(&progressed).map_err(|e| Error::writing(&path, e.into()))?;
    // Points of the curve past the checkpoint are dropped when it is read; missing ones would be lost.
    write_curve(folder, &state.curve)?;
    write(&path, views, Some(HashMap::from([("state".to_owned(), text)])))
}

/// Reads what [`write_last`] wrote for this `run`; points of the curve past the checkpoint are dropped.
pub(in crate::estimator) fn read_last(
    folder: &Path,
    model: &dyn GradientModel,
    plan: &DescentPlan,
    run: &str,
) -> Result<State> {
    let path = last_path(folder);
    let bytes = input_file::read(&path, "the state of a training")?;
    let file = parse(&path, &bytes)?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| wrong(&path, &e.to_string()))?;
    let text = header.metadata().as_ref().and_then(|metadata| metadata.get("state"));
    let progressed: Progressed = text
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| wrong(&path, "no state of a training run"))?;
    let read = |prefix: &str| {
        parameters_of(&path, model, |name| {
            let tensor = file.tensor(&format!("{prefix}{name}")).ok()?;
            Some((tensor.shape().to_vec(), floats(&tensor)?))
        })
    };
    let mut curve = read_curve(folder)?;
    curve.retain(|point| point.iteration <= progressed.iteration);
    if progressed.run != run || progressed.arrays != hash_of_tensors(file.tensors()) {
        let found = if progressed.run == run { "other numbers" } else { "that of other settings or movies" };
        let remedy =
            "It was changed or comes from another run: take a backup, or train again in another folder.";
        return Err(Error::Format(Fault::of_file(&path, "the checkpoint of this run", found, remedy)));
    }
    let (first, second) = (read("adam.first_moment.")?, read("adam.second_moment.")?);
    Ok(State {
        iteration: progressed.iteration,
        parameters: read("")?,
        adam: Adam::from_state(adam_settings(model, plan), first, second, progressed.adam_steps),
        averaged: read("averaged.")?,
        best: read("best.")?,
        best_iteration: progressed.best_iteration,
        best_loss: progressed.best_loss,
        lowest: read("lowest.")?,
        lowest_iteration: progressed.lowest_iteration,
        lowest_loss: progressed.lowest_loss,
        loss_sum: progressed.loss_sum,
        curve,
    })
}

/// SHA-256 of the numbers of all tensors, in the order of their names.
fn hash_of_tensors<N: Ord>(mut tensors: Vec<(N, TensorView)>) -> String {
    tensors.sort_by(|(one, _), (other, _)| one.cmp(other));
    hash_of(&tensors.iter().map(|(_, tensor)| tensor.data()).collect::<Vec<_>>().concat())
}

/// Writes `training.csv`: iteration, mean training loss since the line before, validation loss.
pub(in crate::estimator) fn write_curve(folder: &Path, curve: &[CurvePoint]) -> Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let path = folder.join("training.csv");
    let fail = |e: String| Error::writing(&path, std::io::Error::other(e));
    for point in curve {
        table.serialize(point).map_err(|e| fail(e.to_string()))?;
    }
    write_bytes(&path, &table.into_inner().map_err(|e| fail(e.to_string()))?)
}

/// Reads `training.csv`.
pub(in crate::estimator) fn read_curve(folder: &Path) -> Result<Vec<CurvePoint>> {
    let path = folder.join("training.csv");
    let text = input_file::read(&path, "a table")?;
    csv::Reader::from_reader(&text[..])
        .deserialize()
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| wrong(&path, &e.to_string()))
}
