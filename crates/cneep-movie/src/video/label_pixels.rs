//! Turns stored numbers into labels, and refuses what cannot be labels.

use crate::error::{Error, Fault, Result};
use crate::memory;

/// What an image of labels is.
pub(super) const EXPECTED: &str = "one image of whole numbers, 0 outside and one label for each region";
/// What to do about one that is none.
pub(super) const CONVERT: &str =
    "Save the labels as one unsigned image of 8, 16 or 32 bits; in Fiji: Image > Type > 16-bit.";

/// Rows and columns of a picture with its numbers, row by row.
pub(super) type Picture = ((usize, usize), Vec<u32>);

/// Refuses a picture that has not the size of the frames.
pub(super) fn check_size(name: &str, found: (usize, usize), frame: (usize, usize)) -> Result<()> {
    if found == frame {
        return Ok(());
    }
    Err(Error::Mismatch(Fault::new(
        name,
        format!("{} rows x {} columns, as the frames of the movies", frame.0, frame.1),
        format!("{} x {}", found.0, found.1),
        "Draw the regions on a frame of these very movies, cropped and binned as they are.",
    )))
}

/// Numbers as labels; a negative one, or one beyond 32 bits, is none.
pub(super) fn as_labels(name: &str, values: impl Iterator<Item = i128>) -> Result<Vec<u32>> {
    let label = |value: i128| {
        u32::try_from(value).map_err(|_| {
            let found = format!("the pixel value {value}");
            Error::Unsupported(Fault::new(name, "labels from 0 to 4294967295", found, CONVERT))
        })
    };
    values.map(label).collect()
}

/// Refuses more pixels than there is memory for as the labels of a frame.
pub(super) fn require_room(name: &str, count: usize) -> Result<()> {
    memory::require(name, "labels", 24 * count as u64, "Check that it is the right file.")
}
