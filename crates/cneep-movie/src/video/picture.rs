//! Holds one frame that was read from a file of its own.

use super::sample::Stored;
use crate::caution::CautionKind;

/// One frame from a file of its own.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) stored: Stored,
    /// The pixels, as they are stored.
    pub(super) bytes: Vec<u8>,
    /// What is to be said of it, once of all.
    pub(super) cautions: Vec<CautionKind>,
    /// Edge of a pixel, in micrometres, where known.
    pub(super) pixel_size: Option<f64>,
}
