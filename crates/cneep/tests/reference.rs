//! Holds the imported networks of the paper against the authors' own numbers, where their data are at hand.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cneep::estimator::{Estimator, EstimatorPlan, Normalisation};
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::{Array2, Array3, Array4, Axis};
use npyz::NpyFile;
use std::path::{Path, PathBuf};

/// The published data lie beside the repository; they are not ours to redistribute.
fn reference(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reference")).join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not at hand", path.display());
    }
    path.exists().then_some(path)
}

fn array<T: npyz::Deserialize>(path: &Path, name: &str) -> (Vec<usize>, Vec<T>) {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let array = NpyFile::new(archive.by_name(&format!("{name}.npy")).unwrap()).unwrap();
    let shape = array.shape().iter().map(|&n| n as usize).collect();
    (shape, array.into_vec().unwrap())
}

fn import(seed: u32) -> Option<Estimator> {
    let weights = reference(&format!("cneep_2BS_L10000_seed{seed}_best.safetensors"))?;
    let normalisation = Normalisation::new(35.5325, 57.418_171_720_719_215).unwrap();
    Some(Estimator::import(&weights, 20, 40, None, normalisation).unwrap())
}

/// 64 transitions, each as a movie of two frames: dS and the map within 1e-5 of the authors'.
#[test]
fn imported_weights_give_the_authors_values_and_maps() {
    let Some(vectors) = reference("testvec_64.npz") else { return };
    let (shape, pixels) = array::<u8>(&vectors, "images");
    let images = Array4::from_shape_vec([shape[0], shape[1], shape[2], shape[3]], pixels).unwrap();
    let videos: Vec<Video> = images
        .axis_iter(Axis(0))
        .map(|pair| Video::new("pair", Frames::U8(pair.to_owned()), Calibration::default()).unwrap())
        .collect();
    for seed in [1, 2, 3] {
        let Some(estimator) = import(seed) else { return };
        let (_, expected) = array::<f32>(&vectors, &format!("dS_L10000_seed{seed}"));
        let (_, maps) = array::<f32>(&vectors, &format!("H_L10000_seed{seed}"));
        let maps = Array3::from_shape_vec([64, 5, 10], maps).unwrap();
        let entropy = estimator.entropy_production(&videos).unwrap();
        for (index, video) in videos.iter().enumerate() {
            let value = entropy.movies[index].values[0];
            assert!((value - f64::from(expected[index])).abs() < 1e-5, "{value} {}", expected[index]);
            let map: Array2<f32> =
                estimator.dissipation_map(video).unwrap().transitions.index_axis_move(Axis(0), 0);
            for (ours, theirs) in map.iter().zip(maps.index_axis(Axis(0), index)) {
                assert!((ours - theirs).abs() < 1e-5, "{ours} {theirs}");
            }
        }
    }
}

/// Frames of the wrong size change the number of features: the import must say so, not guess.
#[test]
fn weights_for_other_frames_are_refused() {
    let Some(weights) = reference("cneep_2BS_L10000_seed1_best.safetensors") else { return };
    let normalisation = Normalisation::new(35.5, 57.4).unwrap();
    let Err(error) = Estimator::import(&weights, 20, 44, Some(2), normalisation) else {
        panic!("44 columns do not fit")
    };
    assert!(error.to_string().contains("fc1.weight"), "{error}");
}

/// A checkpoint as PyTorch writes it and a safetensors file with the same weights must import alike; made by
/// `tests/weights/make.py`.
#[test]
fn a_pytorch_checkpoint_imports_like_safetensors() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/weights"));
    let normalisation = Normalisation::new(1.0, 2.0).unwrap();
    let import = |name: &str| Estimator::import(&folder.join(name), 8, 8, None, normalisation).unwrap();
    let (checkpoint, tensors) = (import("tiny.pth.tar"), import("tiny.safetensors"));
    assert_eq!(checkpoint.parameters(), tensors.parameters());
    let plan = checkpoint.record().plan().unwrap();
    assert!(matches!(plan, EstimatorPlan::Convolutional(plan) if plan.channels == 2), "{plan:?}");
    let square = checkpoint.parameters()[..100].iter().map(|weight| weight.powi(2)).sum::<f32>() / 100.0;
    assert!((square.sqrt() - 0.3).abs() < 0.06, "weights of deviation 0.3: {square}");
}
