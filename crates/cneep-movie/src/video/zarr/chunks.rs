//! Reads blocks of a Zarr array from its chunks.

use super::super::array_blocks::BlockReader;
use super::super::input::Input;
use super::super::sample::Stored;
use super::blosc::NOT_READ;
use super::codecs::{Codec, undo_all};
use super::metadata::Metadata;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::memory;
use rayon::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// An array of chunks in files.
#[derive(Debug)]
pub(super) struct Chunks {
    path: PathBuf,
    metadata: Metadata,
    pub(super) shape: Vec<usize>,
    /// Chunks that were read as the number that stands for missing ones.
    missing: AtomicUsize,
}

impl Chunks {
    /// The array at `path`.
    pub(super) fn open(input: &Input, path: &Path) -> Result<Self> {
        let metadata = Metadata::read(input, path)?;
        let bytes = metadata.chunk.iter().product::<usize>() * metadata.stored.bytes;
        memory::require(&input.name, "a chunk of it", 4 * bytes as u64, "Save it in smaller chunks.")?;
        let shape = metadata.shape.clone();
        Ok(Self { path: path.into(), metadata, shape, missing: AtomicUsize::new(0) })
    }

    /// How many chunks were not there.
    pub(super) fn missing(&self) -> usize {
        self.missing.load(Ordering::Relaxed)
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
        let file = self.file(at);
        let coded = match std::fs::metadata(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            _ => input_file::read(&file, "a chunk of Zarr")?,
        };
        let Metadata { chunk, stored, codecs, order, .. } = &self.metadata;
        let most = chunk.iter().product::<usize>() * stored.bytes;
        let damaged = |found| self.damaged(&file, found);
        let bytes = if let [Codec::Shards { chunk: inner, codecs, index_codecs, index_first }] = &**codecs {
            if inner.len() != chunk.len() || inner.iter().zip(chunk).any(|(&i, &c)| i == 0 || c % i != 0) {
                return Err(damaged(format!("chunks {inner:?} within it")));
            }
            self.shards(&coded, inner, codecs, index_codecs, *index_first).map_err(damaged)?
        } else {
            let bytes = undo_all(codecs, coded, most).map_err(damaged)?;
            in_order(bytes, chunk, order, stored.bytes, most).map_err(damaged)?
        };
        Ok(Some(bytes))
    }

    /// The bytes of a chunk that is made of several.
    fn shards(
        &self,
        coded: &[u8],
        inner: &[usize],
        codecs: &[Codec],
        index_codecs: &[Codec],
        index_first: bool,
    ) -> std::result::Result<Vec<u8>, String> {
        let Metadata { chunk, stored, order, fill, .. } = &self.metadata;
        let counts: Vec<usize> = chunk.iter().zip(inner).map(|(chunk, inner)| chunk / inner).collect();
        let count: usize = counts.iter().product();
        let sums = index_codecs.iter().filter(|codec| **codec == Codec::Checksum).count();
        let length = 16 * count + 4 * sums;
        let index = if index_first {
            coded.get(..length)
        } else {
            coded.len().checked_sub(length).map(|start| &coded[start..])
        };
        let index = undo_all(index_codecs, index.ok_or("no index of its parts")?.to_vec(), 16 * count)?;
        let mut out = fill.repeat(chunk.iter().product());
        let most = inner.iter().product::<usize>() * stored.bytes;
        for (part, entry) in index.as_chunks::<16>().0.iter().enumerate() {
            let at =
                |from: usize| entry[from..from + 8].first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b));
            let (place, bytes) = (at(0), at(8));
            if (place, bytes) == (u64::MAX, u64::MAX) {
                continue;
            }
            let end = place.checked_add(bytes).and_then(|end| usize::try_from(end).ok());
            let coded = end.and_then(|end| coded.get(place as usize..end)).ok_or("parts beyond its end")?;
            let bytes = in_order(undo_all(codecs, coded.to_vec(), most)?, inner, order, stored.bytes, most)?;
            let start: Vec<usize> =
                unravel(part, &counts).iter().zip(inner).map(|(at, inner)| at * inner).collect();
            copy_block(&bytes, inner, &vec![0; inner.len()], &mut out, chunk, &start, inner, stored.bytes);
        }
        Ok(out)
    }
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
        self.metadata.chunk[axis]
    }

    fn read(&self, start: &[usize], count: &[usize]) -> Result<Vec<u8>> {
        let (chunk, size) = (&self.metadata.chunk, self.metadata.stored.bytes);
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
            let read: Vec<Result<Option<Vec<u8>>>> = (some..total.min(some + at_a_time))
                .into_par_iter()
                .map(|index| self.chunk(&place(index)))
                .collect();
            for (index, bytes) in read.into_iter().enumerate() {
                let Some(bytes) = bytes? else {
                    self.missing.fetch_add(1, Ordering::Relaxed);
                    continue;
                };
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
