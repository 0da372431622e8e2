//! Reads positions that another program simulated, from a NumPy file.

use crate::error::{Error, Fault, Result};
use ndarray::{Array2, Array3, Axis};
use npyz::{DType, NpyFile};
use std::io::{BufReader, Read};
use std::path::Path;

/// Positions from an `.npy` file of 32- or 64-bit floats in C order, shape (movie, frame, coordinate) or (frame,
/// coordinate): one array of shape (frame, coordinate) a movie.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read; [`Error::Format`] if it holds anything else or numbers that are not finite.
pub fn read_positions(path: &Path) -> Result<Vec<Array2<f64>>> {
    let file = std::fs::File::open(path).map_err(|e| Error::reading(path, e))?;
    let wrong = |found: String| {
        let expected =
            "positions as floats in C order, shape (movie, frame, coordinate) or (frame, coordinate)";
        let remedy = "Save them with numpy.save(file, array.astype('float64', order='C')).";
        Error::Format(Fault::of_file(path, expected, found, remedy))
    };
    let array = NpyFile::new(BufReader::new(file)).map_err(|e| wrong(e.to_string()))?;
    let sizes: Vec<usize> = array.shape().iter().map(|&n| n as usize).collect();
    let shape = match (&sizes[..], array.order()) {
        (&[movies, frames, coordinates], npyz::Order::C) => (movies, frames, coordinates),
        (&[frames, coordinates], npyz::Order::C) => (1, frames, coordinates),
        (_, order) => return Err(wrong(format!("shape {sizes:?} in {order:?} order"))),
    };
    let values = floats(array).map_err(wrong)?;
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(wrong(format!("the number {value}")));
    }
    let all = Array3::from_shape_vec(shape, values).map_err(|e| wrong(e.to_string()))?;
    Ok(all.axis_iter(Axis(0)).map(|movie| movie.to_owned()).collect())
}

fn floats<R: Read>(array: NpyFile<R>) -> std::result::Result<Vec<f64>, String> {
    let DType::Plain(stored) = array.dtype() else { return Err("a record type".into()) };
    match (stored.type_char(), stored.size_field()) {
        (npyz::TypeChar::Float, 8) => array.into_vec().map_err(|e| e.to_string()),
        (npyz::TypeChar::Float, 4) => {
            let singles: Vec<f32> = array.into_vec().map_err(|e| e.to_string())?;
            Ok(singles.into_iter().map(f64::from).collect())
        }
        _ => Err(format!("numbers of type {stored}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use npyz::WriterBuilder;

    #[test]
    fn positions_of_either_width_are_read_and_damage_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("positions.npy");
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::<f32>::new()
            .default_dtype()
            .shape(&[2, 3, 2])
            .writer(&mut bytes)
            .begin_nd()
            .unwrap();
        writer.extend((0_u8..12).map(f32::from)).unwrap();
        writer.finish().unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let movies = read_positions(&path).unwrap();
        assert_eq!(movies.len(), 2);
        assert_eq!(movies[1], ndarray::arr2(&[[6.0, 7.0], [8.0, 9.0], [10.0, 11.0]]));
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(matches!(read_positions(&path), Err(Error::Format(_))));
    }
}
