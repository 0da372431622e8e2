//! Reads lists of lengths from the metadata of a Zarr array.

use super::super::input::Input;
use crate::error::Result;
use serde_json::Value;

/// A list of lengths.
pub(super) fn lengths(input: &Input, list: Option<&Value>) -> Result<Vec<usize>> {
    let length = |value: &Value| usize::try_from(value.as_u64()?).ok();
    let found = list.and_then(Value::as_array).and_then(|list| list.iter().map(length).collect());
    found.ok_or_else(|| input.broken("a shape and the shape of its chunks", "none in its metadata"))
}
