//! Lets one process at a time write a run.

use cneep_movie::error::{Error, Fault, Result};
use std::fs::{File, OpenOptions, TryLockError, create_dir_all};
use std::path::Path;

/// The right to write a run's folder. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct RunLock {
    /// Locked as long as it is open.
    _file: File,
}

impl RunLock {
    /// Takes the right to write `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Setting`] if another process has it; [`Error::Io`] if the folder cannot be written.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        create_dir_all(folder).map_err(|refusal| Error::writing(folder, refusal))?;
        let path = folder.join(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|refusal| Error::writing(&path, refusal))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let remedy = "Wait until it has ended, or choose another folder; nothing was changed.";
                let (expected, found) =
                    ("a folder in which no other process trains", "one that trains there");
                Err(Error::Setting(Fault::of_file(folder, expected, found, remedy)))
            }
            // File systems without locks leave it to the user.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { _file: file }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a lock that lets a second in, and one that outlives its owner.
    #[test]
    fn one_writes_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let lock = RunLock::of(folder.path()).unwrap();
        assert!(matches!(RunLock::of(folder.path()), Err(Error::Setting(_))));
        drop(lock);
        RunLock::of(folder.path()).unwrap();
    }
}
