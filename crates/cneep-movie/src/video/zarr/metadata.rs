//! Reads the metadata of a Zarr array, of version 2 or 3.

use super::super::input::Input;
use super::super::sample::{Kind, Stored};
use super::codecs::Codec;
use super::fill_value::fill_value;
use super::lengths::lengths;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use serde_json::Value;
use std::path::Path;

/// What stands at a path of a store.
pub(super) enum Node {
    Array,
    /// With its attributes.
    Group(Value),
}

/// An array: its shape, chunks, numbers, and how a chunk is coded.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) shape: Vec<usize>,
    pub(super) chunk: Vec<usize>,
    pub(super) stored: Stored,
    /// Bytes of the number that missing chunks are filled with.
    pub(super) fill: Vec<u8>,
    /// Axes of a chunk from the slowest to the fastest.
    pub(super) order: Vec<usize>,
    /// Codecs from the numbers to the file.
    pub(super) codecs: Vec<Codec>,
    /// What stands before the numbers of a chunk in its name, and between them.
    pub(super) prefix: &'static str,
    pub(super) separator: char,
    pub(super) attributes: Value,
}

fn json(input: &Input, path: &Path) -> Result<Option<Value>> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = input_file::read_text(path, "metadata of Zarr")?;
    let parsed = serde_json::from_str(&text);
    parsed
        .map(Some)
        .map_err(|e| input.broken("metadata of Zarr in JSON", format!("{e} in {}", path.display())))
}

/// What stands at `path`.
pub(super) fn node(input: &Input, path: &Path) -> Result<Node> {
    if let Some(found) = json(input, &path.join("zarr.json"))? {
        let kind = found.get("node_type").and_then(Value::as_str);
        return Ok(match kind {
            Some("array") => Node::Array,
            _ => Node::Group(found.get("attributes").cloned().unwrap_or_default()),
        });
    }
    if path.join(".zarray").is_file() {
        return Ok(Node::Array);
    }
    Ok(Node::Group(json(input, &path.join(".zattrs"))?.unwrap_or_default()))
}

impl Metadata {
    /// The metadata of the array at `path`.
    ///
    /// # Errors
    /// [`Error::Format`] for what contradicts itself, [`Error::Unsupported`] for what is not read.
    pub(super) fn read(input: &Input, path: &Path) -> Result<Self> {
        let metadata = if let Some(found) = json(input, &path.join("zarr.json"))? {
            Self::of_version_3(input, &found)?
        } else if let Some(found) = json(input, &path.join(".zarray"))? {
            let attributes = json(input, &path.join(".zattrs"))?.unwrap_or_default();
            Self::of_version_2(input, &found, attributes)?
        } else {
            return Err(input.broken(&format!("an array at {}", path.display()), "none"));
        };
        let bytes = metadata.chunk.iter().try_fold(metadata.stored.bytes, |b, &length| b.checked_mul(length));
        let fit = metadata.chunk.len() == metadata.shape.len() && bytes.is_some_and(|bytes| bytes > 0);
        let total = metadata.shape.iter().try_fold(8_usize, |b, &length| b.checked_mul(length));
        if !fit || total.is_none() {
            let found = format!("shape {:?}, chunks {:?}", metadata.shape, metadata.chunk);
            return Err(input.broken("a shape with chunks that fit", found));
        }
        Ok(metadata)
    }

