//! Imports the weights of the published network.

use super::convolutional::Convolutional;
use super::settings::NetworkPlan;
use crate::estimator::checkpoint::{floats, little_endian_floats, parameters_of, parse};
use crate::estimator::windows::WindowShape;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file;
use pytorch_reader::{DType, PytorchReader};
use std::collections::HashMap;
use std::path::Path;

/// The published network with weights from a file.
pub(in crate::estimator) struct ImportedNetwork {
    pub(in crate::estimator) plan: NetworkPlan,
    /// Frames in a transition.
    pub(in crate::estimator) window: usize,
    pub(in crate::estimator) model: Convolutional,
    pub(in crate::estimator) parameters: Vec<f32>,
}

type Tensors = HashMap<String, (Vec<usize>, Vec<f32>)>;

/// Reads `file`, derives window, channels and layers from the shapes it holds, and builds the network for
/// frames of `rows` x `columns` pixels. A `window` that is stated must be that of the weights.
pub(in crate::estimator) fn import(
    file: &Path,
    rows: usize,
    columns: usize,
    window: Option<usize>,
) -> Result<ImportedNetwork> {
    let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let mut tensors =
        if name.ends_with(".safetensors") { read_safetensors(file)? } else { read_pytorch(file)? };
    let (plan, found) = plan_of(file, &tensors)?;
    if let Some(window) = window.filter(|&window| window != found) {
        let remedy = "Leave the window out: it is taken from the weights.";
        let expected = format!("weights for windows of {window} frames");
        return Err(Error::Mismatch(Fault::of_file(file, expected, format!("{found} frames"), remedy)));
    }
    let shape = WindowShape { window: found, rows, columns };
    shape.check()?;
    let model = Convolutional::of_plan(&plan, shape)?;
    let parameters = parameters_of(file, &model, |name| tensors.remove(name))?;
    // The published module registers its linear layer twice, so `out.0.*` repeats `fc1.*`.
    if let Some(unknown) = tensors.keys().find(|name| !name.starts_with("out.0.")) {
        let remedy = "Import weights of the convolutional network only.";
        return Err(Error::Unsupported(Fault::of_file(file, "the tensors of the network", unknown, remedy)));
    }
    Ok(ImportedNetwork { plan, window: found, model, parameters })
}

/// Window, channels and layers follow from the first convolution and the number of pairs.
fn plan_of(file: &Path, tensors: &Tensors) -> Result<(NetworkPlan, usize)> {
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
    if channels == 0 || window < 2 {
        let expected = "weights of at least one channel, for windows of at least two frames";
        let found = format!("{channels} channels, windows of {window}");
        let remedy = "Import the state dictionary of the published network.";
        return Err(Error::Format(Fault::of_file(file, expected, found, remedy)));
    }
    let pairs = (2..64).take_while(|k| tensors.contains_key(&format!("layer{k}.conv1.weight"))).count();
    let of_paper = super::settings::NetworkSettings::paper();
    let plan =
        NetworkPlan { layers: pairs + 1, channels, weight_decay: of_paper.weight_decay, increment_gain: 1.0 };
    Ok((plan, window))
}

fn read_safetensors(file: &Path) -> Result<Tensors> {
    let bytes = input_file::read(file, "weights")?;
    let parsed = parse(file, &bytes)?;
    let read = |(name, tensor): (String, safetensors::tensor::TensorView)| {
        let values = floats(&tensor).ok_or_else(|| not_floats(file, &name))?;
        Ok((name, (tensor.shape().to_vec(), values)))
    };
    parsed.tensors().into_iter().map(read).collect()
}

/// Checkpoints hold the weights under `state_dict`; a bare state dictionary is read as well.
fn read_pytorch(file: &Path) -> Result<Tensors> {
    input_file::open(file, "weights")?;
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
