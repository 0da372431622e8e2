//! Carries the error of a movie that can no longer be read out of the depths of a computation.
//!
//! All of this goes as soon as the estimators read blocks.

use super::frames::Frames;
use super::frames_in_file::FramesInFile;
use super::movie::Video;
use crate::error::{Error, Result};
use ndarray::{Array2, Array3};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Computations under way that return such an error.
static WAITING: AtomicUsize = AtomicUsize::new(0);

// Until the estimator reads blocks.
/// Runs `work`, which reads movies: where one of them can no longer be read, `work` ends there and then, with
/// the error.
///
/// # Errors
/// Those of `work`; [`Error::Format`] for a file that changed after it was opened, [`Error::Io`] if the
/// system refuses.
#[doc(hidden)]
pub fn or_lost<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    WAITING.fetch_add(1, Ordering::SeqCst);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    WAITING.fetch_sub(1, Ordering::SeqCst);
    outcome.unwrap_or_else(|payload| match payload.downcast::<Error>() {
        Ok(error) => Err(*error),
        Err(other) => resume_unwind(other),
    })
}

/// What was read, or the end of the computation: silently if someone waits for its error, else with its
/// words.
fn or_give_up<T>(read: Result<T>) -> T {
    read.unwrap_or_else(|error| {
        if WAITING.load(Ordering::SeqCst) > 0 {
            resume_unwind(Box::new(error));
        }
        panic!("{error}");
    })
}

impl Frames {
    // Until the estimator reads blocks.
    /// As [`Frames::try_frame`].
    ///
    /// # Panics
    /// If the pixels lie in a file that can no longer be read.
    #[doc(hidden)]
    pub fn frame(&self, index: usize) -> Array2<f32> {
        or_give_up(self.try_frame(index))
    }

    // Until the estimator reads blocks.
    /// As [`Frames::try_for_each_pixel`].
    ///
    /// # Panics
    /// If the pixels lie in a file that can no longer be read.
    #[doc(hidden)]
    pub fn for_each_pixel(&self, index: usize, visit: impl FnMut(f32)) {
        or_give_up(self.try_for_each_pixel(index, visit));
    }
}

impl FramesInFile {
    // Until the estimator reads blocks.
    /// Frame `index`, as a movie of one frame in memory.
    ///
    /// # Panics
    /// If the file can no longer be read.
    #[doc(hidden)]
    pub fn frame(&self, index: usize) -> Frames {
        let (_, rows, columns) = self.shape();
        self.block(index, 0..rows, 0..columns)
    }

    // Until the estimator reads blocks.
    /// The pixels of `rows` and `columns` in frame `index`, as a movie of one frame in memory.
    ///
    /// # Panics
    /// If the file can no longer be read.
    #[doc(hidden)]
    #[allow(clippy::needless_pass_by_value, reason = "as it was")]
    pub fn block(&self, index: usize, rows: Range<usize>, columns: Range<usize>) -> Frames {
        let mut pixels = Array3::zeros((1, rows.len(), columns.len()));
        let slots = pixels.as_slice_mut().expect("a new array lies in one piece");
        or_give_up(self.read_block(index, &rows, &columns, slots));
        Frames::F32(pixels)
    }
}

impl Video {
    // Until the estimator reads blocks.
    /// As [`Video::try_hash`].
    ///
    /// # Panics
    /// If the pixels lie in a file that can no longer be read.
    #[doc(hidden)]
    pub fn hash(&self) -> String {
        or_give_up(self.try_hash())
    }
}
