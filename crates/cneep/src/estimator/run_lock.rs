//! Lets one process at a time write a run.

use cneep_movie::error::{Error, Fault, Result};
use std::fs::{File, OpenOptions, TryLockError, create_dir_all};
use std::path::{Path, PathBuf};

/// The right to write a run's folder. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct RunLock {
    /// Locked as long as it is open.
    _file: File,
    path: PathBuf,
}

impl RunLock {
    /// Takes the right to write `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Setting`] if another process has it; [`Error::Io`] if the folder cannot be written.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let path = folder.join(".lock");
        loop {
            create_dir_all(folder).map_err(|refusal| Error::writing(folder, refusal))?;
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            let file = file.map_err(|refusal| Error::writing(&path, refusal))?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    let remedy = "Wait until it has ended, or choose another folder; nothing was changed.";
                    let (expected, found) =
                        ("a folder in which no other process trains", "one that trains there");
                    return Err(Error::Setting(Fault::of_file(folder, expected, found, remedy)));
                }
                // The one before has taken the file away since it was opened.
                Ok(()) if !is_still_there(&file, &path) => {}
                // File systems without locks leave it to the user.
                Ok(()) | Err(TryLockError::Error(_)) => return Ok(Self { _file: file, path }),
            }
        }
    }
}

impl Drop for RunLock {
    /// A folder in which nothing was written is taken away.
    fn drop(&mut self) {
        let Some(folder) = self.path.parent() else { return };
        let is_empty = std::fs::read_dir(folder)
            .is_ok_and(|entries| entries.flatten().all(|entry| entry.path() == self.path));
        if is_empty && std::fs::remove_file(&self.path).is_ok() {
            // It may have been filled by another process, and then stays.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_there(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a lock that lets a second in, one that outlives its owner, and a folder that is left behind
    /// for nothing, or taken away with what is in it.
    #[test]
    fn one_writes_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let lock = RunLock::of(folder.path()).unwrap();
        assert!(matches!(RunLock::of(folder.path()), Err(Error::Setting(_))));
        drop(lock);
        std::fs::create_dir(folder.path()).unwrap();
        std::fs::write(folder.path().join("state.json"), "").unwrap();
        drop(RunLock::of(folder.path()).unwrap());
        assert!(folder.path().join("state.json").exists());
    }
}
