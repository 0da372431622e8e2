//! Reads one of the chunks that lie together in a file of Zarr 3.

use super::super::read_at::ReadAt;
use super::codecs::{Codec, undo_all};
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

/// The index of the shard at a place.
type Index = (Vec<usize>, Arc<Vec<u8>>);

/// How chunks lie in a shard.
#[derive(Debug)]
pub(super) struct Shards {
    /// Chunks of a shard along each axis.
    pub(super) counts: Vec<usize>,
    codecs: Vec<Codec>,
    index_codecs: Vec<Codec>,
    index_first: bool,
    /// The index that was read last, and of which shard.
    recent: Mutex<Option<Index>>,
}

impl Shards {
    /// The shards of `codecs`, with the shape of a chunk within them; none if chunks lie in files of their
    /// own.
    pub(super) fn of(codecs: &[Codec], shard: &[usize]) -> Option<Result<(Vec<usize>, Self), String>> {
        let [Codec::Shards { chunk, codecs, index_codecs, index_first }] = codecs else { return None };
        if chunk.len() != shard.len() || chunk.iter().zip(shard).any(|(&i, &c)| i == 0 || c % i != 0) {
            return Some(Err(format!("chunks {chunk:?} within it")));
        }
        let shards = Self {
            counts: shard.iter().zip(chunk).map(|(shard, chunk)| shard / chunk).collect(),
            codecs: codecs.clone(),
            index_codecs: index_codecs.clone(),
            index_first: *index_first,
            recent: Mutex::new(None),
        };
        Some(Ok((chunk.clone(), shards)))
    }

    /// The bytes of chunk `part` of the shard at `place`, which lies in `file`: at most so many; none if it
    /// is not there.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub(super) fn chunk(
        &self,
        file: &File,
        place: &[usize],
        part: usize,
        most: usize,
    ) -> Result<Option<Vec<u8>>, String> {
        let index = self.index(file, place)?;
        let entry = index.as_chunks::<16>().0.get(part).ok_or("no index of its parts")?;
        let number = |from: usize| entry[from..from + 8].first_chunk::<8>().map(|b| u64::from_le_bytes(*b));
        let (place, bytes) = (number(0).unwrap_or(u64::MAX), number(8).unwrap_or(u64::MAX));
        if (place, bytes) == (u64::MAX, u64::MAX) {
            return Ok(None);
        }
        let length = file.length().map_err(|error| error.to_string())?;
        if place.checked_add(bytes).is_none_or(|end| end > length) {
            return Err("parts beyond its end".into());
        }
        undo_all(&self.codecs, read(file, place, bytes as usize)?, most).map(Some)
    }

    fn index(&self, file: &File, place: &[usize]) -> Result<Arc<Vec<u8>>, String> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, index)) = recent.as_ref().filter(|(of, _)| of == place) {
            return Ok(Arc::clone(index));
        }
        let count: usize = self.counts.iter().product();
        let sums = self.index_codecs.iter().filter(|codec| **codec == Codec::Checksum).count();
        let bytes = 16 * count + 4 * sums;
        let length = file.length().map_err(|error| error.to_string())?;
        let start = length.checked_sub(bytes as u64).ok_or("no index of its parts")?;
        let coded = read(file, if self.index_first { 0 } else { start }, bytes)?;
        let index = Arc::new(undo_all(&self.index_codecs, coded, 16 * count)?);
        *recent = Some((place.to_vec(), Arc::clone(&index)));
        Ok(index)
    }
}

fn read(file: &File, place: u64, count: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(count).map_err(|error| error.to_string())?;
    bytes.resize(count, 0);
    ReadAt::read(file, &mut bytes, place).map_err(|error| error.to_string())?;
    Ok(bytes)
}
