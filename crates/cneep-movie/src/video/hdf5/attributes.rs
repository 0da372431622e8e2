//! Reads what attributes say of a dataset: its axes and scales.

use super::super::input::Input;
use super::texts::texts;
use crate::caution::CautionKind;
use crate::units::Calibration;
use rust_hdf5::{H5Dataset, H5File};

/// What is said of a dataset.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// What the axes are called, in letters where they are known; the names themselves where they are not.
    pub(super) said: Option<std::result::Result<String, String>>,
    pub(super) calibration: Calibration,
    /// Whether MATLAB wrote it, whose axes are reversed in the file.
    pub(super) matlab: bool,
    /// Height of a pixel over its width where it is not 1.
    oblong: Option<f64>,
}

impl Attributes {
    /// The attributes of the dataset at `path`; what cannot be read says nothing.
    pub(super) fn of(input: &Input, file: &H5File, path: &str) -> Self {
        let Ok(dataset) = file.dataset(path) else { return Self::default() };
        let said =
            ["DIMENSION_LABELS", "_ARRAY_DIMENSIONS", "axes"].map(|name| labels(input, &dataset, name));
        let said = axistags(&dataset).into_iter().chain(said.into_iter().flatten()).next();
        let mut calibration = Calibration {
            frame_interval: number(&dataset, "frame_interval"),
            pixel_size: number(&dataset, "pixel_size"),
            exposure: number(&dataset, "exposure"),
            readout: number(&dataset, "readout"),
        };
        // Edges of a voxel in micrometres: depth, height, width.
        let mut oblong = None;
        if let Some([.., height, width]) = numbers(&dataset, "element_size_um").as_deref()
            && *width > 0.0
        {
            calibration.pixel_size = calibration.pixel_size.or(Some(*width));
            oblong = Some(height / width).filter(|ratio| (ratio - 1.0).abs() > 1e-3);
        }
        let matlab = dataset.attr("MATLAB_class").is_ok();
        Self { said, calibration, matlab, oblong }
    }

    /// Hands what must be said to `caution`.
    pub(super) fn cautions(&self, caution: &mut impl FnMut(CautionKind)) {
        if let Some(height_over_width) = self.oblong {
            caution(CautionKind::PixelsNotSquare { height_over_width });
        }
    }
}

fn numbers(dataset: &H5Dataset, name: &str) -> Option<Vec<f64>> {
    let attribute = dataset.attr(name).ok()?;
    let exact = attribute.read_numeric_as::<f64>().ok();
    exact.or_else(|| {
        let whole = attribute.read_numeric_as::<i64>().ok()?;
        Some(whole.into_iter().map(|number| number as f64).collect())
    })
}

/// One positive number.
fn number(dataset: &H5Dataset, name: &str) -> Option<f64> {
    match numbers(dataset, name)?.as_slice() {
        &[number] if number.is_finite() && number > 0.0 => Some(number),
        _ => None,
    }
}

/// Letters of the axes, or their names, from the attribute `name`; none if it names none.
fn labels(input: &Input, dataset: &H5Dataset, name: &str) -> Option<std::result::Result<String, String>> {
    let attribute = dataset.attr(name).ok()?;
    let Some(names) = texts(input, &attribute) else { return Some(Err("unreadable".into())) };
    if names.iter().all(String::is_empty) {
        return None;
    }
    Some(letters(&names).ok_or_else(|| names.join(", ")))
}

/// The letters of axes by their names, or of one text such as `tyx`.
fn letters(names: &[String]) -> Option<String> {
    let one;
    let names = match names {
        [all] if !all.is_empty() && all.chars().all(char::is_alphabetic) && all.len() <= 6 => {
            one = all.chars().map(String::from).collect::<Vec<_>>();
            &one
        }
        [all] if all.contains([',', ' ']) => {
            let parts = all.split([',', ' ', '[', ']', '"', '\'']);
            one = parts.filter(|part| !part.is_empty()).map(String::from).collect();
            &one
        }
        names => names,
    };
    let letter = |name: &String| match name.to_lowercase().as_str() {
        "t" | "time" | "frame" | "frames" => Some('T'),
        "z" | "depth" | "slice" | "slices" => Some('Z'),
        "c" | "channel" | "channels" => Some('C'),
        "y" | "row" | "rows" | "height" => Some('Y'),
        "x" | "column" | "columns" | "width" => Some('X'),
        "m" | "movie" | "movies" => Some('M'),
        _ => None,
    };
    names.iter().map(letter).collect()
}

/// Letters of the axes by ilastik's `axistags`, a text in JSON.
fn axistags(dataset: &H5Dataset) -> Option<std::result::Result<String, String>> {
    let text = dataset.attr("axistags").ok()?.read_string().ok()?;
    let tags: serde_json::Value = serde_json::from_str(&text).ok()?;
    let keys = tags.get("axes")?.as_array()?.iter().map(|axis| axis.get("key")?.as_str().map(String::from));
    let keys = keys.collect::<Option<Vec<_>>>()?;
    Some(letters(&keys).ok_or_else(|| keys.join(", ")))
}
