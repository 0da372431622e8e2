//! Keeps parameters and the state of a run in safetensors files.

use super::model::Model;
use super::settings::{Training, settings_path};
use super::training::{CurvePoint, State, adam_settings};
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use cneep_nn::Adam;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Whether `folder` holds a run.
pub(super) fn holds_a_run(folder: &Path) -> bool {
    settings_path(folder).exists()
}

/// Refuses a folder that holds a run: a run is never overwritten.
pub(super) fn refuse_occupied(folder: &Path) -> Result<()> {
    if !holds_a_run(folder) {
        return Ok(());
    }
    let remedy =
        "Choose another folder, or resume the training if a network trains there; nothing was changed.";
    let fault = Fault::of_file(folder, "a folder without a run", "a run", remedy);
    Err(Error::Setting(fault.with_setting("resume")))
}

fn best_path(folder: &Path) -> PathBuf {
    folder.join("best.safetensors")
}

fn last_path(folder: &Path) -> PathBuf {
    folder.join("last.safetensors")
}

/// Numbers of a state that are not arrays.
#[derive(Serialize, Deserialize)]
struct Progressed {
    iteration: u64,
    adam_steps: u64,
    best_iteration: u64,
    best_loss: f64,
    lowest_iteration: u64,
    lowest_loss: f64,
    loss_sum: f64,
}

/// Writes `parameters` under the model's tensor names: a file that `PyTorch` reads as a state dictionary.
pub(super) fn write_best(folder: &Path, model: &dyn Model, parameters: &[f32]) -> Result<()> {
    let bytes = to_bytes(parameters);
    write(&best_path(folder), views_of(model.tensors().iter(), &bytes, "")?, None)
}

/// Reads what [`write_best`] wrote.
pub(super) fn read_best(folder: &Path, model: &dyn Model) -> Result<Vec<f32>> {
    let path = best_path(folder);
    let bytes = std::fs::read(&path).map_err(|e| Error::reading(&path, e))?;
    let file = parse(&path, &bytes)?;
    parameters_of(&path, model, |name| {
        let tensor = file.tensor(name).ok()?;
        Some((tensor.shape().to_vec(), floats(&tensor)?))
    })
}

/// Writes everything needed to go on: parameters, averages, best, Adam's moments and counters; not what is measured when training has
/// ended.
pub(super) fn write_last(folder: &Path, model: &dyn Model, state: &State) -> Result<()> {
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
    write(&path, views, Some(HashMap::from([("state".to_owned(), text)])))?;
    write_curve(folder, &state.curve)
}

/// Reads what [`write_last`] wrote; points of the curve past the checkpoint are dropped.
pub(super) fn read_last(folder: &Path, model: &dyn Model, settings: &Training) -> Result<State> {
    let path = last_path(folder);
    let bytes = std::fs::read(&path).map_err(|e| Error::reading(&path, e))?;
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
    let (first, second) = (read("adam.first_moment.")?, read("adam.second_moment.")?);
    Ok(State {
        iteration: progressed.iteration,
        parameters: read("")?,
        adam: Adam::from_state(adam_settings(settings), first, second, progressed.adam_steps),
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

fn is_measured(model: &dyn Model, place: &cneep_nn::Tensor) -> bool {
    model.measured().contains(&place.range.start)
}

/// Writes `training.csv`: iteration, mean training loss since the line before, validation loss.
pub(super) fn write_curve(folder: &Path, curve: &[CurvePoint]) -> Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let path = folder.join("training.csv");
    let fail = |e: String| Error::writing(&path, std::io::Error::other(e));
    for point in curve {
        table.serialize(point).map_err(|e| fail(e.to_string()))?;
    }
    write_bytes(&path, &table.into_inner().map_err(|e| fail(e.to_string()))?)
}

/// Reads `training.csv`.
pub(super) fn read_curve(folder: &Path) -> Result<Vec<CurvePoint>> {
    let path = folder.join("training.csv");
    let text = std::fs::read(&path).map_err(|e| Error::reading(&path, e))?;
    csv::Reader::from_reader(&text[..])
        .deserialize()
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| wrong(&path, &e.to_string()))
}

/// Gathers the model's flat vector from named tensors, checking every shape; what is measured when training has ended may be absent, and is
/// zero then.
pub(super) fn parameters_of(
    path: &Path,
    model: &dyn Model,
    mut tensor: impl FnMut(&str) -> Option<(Vec<usize>, Vec<f32>)>,
) -> Result<Vec<f32>> {
    let mut parameters = vec![0.0; model.parameter_count()];
    for place in model.tensors() {
        let remedy = "Check that frame size, window and layers are those the weights were trained with.";
        let expected = format!("a 32-bit tensor `{}` of shape {:?}", place.name, place.shape);
        match tensor(&place.name) {
            Some((shape, values)) if shape == place.shape => {
                parameters[place.range.clone()].copy_from_slice(&values);
            }
            None if is_measured(model, place) => {}
            other => {
                let found = other.map_or("none".into(), |(shape, _)| format!("shape {shape:?}"));
                return Err(Error::Mismatch(Fault::of_file(path, expected, found, remedy)));
            }
        }
    }
    match parameters.iter().find(|value| !value.is_finite()) {
        None => Ok(parameters),
        Some(value) => Err(wrong(path, &format!("a weight that is {value}"))),
    }
}

pub(super) fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<SafeTensors<'a>> {
    SafeTensors::deserialize(bytes).map_err(|e| wrong(path, &e.to_string()))
}

/// Numbers of a 32-bit tensor.
pub(super) fn floats(tensor: &TensorView) -> Option<Vec<f32>> {
    (tensor.dtype() == Dtype::F32).then(|| little_endian_floats(tensor.data()))
}

/// 32-bit numbers from their bytes.
pub(super) fn little_endian_floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn wrong(path: &Path, found: &str) -> Error {
    let remedy = "The file is damaged or of another kind; take a backup or train again.";
    Error::Format(Fault::of_file(path, "weights of a run", found, remedy))
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn views_of<'a, 't>(
    tensors: impl Iterator<Item = &'t cneep_nn::Tensor>,
    bytes: &'a [u8],
    prefix: &str,
) -> Result<Vec<(String, TensorView<'a>)>> {
    let view = |place: &cneep_nn::Tensor| {
        let data = &bytes[4 * place.range.start..4 * place.range.end];
        let view = TensorView::new(Dtype::F32, place.shape.clone(), data)?;
        Ok((format!("{prefix}{}", place.name), view))
    };
    let views: std::result::Result<_, safetensors::SafeTensorError> = tensors.map(view).collect();
    views.map_err(|e| Error::NotConverged(Fault::new("tensors", "shapes that fit", e.to_string(), "")))
}

fn write(
    path: &Path,
    views: Vec<(String, TensorView)>,
    metadata: Option<HashMap<String, String>>,
) -> Result<()> {
    let bytes = safetensors::serialize(views, metadata)
        .map_err(|e| Error::writing(path, std::io::Error::other(e.to_string())))?;
    write_bytes(path, &bytes)
}
