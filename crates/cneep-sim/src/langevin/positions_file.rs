//! Reads positions that another program simulated, from a NumPy file.

use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file;
use cneep_movie::npy::read_floats;
use ndarray::{Array2, Array3, Axis};
use std::io::BufReader;
use std::path::Path;

/// Positions from an `.npy` file of 32- or 64-bit floats in C order, shape (movie, frame, coordinate) or
/// (frame, coordinate): one array of shape (frame, coordinate) a movie.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read; [`Error::Format`] if it holds anything else or numbers that are
/// not finite.
pub fn read_positions(path: &Path) -> Result<Vec<Array2<f64>>> {
    let file = input_file::open(path, "a trajectory")?;
    let wrong = |found: String| {
        let expected = "finite positions of shape (movie, frame, coordinate) or (frame, coordinate)";
        let remedy = "Save them with numpy.save(file, array).";
        Error::Format(Fault::of_file(path, expected, found, remedy))
    };
    let mut array = read_floats(&mut BufReader::new(file), &path.display().to_string())?;
    if let Some(value) = array.iter().find(|value| !value.is_finite()) {
        return Err(wrong(format!("the number {value}")));
    }
    if array.ndim() == 2 {
        array.insert_axis_inplace(Axis(0));
    }
    let found = format!("shape {:?}", array.shape());
    let all: Array3<f64> = array.into_dimensionality().map_err(|_| wrong(found))?;
    Ok(all.axis_iter(Axis(0)).map(|movie| movie.to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::npy::write_floats;

    #[test]
    fn positions_of_one_movie_or_several_are_read_and_damage_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("positions.npy");
        let positions = Array3::from_shape_fn((2, 3, 2), |(m, f, c)| (6 * m + 2 * f + c) as f64);
        let mut bytes = Vec::new();
        write_floats(&mut bytes, &positions.view().into_dyn()).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let movies = read_positions(&path).unwrap();
        assert_eq!(movies.len(), 2);
        assert_eq!(movies[1], ndarray::arr2(&[[6.0, 7.0], [8.0, 9.0], [10.0, 11.0]]));
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(matches!(read_positions(&path), Err(Error::Format(_))));
        let mut bytes = Vec::new();
        write_floats(&mut bytes, &movies[0].view().into_dyn()).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read_positions(&path).unwrap(), movies[..1]);
    }
}
