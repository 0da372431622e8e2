//! Says what can be read of an array, block by block.

use super::sample::Stored;
use super::slots::Slots;
use crate::depth::Depth;
use crate::error::Result;
use std::fmt::Debug;

/// What a block of an array costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Its numbers, which lie in the file in C order.
    Plain,
    /// All chunks of which it has a part.
    Chunks,
    /// The whole array.
    Whole,
}

/// An array that is read block by block.
pub(super) trait BlockReader: Debug + Send + Sync {
    /// Length of each axis.
    fn shape(&self) -> &[usize];

    /// How its numbers come out of [`Self::read`].
    fn stored(&self) -> Stored;

    /// How its pixels are kept.
    fn depth(&self) -> Depth {
        self.stored().depth().unwrap_or(Depth::F32)
    }

    /// Length of a chunk, which can only be read as a whole, along `axis`.
    fn chunk(&self, axis: usize) -> usize;

    /// What has to be read of the file for a block.
    fn layout(&self) -> Layout;

    /// The bytes of the numbers in a block of `count` from `start` on, in C order.
    ///
    /// # Errors
    /// What the file has instead.
    fn read(&self, start: &[usize], count: &[usize]) -> Result<Vec<u8>>;

    /// Reads a block straight into `slots`, if it can: whether it did.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn read_into(&self, _start: &[usize], _count: &[usize], _slots: &mut Slots<'_>) -> Result<bool> {
        Ok(false)
    }
}
