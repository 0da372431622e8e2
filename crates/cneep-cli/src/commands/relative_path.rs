//! Finds the way from one folder to another.

use std::path::{Component, Path, PathBuf};

/// An absolute path without links as far as it exists.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    for ancestor in whole.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), whole.strip_prefix(ancestor)) {
            // Without a separator at its end, where nothing is left.
            return real.components().chain(rest.components()).collect();
        }
    }
    whole
}

/// The way from one folder to another, both absolute.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    let (here, there): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return to.to_path_buf();
    }
    let up = here[common..].iter().map(|_| Component::ParentDir);
    up.chain(there[common..].iter().copied()).collect()
}
