//! Compares the network with weights and outputs published by others.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first fault")]

use cneep_nn::{InputMap, Inputs, Layer, Network, Shape};
use safetensors::SafeTensors;
use std::path::PathBuf;

const MEAN: f32 = 35.5325;
const WIDTH: f32 = 57.418_171_720_719_215_f64 as f32;

/// Pairs of frames of 20 x 40 bytes.
struct Pairs(Vec<u8>);

impl Inputs for Pairs {
    fn write(&self, index: usize, input: &mut InputMap<'_>) {
        for (number, bytes) in self.0[index * 1600..(index + 1) * 1600].chunks_exact(40).enumerate() {
            for (value, byte) in input.row_mut(number / 20, number % 20).iter_mut().zip(bytes) {
                *value = (f32::from(*byte) - MEAN) / WIDTH;
            }
        }
    }
}

/// The folder of reference data, or nothing with a word of explanation.
fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let found = folder.join("testvec_64.npz").exists();
    if !found {
        eprintln!("skipped: no reference data in {}", folder.display());
    }
    found.then_some(folder)
}

fn array<T: npyz::Deserialize>(folder: &std::path::Path, name: &str) -> Vec<T> {
    let file = std::fs::File::open(folder.join("testvec_64.npz")).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let entry = archive.by_name(&format!("{name}.npy")).unwrap();
    npyz::NpyFile::new(entry).unwrap().into_vec().unwrap()
}

fn network() -> Network {
    let layers = vec![
        Layer::convolution("layer1.conv", 32, 5, 2),
        Layer::MaxPool { size: 2 },
        Layer::convolution("layer2.conv1", 32, 3, 1),
        Layer::convolution("layer2.conv2", 64, 3, 1),
    ];
    Network::new(Shape { channels: 2, rows: 20, columns: 40 }, layers, "fc1").unwrap()
}

/// The file's tensors in the order of the network's.
fn parameters(network: &Network, file: &std::path::Path) -> Vec<f32> {
    let bytes = std::fs::read(file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut parameters = vec![0.0; network.parameter_count()];
    for tensor in network.tensors() {
        let view = tensors.tensor(&tensor.name).unwrap();
        assert_eq!(view.shape(), tensor.shape, "{}", tensor.name);
        for (to, from) in parameters[tensor.range.clone()].iter_mut().zip(view.data().chunks_exact(4)) {
            *to = f32::from_le_bytes(from.try_into().unwrap());
        }
    }
    parameters
}

#[track_caller]
fn close(actual: &[f32], expected: &[f32]) {
    assert_eq!(actual.len(), expected.len());
    let worst = actual.iter().zip(expected).map(|(a, e)| (a - e).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-5, "differs by {worst}");
}

/// Would catch a wrong flatten order, channel order, padding or normalisation.
#[test]
fn published_weights_give_the_published_outputs() {
    let Some(folder) = folder() else { return };
    let network = network();
    let pairs = Pairs(array(&folder, "images"));
    for seed in 1..=3 {
        let file = folder.join(format!("cneep_2BS_L10000_seed{seed}_best.safetensors"));
        let parameters = parameters(&network, &file);
        close(&network.evaluate(&parameters, &pairs, 64), &array(&folder, &format!("dS_L10000_seed{seed}")));
        close(
            &network.contributions(&parameters, &pairs, 64),
            &array(&folder, &format!("H_L10000_seed{seed}")),
        );
    }
}

/// Would catch errors that cancel between the two directions.
#[test]
fn published_weights_give_the_published_feature_maps() {
    let Some(folder) = folder() else { return };
    let network = network();
    let pairs = Pairs(array(&folder, "images"));
    let parameters = parameters(&network, &folder.join("cneep_2BS_L10000_seed3_best.safetensors"));
    let forward: Vec<f32> = array(&folder, "feat_forward_L10000_seed3");
    let reversed: Vec<f32> = array(&folder, "feat_reverse_L10000_seed3");
    for index in 0..4 {
        let maps = network.feature_maps(&parameters, &pairs, index);
        close(&maps[0], &forward[index * 3200..(index + 1) * 3200]);
        close(&maps[1], &reversed[index * 3200..(index + 1) * 3200]);
    }
}
