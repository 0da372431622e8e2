//! Says which part of the frame bounds what the whole of it dissipates.

use serde::{Deserialize, Serialize};

/// One of several parts, alike in size, that the frame was cut into.
///
/// What an estimator draws into a part changes sign under time reversal as the whole does. Its scaled and
/// clipped bound is therefore a lower bound on the entropy production of the *whole*, whatever happens
/// elsewhere. It is small enough to be certified where that of the whole is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartOfFrame {
    /// Number of parts that the frame was cut into.
    pub parts: usize,
    /// Rows of pixels in a part, rounded down.
    pub rows: usize,
    /// Columns of pixels in a part, rounded down.
    pub columns: usize,
}

impl PartOfFrame {
    /// Such as `one of 4 parts of the frame`.
    pub fn in_words(self) -> String {
        format!("one of {} parts of the frame", self.parts)
    }
}
