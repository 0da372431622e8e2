//! Opens files to be read: pipes and devices are refused, as they may never answer.

use crate::error::{Error, Fault, Result};
use crate::memory;
use std::fs::{File, FileType, Metadata};
use std::io::Read;
use std::path::Path;

/// Opens the file at `path`, which holds `what`, such as "a movie".
///
/// # Errors
/// [`Error::Unsupported`] for anything but a file on disk; [`Error::Io`] if the system refuses.
pub fn open(path: &Path, what: &str) -> Result<File> {
    let found = std::fs::metadata(path).map_err(|e| Error::reading(path, e))?;
    refuse_unless_file(path, what, &found)?;
    File::open(path).map_err(|e| Error::reading(path, e))
}

/// The bytes of the file at `path`, which holds `what`.
///
/// # Errors
/// As [`open`]; [`Error::Memory`] for a file that is larger than memory.
pub fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    let mut file = open(path, what)?;
    let length = file.metadata().map_err(|e| Error::reading(path, e))?.len();
    let name = path.display().to_string();
    memory::require(&name, "the bytes of this file", length, "Check that it is the right file.")?;
    let mut bytes = memory::with_room(&name, usize::try_from(length).unwrap_or(usize::MAX))?;
    file.read_to_end(&mut bytes).map_err(|e| Error::reading(path, e))?;
    Ok(bytes)
}

/// The text of the file at `path`, which holds `what`.
///
/// # Errors
/// As [`read`]; [`Error::Format`] if it is not text in UTF-8.
pub fn read_text(path: &Path, what: &str) -> Result<String> {
    String::from_utf8(read(path, what)?).map_err(|e| {
        let found = format!("other bytes at place {}", e.utf8_error().valid_up_to());
        let remedy = "The file is damaged or of another kind; copy or write it again.";
        Error::Format(Fault::of_file(path, format!("{what}: text in UTF-8"), found, remedy))
    })
}

fn refuse_unless_file(path: &Path, what: &str, found: &Metadata) -> Result<()> {
    if found.is_file() {
        return Ok(());
    }
    let expected = format!("a file, as {what} must be");
    let (found, remedy) = if found.is_dir() {
        ("a folder", "Name the file itself.")
    } else {
        (kind(found.file_type()), "Write it to a file first, and name that file.")
    };
    Err(Error::Unsupported(Fault::of_file(path, expected, found, remedy)))
}

#[cfg(unix)]
fn kind(found: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match found {
        found if found.is_fifo() => "a pipe",
        found if found.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn kind(_: FileType) -> &'static str {
    "a device"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a device that is read for ever, and one that is taken for an empty file.
    #[test]
    fn only_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let told = open(folder.path(), "a movie").unwrap_err().to_string();
        assert!(told.contains("expected a file, as a movie must be, found a folder"), "{told}");
        #[cfg(unix)]
        for device in ["/dev/null", "/dev/zero"] {
            let refusal = read(Path::new(device), "weights").unwrap_err();
            assert!(
                refusal.is_fault_of_input() && refusal.to_string().contains("found a device"),
                "{refusal}"
            );
        }
        let missing = read(&folder.path().join("none"), "weights").unwrap_err();
        assert!(missing.is_fault_of_input());
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, b"seed = \xFF").unwrap();
        let refusal = read_text(&path, "settings").unwrap_err();
        assert!(matches!(refusal, Error::Format(_)), "{refusal}");
        assert!(refusal.to_string().contains("damaged"), "{refusal}");
    }
}
