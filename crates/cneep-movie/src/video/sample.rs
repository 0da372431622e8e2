//! Decodes stored numbers into pixels, block by block, so that a lying header cannot make it allocate.

use super::slots::Slots;
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::memory;
use rayon::prelude::*;
use std::io::{self, Read};

/// Family of a stored number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unsigned,
    Signed,
    Float,
}

/// How one number is stored in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) kind: Kind,
    pub(super) bytes: usize,
    pub(super) big_endian: bool,
}

impl Stored {
    /// Depth in which such numbers are kept, integers as long as they fit; none if they are not read.
    pub(super) fn depth(self) -> Option<Depth> {
        match (self.kind, self.bytes) {
            (Kind::Unsigned | Kind::Signed, 1) => Some(Depth::U8),
            (Kind::Unsigned | Kind::Signed, 2..=8) => Some(Depth::U16),
            (Kind::Float, 2 | 4 | 8) => Some(Depth::F32),
            _ => None,
        }
    }

    /// What must be said where numbers are not kept as they are stored, but in `depth`.
    pub(super) fn caution(self, name: &str, depth: Depth) -> Option<Caution> {
        let stored = self.to_string();
        let kind = match (self.kind, self.bytes, depth) {
            (Kind::Unsigned, 1 | 2, _) | (Kind::Float, 2 | 4, _) | (Kind::Signed, 1, Depth::U8) => {
                return None;
            }
            (Kind::Float, ..) => CautionKind::RoundedTo32Bits,
            (_, _, Depth::F32) => CautionKind::KeptAsReals { stored },
            _ => CautionKind::KeptAs16BitCounts { stored },
        };
        Some(Caution::new(name, kind))
    }

    /// Whether every such number is kept as it is stored, and is finite.
    pub(super) fn is_always_kept(self) -> bool {
        matches!((self.kind, self.bytes), (Kind::Unsigned, 1 | 2))
    }

    /// Whether such numbers are kept bit by bit, but for the order of their bytes.
    pub(super) fn is_kept_in_bytes(self) -> bool {
        matches!((self.kind, self.bytes), (Kind::Unsigned, 1 | 2) | (Kind::Float, 4))
    }

    /// Puts the bytes of such numbers in the order of the machine.
    pub(super) fn to_order_of_machine(self, numbers: &mut [u8]) {
        if self.big_endian == cfg!(target_endian = "big") {
            return;
        }
        match self.bytes {
            2 => numbers.as_chunks_mut::<2>().0.iter_mut().for_each(|number| number.reverse()),
            4 => numbers.as_chunks_mut::<4>().0.iter_mut().for_each(|number| number.reverse()),
            _ => {}
        }
    }

    /// Whether no such number asks for another depth than [`Self::depth`].
    pub(super) fn has_one_depth(self) -> bool {
        self.is_always_kept() || self.kind == Kind::Float
    }

    /// The integer in `bytes`, of either sign and byte order.
    pub(super) fn integer(self, bytes: &[u8]) -> i128 {
        let fold = |sum: i128, byte: &u8| (sum << 8) | i128::from(*byte);
        let unsigned =
            if self.big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) };
        let bits = 8 * bytes.len() as u32;
        let negative = self.kind == Kind::Signed && (unsigned >> (bits - 1)) & 1 == 1;
        if negative { unsigned - (1 << bits) } else { unsigned }
    }
}

/// Numbers in bytes of one kind each; a number cut off at the end is left out.
impl Stored {
    /// Writes the numbers in `bytes`, as they are kept, to `slots`: as many as there are slots.
    ///
    /// # Errors
    /// `InvalidData` for an integer outside 0..=65535.
    pub(super) fn write(self, bytes: &[u8], slots: &mut [f32]) -> io::Result<()> {
        let slots = slots.iter_mut();
        match (self.kind, self.bytes) {
            (Kind::Unsigned, 1) => slots.zip(bytes).for_each(|(slot, &pixel)| *slot = pixel.into()),
            (Kind::Unsigned, 2) => slots.zip(self.words(bytes)).for_each(|(slot, word)| *slot = word.into()),
            (Kind::Float, 4) => slots.zip(self.singles(bytes)).for_each(|(slot, pixel)| *slot = pixel),
            (Kind::Float, 2) => slots.zip(self.halves(bytes)).for_each(|(slot, pixel)| *slot = pixel),
            (Kind::Float, _) => slots.zip(self.doubles(bytes)).for_each(|(slot, pixel)| *slot = pixel),
            _ => {
                for (slot, count) in slots.zip(self.counts(bytes)) {
                    *slot = count?.into();
                }
            }
        }
        Ok(())
    }

