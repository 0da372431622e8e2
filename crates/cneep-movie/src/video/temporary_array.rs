//! Keeps decoded frames on disk, in a file that is gone as soon as nothing reads it.

use super::sample::{Kind, Stored};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::memory;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bytes that are left to others on a disk.
const LEFT_TO_OTHERS: u64 = 1 << 28;

/// Pixels in a temporary file, little-endian, one frame behind the other.
#[derive(Debug)]
pub(super) struct TemporaryArray {
    file: File,
    folder: PathBuf,
    name: String,
    written: u64,
}

impl TemporaryArray {
    /// A file with room for `bytes` of the frames of the movie `name`.
    ///
    /// # Errors
    /// [`Error::Memory`] with both numbers where no disk has this room.
    pub(super) fn new(name: &str, bytes: u64) -> Result<Self> {
        let mut most = 0;
        for folder in folders() {
            let free = free_on_disk(&folder).map_or(u64::MAX, |free| free.saturating_sub(LEFT_TO_OTHERS));
            if free >= bytes {
                let file = tempfile::tempfile_in(&folder).map_err(|e| Error::writing(&folder, e))?;
                return Ok(Self { file, folder, name: name.into(), written: 0 });
            }
            most = most.max(free);
        }
        Err(no_room(name, bytes, most))
    }

    /// Appends `bytes`.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull => no_room(&self.name, self.written, 0),
            _ => Error::writing(&self.folder, error),
        })
    }

    /// The file, of which nothing more is written.
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// How its numbers are stored.
    pub(super) fn stored(depth: Depth) -> Stored {
        let kind = if depth == Depth::F32 { Kind::Float } else { Kind::Unsigned };
        Stored { kind, bytes: depth.bytes() as usize, big_endian: false }
    }
}

fn no_room(name: &str, bytes: u64, free: u64) -> Error {
    let expected = format!("{} on disk for its decoded frames", memory::in_words(bytes));
    let found = format!("{} free", memory::in_words(free));
    let remedy = "Set TMPDIR to a folder on a larger disk, crop or bin the movie, or convert it to TIFF or \
                  NPY, whose frames stay in their file.";
    Error::Memory(Fault::new(name, expected, found, remedy))
}

/// Where temporary files may lie; `/var/tmp` before `/tmp`, which often lies in memory.
fn folders() -> Vec<PathBuf> {
    let stated = std::env::var_os("TMPDIR").map(PathBuf::from);
    let lasting = cfg!(unix).then(|| PathBuf::from("/var/tmp"));
    let all = stated.into_iter().chain(lasting).chain([std::env::temp_dir()]);
    all.filter(|folder| folder.is_dir() && !lies_in_memory(folder)).collect()
}

#[cfg(unix)]
fn free_on_disk(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(not(unix))]
fn free_on_disk(_: &Path) -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn lies_in_memory(folder: &Path) -> bool {
    const TMPFS: i128 = 0x0102_1994;
    rustix::fs::statfs(folder).is_ok_and(|found| i128::from(found.f_type) == TMPFS)
}

#[cfg(not(target_os = "linux"))]
fn lies_in_memory(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a disk that fills up before anybody is told.
    #[test]
    fn what_no_disk_has_is_refused_with_both_numbers() {
        let refusal = TemporaryArray::new("a.mp4", 1 << 60).unwrap_err();
        let told = refusal.to_string();
        assert!(
            matches!(refusal, Error::Memory(_)) && told.contains("expected 1152922 TB on disk"),
            "{told}"
        );
        assert!(told.contains("TMPDIR"), "{told}");
    }
}
