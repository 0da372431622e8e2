//! Says that a task is done, and by whom; or why it failed.

use crate::commands::results::{read_json, write_json};
use cneep_movie::error::Result;
use cneep_movie::input_file;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// The form of both files.
pub(crate) const FORMAT: u32 = 1;

/// What `done.json` holds: the task is complete.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub(crate) format: u32,
    /// Number of the task.
    pub(crate) task: usize,
    /// SHA-256 of its line.
    pub(crate) line: String,
    /// SHA-256 of its result, such as `summary.json`.
    pub(crate) result: String,
    /// Version of the program.
    pub(crate) version: String,
    /// Machine that finished it.
    pub(crate) host: String,
    /// Time of this worker; of one that went on, its own alone.
    pub(crate) seconds: f64,
    /// On other instruction sets numbers of a network differ in their last bits.
    pub(crate) instruction_set: String,
    /// Threads of this worker.
    pub(crate) threads: usize,
}

/// What `error.json` holds: the latest try failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failure {
    pub(crate) format: u32,
    /// Number of the task.
    pub(crate) task: usize,
    pub(crate) version: String,
    pub(crate) host: String,
    /// Exit code: 2 if the input is at fault, else 1.
    pub(crate) exit_code: u8,
    /// The error in words.
    pub(crate) message: String,
}

impl Manifest {
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        write_json(&folder.join("done.json"), self)
    }

    /// That of the task in `folder`, if it is one of this `line`.
    pub(crate) fn of(folder: &Path, line: &str) -> Option<Self> {
        let path = folder.join("done.json");
        let manifest: Self = path.exists().then(|| read_json(&path).ok())??;
        (manifest.line == hash(line.as_bytes()) && manifest.format == FORMAT).then_some(manifest)
    }
}

impl Failure {
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        write_json(&folder.join("error.json"), self)
    }

    /// That of the task in `folder`, if it failed.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let path = folder.join("error.json");
        path.exists().then(|| read_json(&path).ok())?
    }
}

/// SHA-256 in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes every write.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// SHA-256 of the file at `path`, which holds `what`.
pub(crate) fn hash_of_file(path: &Path, what: &str) -> Result<String> {
    input_file::read(path, what).map(|bytes| hash(&bytes))
}

/// The name of this machine, in letters that every file system takes.
pub(crate) fn host() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let told = told.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    let name: String = told.unwrap_or_default().trim().chars().filter(char::is_ascii_alphanumeric).collect();
    if name.is_empty() { "unknown".into() } else { name }
}
