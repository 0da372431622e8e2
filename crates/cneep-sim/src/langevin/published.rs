//! Reads the published two-bead benchmark, for tests on machines that have it.

use super::{BeadSpring, LangevinSystem, TemperatureProfile};
use ndarray::{Array2, Array3};
use std::path::PathBuf;

/// Per-bead mean of the published training set.
pub(crate) const MEAN: [f64; 2] = [-0.002_122_22, -0.014_928_03];
/// Per-bead standard deviation of the published training set.
pub(crate) const DEVIATION: [f64; 2] = [1.214_322_44, 2.472_282_17];

/// Two beads at temperatures 1 and 10.
pub(crate) fn two_beads() -> LangevinSystem {
    BeadSpring::new(2, TemperatureProfile::linear(1.0, 10.0)).unwrap().system().unwrap()
}

/// Path of a reference file, or nothing (said aloud) where the data are absent.
pub(crate) fn file(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference").join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: {} is not on this machine", path.display());
    None
}

/// The hundred training trajectories, each of shape (frame, bead).
pub(crate) fn training_positions() -> Option<Vec<Array2<f64>>> {
    let bytes = std::fs::read(file("train_trj_seed0_100x10000x2_f32.npy")?).unwrap();
    let array = npyz::NpyFile::new(&bytes[..]).unwrap();
    let shape = (array.shape()[0] as usize, array.shape()[1] as usize, array.shape()[2] as usize);
    let values = array.into_vec::<f32>().unwrap().into_iter().map(f64::from).collect();
    let all = Array3::from_shape_vec(shape, values).unwrap();
    Some(all.outer_iter().map(|movie| movie.to_owned()).collect())
}

/// Array `key` of the archive `name`, flat.
pub(crate) fn archived<T: npyz::Deserialize>(name: &str, key: &str) -> Option<Vec<T>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(file(name)?).unwrap()).unwrap();
    let entry = archive.by_name(&format!("{key}.npy")).unwrap();
    Some(npyz::NpyFile::new(entry).unwrap().into_vec().unwrap())
}
