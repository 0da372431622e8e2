//! Reads a movie of any format that was packed with gzip.

use super::input::Input;
use super::temporary_array::TemporaryArray;
use crate::error::Result;
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::sync::Arc;

/// First bytes of a packed file.
pub(super) const MAGIC: &[u8] = b"\x1F\x8B\x08";

/// Bytes that are unpacked at a time.
const PIECE: usize = 1 << 20;

/// The unpacked file: in memory while it fits there, else in a temporary file.
pub(super) fn unpacked(input: &Input) -> Result<Input> {
    let fail = |error| input.unread("a whole packed file", error);
    let mut decoder = MultiGzDecoder::new(input.reader()?);
    let mut memory = Vec::new();
    let mut disk: Option<TemporaryArray> = None;
    let mut piece = vec![0; PIECE];
    loop {
        let count = decoder.read(&mut piece).map_err(fail)?;
        if count == 0 {
            break;
        }
        let held = memory.len() as u64 + count as u64;
        match &mut disk {
            Some(disk) => disk.write(&piece[..count])?,
            None if held > input.room => {
                // How much there will be is not known: as much again as there is packed, at least.
                let mut array = TemporaryArray::new(&input.name, held.saturating_add(2 * input.length))?;
                array.write(&memory)?;
                array.write(&piece[..count])?;
                memory = Vec::new();
                disk = Some(array);
            }
            None => {
                let refused = |_| crate::memory::refused(&input.name, held);
                memory.try_reserve(count).map_err(refused)?;
                memory.extend_from_slice(&piece[..count]);
            }
        }
    }
    let path = input.path.with_extension("");
    match disk {
        Some(array) => Input::new(Arc::new(array.into_file()), path, input.name.clone(), input.room),
        None => Input::new(Arc::new(memory), path, input.name.clone(), input.room),
    }
}
