//! Remembers in a run's folder where its latest results lie, for the report.

use super::relative_path::relative;
use cneep::estimator::hash_of_run;
use cneep_cli::console::Console;
use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file::read_text;
use cneep_movie::video::Video;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the latest results of a run lie.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Results {
    /// Of `cneep estimate`: `entropy.csv` and `summary.json`.
    pub(crate) estimate: Option<Place>,
    /// Of `cneep map`: `map.json` and `overlay.gif`.
    pub(crate) map: Option<Place>,
}

/// Where one result lies, and what it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// Folder, as seen from that of the run where there is such a path.
    folder: PathBuf,
    /// State of the run that gave it.
    run: String,
    /// Hashes of the movies.
    pub(crate) movies: Vec<String>,
}

impl Place {
    /// The place of what the run in `run` gave for `videos` in `folder`.
    fn of(run: &Path, folder: &Path, videos: &[Video]) -> Result<Self> {
        Ok(Self {
            folder: relative(&absolute(run)?, &absolute(folder)?),
            run: hash_of_run(run)?,
            movies: videos.iter().map(Video::hash).collect::<Result<_>>()?,
        })
    }

    /// The folder, for a program that is told of `run`.
    pub(crate) fn folder(&self, run: &Path) -> PathBuf {
        run.join(&self.folder)
    }

    /// Whether the run in `run` still is what gave it.
    pub(crate) fn is_of(&self, run: &Path) -> Result<bool> {
        Ok(self.run == hash_of_run(run)?)
    }
}

impl Results {
    /// What the run in `folder` remembers.
    pub(crate) fn of_run(folder: &Path) -> Result<Self> {
        let path = path(folder);
        if path.exists() { read_json(&path) } else { Ok(Self::default()) }
    }
}

/// Remembers `folder` as the place of the latest estimate of `videos` by `run`.
pub(crate) fn remember_estimate(run: &Path, folder: &Path, videos: &[Video]) -> Result<()> {
    let estimate = Some(Place::of(run, folder, videos)?);
    write_json(&path(run), &Results { estimate, ..Results::of_run(run).unwrap_or_default() })
}

/// Remembers `folder` as the place of the latest maps of `videos` by `run`.
pub(crate) fn remember_map(run: &Path, folder: &Path, videos: &[Video]) -> Result<()> {
    let map = Some(Place::of(run, folder, videos)?);
    write_json(&path(run), &Results { map, ..Results::of_run(run).unwrap_or_default() })
}

/// Says what a run that cannot be written does not remember: its results are whole all the same.
pub(crate) fn tell_unless_remembered(console: &Console, remembered: Result<()>) -> Result<()> {
    match remembered {
        Err(refusal @ Error::Io { .. }) => {
            console.note(&format!("the results are whole, but the run does not remember them: {refusal}"));
            Ok(())
        }
        remembered => remembered,
    }
}

/// Takes the file that says that a result is whole away, before the others are written: an older one would
/// stand for them.
pub(crate) fn begin_anew(last_file: &Path) -> Result<()> {
    match std::fs::remove_file(last_file) {
        Err(refusal) if refusal.kind() != ErrorKind::NotFound => Err(Error::writing(last_file, refusal)),
        _ => Ok(()),
    }
}

/// Writes `value` as JSON, whole or not at all.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(value).map_err(|e| Error::writing(path, e.into()))?;
    write_bytes(path, &text)
}

/// Reads what [`write_json`] wrote.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = read_text(path, "a result")?;
    serde_json::from_str(&text).map_err(|e| {
        let remedy = "Delete it and run the verb that writes it again.";
        Error::Format(Fault::of_file(path, "a file written by this program", e.to_string(), remedy))
    })
}

fn path(run: &Path) -> PathBuf {
    run.join("results.json")
}

fn absolute(folder: &Path) -> Result<PathBuf> {
    folder.canonicalize().map_err(|e| Error::reading(folder, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches results that are lost when run and results are moved together.
    #[test]
    fn results_are_found_from_the_run() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to)).display().to_string();
        assert_eq!(way("/a/run", "/a/result"), "../result");
        assert_eq!(way("/a/run", "/a/run/result"), "result");
        assert_eq!(way("/a/b/run", "/c"), "../../../c");
        assert_eq!(way("/a/run", "/a/run"), "");
    }
}