    fn of_version_2(input: &Input, found: &Value, attributes: Value) -> Result<Self> {
        let name = found.get("dtype").and_then(Value::as_str).unwrap_or_default();
        let stored = stored_by_letters(name).ok_or_else(|| refused_type(input, name))?;
        let shape = lengths(input, found.get("shape"))?;
        let mut codecs = Vec::new();
        for filter in found.get("filters").and_then(Value::as_array).into_iter().flatten() {
            codecs.push(Codec::of_version_2(input, filter)?);
        }
        if let Some(compressor) = found.get("compressor").filter(|value| !value.is_null()) {
            codecs.push(Codec::of_version_2(input, compressor)?);
        }
        let axes = 0..shape.len();
        let fortran = found.get("order").and_then(Value::as_str) == Some("F");
        let dotted = found.get("dimension_separator").and_then(Value::as_str) != Some("/");
        Ok(Self {
            chunk: lengths(input, found.get("chunks"))?,
            fill: fill_value(found.get("fill_value"), stored),
            order: if fortran { axes.rev().collect() } else { axes.collect() },
            shape,
            stored,
            codecs,
            prefix: "",
            separator: if dotted { '.' } else { '/' },
            attributes,
        })
    }

    fn of_version_3(input: &Input, found: &Value) -> Result<Self> {
        let name = found.get("data_type").and_then(Value::as_str).unwrap_or_default();
        let mut stored = stored_by_name(name).ok_or_else(|| refused_type(input, name))?;
        let shape = lengths(input, found.get("shape"))?;
        let grid = found.get("chunk_grid").and_then(|grid| grid.get("configuration")?.get("chunk_shape"));
        let (mut codecs, mut order) = (Vec::new(), (0..shape.len()).collect());
        for codec in found.get("codecs").and_then(Value::as_array).into_iter().flatten() {
            codecs.extend(Codec::of_version_3(input, codec, &mut stored, &mut order)?);
        }
        let keys = found.get("chunk_key_encoding");
        let plain = keys.and_then(|keys| keys.get("name")?.as_str()) == Some("v2");
        let separator = keys.and_then(|keys| keys.get("configuration")?.get("separator")?.as_str());
        let separator = separator.unwrap_or(if plain { "." } else { "/" });
        let mut attributes = found.get("attributes").cloned().unwrap_or_else(|| serde_json::json!({}));
        if let (Value::Object(attributes), Some(names)) = (&mut attributes, found.get("dimension_names")) {
            attributes.insert("_ARRAY_DIMENSIONS".into(), names.clone());
        }
        Ok(Self {
            chunk: lengths(input, grid)?,
            fill: fill_value(found.get("fill_value"), stored),
            order,
            shape,
            stored,
            codecs,
            prefix: if plain { "" } else { "c" },
            separator: separator.chars().next().unwrap_or('/'),
            attributes,
        })
    }
}

fn refused_type(input: &Input, name: &str) -> Error {
    let remedy = "Save it as uint8, uint16 or float32.";
    let fault = Fault::new(&*input.name, "integers or floats of 32 or 64 bits", format!("'{name}'"), remedy);
    Error::Unsupported(fault)
}

/// A type of version 2, such as `<u2`.
fn stored_by_letters(name: &str) -> Option<Stored> {
    let (order, rest) = name.split_at_checked(1)?;
    let (kind, size) = rest.split_at_checked(1)?;
    let kind = kind_of(kind)?;
    let stored = Stored { kind, bytes: size.parse().ok()?, big_endian: order == ">" };
    (stored.depth().is_some() && matches!(order, "<" | ">" | "|" | "=")).then_some(stored)
}

fn kind_of(letter: &str) -> Option<Kind> {
    match letter {
        "u" => Some(Kind::Unsigned),
        "i" => Some(Kind::Signed),
        "f" => Some(Kind::Float),
        _ => None,
    }
}

/// A type of version 3, such as `uint16`.
fn stored_by_name(name: &str) -> Option<Stored> {
    let digits = name.find(|letter: char| letter.is_ascii_digit())?;
    let (kind, bits) = name.split_at(digits);
    let kind = match kind {
        "uint" => Kind::Unsigned,
        "int" => Kind::Signed,
        "float" => Kind::Float,
        _ => return None,
    };
    let stored = Stored { kind, bytes: bits.parse::<usize>().ok()? / 8, big_endian: false };
    stored.depth().map(|_| stored)
}
