//! Reads what OME metadata say of a Zarr group: which array, its axes and scales.

use crate::units::Calibration;
use serde_json::Value;

/// What a group says of its array of full resolution.
#[derive(Debug, Default)]
pub(super) struct Multiscales {
    /// One letter an axis, in upper case.
    pub(super) axes: Option<String>,
    pub(super) calibration: Calibration,
    /// Height of a pixel over its width where it is not 1.
    pub(super) oblong: Option<f64>,
}

impl Multiscales {
    /// Path of the array of full resolution, and what is said of it; none if the group is no picture.
    pub(super) fn of(attributes: &Value) -> Option<(String, Self)> {
        let list = attributes.get("multiscales").or_else(|| attributes.get("ome")?.get("multiscales"))?;
        let first = list.as_array()?.first()?;
        let dataset = first.get("datasets")?.as_array()?.first()?;
        let path = dataset.get("path")?.as_str()?.to_string();
        let axes = first.get("axes").and_then(Value::as_array);
        let name = |axis: &Value| {
            let name = axis.as_str().or_else(|| axis.get("name")?.as_str())?;
            let letter = name.chars().next()?.to_ascii_uppercase();
            Some(letter)
        };
        let letters = match axes {
            Some(axes) => axes.iter().map(name).collect::<Option<String>>(),
            // Before version 0.3 there were always five.
            None => Some("TCZYX".into()),
        };
        let unit = |index: usize| axes?.get(index)?.get("unit")?.as_str();
        let of_picture = scales(first.get("coordinateTransformations"));
        let of_array = scales(dataset.get("coordinateTransformations"));
        let scale = |letter: char| {
            let index = letters.as_ref()?.chars().position(|found| found == letter)?;
            let at = |scales: &Option<Vec<f64>>| scales.as_ref().and_then(|s| s.get(index).copied());
            let unit = unit(index)?;
            Some((at(&of_array)? * at(&of_picture).unwrap_or(1.0), unit))
        };
        let positive = |value: f64| Some(value).filter(|value| value.is_finite() && *value > 0.0);
        let length = |letter| scale(letter).and_then(|(value, unit)| positive(value * micrometres(unit)?));
        let time = scale('T').and_then(|(value, unit)| positive(value * seconds(unit)?));
        let (height, width) = (length('Y'), length('X'));
        let ratio = height.zip(width).map(|(height, width)| height / width);
        let oblong = ratio.filter(|ratio| (ratio - 1.0).abs() > 1e-3);
        let calibration = Calibration { frame_interval: time, pixel_size: width, ..Calibration::default() };
        Some((path, Self { axes: letters, calibration, oblong }))
    }
}

fn scales(transformations: Option<&Value>) -> Option<Vec<f64>> {
    let is_scale = |t: &&Value| t.get("type").and_then(Value::as_str) == Some("scale");
    let found = transformations?.as_array()?.iter().find(is_scale)?;
    found.get("scale")?.as_array()?.iter().map(Value::as_f64).collect()
}

/// Seconds in a unit of time, by the names of UDUNITS.
fn seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "second" | "s" => 1.0,
        "millisecond" | "ms" => 1e-3,
        "microsecond" | "us" => 1e-6,
        "nanosecond" => 1e-9,
        "minute" | "min" => 60.0,
        "hour" | "h" => 3600.0,
        "day" => 86_400.0,
        _ => return None,
    })
}

/// Micrometres in a unit of length, by the names of UDUNITS.
fn micrometres(unit: &str) -> Option<f64> {
    Some(match unit {
        "micrometer" | "micron" | "um" | "µm" => 1.0,
        "nanometer" | "nm" => 1e-3,
        "millimeter" | "mm" => 1e3,
        "angstrom" => 1e-4,
        "meter" | "m" => 1e6,
        _ => return None,
    })
}
