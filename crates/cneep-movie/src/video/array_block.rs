//! Reads a block of an array, and puts its pixels in the order of frames.

use super::array_axes::Plan;
use super::block_reader::BlockReader;
use super::sample::Stored;
use super::slots::Slots;
use crate::error::{Error, Fault, Result};
use std::ops::Range;

/// Numbers of a block of a movie, as they are stored.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Vec<u8>,
    times: Range<usize>,
    rows: Range<usize>,
    columns: Range<usize>,
    /// Bytes from one number to the next in time, along a column and along a row.
    steps: [usize; 3],
    stored: Stored,
}

impl Block {
    /// The pixels of `rows` and `columns` of the frames of `times` of the movie `name`.
    ///
    /// # Errors
    /// As [`BlockReader::read`]; [`Error::Format`] for another number of them.
    pub(super) fn read(
        name: &str,
        array: &dyn BlockReader,
        plan: &Plan,
        [times, rows, columns]: [Range<usize>; 3],
    ) -> Result<Self> {
        let (mut start, mut count) = (plan.start.clone(), vec![1; array.shape().len()]);
        for (axis, range) in [(plan.time, &times), (plan.row, &rows), (plan.column, &columns)] {
            (start[axis], count[axis]) = (range.start, range.len());
        }
        let (bytes, stored) = (array.read(&start, &count)?, array.stored());
        let expected = count.iter().product::<usize>() * stored.bytes;
        if bytes.len() != expected {
            let (expected, found) = (format!("{expected} bytes of pixels"), bytes.len().to_string());
            let fault = Fault::new(name, expected, found, "The file is damaged; save it again.");
            return Err(Error::Format(fault));
        }
        let step = |axis: usize| count[axis + 1..].iter().product::<usize>() * stored.bytes;
        let steps = [step(plan.time), step(plan.row), step(plan.column)];
        Ok(Self { bytes, times, rows, columns, steps, stored })
    }

    /// Copies what it has of `rows` and `columns` of frame `time` to their places in `to`, row by row.
    pub(super) fn copy(&self, time: usize, rows: &Range<usize>, columns: &Range<usize>, to: &mut [u8]) {
        let size = self.stored.bytes;
        let both = |a: &Range<usize>, b: &Range<usize>| a.start.max(b.start)..a.end.min(b.end);
        let (common_rows, common) = (both(&self.rows, rows), both(&self.columns, columns));
        if common.is_empty() {
            return;
        }
        let [by_time, by_row, by_column] = self.steps;
        for row in common_rows {
            let from = (time - self.times.start) * by_time
                + (row - self.rows.start) * by_row
                + (common.start - self.columns.start) * by_column;
            let place = ((row - rows.start) * columns.len() + common.start - columns.start) * size;
            let to = &mut to[place..place + common.len() * size];
            if by_column == size {
                to.copy_from_slice(&self.bytes[from..from + to.len()]);
                continue;
            }
            for (column, number) in to.chunks_exact_mut(size).enumerate() {
                number.copy_from_slice(&self.bytes[from + column * by_column..][..size]);
            }
        }
    }
}

/// Reads the whole frames of `times` straight into `slots`, if `array` can: whether it did.
///
/// # Errors
/// As [`BlockReader::read`].
pub(super) fn read_straight(
    array: &dyn BlockReader,
    plan: &Plan,
    times: Range<usize>,
    slots: &mut Slots<'_>,
) -> Result<bool> {
    let shape = array.shape();
    let (mut start, mut count) = (plan.start.clone(), vec![1; shape.len()]);
    (start[plan.time], count[plan.time]) = (times.start, times.len());
    (count[plan.row], count[plan.column]) = (shape[plan.row], shape[plan.column]);
    let in_order = plan.time < plan.row && plan.row < plan.column;
    Ok(in_order && array.read_into(&start, &count, slots)?)
}