    /// Writes the numbers in `bytes` to `slots` of the depth in which they are kept: as many as there are
    /// slots.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn fill(self, bytes: &[u8], slots: Slots<'_>) -> io::Result<()> {
        match (slots, self.kind, self.bytes) {
            (Slots::U8(slots), Kind::Unsigned, 1) => slots.copy_from_slice(&bytes[..slots.len()]),
            (Slots::U8(slots), Kind::Signed, 1) => {
                for (slot, count) in slots.iter_mut().zip(self.counts(bytes)) {
                    *slot = count? as u8;
                }
            }
            (Slots::U16(slots), Kind::Unsigned, 2) => {
                slots.iter_mut().zip(self.words(bytes)).for_each(|(slot, word)| *slot = word);
            }
            (Slots::U16(slots), _, _) => {
                for (slot, count) in slots.iter_mut().zip(self.counts(bytes)) {
                    *slot = count?;
                }
            }
            (Slots::F32(slots), _, _) => self.write(bytes, slots)?,
            (Slots::U8(_), _, _) => {
                let found = format!("{self} among 8-bit pixels");
                return Err(io::Error::new(io::ErrorKind::InvalidData, found));
            }
        }
        Ok(())
    }

    /// Unsigned integers of 16 bits.
    fn words(self, bytes: &[u8]) -> impl Iterator<Item = u16> {
        let big = self.big_endian;
        let words = bytes.as_chunks::<2>().0.iter();
        words.map(move |w| if big { u16::from_be_bytes(*w) } else { u16::from_le_bytes(*w) })
    }

    /// Floating-point numbers of 32 bits.
    fn singles(self, bytes: &[u8]) -> impl Iterator<Item = f32> {
        let big = self.big_endian;
        let words = bytes.as_chunks::<4>().0.iter();
        words.map(move |w| if big { f32::from_be_bytes(*w) } else { f32::from_le_bytes(*w) })
    }

    /// Floating-point numbers of 16 bits.
    fn halves(self, bytes: &[u8]) -> impl Iterator<Item = f32> {
        self.words(bytes).map(from_half)
    }

    /// Floating-point numbers of 64 bits, rounded to 32.
    fn doubles(self, bytes: &[u8]) -> impl Iterator<Item = f32> {
        let big = self.big_endian;
        let words = bytes.as_chunks::<8>().0.iter();
        words.map(move |w| (if big { f64::from_be_bytes(*w) } else { f64::from_le_bytes(*w) }) as f32)
    }

    /// Integers of any size, as counts of 16 bits.
    fn counts(self, bytes: &[u8]) -> impl Iterator<Item = io::Result<u16>> {
        bytes.chunks_exact(self.bytes).map(move |chunk| {
            let value = self.integer(chunk);
            let refuse = |_| io::Error::new(io::ErrorKind::InvalidData, format!("the pixel value {value}"));
            u16::try_from(value).map_err(refuse)
        })
    }
}

/// A floating-point number of 16 bits (IEEE 754 `binary16`), exactly.
fn from_half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    sign * match (exponent, bits & 1023) {
        (31, 0) => f32::INFINITY,
        (31, _) => f32::NAN,
        (0, _) => fraction * 2_f32.powi(-24),
        _ => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    }
}

impl std::fmt::Display for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Kind::Unsigned => "unsigned integers",
            Kind::Signed => "signed integers",
            Kind::Float => "floating-point numbers",
        };
        write!(f, "{}-bit {kind}", 8 * self.bytes)
    }
}

/// Pixels on their way into frames, in the order in which they are stored.
#[derive(Debug)]
pub(super) enum Pixels {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F32(Vec<f32>),
}

/// Refuses a movie whose pixels take more `bytes` of memory than are available, with room beside them to look
/// at two frames of so many pixels as real numbers.
pub(super) fn require_memory(name: &str, bytes: u64, frame: usize) -> Result<()> {
    let bytes = bytes.saturating_add(8 * frame as u64);
    let remedy = "Crop or bin the movie, or give fewer frames at a time; frames of an uncompressed NPY array \
                  in C order stay in their file.";
    memory::require(name, "pixels and two frames in hand", bytes, remedy)
}

/// What to say of a number that no pixel can keep, which was `found` in the movie `name`.
pub(super) fn not_kept(name: &str, found: String) -> Error {
    let remedy = "Convert with frames.astype('float32') and save again.";
    Error::Format(Fault::new(name, "counts within 0..=65535", found, remedy))
}

