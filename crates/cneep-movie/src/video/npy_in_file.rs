//! Opens NPY arrays that are too large for memory, and leaves their frames in the file.

use super::frames::Frames;
use super::frames_in_file::{FramesInFile, Source};
use super::movie::Video;
use super::options::OpenOptions;
use super::positioned_file::PositionedFile;
use crate::depth::Depth;
use crate::error::{Error, Result};
use crate::npy::Header;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::sync::Arc;

/// The movies of an NPY file whose pixels would take more than `room` bytes of memory, in C order and with
/// the conventional axes; none if they take less, or lie otherwise.
pub(super) fn open(
    mut file: &File,
    name: &str,
    options: &OpenOptions,
    room: u64,
) -> Result<Option<Vec<Video>>> {
    let fail = |e| Error::reading(name.as_ref(), e);
    let length = file.metadata().map_err(fail)?.len();
    file.rewind().map_err(fail)?;
    let header = Header::read(&mut BufReader::new(file), name)?;
    header.check_length(name, length.saturating_sub(header.length))?;
    let stored = header.stored(name)?;
    let depth = stored.depth().unwrap_or(Depth::F32);
    let decoded = header.count().map_or(0, |count| count as u64 * depth.bytes());
    let (axes, caution) = header.axes(name, options)?;
    if decoded <= room || header.fortran || !axes.is_standard() {
        return Ok(None);
    }
    let shape = header.four_sizes();
    let source = Arc::new(Source {
        file: PositionedFile::new(file.try_clone().map_err(fail)?),
        name: name.into(),
        stored,
        depth,
        start: header.length,
        rows: shape[2],
        columns: shape[3],
    });
    let movie = |movie| Frames::File(FramesInFile::new(Arc::clone(&source), movie * shape[1], shape[1]));
    header.videos((0..shape[0]).map(movie).collect(), name, caution).map(Some)
}
