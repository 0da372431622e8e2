//! Reads texts of an attribute, whose pieces may lie in a heap of the file.

use super::super::input::Input;
use rust_hdf5::{DatatypeMessage, H5Attribute};

/// Most bytes of a text that is looked at.
const LONGEST: u64 = 1 << 16;

/// Bytes of a reference to a heap: length, address, number.
const REFERENCE: usize = 16;

/// The texts of `attribute`, fixed or variable in length; none if they are no texts or cannot be found.
pub(super) fn texts(input: &Input, attribute: &H5Attribute) -> Option<Vec<String>> {
    let raw = attribute.read_raw().ok()?;
    match attribute.datatype().ok()? {
        DatatypeMessage::FixedString { size, .. } if size > 0 => {
            Some(raw.chunks_exact(size as usize).map(text).collect())
        }
        _ if raw.len() == REFERENCE => Some(vec![attribute.read_string().ok()?]),
        _ => raw.as_chunks::<REFERENCE>().0.iter().map(|reference| in_heap(input, reference)).collect(),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\0', ' ']).to_string()
}

/// The text that a reference points at.
fn in_heap(input: &Input, reference: &[u8; REFERENCE]) -> Option<String> {
    let number = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|k| reference[at + k]));
    let length = u64::from(number(0));
    if length == 0 {
        return Some(String::new());
    }
    let address = u64::from(number(4)) | u64::from(number(8)) << 32;
    let wanted = number(12);
    // Addresses count from where the file's own block of the user ends.
    let mut signature = [0; 8];
    input.bytes.read(&mut signature, 0).ok()?;
    let base = if signature.starts_with(b"\x89HDF") { 0 } else { 512 };
    let mut place = base + address;
    let head = input.bytes_at(place, 16, "a heap of texts").ok()?;
    if !head.starts_with(b"GCOL") {
        return None;
    }
    let size = u64::from_le_bytes(*head[8..].first_chunk::<8>()?);
    let end = place.checked_add(size)?.min(input.length);
    place += 16;
    while place + 16 <= end {
        let object = input.bytes_at(place, 16, "a text").ok()?;
        let index = u32::from(u16::from_le_bytes([object[0], object[1]]));
        let bytes = u64::from_le_bytes(*object[8..].first_chunk::<8>()?);
        if index == wanted {
            let found = input.bytes_at(place + 16, bytes.min(length).min(LONGEST), "a text").ok()?;
            return Some(text(&found));
        }
        if index == 0 {
            return None;
        }
        place = place.checked_add(16)?.checked_add(bytes.checked_next_multiple_of(8)?)?;
    }
    None
}
