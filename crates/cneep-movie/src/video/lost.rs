//! Carries the error of a movie that can no longer be read out of the depths of a computation.

use crate::error::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Computations under way that return such an error.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Runs `work`, which reads movies: where one of them can no longer be read, `work` ends there and then, with the error.
///
/// Frames that stay in a file ([`super::FramesInFile`]) are read in loops over pixels that return no errors. Estimators guard
/// their computations in this way; whoever calls [`super::inspect`], [`super::health`], [`super::Video::hash`] or
/// [`super::Frames::frame`] may do the same, or else panics with the error's words if a file is cut short meanwhile.
///
/// # Errors
/// Those of `work`; [`Error::Format`] for a file that changed after it was opened, [`Error::Io`] if the system refuses.
pub fn or_lost<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    WAITING.fetch_add(1, Ordering::SeqCst);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    WAITING.fetch_sub(1, Ordering::SeqCst);
    outcome.unwrap_or_else(|payload| match payload.downcast::<Error>() {
        Ok(error) => Err(*error),
        Err(other) => resume_unwind(other),
    })
}

/// Leaves the computation with `error`: silently if someone waits for it, else with its words.
pub(super) fn give_up(error: Error) -> ! {
    if WAITING.load(Ordering::SeqCst) > 0 {
        resume_unwind(Box::new(error));
    }
    panic!("{error}");
}
