//! Refuses the value of a setting.

use cneep_movie::error::{Error, Fault, Result};

/// The refusal of `found` for the setting `name`.
///
/// # Errors
/// Always [`Error::Setting`].
pub(in crate::estimator) fn refuse<T>(
    name: &str,
    expected: impl Into<String>,
    found: &(impl ToString + ?Sized),
) -> Result<T> {
    let remedy = "Leave it out to take the default, or to have it chosen.";
    Err(Error::Setting(Fault::new(name, expected, found.to_string(), remedy)))
}
