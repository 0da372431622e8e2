//! Hands a movie's file to the reader of its format.

use super::buffered::Buffered;
use super::options::OpenOptions;
use super::read_at::{Positioned, ReadAt};
use crate::error::{Error, Fault, Result};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

/// A file that is about to be read.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) bytes: Arc<dyn ReadAt>,
    /// Bytes of the file.
    pub(super) length: u64,
    /// Where it lies.
    pub(super) path: PathBuf,
    /// What errors and cautions call it.
    pub(super) name: String,
    /// Which of several movies in it was asked for, as in `file.h5:/group/movie`.
    pub(super) within: Option<String>,
    /// Bytes of memory that its pixels may take before they are left on disk.
    pub(super) room: u64,
    /// The same of pixels that lie in the file as they are kept.
    pub(super) raw_room: u64,
}

impl Input {
    /// The file `bytes` at `path`.
    ///
    /// # Errors
    /// [`Error::Io`] if the system does not tell its length.
    pub(super) fn new(bytes: Arc<dyn ReadAt>, path: PathBuf, name: String, room: u64) -> Result<Self> {
        let length = bytes.length().map_err(|e| Error::reading(&path, e))?;
        Ok(Self { bytes, length, path, name, within: None, room, raw_room: room })
    }

    /// The file, of whose raw pixels so many bytes are brought into memory.
    pub(super) fn with_raw_room(self, raw_room: u64) -> Self {
        Self { raw_room, ..self }
    }

    /// A buffered reader from the first byte.
    pub(super) fn reader(&self) -> Result<Buffered<Positioned>> {
        let positioned = Positioned::new(Arc::clone(&self.bytes));
        Buffered::new(positioned).map_err(|e| Error::reading(&self.path, e))
    }

    /// `count` bytes from `place` on, which are `what`.
    ///
    /// # Errors
    /// [`Error::Format`] where the file ends before.
    pub(super) fn bytes_at(&self, place: u64, count: u64, what: &str) -> Result<Vec<u8>> {
        if place.checked_add(count).is_none_or(|end| end > self.length) {
            return Err(self.broken(what, format!("a file that ends after {} bytes", self.length)));
        }
        let count = usize::try_from(count).map_err(|_| self.broken(what, "more bytes than memory has"))?;
        let mut bytes = crate::memory::with_room(&self.name, count)?;
        bytes.resize(count, 0);
        self.read(&mut bytes, place, what)?;
        Ok(bytes)
    }

    /// Fills `to` with the bytes from `place` on, which are `what`.
    ///
    /// # Errors
    /// As [`Self::bytes_at`].
    pub(super) fn read(&self, to: &mut [u8], place: u64, what: &str) -> Result<()> {
        self.bytes.read(to, place).map_err(|error| self.unread(what, error))
    }

    /// Refuses options that choose among axes or planes: the file has one plane a frame.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the option.
    pub(super) fn refuse_planes(&self, options: &OpenOptions) -> Result<()> {
        let axes = options.axes.as_ref().map(ToString::to_string).filter(|axes| axes != "TYX");
        let plane = |number: Option<usize>| number.filter(|&number| number != 1).map(|n| n.to_string());
        let stated = [
            ("axes", axes, "axes TYX, which such a file has"),
            ("channel", plane(options.channel), "channel 1, as there are no others"),
            ("slice", plane(options.slice), "slice 1, as there are no others"),
        ];
        for (setting, stated, expected) in stated {
            if let Some(found) = stated {
                let fault = Fault::new(&*self.name, expected, found, "State nothing of it.");
                return Err(Error::Setting(fault.with_setting(setting)));
            }
        }
        Ok(())
    }

    /// What to say where reading `what` failed.
    pub(super) fn unread(&self, what: &str, error: io::Error) -> Error {
        if error.kind() == ErrorKind::UnexpectedEof {
            return self.broken(what, "a file that ends within it");
        }
        Error::reading(&self.path, error)
    }

    /// A file that does not hold `expected`.
    pub(super) fn broken(&self, expected: &str, found: impl Into<String>) -> Error {
        let remedy = "The file was cut short or is damaged; copy or export it again.";
        Error::Format(Fault::new(&*self.name, expected, found, remedy))
    }

    /// A sound file of a kind that is not read.
    pub(super) fn unsupported(&self, expected: &str, found: impl Into<String>, remedy: &str) -> Error {
        Error::Unsupported(Fault::new(&*self.name, expected, found, remedy))
    }
}
