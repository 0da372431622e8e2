//! Finds the run that a path names, and says what it is if it is none.

use cneep_movie::error::{Error, Fault, Result};
use std::path::{Path, PathBuf};

/// The folder of the run at `path`: itself, or `run` in the folder of an analysis. `others` are what was
/// named beside it, among which the run may be if the two were exchanged.
pub(crate) fn find(path: &Path, others: &[PathBuf]) -> Result<PathBuf> {
    if let Some(run) = run_in(path) {
        return Ok(run);
    }
    if let Some(run) = others.iter().find(|other| run_in(other).is_some()) {
        let (found, remedy) = (
            format!("{}, which is none, before {}, which is one", path.display(), run.display()),
            format!("Name the run first: {} {}", run.display(), path.display()),
        );
        return Err(Error::Setting(Fault::new("RUN", "a run, then movies", found, remedy)));
    }
    let (found, remedy) = if path.is_dir() {
        ("a folder without one", "Name the folder that `cneep train -o` or `cneep analyze -o` wrote.")
    } else if path.exists() {
        ("a file", "Name the folder of a run first, as `cneep train -o` or `cneep analyze -o` wrote it.")
    } else {
        ("nothing of this name", "Check the name; `cneep analyze` and `cneep train` make runs.")
    };
    Err(Error::Setting(Fault::of_file(
        path,
        "a run (made by `cneep analyze` or `cneep train`)",
        found,
        remedy,
    )))
}

fn run_in(path: &Path) -> Option<PathBuf> {
    let is_run = |folder: &Path| {
        ["state.json", "record.json", "settings.toml"].iter().any(|name| folder.join(name).exists())
    };
    [path.to_path_buf(), path.join("run")].into_iter().find(|folder| is_run(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a movie taken for a run, and an exchange that is not seen.
    #[test]
    fn what_is_no_run_is_called_by_what_it_is() {
        let home = tempfile::tempdir().unwrap();
        let [run, analysis, movie] = ["run", "cell.cneep", "cell.tif"].map(|name| home.path().join(name));
        for folder in [&run, &analysis.join("run")] {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join("state.json"), "{}").unwrap();
        }
        std::fs::write(&movie, "").unwrap();
        assert_eq!(find(&run, &[]).unwrap(), run);
        assert_eq!(find(&analysis, &[]).unwrap(), analysis.join("run"));
        let told = |path: &Path, others: &[PathBuf]| find(path, others).unwrap_err().to_string();
        assert!(told(&movie, std::slice::from_ref(&run)).contains("Name the run first"));
        assert!(told(&movie, &[]).contains("found a file"));
        let empty = home.path().join("empty");
        std::fs::create_dir(&empty).unwrap();
        assert!(told(&empty, &[]).contains("a folder without one"));
        assert!(told(&home.path().join("no"), &[]).contains("nothing of this name"));
    }
}
