//! Writes a file whole or not at all.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

/// Writes `path` through `write` into a temporary neighbour, then renames it into place.
///
/// # Errors
/// [`Error::Io`] if the folder cannot be made, the disk is full or the rename fails; `path` then is as it
/// was.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<NewFile>) -> std::io::Result<()>,
) -> Result<()> {
    let fail = |source| Error::writing(path, source);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(fail)?;
    let file = tempfile::Builder::new().prefix(".cneep-").tempfile_in(folder).map_err(fail)?;
    let mut writer = BufWriter::new(NewFile { file, refused: false });
    write(&mut writer).map_err(fail)?;
    let NewFile { file, refused } = writer.into_inner().map_err(|e| fail(e.into_error()))?;
    if refused {
        return Err(fail(std::io::Error::other("the file could not be written to its end")));
    }
    file.as_file().sync_all().map_err(fail)?;
    restore_default_permissions(file.path()).map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}

/// A file that is not in its place yet. It refuses once: a writer that tries again as it is dropped, to put
/// an end to what it wrote, is not told a second time, and has nothing to complain of.
#[derive(Debug)]
pub struct NewFile {
    file: tempfile::NamedTempFile,
    refused: bool,
}

impl NewFile {
    fn once<T>(
        &mut self,
        instead: T,
        act: impl FnOnce(&mut File) -> std::io::Result<T>,
    ) -> std::io::Result<T> {
        if self.refused {
            return Ok(instead);
        }
        let done = act(self.file.as_file_mut());
        self.refused = done.as_ref().is_err_and(|refusal| refusal.kind() != ErrorKind::Interrupted);
        done
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.once(bytes.len(), |file| file.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.once((), Write::flush)
    }
}

impl Seek for NewFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.once(0, |file| file.seek(to))
    }
}

/// Temporary files are private; results are as readable as any new file.
#[cfg(unix)]
fn restore_default_permissions(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn restore_default_permissions(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomically(path, |writer| writer.write_all(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.csv");
        write_bytes(&path, b"old").unwrap();
        let failed = write_atomically(&path, |writer| {
            writer.write_all(b"half")?;
            Err(std::io::Error::other("disk full"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
