//! Refuses to draw a figure of nothing.

use cneep_movie::error::{Error, Fault, Result};

/// Refuses fewer than `least` finite values.
pub(super) fn check_drawable(subject: &str, finite_count: usize, least: usize) -> Result<()> {
    if finite_count >= least {
        return Ok(());
    }
    Err(Error::Mismatch(Fault::new(
        subject,
        format!("at least {least} finite values to draw"),
        finite_count.to_string(),
        "Leave this figure out, or look for the reason in the data.",
    )))
}
