//! Reads blocks of a Zarr array from its chunks.

use super::super::array_axes::Plan;
use super::super::block_reader::{BlockReader, Layout};
use super::super::input::Input;
use super::super::sample::Stored;
use super::blosc::NOT_READ;
use super::codecs::undo_all;
use super::metadata::Metadata;
use super::shards::Shards;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::memory;
use rayon::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One chunk of so many has to be there: a store of fewer is not read as a movie of what stands for the
/// others.
const MOST_MISSING: usize = 1000;

/// An array of chunks in files.
#[derive(Debug)]
pub(super) struct Chunks {
    path: PathBuf,
    metadata: Metadata,
    pub(super) shape: Vec<usize>,
    /// Shape of what is decoded by itself: a file, or a chunk of a shard.
    chunk: Vec<usize>,
    shards: Option<Shards>,
}

impl Chunks {
    /// The array at `path`.
    pub(super) fn open(input: &Input, path: &Path) -> Result<Self> {
        let metadata = Metadata::read(input, path)?;
        let bytes = metadata.chunk.iter().product::<usize>() * metadata.stored.bytes;
        memory::require(&input.name, "a chunk of it", 4 * bytes as u64, "Save it in smaller chunks.")?;
        let shape = metadata.shape.clone();
        let (chunk, shards) = match Shards::of(&metadata.codecs, &metadata.chunk) {
            Some(Ok((chunk, shards))) => (chunk, Some(shards)),
            Some(Err(found)) => {
                return Err(input.broken(&format!("a shard {:?} of whole chunks", metadata.chunk), found));
            }
            None => (metadata.chunk.clone(), None),
        };
        Ok(Self { path: path.into(), metadata, shape, chunk, shards })
    }

    /// How many files of the movies of `plan` are not there: their pixels are the number that stands for
    /// them.
    ///
    /// # Errors
    /// [`Error::Format`] where nearly none is there.
    pub(super) fn missing(&self, plan: &Plan) -> Result<usize> {
        let whole =
            |axis: usize| [plan.time, plan.row, plan.column].contains(&axis) || plan.movie == Some(axis);
        let length = |axis: usize| self.metadata.chunk[axis];
        let axes = 0..self.shape.len();
        let counts: Vec<usize> =
            axes.map(|axis| if whole(axis) { self.shape[axis].div_ceil(length(axis)) } else { 1 }).collect();
        let all = counts.iter().try_fold(1_usize, |all, &count| all.checked_mul(count)).unwrap_or(usize::MAX);
        let fewest = all / MOST_MISSING;
        let files = files_up_to(&self.path, fewest);
        if files < fewest {
            let subject = self.path.display().to_string();
            let expected = format!("at least one of {MOST_MISSING} chunks that the store claims to hold");
            let found = format!("{files} files for {all}");
            let remedy = "Copy the store again, or save only the frames that were recorded.";
            return Err(Error::Format(Fault::new(subject, expected, found, remedy)));
        }
        let is_missing = |index: &usize| {
            let place = unravel(*index, &counts).into_iter().enumerate();
            let place = place.map(|(axis, at)| at + plan.start[axis] / length(axis));
            matches!(self.file(&place.collect::<Vec<_>>()).try_exists(), Ok(false))
        };
        Ok((0..all).into_par_iter().filter(is_missing).count())
    }

    /// Letters of the axes, where the array names them.
    pub(super) fn named_axes(&self) -> Option<String> {
        let names = self.metadata.attributes.get("_ARRAY_DIMENSIONS")?.as_array()?;
        let letter = |name: &Value| match name.as_str()?.to_lowercase().as_str() {
            "t" | "time" | "frame" => Some('T'),
            "z" | "depth" | "slice" => Some('Z'),
            "c" | "channel" => Some('C'),
            "y" | "row" | "height" => Some('Y'),
            "x" | "column" | "width" => Some('X'),
            "m" | "movie" => Some('M'),
            _ => None,
        };
        names.iter().map(letter).collect()
    }

    /// How its numbers are stored.
    pub(super) fn stored(&self) -> Stored {
        self.metadata.stored
    }

    fn damaged(&self, file: &Path, found: String) -> Error {
        let subject = file.display().to_string();
        if found.ends_with(NOT_READ) {
            let remedy = "Write the store again with zstd, gzip, or blosc with lz4, zlib or zstd.";
            return Error::Unsupported(Fault::new(subject, "a codec that is read", found, remedy));
        }
        let remedy = "The chunk is damaged; copy or write the store again.";
        let expected = format!("a whole chunk {:?} of {}", self.metadata.chunk, self.metadata.stored);
        Error::Format(Fault::new(subject, expected, found, remedy))
    }

    fn file(&self, chunk: &[usize]) -> PathBuf {
        let numbers: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let separator = self.metadata.separator.to_string();
        let name = match (self.metadata.prefix, numbers.is_empty()) {
            ("", true) => "0".into(),
            ("", false) => numbers.join(&separator),
            (prefix, _) => [vec![prefix.to_string()], numbers].concat().join(&separator),
        };
        self.path.join(name)
    }

