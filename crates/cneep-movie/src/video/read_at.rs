//! Reads a file, or bytes in memory, at any place and from any thread.

use std::fmt::Debug;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;

/// Bytes without a position of their own.
pub(super) trait ReadAt: Debug + Send + Sync {
    /// Copies bytes from `place` on; how many, which are none at the end alone.
    fn read_some(&self, to: &mut [u8], place: u64) -> io::Result<usize>;

    /// Bytes that there are now.
    fn length(&self) -> io::Result<u64>;

    /// Fills `to` with the bytes from `place` on.
    fn read(&self, mut to: &mut [u8], mut place: u64) -> io::Result<()> {
        while !to.is_empty() {
            match self.read_some(to, place) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    to = &mut to[count..];
                    place += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
impl ReadAt for std::fs::File {
    fn read_some(&self, to: &mut [u8], place: u64) -> io::Result<usize> {
        if i64::try_from(place).is_err() {
            return Ok(0);
        }
        std::os::unix::fs::FileExt::read_at(self, to, place)
    }

    fn length(&self) -> io::Result<u64> {
        self.metadata().map(|file| file.len())
    }
}

/// Reading at a place moves the position, which nothing else relies on.
#[cfg(windows)]
impl ReadAt for std::fs::File {
    fn read_some(&self, to: &mut [u8], place: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, to, place)
    }

    fn length(&self) -> io::Result<u64> {
        self.metadata().map(|file| file.len())
    }
}

impl ReadAt for Vec<u8> {
    fn read_some(&self, to: &mut [u8], place: u64) -> io::Result<usize> {
        let rest = usize::try_from(place).ok().and_then(|place| self.get(place..)).unwrap_or_default();
        let count = rest.len().min(to.len());
        to[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}

/// The same bytes with a position.
#[derive(Debug)]
pub(super) struct Positioned {
    bytes: Arc<dyn ReadAt>,
    position: u64,
}

impl Positioned {
    /// At the first byte.
    pub(super) fn new(bytes: Arc<dyn ReadAt>) -> Self {
        Self { bytes, position: 0 }
    }
}

impl Read for Positioned {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_some(to, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Positioned {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => self.bytes.length()?.checked_add_signed(distance),
        };
        let before = || io::Error::new(ErrorKind::UnexpectedEof, "a place before the first byte");
        self.position = target.ok_or_else(before)?;
        Ok(self.position)
    }
}
