//! Stores the pixels of a movie in the depth in which they were recorded.

use super::FramesInFile;
use crate::error::{Error, Fault, Result};
use ndarray::{Array3, s};

/// Pixels of a movie, shape (frame, row, column), in standard (C) order. Two are equal if their pixels are, wherever they lie.
#[derive(Debug, Clone)]
pub enum Frames {
    /// 8-bit counts.
    U8(Array3<u8>),
    /// 16-bit counts.
    U16(Array3<u16>),
    /// Real intensities, all finite.
    F32(Array3<f32>),
    /// Pixels of any depth that stay in their file; [`Frames::part`] brings them into memory.
    File(FramesInFile),
}

/// Type of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// 8-bit counts.
    U8,
    /// 16-bit counts.
    U16,
    /// 32-bit floating point.
    F32,
}

impl Depth {
    /// Largest value a pixel can take; none for real intensities.
    pub const fn maximum(self) -> Option<f32> {
        match self {
            Self::U8 => Some(255.0),
            Self::U16 => Some(65_535.0),
            Self::F32 => None,
        }
    }

    /// Bytes of a pixel in memory.
    pub(super) const fn bytes(self) -> u64 {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::F32 => 4,
        }
    }
}

impl std::fmt::Display for Depth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::F32 => "f32",
        })
    }
}

impl Frames {
    /// Number of frames.
    pub fn count(&self) -> usize {
        self.shape().0
    }

    /// Number of rows of a frame, in pixels.
    pub fn rows(&self) -> usize {
        self.shape().1
    }

    /// Number of columns of a frame, in pixels.
    pub fn columns(&self) -> usize {
        self.shape().2
    }

    /// (frames, rows, columns).
    pub fn shape(&self) -> (usize, usize, usize) {
        match self {
            Self::U8(array) => array.dim(),
            Self::U16(array) => array.dim(),
            Self::F32(array) => array.dim(),
            Self::File(file) => file.shape(),
        }
    }

    /// Type of the pixels.
    pub fn depth(&self) -> Depth {
        match self {
            Self::U8(_) => Depth::U8,
            Self::U16(_) => Depth::U16,
            Self::F32(_) => Depth::F32,
            Self::File(file) => file.depth(),
        }
    }

    /// Bytes of memory that the pixels take, or would take if they lay there.
    pub(super) fn bytes(&self) -> u64 {
        let (frames, rows, columns) = self.shape();
        (frames * rows * columns) as u64 * self.depth().bytes()
    }

    /// Frame `index` as real numbers, shape (row, column).
    ///
    /// # Panics
    /// This and all that reads pixels: if they lie in a file that can no longer be read (see [`super::or_lost`]).
    pub fn frame(&self, index: usize) -> ndarray::Array2<f32> {
        let at = s![index, .., ..];
        match self {
            Self::U8(array) => array.slice(at).mapv(f32::from),
            Self::U16(array) => array.slice(at).mapv(f32::from),
            Self::F32(array) => array.slice(at).to_owned(),
            Self::File(file) => file.frame(index).frame(0),
        }
    }

    /// Calls `visit` with every pixel of frame `index` in row-major order, as a real number.
    pub fn for_each_pixel(&self, index: usize, mut visit: impl FnMut(f32)) {
        let at = s![index, .., ..];
        match self {
            Self::U8(array) => array.slice(at).iter().for_each(|&pixel| visit(pixel.into())),
            Self::U16(array) => array.slice(at).iter().for_each(|&pixel| visit(pixel.into())),
            Self::F32(array) => array.slice(at).iter().for_each(|&pixel| visit(pixel)),
            Self::File(file) => file.frame(index).for_each_pixel(0, visit),
        }
    }

