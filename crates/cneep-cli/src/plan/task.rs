//! States what every kind of task has: a number, a name, files that it reads.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// One line of `tasks.jsonl`.
pub trait Task: Clone + Serialize + DeserializeOwned + Sync {
    /// What is done, as `plan.toml` says it.
    const VERB: &'static str;
    /// The program that does it.
    const PROGRAM: &'static str;
    /// The command that makes a plan of such tasks.
    const PLANNED_BY: &'static str;
    /// The file of its result, whose SHA-256 its manifest states.
    const RESULT: &'static str;

    /// Its number, from 1.
    fn number(&self) -> usize;

    /// What it is called.
    fn name(&self) -> &str;

    /// SHA-256 of every file that is read, by its path as seen from the plan.
    fn inputs(&self) -> &BTreeMap<String, String>;
}