/// Pixels decoded at a time: a truncated file costs no more than this beyond what it holds.
const BLOCK: usize = 1 << 16;

impl Pixels {
    /// No pixels of the movie `name` yet, with room for exactly `count`: only to be called with a count that
    /// the file's length backs.
    pub(super) fn with_room(name: &str, depth: Depth, count: usize) -> Result<Self> {
        Ok(match depth {
            Depth::U8 => Self::U8(memory::with_room(name, count)?),
            Depth::U16 => Self::U16(memory::with_room(name, count)?),
            Depth::F32 => Self::F32(memory::with_room(name, count)?),
        })
    }

    /// As many pixels as [`Self::with_room`], all zero.
    pub(super) fn zeros(name: &str, depth: Depth, count: usize) -> Result<Self> {
        Ok(match depth {
            Depth::U8 => Self::U8(memory::zeros(name, count)?),
            Depth::U16 => Self::U16(memory::zeros(name, count)?),
            Depth::F32 => Self::F32(memory::zeros(name, count)?),
        })
    }

    /// Appends `count` pixels, all zero.
    pub(super) fn extend_by(&mut self, name: &str, count: usize) -> Result<()> {
        fn extend<T: Clone>(pixels: &mut Vec<T>, name: &str, count: usize, zero: T) -> Result<()> {
            let refused = |_| memory::refused(name, (count * size_of::<T>()) as u64);
            pixels.try_reserve(count).map_err(refused)?;
            pixels.resize(pixels.len() + count, zero);
            Ok(())
        }
        match self {
            Self::U8(pixels) => extend(pixels, name, count, 0),
            Self::U16(pixels) => extend(pixels, name, count, 0),
            Self::F32(pixels) => extend(pixels, name, count, 0.0),
        }
    }

