//! Decodes stored numbers into pixels, block by block, so that a lying header cannot make it allocate.

use super::{Depth, Frames};
use crate::caution::Caution;
use ndarray::{Array3, ArrayD, IxDyn, ShapeBuilder, ShapeError};
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
    /// Depth in which such numbers are kept; none if they are not read.
    pub(super) fn depth(self) -> Option<Depth> {
        match (self.kind, self.bytes) {
            (Kind::Unsigned, 1) => Some(Depth::U8),
            (Kind::Unsigned, 2 | 4 | 8) | (Kind::Signed, 1 | 2 | 4 | 8) => Some(Depth::U16),
            (Kind::Float, 4 | 8) => Some(Depth::F32),
            _ => None,
        }
    }

    /// What must be said where numbers are not kept as they are stored.
    pub(super) fn caution(self, name: &str) -> Option<Caution> {
        match (self.kind, self.bytes) {
            (Kind::Unsigned, 1 | 2) | (Kind::Float, 4) => None,
            (Kind::Float, _) => Some(Caution::new(
                name,
                "64-bit floating point was rounded to 32 bits.",
                "Save as float32 to be rid of this caution.",
            )),
            _ => Some(Caution::new(
                name,
                format!("{self} were kept as 16-bit counts; all lie within 0..=65535."),
                "Save as uint8 or uint16 to be rid of this caution.",
            )),
        }
    }

    /// Whether every such number is kept as it is stored, and is finite.
    pub(super) fn is_always_kept(self) -> bool {
        matches!((self.kind, self.bytes), (Kind::Unsigned, 1 | 2))
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

/// Pixels on their way into [`Frames`], in the order in which they are stored.
#[derive(Debug)]
pub(super) enum Pixels {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F32(Vec<f32>),
}

/// Pixels decoded at a time: a truncated file costs no more than this beyond what it holds.
const BLOCK: usize = 1 << 16;

impl Pixels {
    /// No pixels yet, with room for `count`: only to be called with a count that the file's length backs.
    pub(super) fn with_capacity(depth: Depth, count: usize) -> Self {
        match depth {
            Depth::U8 => Self::U8(Vec::with_capacity(count)),
            Depth::U16 => Self::U16(Vec::with_capacity(count)),
            Depth::F32 => Self::F32(Vec::with_capacity(count)),
        }
    }

    /// Appends `count` stored numbers.
    ///
    /// # Errors
    /// `UnexpectedEof` where the reader ends too early, `InvalidData` for an integer outside 0..=65535.
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

    /// Appends the numbers in `bytes`, as [`Self::read`].
    pub(super) fn decode(&mut self, bytes: &[u8], stored: Stored) -> io::Result<()> {
        let big = stored.big_endian;
        match (self, stored.kind, stored.bytes) {
            (Self::U8(pixels), Kind::Unsigned, 1) => pixels.extend_from_slice(bytes),
            (Self::U16(pixels), Kind::Unsigned, 2) => {
                let words = bytes.as_chunks::<2>().0.iter();
                pixels
                    .extend(words.map(|w| if big { u16::from_be_bytes(*w) } else { u16::from_le_bytes(*w) }));
            }
            (Self::F32(pixels), Kind::Float, 4) => {
                let words = bytes.as_chunks::<4>().0.iter();
                pixels
                    .extend(words.map(|w| if big { f32::from_be_bytes(*w) } else { f32::from_le_bytes(*w) }));
            }
            (Self::F32(pixels), Kind::Float, 8) => {
                let words = bytes.as_chunks::<8>().0.iter();
                let wide = words.map(|w| if big { f64::from_be_bytes(*w) } else { f64::from_le_bytes(*w) });
                pixels.extend(wide.map(|pixel| pixel as f32));
            }
            (Self::U16(pixels), _, _) => {
                for chunk in bytes.chunks_exact(stored.bytes) {
                    let value = stored.integer(chunk);
                    pixels.push(u16::try_from(value).map_err(|_| {
                        io::Error::new(io::ErrorKind::InvalidData, format!("the pixel value {value}"))
                    })?);
                }
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

    /// The pixels as frames of `shape` (frame, row, column).
    pub(super) fn into_frames(self, shape: (usize, usize, usize)) -> Result<Frames, ShapeError> {
        Ok(match self {
            Self::U8(pixels) => Frames::U8(Array3::from_shape_vec(shape, pixels)?),
            Self::U16(pixels) => Frames::U16(Array3::from_shape_vec(shape, pixels)?),
            Self::F32(pixels) => Frames::F32(Array3::from_shape_vec(shape, pixels)?),
        })
    }

    /// The pixels of an array of `shape`, Fortran-ordered or not, with its axes put in `order`
    /// (movie, frame, row, column), cut into movies.
    pub(super) fn into_movies(
        self,
        shape: &[usize],
        fortran: bool,
        order: [usize; 4],
    ) -> Result<Vec<Frames>, ShapeError> {
        fn movies<T: Clone>(
            pixels: Vec<T>,
            shape: &[usize],
            fortran: bool,
            order: [usize; 4],
            wrap: fn(Array3<T>) -> Frames,
        ) -> Result<Vec<Frames>, ShapeError> {
            let array = ArrayD::from_shape_vec(IxDyn(shape).set_f(fortran), pixels)?;
            let array = array.permuted_axes(IxDyn(&order)).into_dimensionality::<ndarray::Ix4>()?;
            let standard = |movie: ndarray::ArrayView3<'_, T>| movie.as_standard_layout().into_owned();
            Ok(array.outer_iter().map(|movie| wrap(standard(movie))).collect())
        }
        match self {
            Self::U8(pixels) => movies(pixels, shape, fortran, order, Frames::U8),
            Self::U16(pixels) => movies(pixels, shape, fortran, order, Frames::U16),
            Self::F32(pixels) => movies(pixels, shape, fortran, order, Frames::F32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(kind: Kind, big_endian: bool, bytes: &[u8]) -> io::Result<Pixels> {
        let stored = Stored { kind, bytes: bytes.len(), big_endian };
        let mut pixels = Pixels::with_capacity(stored.depth().unwrap(), 1);
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

    #[test]
    fn an_integer_that_is_no_16_bit_count_is_refused_not_wrapped() {
        let error = read_one(Kind::Signed, false, &(-1_i64).to_le_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "the pixel value -1");
        let error = read_one(Kind::Unsigned, false, &65_536_u32.to_le_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "the pixel value 65536");
    }
}