    /// The bytes of a chunk, its axes in the order of the array; none for one that is not there.
    fn chunk(&self, at: &[usize]) -> Result<Option<Vec<u8>>> {
        let Metadata { stored, codecs, order, .. } = &self.metadata;
        let most = self.chunk.iter().product::<usize>() * stored.bytes;
        let at = at.iter();
        let (place, within): (Vec<usize>, Vec<usize>) = match &self.shards {
            Some(shards) => at.zip(&shards.counts).map(|(at, count)| (at / count, at % count)).unzip(),
            None => at.map(|&at| (at, 0)).unzip(),
        };
        let file = self.file(&place);
        if matches!(file.try_exists(), Ok(false)) {
            return Ok(None);
        }
        let damaged = |found| self.damaged(&file, found);
        let bytes = match &self.shards {
            Some(shards) => {
                let part = within.iter().zip(&shards.counts).fold(0, |part, (at, count)| part * count + at);
                let opened = input_file::open(&file, "a chunk of Zarr")?;
                match shards.chunk(&opened, &place, part, most).map_err(damaged)? {
                    Some(bytes) => bytes,
                    None => return Ok(None),
                }
            }
            None => undo_all(codecs, input_file::read(&file, "a chunk of Zarr")?, most).map_err(damaged)?,
        };
        in_order(bytes, &self.chunk, order, stored.bytes, most).map(Some).map_err(damaged)
    }
}

/// Files in the folder at `path` and below, counted no further than to `most`.
fn files_up_to(path: &Path, most: usize) -> usize {
    let mut folders = vec![path.to_path_buf()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                _ if files >= most => return most,
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => files += 1,
            }
        }
    }
    files
}

/// The place of number `index` on a grid of `counts`.
fn unravel(mut index: usize, counts: &[usize]) -> Vec<usize> {
    let mut place = vec![0; counts.len()];
    for (slot, &count) in place.iter_mut().zip(counts).rev() {
        (*slot, index) = (index % count, index / count);
    }
    place
}

/// The bytes of a chunk of `shape` whose axes lie in `order`, with its axes in their own order.
fn in_order(
    bytes: Vec<u8>,
    shape: &[usize],
    order: &[usize],
    size: usize,
    most: usize,
) -> std::result::Result<Vec<u8>, String> {
    if bytes.len() != most {
        return Err(format!("{} bytes in place of {most}", bytes.len()));
    }
    if order.iter().enumerate().all(|(at, &axis)| at == axis) {
        return Ok(bytes);
    }
    // Distance in numbers of two neighbours along each axis.
    let mut steps = vec![0; shape.len()];
    order.iter().rev().fold(1, |step, &axis| {
        steps[axis] = step;
        step * shape[axis]
    });
    let mut out = Vec::with_capacity(most);
    for index in 0..most / size {
        let place: usize = unravel(index, shape).iter().zip(&steps).map(|(at, step)| at * step).sum();
        out.extend_from_slice(&bytes[place * size..(place + 1) * size]);
    }
    Ok(out)
}

/// Copies a block of `count` numbers of `size` bytes from one array to another, each with its shape and the
/// place of the block.
#[allow(clippy::too_many_arguments, reason = "two arrays, each with shape and place")]
fn copy_block(
    from: &[u8],
    from_shape: &[usize],
    from_start: &[usize],
    to: &mut [u8],
    to_shape: &[usize],
    to_start: &[usize],
    count: &[usize],
    size: usize,
) {
    let Some((&line, outer)) = count.split_last() else { return };
    let place = |shape: &[usize], start: &[usize], at: &[usize]| {
        let axes = shape.iter().zip(start).enumerate();
        axes.fold(0, |place, (axis, (&length, &start))| {
            place * length + start + at.get(axis).copied().unwrap_or(0)
        })
    };
    for index in 0..outer.iter().product() {
        let at = unravel(index, outer);
        let (from_place, to_place) = (place(from_shape, from_start, &at), place(to_shape, to_start, &at));
        let source = &from[from_place * size..(from_place + line) * size];
        to[to_place * size..(to_place + line) * size].copy_from_slice(source);
    }
}

impl BlockReader for Chunks {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn stored(&self) -> Stored {
        self.metadata.stored
    }

    fn chunk(&self, axis: usize) -> usize {
        self.chunk[axis]
    }

    fn layout(&self) -> Layout {
        Layout::Chunks
    }

    fn read(&self, start: &[usize], count: &[usize]) -> Result<Vec<u8>> {
        let (chunk, size) = (&self.chunk, self.metadata.stored.bytes);
        let first: Vec<usize> = start.iter().zip(chunk).map(|(start, chunk)| start / chunk).collect();
        let ends = start.iter().zip(count).zip(chunk);
        let counts: Vec<usize> = ends
            .zip(&first)
            .map(|(((start, count), chunk), first)| (start + count).div_ceil(*chunk) - first)
            .collect();
        let total: usize = counts.iter().product();
        let mut out = self.metadata.fill.repeat(count.iter().product());
        let at_a_time = 2 * rayon::current_num_threads();
        for some in (0..total).step_by(at_a_time) {
            let place = |index: usize| -> Vec<usize> {
                unravel(index, &counts).iter().zip(&first).map(|(at, first)| at + first).collect()
            };
            let chunk_of = |index: usize| self.chunk(&place(index));
            // A thread that waits for others could be handed work that waits for this chunk.
            let read: Vec<_> = match total {
                1 => vec![chunk_of(0)],
                _ => (some..total.min(some + at_a_time)).into_par_iter().map(chunk_of).collect(),
            };
            for (index, bytes) in read.into_iter().enumerate() {
                let Some(bytes) = bytes? else { continue };
                let at = place(some + index);
                let axis = |axis: usize| {
                    let chunk_start = at[axis] * chunk[axis];
                    let from = start[axis].max(chunk_start);
                    let end = (start[axis] + count[axis]).min(chunk_start + chunk[axis]);
                    (from - chunk_start, from - start[axis], end - from)
                };
                let parts: Vec<_> = (0..start.len()).map(axis).collect();
                let part =
                    |pick: fn(&(usize, usize, usize)) -> usize| parts.iter().map(pick).collect::<Vec<_>>();
                let (from, to, lengths) = (part(|p| p.0), part(|p| p.1), part(|p| p.2));
                copy_block(&bytes, chunk, &from, &mut out, count, &to, &lengths, size);
            }
        }
        Ok(out)
    }
}
