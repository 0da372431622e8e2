//! Imports the weights of the published network.

use super::checkpoint::{floats, little_endian_floats, parameters_of, parse};
use super::model;
use super::normalisation::Normalisation;
use super::record::RunRecord;
use super::settings::Training;
use super::single::Single;
use super::{Estimator, Fitted};
use cneep_movie::caution::{Caution, CautionKind};
use cneep_movie::error::{Error, Fault, Result};
use pytorch_reader::{DType, PytorchReader};
use std::collections::HashMap;
use std::path::Path;

type Tensors = HashMap<String, (Vec<usize>, Vec<f32>)>;

/// Reads `file`, derives window, channels and layers from the shapes it holds, and builds the estimator.
pub(super) fn import(
    file: &Path,
    rows: usize,
    columns: usize,
    window: Option<usize>,
    normalisation: Normalisation,
) -> Result<Estimator> {
    let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let mut tensors =
        if name.ends_with(".safetensors") { read_safetensors(file)? } else { read_pytorch(file)? };
    let settings = settings_of(file, &tensors)?;
    if let Some(window) = window.filter(|&window| window != settings.window) {
        let remedy = "Leave the window out: it is taken from the weights.";
        let expected = format!("weights for windows of {window} frames");
        let found = format!("{} frames", settings.window);
        return Err(Error::Mismatch(Fault::of_file(file, expected, found, remedy)));
    }
    let model = model::build(&settings, rows, columns)?;
    let parameters = parameters_of(file, model.as_ref(), |name| tensors.remove(name))?;
    // The published module registers its linear layer twice, so `out.0.*` repeats `fc1.*`.
    if let Some(unknown) = tensors.keys().find(|name| !name.starts_with("out.0.")) {
        let remedy = "Import weights of the convolutional network only.";
        return Err(Error::Unsupported(Fault::of_file(file, "the tensors of the network", unknown, remedy)));
    }
    let mut record = RunRecord::blank(rows, columns, normalisation);
    record.imported_from = Some(file.to_path_buf());
    record.cautions.push(Caution::new("imported weights", CautionKind::ImportedWeights));
    let fitted = Fitted::Single(Single { curve: Vec::new(), model, parameters });
    Ok(Estimator { settings, record, fitted })
}

/// Window, channels and layers follow from the first convolution and the number of pairs.
fn settings_of(file: &Path, tensors: &Tensors) -> Result<Training> {
    let first = tensors.get("layer1.conv.weight").map(|(shape, _)| shape.as_slice());
    let Some(&[channels, window, _, _]) = first else {
        let found = first.map_or("none".into(), |shape| format!("shape {shape:?}"));
        return Err(Error::Format(Fault::of_file(
            file,
            "a tensor `layer1.conv.weight` of four dimensions",
            found,
            "Import the state dictionary of the published network.",
        )));
    };
    let pairs = (2..64).take_while(|k| tensors.contains_key(&format!("layer{k}.conv1.weight"))).count();
    let settings = Training { window, channels, layers: pairs + 1, ..Training::paper() };
    settings.check()?;
    Ok(settings)
}

fn read_safetensors(file: &Path) -> Result<Tensors> {
    let bytes = std::fs::read(file).map_err(|e| Error::reading(file, e))?;
    let parsed = parse(file, &bytes)?;
    let read = |(name, tensor): (String, safetensors::tensor::TensorView)| {
        let values = floats(&tensor).ok_or_else(|| not_floats(file, &name))?;
        Ok((name, (tensor.shape().to_vec(), values)))
    };
    parsed.tensors().into_iter().map(read).collect()
}

/// Checkpoints hold the weights under `state_dict`; a bare state dictionary is read as well.
fn read_pytorch(file: &Path) -> Result<Tensors> {
    std::fs::metadata(file).map_err(|e| Error::reading(file, e))?;
    let reader = PytorchReader::with_top_level_key(file, "state_dict")
        .or_else(|_| PytorchReader::new(file))
        .map_err(|e| {
            let remedy = "Give a .safetensors, .pth or .pth.tar file with the network's weights.";
            Error::Format(Fault::of_file(file, "a PyTorch checkpoint", e.to_string(), remedy))
        })?;
    let read = |tensor: &pytorch_reader::Tensor| {
        if tensor.dtype() != DType::F32 {
            return Err(not_floats(file, &tensor.name));
        }
        let bytes = tensor.read().map_err(|e| Error::reading(file, e))?;
        Ok((tensor.name.clone(), (tensor.shape().to_vec(), little_endian_floats(&bytes))))
    };
    reader.tensors().values().map(read).collect()
}

fn not_floats(file: &Path, name: &str) -> Error {
    let remedy = "Save the weights as 32-bit floating point numbers.";
    Error::Unsupported(Fault::of_file(file, format!("`{name}` as 32-bit tensor"), "another type", remedy))
}
