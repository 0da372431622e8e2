//! Packs numbers for a page: deflated, in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cneep_movie::error::{Error, Fault, Result};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// Type of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Bytes from 0 to 255.
    U8,
    /// Bytes from -128 to 127.
    I8,
    /// Floating point of 32 bits: first the lowest bytes of all numbers, then the next, and so on.
    F32,
}

/// An array of numbers, deflated (RFC 1950), in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    kind: Kind,
    /// Lengths of the axes, the slowest first.
    shape: Vec<usize>,
    /// Whether bytes after the first entry of the slowest axis are differences from the entry before, modulo
    /// 256.
    differences: bool,
    data: String,
}

impl Block {
    /// An array of bytes, as they are or as differences along the slowest axis, whichever is smaller.
    pub fn of_bytes(kind: Kind, shape: &[usize], bytes: &[u8]) -> Self {
        let stride = shape[1..].iter().product();
        let [plain, differing] = [bytes.to_vec(), differences(bytes, stride)].map(|of| deflated(&of));
        let differences = differing.len() < plain.len();
        let data = STANDARD.encode(if differences { differing } else { plain });
        Self { kind, shape: shape.to_vec(), differences, data }
    }

    /// An array of numbers, to the last bit.
    pub fn of_floats(shape: &[usize], values: &[f32]) -> Self {
        let bytes: Vec<[u8; 4]> = values.iter().map(|value| value.to_le_bytes()).collect();
        let planes: Vec<u8> = (0..4).flat_map(|place| bytes.iter().map(move |of| of[place])).collect();
        let data = STANDARD.encode(deflated(&planes));
        Self { kind: Kind::F32, shape: shape.to_vec(), differences: false, data }
    }

    /// Lengths of the axes, the slowest first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Bytes that it takes on a page.
    pub fn size(&self) -> usize {
        self.data.len()
    }

    /// The bytes that were packed; of floating point the planes.
    ///
    /// # Errors
    /// [`Error::Format`] if the block is damaged.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let wrong = |found: String| {
            let remedy = "Map the movie again.";
            Error::Format(Fault::new("film", "deflated numbers in base64", found, remedy))
        };
        let count = self.shape.iter().try_fold(1_usize, |count, &axis| count.checked_mul(axis));
        let width = if self.kind == Kind::F32 { 4 } else { 1 };
        let length = count.and_then(|count| count.checked_mul(width));
        let length = length.filter(|length| *length < usize::MAX);
        let length = length.ok_or_else(|| wrong(format!("a shape of {:?}", self.shape)))?;
        let packed = STANDARD.decode(&self.data).map_err(|refusal| wrong(refusal.to_string()))?;
        let mut bytes = Vec::new();
        // One byte more than there may be, so that too many are noticed and a lying file takes no memory.
        let mut stream = ZlibDecoder::new(packed.as_slice()).take(length as u64 + 1);
        stream.read_to_end(&mut bytes).map_err(|refusal| wrong(refusal.to_string()))?;
        if bytes.len() != length {
            return Err(wrong(format!("{} bytes in place of {length}", bytes.len())));
        }
        if self.differences {
            let stride: usize = self.shape.iter().skip(1).product();
            for place in stride.max(1)..bytes.len() {
                bytes[place] = bytes[place].wrapping_add(bytes[place - stride]);
            }
        }
        Ok(bytes)
    }

    /// The numbers that were packed as floating point.
    ///
    /// # Errors
    /// As [`Self::bytes`].
    pub fn floats(&self) -> Result<Vec<f32>> {
        let planes = self.bytes()?;
        let count = planes.len() / 4;
        let of = |place: usize| f32::from_le_bytes(std::array::from_fn(|byte| planes[byte * count + place]));
        Ok((0..count).map(of).collect())
    }
}

fn differences(bytes: &[u8], stride: usize) -> Vec<u8> {
    let before = |place: usize| place.checked_sub(stride).map_or(0, |before| bytes[before]);
    bytes.iter().enumerate().map(|(place, &byte)| byte.wrapping_sub(before(place))).collect()
}

/// Bytes that deflating leaves of `bytes`.
pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes every write")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Catches planes that are mixed up, a difference that does not wrap around, and a bit that is lost.
    #[test]
    fn what_is_packed_is_unpacked_to_the_last_bit() {
        let floats: Vec<f32> =
            (0..60).map(|i| (i as f32 * 0.7).sin() * 1e3_f32.powi(i - 30)).chain([f32::NAN, -0.0]).collect();
        let block = Block::of_floats(&[2, 31], &floats);
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&block.floats().unwrap()), bits(&floats));
        let still: Vec<u8> = (0..5000_u32).map(|i| (i % 50 * 97 % 251) as u8).collect();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        // Few levels, whose differences are more.
        let noise: Vec<u8> = (0..5000).map(|_| random.random_range(0..8)).collect();
        for (bytes, differ) in [(&still, true), (&noise, false)] {
            let block = Block::of_bytes(Kind::U8, &[100, 50], bytes);
            assert!(block.bytes().unwrap() == *bytes && block.differences == differ);
            let text = serde_json::to_string(&block).unwrap();
            assert_eq!(serde_json::from_str::<Block>(&text).unwrap(), block);
        }
    }

    #[test]
    fn damaged_blocks_are_refused() {
        let block = Block::of_bytes(Kind::U8, &[3, 4], &[7; 12]);
        for (shape, data) in
            [(vec![3, 5], block.data.clone()), (vec![3, 4], "!".into()), (vec![1, 4], block.data)]
        {
            let damaged = Block { kind: Kind::U8, shape, differences: false, data };
            assert!(matches!(damaged.bytes(), Err(Error::Format(_))));
        }
    }
}
