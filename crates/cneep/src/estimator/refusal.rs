//! Refuses the value of a setting.

use cneep_movie::error::{Error, Fault, Result};
use std::fmt::Debug;
use std::ops::RangeInclusive;

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

/// Refuses a stated value of the setting `name` outside its `range`, and what is no number.
///
/// # Errors
/// [`Error::Setting`] for such a value.
pub(in crate::estimator) fn check_range<T: Copy + PartialOrd + Debug>(
    name: &str,
    value: impl Into<Option<T>>,
    range: RangeInclusive<T>,
) -> Result<()> {
    match value.into() {
        Some(value) if !range.contains(&value) => {
            // Large and small numbers stay short in the words of debugging.
            refuse(name, format!("{range:?}").replace("..=", " to "), &format!("{value:?}"))
        }
        _ => Ok(()),
    }
}
