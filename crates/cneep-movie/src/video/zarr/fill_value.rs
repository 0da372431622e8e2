//! Reads the number that stands for chunks which are not there.

use super::super::sample::{Kind, Stored};
use serde_json::Value;

/// Bytes of the number in `value`, as it would be stored; zero where none is stated.
pub(super) fn fill_value(value: Option<&Value>, stored: Stored) -> Vec<u8> {
    let number = match value {
        Some(Value::String(text)) => match &**text {
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => f64::NAN,
        },
        Some(value) => value.as_f64().unwrap_or(0.0),
        None => 0.0,
    };
    let whole = value.and_then(|value| value.as_i64().or_else(|| value.as_u64().map(u64::cast_signed)));
    let mut bytes = match (stored.kind, stored.bytes) {
        (Kind::Float, 4) => (number as f32).to_le_bytes().to_vec(),
        (Kind::Float, _) => number.to_le_bytes().to_vec(),
        (_, count) => whole.unwrap_or(0).to_le_bytes()[..count.min(8)].to_vec(),
    };
    if stored.big_endian {
        bytes.reverse();
    }
    bytes
}
