//! Keeps parameters in safetensors files, which `PyTorch` reads as state dictionaries.

use super::model::Model;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::{input_file, memory};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn best_path(folder: &Path) -> PathBuf {
    folder.join("best.safetensors")
}

/// Writes `parameters` under the model's tensor names: a file that `PyTorch` reads as a state dictionary.
pub(super) fn write_best(folder: &Path, model: &dyn Model, parameters: &[f32]) -> Result<()> {
    let bytes = to_bytes(parameters);
    write(&best_path(folder), views_of(model.tensors().iter(), &bytes, "")?, None)
}

/// Reads what [`write_best`] wrote.
pub(super) fn read_best(folder: &Path, model: &dyn Model) -> Result<Vec<f32>> {
    let path = best_path(folder);
    let bytes = input_file::read(&path, "weights")?;
    let file = parse(&path, &bytes)?;
    parameters_of(&path, model, |name| {
        let tensor = file.tensor(name).ok()?;
        Some((tensor.shape().to_vec(), floats(&tensor)?))
    })
}

pub(super) fn is_measured(model: &dyn Model, place: &cneep_nn::Tensor) -> bool {
    model.measured().contains(&place.range.start)
}

/// Gathers the model's flat vector from named tensors, checking every shape; what is measured when training
/// has ended may be absent, and is zero then.
pub(super) fn parameters_of(
    path: &Path,
    model: &dyn Model,
    mut tensor: impl FnMut(&str) -> Option<(Vec<usize>, Vec<f32>)>,
) -> Result<Vec<f32>> {
    let (name, count) = (path.display().to_string(), model.parameter_count());
    let remedy = "Check that frame size, window and layers are those the weights were trained with.";
    memory::require(&name, "parameters", 4 * count as u64, remedy)?;
    let mut parameters = memory::with_room(&name, count)?;
    parameters.resize(count, 0.0);
    for place in model.tensors() {
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

pub(super) fn wrong(path: &Path, found: &str) -> Error {
    let remedy = "The file is damaged or of another kind; take a backup or train again.";
    Error::Format(Fault::of_file(path, "weights of a run", found, remedy))
}

pub(super) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub(super) fn views_of<'a, 't>(
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
    views.map_err(|misfit| {
        let (expected, remedy) =
            ("shapes that fit their numbers", "Report this fault with the run's record.");
        Error::Mismatch(Fault::new("tensors", expected, misfit.to_string(), remedy))
    })
}

pub(super) fn write(
    path: &Path,
    views: Vec<(String, TensorView)>,
    metadata: Option<HashMap<String, String>>,
) -> Result<()> {
    let bytes = safetensors::serialize(views, metadata)
        .map_err(|e| Error::writing(path, std::io::Error::other(e.to_string())))?;
    write_bytes(path, &bytes)
}