    /// Appends the pixels of frame `index` to `bytes`, in row-major order and their own depth.
    pub(super) fn append_bytes(&self, index: usize, big_endian: bool, bytes: &mut Vec<u8>) {
        let at = s![index, .., ..];
        match self {
            Self::U8(array) => bytes.extend(array.slice(at).iter()),
            Self::U16(array) => array.slice(at).iter().for_each(|pixel| {
                bytes.extend(if big_endian { pixel.to_be_bytes() } else { pixel.to_le_bytes() });
            }),
            Self::F32(array) => array.slice(at).iter().for_each(|pixel| {
                bytes.extend(if big_endian { pixel.to_be_bytes() } else { pixel.to_le_bytes() });
            }),
            Self::File(file) => file.frame(index).append_bytes(0, big_endian, bytes),
        }
    }

    /// The frames of `range`, copied into memory.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        match self {
            Self::U8(a) => Self::U8(a.slice(s![range, .., ..]).to_owned()),
            Self::U16(a) => Self::U16(a.slice(s![range, .., ..]).to_owned()),
            Self::F32(a) => Self::F32(a.slice(s![range, .., ..]).to_owned()),
            Self::File(file) => file.part(range),
        }
    }

    /// Every `step`-th frame from `start` on, copied; of frames in a file they stay there.
    pub(super) fn every(&self, step: usize, start: usize) -> Self {
        match self {
            Self::U8(a) => Self::U8(a.slice(s![start..;step, .., ..]).to_owned()),
            Self::U16(a) => Self::U16(a.slice(s![start..;step, .., ..]).to_owned()),
            Self::F32(a) => Self::F32(a.slice(s![start..;step, .., ..]).to_owned()),
            Self::File(file) => Self::File(file.every(step, start)),
        }
    }

    /// Refuses fewer than two frames, empty frames, and pixels that are not finite.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        let (frames, rows, columns) = self.shape();
        if frames < 2 {
            return Err(Error::Format(Fault::new(
                name,
                "a movie of at least 2 frames",
                frames.to_string(),
                "Give the whole series; a still picture produces no entropy.",
            )));
        }
        if rows == 0 || columns == 0 {
            return Err(Error::Format(Fault::new(
                name,
                "frames with at least one pixel",
                format!("{rows} rows x {columns} columns"),
                "Export the movie again.",
            )));
        }
        match self {
            Self::File(file) => file.check(name),
            _ => self.check_finite(name, 0),
        }
    }

    /// Refuses pixels that are not finite; the first frame is number `first` of its movie.
    pub(super) fn check_finite(&self, name: &str, first: usize) -> Result<()> {
        let Self::F32(array) = self else { return Ok(()) };
        match array.indexed_iter().find(|(_, pixel)| !pixel.is_finite()) {
            None => Ok(()),
            Some(((frame, row, column), pixel)) => Err(Error::Format(Fault::new(
                name,
                "finite pixels",
                format!("{pixel} at frame {}, row {row}, column {column}", first + frame),
                "Replace or crop the bad pixels before analysis.",
            ))),
        }
    }
}

impl PartialEq for Frames {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::U8(a), Self::U8(b)) => a == b,
            (Self::U16(a), Self::U16(b)) => a == b,
            (Self::F32(a), Self::F32(b)) => a == b,
            _ => {
                let same = |index| self.part(index..index + 1) == other.part(index..index + 1);
                self.depth() == other.depth() && self.shape() == other.shape() && (0..self.count()).all(same)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::Video;

    #[test]
    fn a_single_frame_and_a_nan_are_refused_by_name() {
        let one = Frames::U8(Array3::zeros((1, 4, 4)));
        let error = Video::new("one.tif", one, Calibration::default()).unwrap_err().to_string();
        assert!(error.starts_with("one.tif: expected a movie of at least 2 frames, found 1."), "{error}");
        let mut pixels = Array3::<f32>::zeros((3, 4, 5));
        pixels[[2, 1, 3]] = f32::NAN;
        let error = Video::new("nan.npy", Frames::F32(pixels), Calibration::default()).unwrap_err();
        assert!(error.to_string().contains("NaN at frame 2, row 1, column 3"), "{error}");
    }
}
