//! Walks through the boxes of which MP4 and QuickTime files are made.

use super::super::input::Input;
use crate::error::Result;
use crate::memory;

/// Kind and content of each box in `bytes`; what is cut at the end is left out.
pub(super) fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (size, kind) = (number(bytes, 0)?, *bytes.get(4..8)?.first_chunk::<4>()?);
        let (head, size) = match size {
            0 => (8, bytes.len()),
            1 => (16, usize::try_from(wide(bytes, 8)?).ok()?),
            size => (8, size as usize),
        };
        let content = bytes.get(head..size)?;
        bytes = &bytes[size..];
        Some((kind, content))
    })
}

/// Content of the first box `kind` in `bytes`.
pub(super) fn find(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    boxes(bytes).find(|(found, _)| *found == kind).map(|(_, content)| content)
}

/// The 32-bit number at place `at`.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The 64-bit number at place `at`.
pub(super) fn wide(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at.checked_add(8)?)?.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// A box of the file itself.
pub(super) struct OfFile {
    pub(super) kind: [u8; 4],
    pub(super) place: u64,
    pub(super) content: Vec<u8>,
}

/// The boxes `kinds` of the file itself.
pub(super) fn of_file(input: &Input, kinds: &[[u8; 4]]) -> Result<Vec<OfFile>> {
    let mut found = Vec::new();
    let mut at = 0;
    // A box may claim any size: what ends beyond the file ends the walk.
    while input.length.saturating_sub(at) >= 8 {
        let head = input.bytes_at(at, 16.min(input.length - at), "the head of a box")?;
        let (size, kind) = (number(&head, 0).unwrap_or(0), [head[4], head[5], head[6], head[7]]);
        let (start, end) = match size {
            0 => (at + 8, input.length),
            1 => (at + 16, wide(&head, 8).map_or(0, |size| at.saturating_add(size))),
            size => (at + 8, at + u64::from(size)),
        };
        if end < start {
            return Err(input.broken("whole boxes", format!("one of {size} bytes at byte {at}")));
        }
        if kinds.contains(&kind) {
            let bytes = end - start;
            memory::require(&input.name, "the table of its frames", bytes, "Check that it is a movie.")?;
            let content = input.bytes_at(start, bytes, "the table of its frames")?;
            found.push(OfFile { kind, place: at, content });
        }
        at = end;
    }
    Ok(found)
}
