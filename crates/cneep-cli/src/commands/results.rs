//! Remembers in a run's folder where its latest results lie, for the report.

use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file::read_text;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where the latest results of a run lie.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Results {
    /// Folder with `entropy.csv` and `summary.json`.
    pub(crate) estimate: Option<PathBuf>,
    /// Folder with `map.json` and `overlay.gif`.
    pub(crate) map: Option<PathBuf>,
}

impl Results {
    /// What the run in `folder` remembers.
    pub(crate) fn of_run(folder: &Path) -> Result<Self> {
        let path = path(folder);
        if path.exists() { read_json(&path) } else { Ok(Self::default()) }
    }
}

/// Remembers `folder` as the place of the latest estimate of `run`.
pub(crate) fn remember_estimate(run: &Path, folder: &Path) -> Result<()> {
    let results = Results { estimate: Some(absolute(folder)?), ..Results::of_run(run)? };
    write_json(&path(run), &results)
}

/// Remembers `folder` as the place of the latest maps of `run`.
pub(crate) fn remember_map(run: &Path, folder: &Path) -> Result<()> {
    let results = Results { map: Some(absolute(folder)?), ..Results::of_run(run)? };
    write_json(&path(run), &results)
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
