//! Keeps how far a run has come in one file, with the hashes of all others: what looks whole is whole.

use cneep_movie::atomic_file::write_bytes;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::input_file;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Files of a run, of which not every one has all.
const FILES: [&str; 6] = [
    "settings.toml",
    "record.json",
    "frames.safetensors",
    "best.safetensors",
    "last.safetensors",
    "training.csv",
];

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// It is under way, or ended without a word.
    Begun,
    /// It was stopped on request.
    Interrupted,
    /// All was done.
    Complete,
}

/// The state of a run: `state.json`, the first file of it that is written, and the last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RunState {
    pub(super) stage: Stage,
    /// Version that wrote it.
    version: String,
    /// When.
    written_seconds_since_1970: u64,
    /// SHA-256 of the files of a run that has ended, by their places in its folder.
    files: BTreeMap<String, String>,
}

impl RunState {
    /// The state of the run in `folder`; none if it has none.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Format`] for a file that is there and cannot be read.
    pub(super) fn of(folder: &Path) -> Result<Option<Self>> {
        let path = path(folder);
        if !path.exists() {
            return Ok(None);
        }
        let text = input_file::read(&path, "the state of a run")?;
        serde_json::from_slice(&text).map(Some).map_err(|misfit| {
            let remedy = "Take a backup, or train again in another folder.";
            Error::Format(Fault::of_file(&path, "the state of a run", misfit.to_string(), remedy))
        })
    }

    /// Notes that a run begins, or goes on, in `folder`.
    pub(super) fn begin(folder: &Path) -> Result<()> {
        Self::new(Stage::Begun, BTreeMap::new()).write(folder)
    }

    /// Notes that the run in `folder` has ended, with the hashes of its files and of those of its `members`.
    pub(super) fn end(folder: &Path, stage: Stage, members: &[PathBuf]) -> Result<()> {
        let mut files = BTreeMap::new();
        for home in members.iter().map(PathBuf::as_path).chain([Path::new("")]) {
            for name in FILES.iter().map(|name| home.join(name)).filter(|name| folder.join(name).exists()) {
                let hash = hash_of_file(&folder.join(&name))?;
                let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
                files.insert(parts.join("/"), hash);
            }
        }
        Self::new(stage, files).write(folder)
    }

    fn new(stage: Stage, files: BTreeMap<String, String>) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let written_seconds_since_1970 = since.map_or(0, |since| since.as_secs());
        Self { stage, version: env!("CARGO_PKG_VERSION").into(), written_seconds_since_1970, files }
    }

    fn write(&self, folder: &Path) -> Result<()> {
        let path = path(folder);
        let text = serde_json::to_vec_pretty(self).map_err(|e| Error::writing(&path, e.into()))?;
        write_bytes(&path, &text)
    }

    /// Refuses files that are not those with which the run ended.
    ///
    /// # Errors
    /// [`Error::Format`] naming the file; [`Error::Io`] for one that is not there.
    pub(super) fn check(&self, folder: &Path) -> Result<()> {
        for (name, hash) in &self.files {
            let path = folder.join(name);
            let found = hash_of_file(&path)?;
            if found != *hash {
                let expected = format!("the file with which the run ended (SHA-256 {}...)", &hash[..12]);
                let found = format!("another one ({}...)", &found[..12]);
                let remedy = "It was changed or comes from another run: take a backup, or train again.";
                return Err(Error::Format(Fault::of_file(&path, expected, found, remedy)));
            }
        }
        Ok(())
    }
}

/// What the run in `folder` is known by: another training, or one that has gone on, has another hash.
///
/// # Errors
/// [`Error::Io`] if the folder holds no run.
pub fn hash_of_run(folder: &Path) -> Result<String> {
    let checkpoint = folder.join("last.safetensors");
    let mut hashes = hash_of_file(&path(folder))?;
    if checkpoint.exists() {
        hashes += &hash_of_file(&checkpoint)?;
    }
    Ok(hash_of(hashes.as_bytes()))
}

/// Refuses a folder that holds a run: a run is never overwritten. One that ended before its first parameters
/// begins anew.
pub(super) fn refuse_occupied(folder: &Path) -> Result<()> {
    let found = match RunState::of(folder)? {
        Some(state) if state.stage == Stage::Begun && !has_checkpoint(folder) => return Ok(()),
        Some(_) => "a run",
        None if version_before_states(folder).is_some() => "a run of an earlier version",
        None if folder.join(FILES[0]).exists() || folder.join(FILES[1]).exists() => "a part of a run",
        None => return Ok(()),
    };
    let remedy = "Choose another folder, resume the run if a network trains there, or delete it; nothing was \
                  changed.";
    let fault = Fault::of_file(folder, "a folder without a run", found, remedy);
    Err(Error::Setting(fault.with_setting("resume")))
}

/// Refuses the run in `folder` if it ended before it had any parameters.
pub(super) fn refuse_without_parameters(folder: &Path) -> Result<()> {
    if has_checkpoint(folder) { Ok(()) } else { Err(without_parameters(folder)) }
}

/// The error for a run that ended before it had any parameters.
pub(super) fn without_parameters(folder: &Path) -> Error {
    Error::Format(Fault::of_file(
        folder,
        "a run with parameters",
        "one that ended before it had any",
        "Train again into the same folder, from the beginning: it holds nothing that would be lost.",
    ))
}

fn has_checkpoint(folder: &Path) -> bool {
    folder.join("last.safetensors").exists()
}

/// The error for a folder that holds no run that can be read.
pub(super) fn no_run(folder: &Path) -> Error {
    if let Some(version) = version_before_states(folder) {
        let found = format!(
            "one of version {version}, which does not tell by which frames it was fitted: what it says of \
             them could not be told from what it says of others"
        );
        let remedy = "Train again on the movies that its record.json names, in another folder; to read its \
                      old results, use the version that made it.";
        return Error::Format(Fault::of_file(folder, "a run", found, remedy));
    }
    let (found, remedy) = if folder.join(FILES[0]).exists() || folder.join(FILES[1]).exists() {
        ("a part of one", "Take a backup, or train again, in another folder.")
    } else {
        ("none", "Name the folder of a run that was trained or imported.")
    };
    Error::Format(Fault::of_file(folder, "a run", found, remedy))
}

/// The version that wrote the run in `folder`, if that was before runs had a state; none of any other folder.
pub(super) fn version_before_states(folder: &Path) -> Option<String> {
    if path(folder).exists() {
        return None;
    }
    let text = input_file::read(&folder.join(FILES[1]), "the record of a run").ok()?;
    let record: serde_json::Value = serde_json::from_slice(&text).ok()?;
    let version = record.get("version")?.as_str()?;
    record.get("fit").is_none().then(|| version.to_owned())
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn hash_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// SHA-256 of a file; of a record without the times that it took, which differ from run to run.
fn hash_of_file(path: &Path) -> Result<String> {
    let bytes = input_file::read(path, "a file of a run")?;
    if !path.ends_with(FILES[1]) {
        return Ok(hash_of(&bytes));
    }
    let is_time = |line: &&[u8]| line.windows(9).any(|part| part == b"seconds\":");
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !is_time(line));
    Ok(hash_of(&lines.collect::<Vec<_>>().join(&b'\n')))
}

fn path(folder: &Path) -> PathBuf {
    folder.join("state.json")
}
