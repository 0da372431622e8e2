//! Keeps the exact answers of simulated movies in `truth.npz`.

use crate::atomic_file::write_atomically;
use crate::error::{Error, Fault, Result};
use crate::npy::{read_floats, write_floats};
use ndarray::{Array2, Array3, ArrayD, ArrayViewD, Axis};
use std::io::{BufReader, Read, Seek, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Exact answers of a set of simulated movies, for comparison only.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// Coordinates, shape (movie, frame, coordinate), in the simulation's unit of length.
    pub trajectory: Array3<f64>,
    /// Entropy production per step from frame to frame, shape (movie, transition), in `k_B`.
    pub entropy_production: Array2<f64>,
    /// Its local (housekeeping) parts, shape (movie, transition, part), in `k_B`.
    pub local_entropy_production: Array3<f64>,
    /// Time between frames.
    pub frame_interval: f64,
    /// Exact rate of the continuous process, in `k_B` per unit of time.
    pub exact_rate: f64,
    /// Exact local rates, one a part, in `k_B` per unit of time.
    pub exact_local_rate: Vec<f64>,
}

impl Truth {
    /// Writes all arrays under their names, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let local = ArrayD::from_shape_vec(vec![self.exact_local_rate.len()], self.exact_local_rate.clone())
            .map_err(|e| Error::writing(path, std::io::Error::other(e)))?;
        let scalar = |value| ndarray::arr0(value).into_dyn();
        write_atomically(path, |writer| {
            let mut npz = ZipWriter::new(writer);
            write_array(&mut npz, "trajectory", &self.trajectory.view().into_dyn())?;
            write_array(&mut npz, "entropy_production", &self.entropy_production.view().into_dyn())?;
            let parts = self.local_entropy_production.view().into_dyn();
            write_array(&mut npz, "local_entropy_production", &parts)?;
            write_array(&mut npz, "frame_interval", &scalar(self.frame_interval).view())?;
            write_array(&mut npz, "exact_rate", &scalar(self.exact_rate).view())?;
            write_array(&mut npz, "exact_local_rate", &local.view())?;
            npz.finish()?.flush()
        })
    }

    /// Reads what [`Self::write`] wrote, or what another program wrote under the same names.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Format`] for a missing or misshapen array.
    pub fn read(path: &Path) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(|e| Error::reading(path, e))?;
        let mut npz = ZipArchive::new(BufReader::new(file))
            .map_err(|e| wrong(path, "a zip archive of arrays (.npz)", &e.to_string()))?;
        let mut array = |name: &str| read_array(&mut npz, path, name);
        let trajectory = shaped(path, "trajectory", array("trajectory")?)?;
        let entropy_production = shaped(path, "entropy_production", array("entropy_production")?)?;
        let local = shaped(path, "local_entropy_production", array("local_entropy_production")?)?;
        let frame_interval = first(path, "frame_interval", &array("frame_interval")?)?;
        let exact_rate = first(path, "exact_rate", &array("exact_rate")?)?;
        let exact_local_rate = array("exact_local_rate")?.iter().copied().collect();
        Ok(Self {
            trajectory,
            entropy_production,
            local_entropy_production: local,
            frame_interval,
            exact_rate,
            exact_local_rate,
        })
    }

    /// Exact entropy production of every step, one series a movie.
    pub fn steps(&self) -> Vec<Vec<f64>> {
        self.entropy_production.axis_iter(Axis(0)).map(|movie| movie.to_vec()).collect()
    }
}

/// Uncompressed and without a date, so that the same answers give the same bytes.
fn write_array<W: Write + Seek>(
    npz: &mut ZipWriter<W>,
    name: &str,
    array: &ArrayViewD<f64>,
) -> std::io::Result<()> {
    let options = SimpleFileOptions::default().large_file(true).compression_method(CompressionMethod::Stored);
    npz.start_file(format!("{name}.npy"), options)?;
    write_floats(npz, array)
}

fn wrong(path: &Path, expected: &str, found: &str) -> Error {
    let remedy = "Use the truth.npz that `cneep simulate` wrote beside the movies.";
    Error::Format(Fault::of_file(path, expected, found, remedy))
}

fn read_array<R: Read + Seek>(npz: &mut ZipArchive<R>, path: &Path, name: &str) -> Result<ArrayD<f64>> {
    let missing = |found: &str| wrong(path, &format!("a 64-bit array `{name}`"), found);
    let mut entry = npz.by_name(&format!("{name}.npy")).map_err(|e| missing(&e.to_string()))?;
    read_floats(&mut entry, &format!("{}[{name}]", path.display()))
}

fn shaped<D: ndarray::Dimension>(
    path: &Path,
    name: &str,
    array: ArrayD<f64>,
) -> Result<ndarray::Array<f64, D>> {
    let found = format!("{} dimensions", array.ndim());
    let expected = format!("`{name}` of {} dimensions", D::NDIM.unwrap_or(0));
    array.into_dimensionality().map_err(|_| wrong(path, &expected, &found))
}

fn first(path: &Path, name: &str, array: &ArrayD<f64>) -> Result<f64> {
    array.first().copied().ok_or_else(|| wrong(path, &format!("a number `{name}`"), "an empty array"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_reads_back_to_the_last_bit() {
        let truth = Truth {
            trajectory: Array3::from_shape_fn((2, 4, 3), |(m, f, c)| (m * 100 + f * 10 + c) as f64 / 7.0),
            entropy_production: Array2::from_shape_fn((2, 3), |(m, t)| (m + t) as f64 / 3.0),
            local_entropy_production: Array3::from_elem((2, 3, 2), 0.1),
            frame_interval: 0.01,
            exact_rate: 2.025,
            exact_local_rate: vec![1.42842, 0.59658],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("truth.npz");
        truth.write(&path).unwrap();
        assert_eq!(Truth::read(&path).unwrap(), truth);
        std::fs::write(&path, b"not a zip").unwrap();
        assert!(matches!(Truth::read(&path), Err(Error::Format(_))));
    }
}
