//! Tells where the fits of a comparison lie below the folder of its run.

use std::path::{Path, PathBuf};

/// Folder of the member of `fold` below that of the run.
pub(in crate::estimator) fn home(folder: &Path, estimator: &str, fold: usize) -> PathBuf {
    folder.join(estimator).join(format!("fold_{}", fold + 1))
}

/// Folder of the comparison of shorter windows that bounds a run, below that of the run.
pub(in crate::estimator) fn home_of_bound(folder: &Path) -> PathBuf {
    folder.join("bound")
}
