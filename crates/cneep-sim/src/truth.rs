//! Keeps the exact answers of simulated movies in `truth.npz`.

use cneep_movie::atomic_file::write_atomically;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file;
use cneep_movie::npy::{read_floats, write_floats};
use ndarray::{Array2, Array3, ArrayD, ArrayView1, ArrayViewD, Axis};
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
    /// Its parts, shape (movie, transition, part), in `k_B`: local (housekeeping) ones where the exact local
    /// rates are known, otherwise the heat of each part over its temperature.
    pub local_entropy_production: Array3<f64>,
    /// Time between frames.
    pub frame_interval: f64,
    /// Exact rate of the continuous process, in `k_B` per unit of time; none for a system that cannot be
    /// solved.
    pub exact_rate: Option<f64>,
    /// Exact local rates, one a part, in `k_B` per unit of time; none for a system that cannot be solved.
    pub exact_local_rate: Option<Vec<f64>>,
    /// Where each part rests on the frame: [column, row], in pixels; none if parts have no places of their
    /// own.
    pub part_places: Option<Vec<[f64; 2]>>,
    /// Mean entropy production that can be seen, shape (row, column) of the frames, in `k_B` per pixel and
    /// unit of time; none where it is not known.
    pub exact_density: Option<Array2<f64>>,
}

impl Truth {
    /// Writes all arrays under their names, whole or not at all. What is not known is left out.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let scalar = |value| ndarray::arr0(value).into_dyn();
        write_atomically(path, |writer| {
            let mut npz = ZipWriter::new(writer);
            write_array(&mut npz, "trajectory", &self.trajectory.view().into_dyn())?;
            write_array(&mut npz, "entropy_production", &self.entropy_production.view().into_dyn())?;
            let parts = self.local_entropy_production.view().into_dyn();
            write_array(&mut npz, "local_entropy_production", &parts)?;
            write_array(&mut npz, "frame_interval", &scalar(self.frame_interval).view())?;
            if let Some(rate) = self.exact_rate {
                write_array(&mut npz, "exact_rate", &scalar(rate).view())?;
            }
            if let Some(rates) = &self.exact_local_rate {
                write_array(&mut npz, "exact_local_rate", &ArrayView1::from(rates).into_dyn())?;
            }
            if let Some(places) = &self.part_places {
                write_array(&mut npz, "part_places", &Array2::from(places.clone()).view().into_dyn())?;
            }
            if let Some(density) = &self.exact_density {
                write_array(&mut npz, "exact_density", &density.view().into_dyn())?;
            }
            npz.finish()?.flush()
        })
    }

    /// Reads what [`Self::write`] wrote, or what another program wrote under the same names.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Format`] for a missing or misshapen array.
    pub fn read(path: &Path) -> Result<Self> {
        let file = input_file::open(path, "the truth")?;
        let mut npz = ZipArchive::new(BufReader::new(file))
            .map_err(|e| wrong(path, "a zip archive of arrays (.npz)", &e.to_string()))?;
        let known = ["exact_rate", "exact_local_rate", "part_places", "exact_density"]
            .map(|name| npz.index_for_name(&entry(name)).is_some());
        let mut array = |name: &str| read_array(&mut npz, path, name);
        let trajectory = shaped(path, "trajectory", array("trajectory")?)?;
        let entropy_production = shaped(path, "entropy_production", array("entropy_production")?)?;
        let local = shaped(path, "local_entropy_production", array("local_entropy_production")?)?;
        let frame_interval = first(path, "frame_interval", &array("frame_interval")?)?;
        let rate = known[0].then(|| first(path, "exact_rate", &array("exact_rate")?)).transpose()?;
        let local_rate = known[1].then(|| array("exact_local_rate")).transpose()?;
        let places = known[2].then(|| shaped(path, "part_places", array("part_places")?)).transpose()?;
        let part_places = places.map(|places: Array2<f64>| places_of(path, &places)).transpose()?;
        let density = known[3].then(|| shaped(path, "exact_density", array("exact_density")?)).transpose()?;
        Ok(Self {
            trajectory,
            entropy_production,
            local_entropy_production: local,
            frame_interval,
            exact_rate: rate,
            exact_local_rate: local_rate.map(|rates| rates.iter().copied().collect()),
            part_places,
            exact_density: density,
        })
    }

    /// Exact entropy production of every step, one series a movie.
    pub fn steps(&self) -> Vec<Vec<f64>> {
        self.entropy_production.axis_iter(Axis(0)).map(|movie| movie.to_vec()).collect()
    }
}

fn places_of(path: &Path, places: &Array2<f64>) -> Result<Vec<[f64; 2]>> {
    let place = |place: ndarray::ArrayView1<f64>| match place.as_slice() {
        Some(&[column, row]) => Ok([column, row]),
        _ => Err(wrong(path, "part_places of shape (part, 2)", &format!("shape {:?}", places.dim()))),
    };
    places.as_standard_layout().outer_iter().map(place).collect()
}

fn entry(name: &str) -> String {
    format!("{name}.npy")
}

/// Uncompressed and without a date, so that the same answers give the same bytes.
fn write_array<W: Write + Seek>(
    npz: &mut ZipWriter<W>,
    name: &str,
    array: &ArrayViewD<f64>,
) -> std::io::Result<()> {
    let options = SimpleFileOptions::default().large_file(true).compression_method(CompressionMethod::Stored);
    npz.start_file(entry(name), options)?;
    write_floats(npz, array)
}

fn wrong(path: &Path, expected: &str, found: &str) -> Error {
    let remedy = "Use the truth.npz that was written beside the simulated movies.";
    Error::Format(Fault::of_file(path, expected, found, remedy))
}

fn read_array<R: Read + Seek>(npz: &mut ZipArchive<R>, path: &Path, name: &str) -> Result<ArrayD<f64>> {
    let missing = |found: &str| wrong(path, &format!("a 64-bit array `{name}`"), found);
    let mut array = npz.by_name(&entry(name)).map_err(|e| missing(&e.to_string()))?;
    read_floats(&mut array, &format!("{}[{name}]", path.display()))
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

    fn truth() -> Truth {
        Truth {
            trajectory: Array3::from_shape_fn((2, 4, 3), |(m, f, c)| (m * 100 + f * 10 + c) as f64 / 7.0),
            entropy_production: Array2::from_shape_fn((2, 3), |(m, t)| (m + t) as f64 / 3.0),
            local_entropy_production: Array3::from_elem((2, 3, 2), 0.1),
            frame_interval: 0.01,
            exact_rate: Some(2.025),
            exact_local_rate: Some(vec![1.42842, 0.59658]),
            part_places: Some(vec![[9.5, 9.5], [29.5, 9.5]]),
            exact_density: Some(Array2::from_shape_fn((3, 5), |(r, c)| (r * 5 + c) as f64 / 11.0)),
        }
    }

    #[test]
    fn truth_reads_back_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("truth.npz");
        let unsolved = Truth { exact_rate: None, exact_local_rate: None, part_places: None, ..truth() };
        let unsolved = Truth { exact_density: None, ..unsolved };
        for truth in [truth(), unsolved] {
            truth.write(&path).unwrap();
            assert_eq!(Truth::read(&path).unwrap(), truth);
        }
        std::fs::write(&path, b"not a zip").unwrap();
        assert!(matches!(Truth::read(&path), Err(Error::Format(_))));
    }
}