    /// The pixels from number `start` on.
    pub(super) fn slots_from(&mut self, start: usize) -> Slots<'_> {
        match self {
            Self::U8(pixels) => Slots::U8(&mut pixels[start..]),
            Self::U16(pixels) => Slots::U16(&mut pixels[start..]),
            Self::F32(pixels) => Slots::F32(&mut pixels[start..]),
        }
    }

    /// Calls `write` with every part of `size` pixels, the last of which may be smaller, and its number:
    /// several at a time.
    ///
    /// # Errors
    /// Those of `write` for the first part that has any.
    pub(super) fn write_parts(
        &mut self,
        size: usize,
        write: impl Fn(usize, Slots<'_>) -> Result<()> + Sync,
    ) -> Result<()> {
        let size = size.max(1);
        let failed = |(index, slots): (usize, Slots<'_>)| write(index, slots).err();
        let first = match self {
            Self::U8(all) => all.par_chunks_mut(size).map(Slots::U8).enumerate().find_map_first(failed),
            Self::U16(all) => all.par_chunks_mut(size).map(Slots::U16).enumerate().find_map_first(failed),
            Self::F32(all) => all.par_chunks_mut(size).map(Slots::F32).enumerate().find_map_first(failed),
        };
        first.map_or(Ok(()), Err)
    }

    /// The pixels of `range` in little-endian bytes.
    pub(super) fn bytes_of(&self, range: std::ops::Range<usize>) -> Vec<u8> {
        match self {
            Self::U8(pixels) => pixels[range].to_vec(),
            Self::U16(pixels) => pixels[range].iter().flat_map(|pixel| pixel.to_le_bytes()).collect(),
            Self::F32(pixels) => pixels[range].iter().flat_map(|pixel| pixel.to_le_bytes()).collect(),
        }
    }

    /// Appends `count` stored numbers.
    ///
    /// # Errors
    /// `UnexpectedEof` where the reader ends too early.
    pub(super) fn read(&mut self, reader: &mut impl Read, stored: Stored, count: usize) -> io::Result<()> {
        let mut block = vec![0; BLOCK.min(count) * stored.bytes];
        let mut left = count;
        while left > 0 {
            let part = &mut block[..left.min(BLOCK) * stored.bytes];
            reader.read_exact(part)?;
            self.decode(part, stored)?;
            left -= left.min(BLOCK);
        }
        Ok(())
    }

    /// Depth in which they are kept.
    pub(super) fn depth(&self) -> Depth {
        match self {
            Self::U8(_) => Depth::U8,
            Self::U16(_) => Depth::U16,
            Self::F32(_) => Depth::F32,
        }
    }

    /// Keeps counts as real numbers from here on.
    fn widen(&mut self) {
        fn reals<T: Copy + Into<f32>>(counts: &[T]) -> Vec<f32> {
            counts.iter().map(|&count| count.into()).collect()
        }
        match self {
            Self::U8(counts) => *self = Self::F32(reals(counts)),
            Self::U16(counts) => *self = Self::F32(reals(counts)),
            Self::F32(_) => {}
        }
    }

    /// Appends the numbers in `bytes`, as [`Self::read`].
    pub(super) fn decode(&mut self, bytes: &[u8], stored: Stored) -> io::Result<()> {
        let highest = if let Self::U8(_) = self { 0xFF } else { 0xFFFF };
        let beyond = |pixel: &[u8]| !(0..=highest).contains(&stored.integer(pixel));
        if !stored.has_one_depth() && bytes.chunks_exact(stored.bytes).any(beyond) {
            self.widen();
        }
        match (self, stored.kind, stored.bytes) {
            (Self::U16(pixels), Kind::Unsigned, 2) => pixels.extend(stored.words(bytes)),
            (Self::F32(pixels), Kind::Float, 4) => pixels.extend(stored.singles(bytes)),
            (Self::F32(pixels), Kind::Float, 2) => pixels.extend(stored.halves(bytes)),
            (Self::F32(pixels), Kind::Float, 8) => pixels.extend(stored.doubles(bytes)),
            (Self::U8(pixels), Kind::Unsigned | Kind::Signed, 1) => pixels.extend_from_slice(bytes),
            (Self::U16(pixels), Kind::Unsigned | Kind::Signed, _) => {
                for count in stored.counts(bytes) {
                    pixels.push(count?);
                }
            }
            (Self::F32(pixels), Kind::Unsigned | Kind::Signed, width) => {
                pixels.extend(bytes.chunks_exact(width).map(|pixel| stored.integer(pixel) as f32));
            }
            _ => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("{stored} among other pixels"),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(kind: Kind, big_endian: bool, bytes: &[u8]) -> io::Result<Pixels> {
        let stored = Stored { kind, bytes: bytes.len(), big_endian };
        let mut pixels = Pixels::with_room("a", stored.depth().unwrap(), 1).unwrap();
        pixels.read(&mut &bytes[..], stored, 1).map(|()| pixels)
    }

    #[test]
    fn byte_order_and_sign_are_read_as_stored() {
        assert!(matches!(read_one(Kind::Unsigned, true, &[1, 2]), Ok(Pixels::U16(p)) if p == [258]));
        assert!(matches!(read_one(Kind::Unsigned, false, &[1, 2]), Ok(Pixels::U16(p)) if p == [513]));
        assert!(matches!(read_one(Kind::Signed, true, &[0, 0, 1, 0]), Ok(Pixels::U16(p)) if p == [256]));
        let double = 0.1_f64.to_be_bytes();
        assert!(matches!(read_one(Kind::Float, true, &double), Ok(Pixels::F32(p)) if p == [0.1]));
    }

    /// Catches counts that wrap, and those before them that are lost.
    #[test]
    fn integers_beyond_counts_are_kept_as_reals() {
        let stored = Stored { kind: Kind::Signed, bytes: 2, big_endian: false };
        let mut pixels = Pixels::with_room("a", Depth::U16, 2).unwrap();
        pixels.decode(&300_i16.to_le_bytes(), stored).unwrap();
        assert!(matches!(&pixels, Pixels::U16(p) if *p == [300]));
        pixels.decode(&(-7_i16).to_le_bytes(), stored).unwrap();
        assert!(matches!(&pixels, Pixels::F32(p) if *p == [300.0, -7.0]));
        let large = read_one(Kind::Unsigned, false, &65_536_u32.to_le_bytes());
        assert!(matches!(large, Ok(Pixels::F32(p)) if p == [65_536.0]));
        assert!(matches!(read_one(Kind::Signed, false, &[0x80]), Ok(Pixels::F32(p)) if p == [-128.0]));
        assert!(matches!(read_one(Kind::Signed, false, &[0x7F]), Ok(Pixels::U8(p)) if p == [127]));
    }

    #[test]
    fn halves_are_read_exactly() {
        for (bits, value) in
            [(0x3C00, 1.0), (0xC000, -2.0), (0x3555, 0.333_251_95), (1, 5.960_464_5e-8), (0x7BFF, 65_504.0)]
        {
            assert_eq!(from_half(bits), value);
        }
        assert!(from_half(0x7C00).is_infinite() && from_half(0x7E00).is_nan());
    }
}
