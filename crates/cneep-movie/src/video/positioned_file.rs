//! Reads a file at any place, from any thread.

use std::fs::File;
use std::io;

/// An open file without a position of its own.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct PositionedFile(File);

#[cfg(unix)]
impl PositionedFile {
    pub(super) fn new(file: File) -> Self {
        Self(file)
    }

    /// Fills `to` with the bytes from `place` on.
    pub(super) fn read(&self, to: &mut [u8], place: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, to, place)
    }

    /// Bytes that the file holds now.
    pub(super) fn length(&self) -> io::Result<u64> {
        self.0.metadata().map(|file| file.len())
    }
}

/// An open file whose position one thread at a time may move.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct PositionedFile(std::sync::Mutex<File>);

#[cfg(not(unix))]
impl PositionedFile {
    pub(super) fn new(file: File) -> Self {
        Self(std::sync::Mutex::new(file))
    }

    /// Fills `to` with the bytes from `place` on.
    pub(super) fn read(&self, to: &mut [u8], place: u64) -> io::Result<()> {
        use std::io::{Read, Seek};
        // Every read seeks first, so that a thread that died between the two leaves nothing amiss.
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(io::SeekFrom::Start(place))?;
        file.read_exact(to)
    }

    /// Bytes that the file holds now.
    pub(super) fn length(&self) -> io::Result<u64> {
        let file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.metadata().map(|file| file.len())
    }
}
