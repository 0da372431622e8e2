//! Names every fault by its kind: whose fault it is, what was expected, what was found, what to do next.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Result of anything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What a fault is about, in four parts that a user can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, setting or argument at fault.
    pub subject: String,
    /// What was expected of it.
    pub expected: String,
    /// What was found instead.
    pub found: String,
    /// The next move.
    pub remedy: String,
    /// The setting that answers it, by its name in this library such as `frame_interval`; none for most.
    pub setting: Option<&'static str>,
}

impl Fault {
    /// A fault of `subject`, in the order in which it is read out.
    pub fn new(
        subject: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            subject: subject.into(),
            expected: expected.into(),
            found: found.into(),
            remedy: remedy.into(),
            setting: None,
        }
    }

    /// The fault, answered by `setting`, so that a front end can say how that is stated there.
    #[must_use]
    pub fn with_setting(self, setting: &'static str) -> Self {
        Self { setting: Some(setting), ..self }
    }

    /// A fault of the file at `path`.
    pub fn of_file(
        path: &Path,
        expected: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(path.display().to_string(), expected, found, remedy)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, found {}. {}", self.subject, self.expected, self.found, self.remedy)
    }
}

/// Everything that can go wrong, by fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file does not hold what its format promises (wrong, truncated, empty, inconsistent).
    #[error("{0}")]
    Format(Fault),
    /// A valid file, of a kind this program does not read.
    #[error("{0}")]
    Unsupported(Fault),
    /// Two inputs that do not belong together (frame sizes, movies against truth).
    #[error("{0}")]
    Mismatch(Fault),
    /// A setting outside its range.
    #[error("{0}")]
    Setting(Fault),
    /// A computation that did not reach an answer worth stating.
    #[error("{0}")]
    NotConverged(Fault),
    /// More memory is needed than there is.
    #[error("{0}")]
    Memory(Fault),
    /// The operating system refused.
    #[error("{}: {source}. {remedy}", path.display())]
    Io {
        /// File or folder concerned.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// The next move.
        remedy: String,
    },
    /// The caller asked for it; what is complete is kept.
    #[error("{what}: stopped on request")]
    Stopped {
        /// The computation that ended early.
        what: String,
    },
}

impl Error {
    /// Whether the input or the settings are at fault, rather than the machine or the computation.
    pub fn is_fault_of_input(&self) -> bool {
        match self {
            Self::Format(_) | Self::Unsupported(_) | Self::Mismatch(_) | Self::Setting(_) => true,
            Self::NotConverged(_) | Self::Memory(_) | Self::Stopped { .. } => false,
            Self::Io { source, .. } => matches!(
                source.kind(),
                ErrorKind::NotFound
                    | ErrorKind::NotADirectory
                    | ErrorKind::IsADirectory
                    | ErrorKind::InvalidFilename
                    | ErrorKind::InvalidInput
            ),
        }
    }

    /// The setting that answers it, by its name in this library; none for most.
    pub fn setting(&self) -> Option<&'static str> {
        match self {
            Self::Format(fault)
            | Self::Unsupported(fault)
            | Self::Mismatch(fault)
            | Self::Setting(fault)
            | Self::NotConverged(fault)
            | Self::Memory(fault) => fault.setting,
            Self::Io { .. } | Self::Stopped { .. } => None,
        }
    }

    /// The end, on request, of the computation called `what`.
    pub fn stopped(what: impl Into<String>) -> Self {
        Self::Stopped { what: what.into() }
    }

    /// Whether a computation ended because its caller asked for it.
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }

    /// A refusal of the operating system while reading `path`; a fault of the file where a decoder, not the
    /// system, refused what stands in it.
    pub fn reading(path: &Path, source: std::io::Error) -> Self {
        let of_decoder = matches!(
            source.kind(),
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof | ErrorKind::Other
        );
        if source.kind() == ErrorKind::OutOfMemory {
            let remedy = "Close other programs, or give less at a time.";
            return Self::Memory(Fault::of_file(path, "enough memory", source.to_string(), remedy));
        }
        if of_decoder && source.raw_os_error().is_none() {
            let remedy = "The file is damaged; copy or export it again.";
            return Self::Format(Fault::of_file(path, "a whole file", source.to_string(), remedy));
        }
        let remedy = "Check that the path is right and that you may read it.".into();
        Self::Io { path: path.to_path_buf(), source, remedy }
    }

    /// A refusal of the operating system while writing `path`; an error of this crate that stopped the
    /// writer, as it was.
    pub fn writing(path: &Path, source: std::io::Error) -> Self {
        let remedy =
            "Nothing was left half-written; check the folder, its permissions and the free space.".into();
        match source.downcast::<Self>() {
            Ok(error) => error,
            Err(source) => Self::Io { path: path.to_path_buf(), source, remedy },
        }
    }
}

/// An error on its way through a writer; [`Error::writing`] brings it back.
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_subject_expected_found_next_move() {
        let fault = Fault::new("a.tif", "at least 2 frames", "1", "Record a longer movie.");
        assert_eq!(
            Error::Format(fault).to_string(),
            "a.tif: expected at least 2 frames, found 1. Record a longer movie."
        );
    }

    /// Catches damage that is blamed on the path, and a disk that is blamed on the file.
    #[test]
    fn what_a_decoder_refuses_is_a_fault_of_the_file() {
        let damage = std::io::Error::new(ErrorKind::InvalidInput, "corrupt deflate stream");
        let damage = Error::reading(Path::new("a.tif"), damage);
        assert!(matches!(damage, Error::Format(_)) && damage.to_string().contains("damaged"), "{damage}");
        let disk = Error::reading(Path::new("a.tif"), std::io::Error::from_raw_os_error(5));
        assert!(matches!(disk, Error::Io { .. }) && !disk.is_fault_of_input(), "{disk}");
        let memory = Error::reading(Path::new("a.tif"), ErrorKind::OutOfMemory.into());
        assert!(matches!(memory, Error::Memory(_)), "{memory}");
    }

    /// Catches a stop taken for a refusal of the system, or blamed on the input.
    #[test]
    fn a_stop_is_nobodys_fault() {
        let stop = Error::stopped("the fit of modes");
        assert!(stop.is_stop() && !stop.is_fault_of_input());
        assert_eq!(stop.to_string(), "the fit of modes: stopped on request");
        let refused = std::io::Error::from(std::io::ErrorKind::Interrupted);
        assert!(!Error::reading(Path::new("a.tif"), refused).is_stop());
    }
}
