//! Opens NPY arrays, and leaves frames that are too large for memory in the file.

use super::frames::Frames;
use super::frames_in_file::{FrameSource, FramesInFile};
use super::input::Input;
use super::movie::Video;
use super::npy::{self, check_axes};
use super::options::OpenOptions;
use super::raw_frames::{Places, RawFrames};
use super::sample::require_memory;
use crate::depth::Depth;
use crate::error::Result;
use crate::npy::Header;
use std::sync::Arc;

/// Reads the movies of an NPY file; those that take more than the room for them stay in the file, if they
/// lie there in C order and with the conventional axes.
pub(super) fn read(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    match in_file(input, options)? {
        Some(videos) => Ok(videos),
        None => npy::read(input.reader()?, &input.name, options),
    }
}

/// The movies where they lie in their file, or as they lie there; none if they lie otherwise than they are
/// kept.
fn in_file(input: &Input, options: &OpenOptions) -> Result<Option<Vec<Video>>> {
    let name = &*input.name;
    let header = Header::read(&mut input.reader()?, name)?.squeezed(options);
    header.check_length(name, input.length.saturating_sub(header.length))?;
    let stored = header.stored(name)?;
    let depth = stored.depth().unwrap_or(Depth::F32);
    let decoded = header.count().map_or(0, |count| count as u64 * depth.bytes());
    let (axes, caution) = header.axes(name, options)?;
    header.picks(name, &axes, options)?;
    let in_memory = decoded <= input.raw_room;
    if header.fortran || !axes.is_standard() || (in_memory && (decoded == 0 || !stored.has_one_depth())) {
        return Ok(None);
    }
    let shape = header.four_sizes();
    if in_memory {
        require_memory(name, decoded, shape[2].saturating_mul(shape[3]))?;
    }
    let stride = (shape[2] * shape[3] * stored.bytes) as u64;
    let places = Places::Every { start: header.length, stride };
    let source = RawFrames::new(Arc::clone(&input.bytes), name, stored, places, (shape[2], shape[3]));
    let source: Arc<dyn FrameSource> = Arc::new(source);
    let movie = |movie| {
        let frames = Frames::File(FramesInFile::new(Arc::clone(&source), movie * shape[1], shape[1]));
        if in_memory { frames.part(0..shape[1]) } else { Ok(frames) }
    };
    let movies = (0..shape[0]).map(movie).collect::<Result<Vec<Frames>>>()?;
    if options.axes.is_none() {
        check_axes(name, &header.shape, &movies)?;
    }
    header.videos(movies, name, caution).map(Some)
}
