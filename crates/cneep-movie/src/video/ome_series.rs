//! Takes apart OME-XML into image series, the places of their planes, and their time stamps.

use super::scales::number;
use super::xml::{Tag, attribute, tags};

/// What a description describes.
#[derive(Debug, PartialEq)]
pub(super) enum Described {
    /// Series, one a Pixels element.
    Here(Vec<Series>),
    /// It stands in this file.
    Elsewhere(String),
    /// No series.
    Nothing,
}

/// One image series.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Series {
    attributes: String,
    pub(super) data: Vec<TiffData>,
    pub(super) stamps: Vec<Stamp>,
}

/// Where some planes lie: one `TiffData` element.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TiffData {
    pub(super) page: Option<usize>,
    pub(super) channel: usize,
    pub(super) slice: usize,
    pub(super) frame: usize,
    pub(super) count: Option<usize>,
    pub(super) file: Option<String>,
}

/// When a plane was taken, and for how long, each with its unit.
#[derive(Debug, PartialEq)]
pub(super) struct Stamp {
    pub(super) channel: usize,
    pub(super) slice: usize,
    pub(super) frame: usize,
    pub(super) moment: Option<(f64, String)>,
    pub(super) exposure: Option<(f64, String)>,
}

impl Series {
    /// The value of an attribute of the Pixels element.
    pub(super) fn attribute(&self, key: &str) -> Option<String> {
        attribute(&self.attributes, key)
    }

    /// A number of the Pixels element.
    pub(super) fn real(&self, key: &str) -> Option<f64> {
        self.attribute(key).and_then(|value| number(&value))
    }

    /// Axes of the planes from the fastest to the slowest: C, Z and T.
    pub(super) fn order(&self) -> [u8; 3] {
        let stated = self.attribute("DimensionOrder").unwrap_or_default();
        let letters: Vec<u8> = stated.bytes().filter(|letter| b"CZT".contains(letter)).collect();
        match letters[..] {
            [a, b, c] if a != b && b != c && a != c => [a, b, c],
            _ => *b"CZT",
        }
    }
}

/// All series of a description.
pub(super) fn described(xml: &str) -> Described {
    let mut series: Vec<Series> = Vec::new();
    let mut inside = false;
    for tag in tags(xml) {
        match tag {
            Tag::Start("BinaryOnly", attributes) => {
                if let Some(file) = attribute(attributes, "MetadataFile") {
                    return Described::Elsewhere(file);
                }
            }
            Tag::Start("Pixels", attributes) => {
                inside = true;
                series.push(Series { attributes: attributes.into(), ..Series::default() });
            }
            Tag::End("Pixels") => inside = false,
            Tag::Start(name, attributes) if inside => {
                let Some(last) = series.last_mut() else { continue };
                match name {
                    "TiffData" => last.data.push(tiff_data(attributes)),
                    "UUID" => {
                        let file = attribute(attributes, "FileName");
                        if let Some(data) = last.data.last_mut() {
                            data.file = file.filter(|file| !file.is_empty());
                        }
                    }
                    "Plane" => last.stamps.extend(stamp(attributes)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    if series.is_empty() { Described::Nothing } else { Described::Here(series) }
}

fn whole(attributes: &str, key: &str) -> Option<usize> {
    attribute(attributes, key)?.trim().parse().ok()
}

fn tiff_data(attributes: &str) -> TiffData {
    let first = |axis: &str| whole(attributes, &format!("First{axis}")).unwrap_or(0);
    TiffData {
        page: whole(attributes, "IFD"),
        channel: first("C"),
        slice: first("Z"),
        frame: first("T"),
        count: whole(attributes, "PlaneCount").or_else(|| whole(attributes, "NumPlanes")),
        file: None,
    }
}

fn stamp(attributes: &str) -> Option<Stamp> {
    let timed = |key: &str| {
        let value = attribute(attributes, key).and_then(|value| number(&value))?;
        Some((value, attribute(attributes, &format!("{key}Unit")).unwrap_or_else(|| "s".into())))
    };
    Some(Stamp {
        channel: whole(attributes, "TheC")?,
        slice: whole(attributes, "TheZ")?,
        frame: whole(attributes, "TheT")?,
        moment: timed("DeltaT"),
        exposure: timed("ExposureTime"),
    })
}
