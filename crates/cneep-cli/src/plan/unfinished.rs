//! Keeps what workers have begun, each in a folder of its own with a lock, until it is done.

use super::folder::PlanFolder;
use super::manifest::host;
use super::task::Task;
use cneep_movie::error::{Error, Result};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The folder in which one worker carries out one task; its lock lasts as long as the worker.
#[derive(Debug)]
pub(crate) struct Begun {
    path: PathBuf,
    /// Held until this is dropped.
    lock: Option<File>,
}

/// What one worker began, as another sees it.
#[derive(Debug)]
struct Left {
    path: PathBuf,
    /// Whether its worker ended cleanly, or ran on this machine, so that its lock can be believed.
    is_known: bool,
}

impl Begun {
    /// Goes on with what a worker left of the task of this `number`, or begins anew. What a killed worker of
    /// another machine left is let alone, as not every file system shares locks between machines.
    ///
    /// # Errors
    /// [`Error::Io`] if the plan cannot be written.
    pub(crate) fn new<T: Task>(plan: &PlanFolder<T>, number: usize) -> Result<Self> {
        for left in left(plan, Some(number)) {
            if let (true, Lock::Free(lock)) = (left.is_known, lock(&left.path))
                && left.path.exists()
            {
                let _ = std::fs::remove_file(beside(&left.path, "stopped"));
                return Ok(Self { path: left.path, lock: Some(lock) });
            }
        }
        let home = home(plan);
        std::fs::create_dir_all(&home).map_err(|refusal| Error::writing(&home, refusal))?;
        let prefix = format!("{number:06}-{}-", host());
        loop {
            let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(&home);
            let path = folder.map_err(|refusal| Error::writing(&home, refusal))?.keep();
            // Other programs of a lab read what is in it once it is a task.
            open_to_group(&path);
            let lock = match lock(&path) {
                Lock::Free(lock) => Some(lock),
                Lock::Unknown => None,
                // A worker that has just finished this task takes it for one that was left, and away.
                Lock::Held => continue,
            };
            if path.exists() {
                return Ok(Self { path, lock });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it to the next worker, on any machine, unless nothing is in it or it is `useless`.
    pub(crate) fn leave(self, useless: bool) {
        let has_something = self.path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if has_something && !useless {
            // Without it, the next begins anew.
            let _ = File::create(beside(&self.path, "stopped"));
        } else {
            self.discard();
        }
    }

    /// Puts it where it belongs, with its manifest in it. If another worker was first, its results, which are
    /// the same, stay.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be moved.
    pub(crate) fn finish<T: Task>(self, plan: &PlanFolder<T>, number: usize) -> Result<()> {
        let place = plan.of_task(number);
        // What copies a plan may leave out empty folders.
        let home = place.parent().unwrap_or(plan.path());
        std::fs::create_dir_all(home).map_err(|refusal| Error::writing(home, refusal))?;
        for _ in 0..3 {
            // Not over what is there: another worker may have finished a moment ago.
            let moved = std::fs::rename(&self.path, &place);
            if moved.is_ok() || plan.is_done(number)? {
                break;
            }
            if let Err(refusal) = moved
                && !place.exists()
            {
                return Err(Error::writing(&place, refusal));
            }
            // What is there failed, or belongs to no plan.
            let aside = beside(&self.path, "old");
            let _ = std::fs::rename(&place, &aside);
            let _ = std::fs::remove_dir_all(&aside);
        }
        self.discard();
        for left in left(plan, Some(number)) {
            if let (true, Lock::Free(lock)) = (left.is_known, lock(&left.path)) {
                Self { path: left.path, lock: Some(lock) }.discard();
            }
        }
        Ok(())
    }

    /// Takes it away.
    fn discard(self) {
        // What cannot be taken away takes room and does no harm.
        let _ = std::fs::remove_dir_all(&self.path);
        let _ = std::fs::remove_file(beside(&self.path, "stopped"));
        drop(self.lock);
        let _ = std::fs::remove_file(beside(&self.path, "lock"));
    }
}

/// Numbers of the tasks that workers hold now, sorted.
pub(crate) fn in_work<T: Task>(plan: &PlanFolder<T>) -> Vec<usize> {
    let held = |left: &Left| matches!(lock_if_there(&left.path), Lock::Held);
    let mut numbers: Vec<usize> =
        left(plan, None).iter().filter(|left| held(left)).filter_map(|left| number_of(&left.path)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Whether a worker holds the task of this `number` now.
pub(crate) fn is_in_work<T: Task>(plan: &PlanFolder<T>, number: usize) -> bool {
    left(plan, Some(number)).iter().any(|left| matches!(lock_if_there(&left.path), Lock::Held))
}

fn home<T: Task>(plan: &PlanFolder<T>) -> PathBuf {
    plan.path().join("unfinished")
}

/// What workers have begun: of one task, or of all.
fn left<T: Task>(plan: &PlanFolder<T>, number: Option<usize>) -> Vec<Left> {
    let prefix = number.map_or_else(String::new, |number| format!("{number:06}-"));
    let own = format!("-{}-", host());
    let entries = home(plan).read_dir().into_iter().flatten().flatten();
    let mut found: Vec<Left> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_one = name.starts_with(&prefix) && !name.contains('.');
            let path = entry.path();
            let is_known = name.contains(&own) || beside(&path, "stopped").exists();
            is_one.then_some(Left { path, is_known })
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn number_of(path: &Path) -> Option<usize> {
    path.file_name()?.to_str()?.split('-').next()?.parse().ok()
}

/// A file that belongs to the folder at `path`.
fn beside(path: &Path, kind: &str) -> PathBuf {
    path.with_extension(kind)
}

enum Lock {
    /// It was free, and is held now.
    Free(File),
    /// Another process holds it.
    Held,
    /// This file system has none.
    Unknown,
}

fn lock(path: &Path) -> Lock {
    let opened = File::options().create(true).append(true).open(beside(path, "lock"));
    opened.map_or(Lock::Unknown, taken)
}

fn lock_if_there(path: &Path) -> Lock {
    File::options().append(true).open(beside(path, "lock")).map_or(Lock::Unknown, taken)
}

fn taken(file: File) -> Lock {
    match file.try_lock() {
        Ok(()) => Lock::Free(file),
        Err(TryLockError::WouldBlock) => Lock::Held,
        Err(TryLockError::Error(_)) => Lock::Unknown,
    }
}

/// Temporary folders are their owner's alone; a task is not.
#[cfg(unix)]
fn open_to_group(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = path.parent().and_then(|home| home.metadata().ok());
    let mode = parent.map_or(0o755, |home| home.permissions().mode());
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o777));
}

#[cfg(not(unix))]
fn open_to_group(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::AnalysisTask;

    fn plan(home: &Path) -> PlanFolder<AnalysisTask> {
        let task = AnalysisTask {
            number: 1,
            name: "a".into(),
            movies: vec!["../a.tif".into()],
            tile: None,
            condition: None,
            replicate: None,
            options: Vec::new(),
            settings: String::new(),
            inputs: std::collections::BTreeMap::new(),
        };
        PlanFolder::write(&home.join("plan"), "", &[task]).unwrap()
    }

    /// Catches work of a worker that lives being taken from it, and work of one that has ended being lost.
    #[test]
    fn what_a_worker_left_is_taken_up_when_it_has_ended() {
        let home = tempfile::tempdir().unwrap();
        let plan = plan(home.path());
        let first = Begun::new(&plan, 1).unwrap();
        std::fs::write(first.path().join("fit"), "").unwrap();
        assert_eq!(in_work(&plan), [1]);
        let second = Begun::new(&plan, 1).unwrap();
        assert_ne!(first.path(), second.path());
        second.leave(false);
        let path = first.path().to_path_buf();
        // As by a kill: nothing is said, and the lock is gone.
        drop(first);
        assert!(in_work(&plan).is_empty() && !is_in_work(&plan, 1));
        assert_eq!(Begun::new(&plan, 1).unwrap().path(), path);
        let elsewhere = path.with_file_name("000001-elsewhere-abc");
        std::fs::rename(&path, &elsewhere).unwrap();
        assert_ne!(Begun::new(&plan, 1).unwrap().path(), elsewhere);
        std::fs::write(beside(&elsewhere, "stopped"), "").unwrap();
        let begun = [Begun::new(&plan, 1).unwrap(), Begun::new(&plan, 1).unwrap()];
        assert!(begun.iter().any(|of| of.path() == elsewhere));
    }
}
