//! Reads a region of the frame: a mask, or regions of interest of ImageJ.

use super::imagej_roi;
use super::labels::read_labels;
use crate::error::Result;
use crate::input_file;
use ndarray::Array2;
use std::path::Path;

/// Which pixels of frames of `frame` (rows, columns) lie inside the region in the file at `path`: those of a
/// mask that are not 0, or those of any of the regions in a `.roi` file or an archive of them.
///
/// # Errors
/// As [`read_labels`].
pub(super) fn inside(path: &Path, frame: (usize, usize)) -> Result<Array2<bool>> {
    let bytes = input_file::read(path, "a region")?;
    match imagej_roi::read(&bytes, path, frame)? {
        Some(regions) => Ok(Array2::from_shape_fn(frame, |at| regions.iter().any(|region| region[at]))),
        None => Ok(read_labels(path, frame)?.mapv(|label| label > 0)),
    }
}
