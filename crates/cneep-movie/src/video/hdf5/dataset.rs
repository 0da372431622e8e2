//! Reads blocks of a dataset.

use super::super::block_reader::{BlockReader, Layout};
use super::super::input::Input;
use super::super::sample::{Kind, Stored};
use super::super::slots::Slots;
use crate::error::{Error, Fault, Result};
use crate::memory;
use rust_hdf5::{DatatypeMessage, H5Dataset, H5File, Hdf5Error, StorageLayout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// How many times its file a dataset can be at most: deflate packs a thousandfold.
const MOST_PACKED: u64 = 4096;

/// A dataset of numbers.
pub(super) struct Dataset {
    input: Input,
    path: String,
    /// Each can be read by one thread at a time: as many as were ever wanted at once.
    idle: Mutex<Vec<H5Dataset>>,
    pub(super) shape: Vec<usize>,
    pub(super) stored: Stored,
    chunk: Vec<usize>,
    layout: Layout,
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dataset")
            .field("path", &self.path)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl Dataset {
    /// The dataset at `path`, without a leading slash.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if it does not hold numbers that are read; [`Error::Format`] if it is damaged.
    pub(super) fn open(input: &Input, file: &H5File, path: &str) -> Result<Self> {
        let what = format!("the dataset /{path}");
        let dataset = guarded(input, &what, || file.dataset(path))?;
        let datatype = guarded(input, &what, || dataset.datatype())?;
        let Some(stored) = stored(&datatype) else {
            let remedy = "Save the frames as uint8, uint16 or float32.";
            let expected = format!("{what} of integers or floating-point numbers");
            return Err(input.unsupported(&expected, in_words(&datatype), remedy));
        };
        let shape = dataset.shape();
        let chunk = dataset.chunk_dims().unwrap_or_default();
        let layout = match guarded(input, &what, || dataset.storage_layout())? {
            StorageLayout::Compact | StorageLayout::Contiguous => Layout::Plain,
            StorageLayout::Chunked => Layout::Chunks,
            StorageLayout::Virtual => Layout::Whole,
        };
        let product = |lengths: &[usize]| {
            let product =
                lengths.iter().try_fold(stored.bytes, |product, &length| product.checked_mul(length));
            product.map_or(u64::MAX, |product| product as u64)
        };
        let chunks_fit = chunk.is_empty() || chunk.len() == shape.len();
        let claimed = product(&shape);
        if claimed == u64::MAX || shape.contains(&0) || !chunks_fit {
            return Err(input.broken(&what, format!("shape {shape:?}, chunks {chunk:?}")));
        }
        if layout != Layout::Whole && claimed / MOST_PACKED > input.length {
            let [claimed, length] = [claimed, input.length].map(memory::in_words);
            let remedy = "Copy the file again, or save only the frames that were recorded, in Python: \
                          numpy.save('movie.npy', h5py.File(PATH)[NAME][:COUNT]).";
            let found = format!("{what} of {claimed} in a file of {length}");
            return Err(Error::Format(Fault::new(&*input.name, "frames that were written", found, remedy)));
        }
        memory::require(&input.name, "a chunk of it", product(&chunk), "Save it in smaller chunks.")?;
        let idle = Mutex::new(vec![dataset]);
        Ok(Self { input: input.clone(), path: path.into(), idle, shape, stored, chunk, layout })
    }

    fn block<T>(&self, read: impl FnOnce(&H5Dataset) -> rust_hdf5::Result<T>) -> Result<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let what = format!("the dataset /{}", self.path);
        let waiting = idle().pop();
        let dataset = match waiting {
            Some(dataset) => dataset,
            None => guarded(&self.input, &what, || opened(&self.input)?.dataset(&self.path))?,
        };
        let found = guarded(&self.input, &what, || read(&dataset));
        idle().push(dataset);
        found
    }
}

impl BlockReader for Dataset {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn stored(&self) -> Stored {
        self.stored
    }

    fn chunk(&self, axis: usize) -> usize {
        self.chunk.get(axis).copied().unwrap_or(1)
    }

    fn layout(&self) -> Layout {
        self.layout
    }

    fn read(&self, start: &[usize], count: &[usize]) -> Result<Vec<u8>> {
        let block = |dataset: &H5Dataset| {
            Ok(match self.stored.bytes {
                1 => dataset.read_slice::<u8>(start, count)?,
                2 => bytemuck::cast_slice(&dataset.read_slice::<u16>(start, count)?).to_vec(),
                4 => bytemuck::cast_slice(&dataset.read_slice::<u32>(start, count)?).to_vec(),
                _ => bytemuck::cast_slice(&dataset.read_slice::<u64>(start, count)?).to_vec(),
            })
        };
        self.block(block)
    }

    fn read_into(&self, start: &[usize], count: &[usize], slots: &mut Slots<'_>) -> Result<bool> {
        match (slots, self.stored.kind, self.stored.bytes) {
            (Slots::U8(slots), Kind::Unsigned, 1) => {
                self.block(|dataset| dataset.read_slice_into::<u8>(slots, start, count))?;
            }
            (Slots::U16(slots), Kind::Unsigned, 2) => {
                self.block(|dataset| dataset.read_slice_into::<u16>(slots, start, count))?;
            }
            (Slots::F32(slots), Kind::Float, 4) => {
                self.block(|dataset| dataset.read_slice_into::<f32>(slots, start, count))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The file, read by nobody else.
pub(super) fn opened(input: &Input) -> rust_hdf5::Result<H5File> {
    H5File::options().no_locking().open(&input.path)
}

/// How numbers of this type come out of the library, in the byte order of the machine; none if they are not
/// read.
fn stored(datatype: &DatatypeMessage) -> Option<Stored> {
    let big_endian = cfg!(target_endian = "big");
    match datatype {
        DatatypeMessage::FixedPoint { size, signed, bit_offset: 0, bit_precision, .. }
            if matches!(size, 1 | 2 | 4 | 8) && u32::from(*bit_precision) == 8 * size =>
        {
            let kind = if *signed { Kind::Signed } else { Kind::Unsigned };
            Some(Stored { kind, bytes: *size as usize, big_endian })
        }
        // What h5py writes for bool.
        DatatypeMessage::Enum { base, .. } => stored(base),
        DatatypeMessage::FloatingPoint { size: 2, exponent_size: 5, mantissa_size: 10, .. } => {
            Some(Stored { kind: Kind::Float, bytes: 2, big_endian })
        }
        DatatypeMessage::FloatingPoint { size: 4, exponent_size: 8, mantissa_size: 23, .. } => {
            Some(Stored { kind: Kind::Float, bytes: 4, big_endian })
        }
        DatatypeMessage::FloatingPoint { size: 8, exponent_size: 11, mantissa_size: 52, .. } => {
            Some(Stored { kind: Kind::Float, bytes: 8, big_endian })
        }
        _ => None,
    }
}

/// What elements of this type are; the library's own words count bits, which some damaged sizes have too many
/// of.
fn in_words(datatype: &DatatypeMessage) -> String {
    match bytes_of_number(datatype) {
        Some(bytes) if bytes.checked_mul(8).is_none() => format!("numbers of {bytes} bytes each"),
        _ => datatype.to_string(),
    }
}

/// Bytes of the numbers that elements of this type are made of.
fn bytes_of_number(datatype: &DatatypeMessage) -> Option<u32> {
    match datatype {
        DatatypeMessage::FixedPoint { size, .. }
        | DatatypeMessage::FloatingPoint { size, .. }
        | DatatypeMessage::BitField { size, .. } => Some(*size),
        DatatypeMessage::Enum { base, .. }
        | DatatypeMessage::VarLenSequence { base }
        | DatatypeMessage::Array { base, .. } => bytes_of_number(base),
        _ => None,
    }
}

/// Calls the library, whose panics and errors are faults of the file.
pub(super) fn guarded<T>(
    input: &Input,
    what: &str,
    call: impl FnOnce() -> rust_hdf5::Result<T>,
) -> Result<T> {
    let remedy =
        "Open it in Python: frames = h5py.File(PATH)[NAME][:], then numpy.save('movie.npy', frames).";
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(Hdf5Error::Io(error))) => Err(Error::reading(&input.path, error)),
        Ok(Err(Hdf5Error::Unsupported(found))) => Err(input.unsupported(what, found, remedy)),
        Ok(Err(error)) => {
            let found = error.to_string();
            if found.to_lowercase().contains("zstd") {
                let remedy = "Write it anew with another compression: import h5py, hdf5plugin, then \
                              new.create_dataset('movie', data=old[NAME][:], compression='gzip').";
                return Err(input.unsupported(what, "data packed by zstd", remedy));
            }
            let known = ["unsupported", "not supported", "Unsupported"];
            if known.iter().any(|words| found.contains(words)) {
                return Err(input.unsupported(what, found, remedy));
            }
            Err(input.broken(what, found))
        }
        Err(_) => {
            let remedy = "The file is damaged; copy or export it again.";
            Err(Error::Format(Fault::new(&*input.name, what, "a state that cannot be", remedy)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a damaged size whose bits are more than 32 bits count, alone or within another type.
    #[test]
    fn numbers_of_any_size_have_words() {
        let mut number = DatatypeMessage::u8_type();
        assert_eq!(in_words(&number), "u8");
        if let DatatypeMessage::FixedPoint { size, .. } = &mut number {
            *size = u32::MAX;
        }
        assert_eq!(in_words(&number), "numbers of 4294967295 bytes each");
        assert!(stored(&number).is_none());
        let array = DatatypeMessage::Array { dims: vec![3], base: Box::new(number) };
        assert_eq!(in_words(&array), "numbers of 4294967295 bytes each");
    }
}
