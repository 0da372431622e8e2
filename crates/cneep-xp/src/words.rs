//! Reads a table of an experiment as settings, and says in which table a word is wrong.

use cneep_movie::error::{Error, Fault, Result};
use serde::de::DeserializeOwned;
use toml::Table;

/// The settings in the `table` of this name.
pub(crate) fn read<T: DeserializeOwned>(name: &str, table: Table) -> Result<T> {
    table.try_into().map_err(|error: toml::de::Error| wrong(name, "known settings", &told(&error)))
}

/// A message of the parser on one line, with the key at which it is.
pub(crate) fn told(error: &toml::de::Error) -> String {
    error.to_string().trim_end().replace('\n', " ")
}

/// An error about the table `subject`.
pub(crate) fn wrong(subject: &str, expected: &str, found: &str) -> Error {
    let remedy = "Correct the experiment; `cneep-xp --help` names what it holds.";
    Error::Setting(Fault::new(format!("[{subject}]"), expected, found, remedy))
}
