//! Stores the pixels of a movie in the depth in which they were recorded.

use crate::error::{Error, Fault, Result};
use ndarray::{Array3, s};

/// Pixels of a movie, shape (frame, row, column), in standard (C) order.
#[derive(Debug, Clone, PartialEq)]
pub enum Frames {
    /// 8-bit counts.
    U8(Array3<u8>),
    /// 16-bit counts.
    U16(Array3<u16>),
    /// Real intensities, all finite.
    F32(Array3<f32>),
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

/// Runs `$body` with `$array` bound to the typed array, whatever the depth.
macro_rules! with_pixels {
    ($frames:expr, $array:ident => $body:expr) => {
        match $frames {
            Frames::U8($array) => $body,
            Frames::U16($array) => $body,
            Frames::F32($array) => $body,
        }
    };
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
        with_pixels!(self, array => array.dim())
    }

    /// Type of the pixels.
    pub fn depth(&self) -> Depth {
        match self {
            Self::U8(_) => Depth::U8,
            Self::U16(_) => Depth::U16,
            Self::F32(_) => Depth::F32,
        }
    }

    /// Frame `index` as real numbers, shape (row, column).
    pub fn frame(&self, index: usize) -> ndarray::Array2<f32> {
        with_pixels!(self, array => array.slice(s![index, .., ..]).mapv(f32::from))
    }

    /// Calls `visit` with every pixel of frame `index` in row-major order, as a real number.
    pub fn for_each_pixel(&self, index: usize, mut visit: impl FnMut(f32)) {
        with_pixels!(self, array => for &pixel in array.slice(s![index, .., ..]) { visit(f32::from(pixel)) });
    }

    /// The frames of `range`, copied.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        match self {
            Self::U8(a) => Self::U8(a.slice(s![range, .., ..]).to_owned()),
            Self::U16(a) => Self::U16(a.slice(s![range, .., ..]).to_owned()),
            Self::F32(a) => Self::F32(a.slice(s![range, .., ..]).to_owned()),
        }
    }

    /// Every `step`-th frame from `start` on, copied.
    pub(super) fn every(&self, step: usize, start: usize) -> Self {
        match self {
            Self::U8(a) => Self::U8(a.slice(s![start..;step, .., ..]).to_owned()),
            Self::U16(a) => Self::U16(a.slice(s![start..;step, .., ..]).to_owned()),
            Self::F32(a) => Self::F32(a.slice(s![start..;step, .., ..]).to_owned()),
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
        if let Self::F32(array) = self {
            check_finite(name, array)?;
        }
        Ok(())
    }
}

fn check_finite(name: &str, array: &Array3<f32>) -> Result<()> {
    match array.indexed_iter().find(|(_, pixel)| !pixel.is_finite()) {
        None => Ok(()),
        Some(((frame, row, column), pixel)) => Err(Error::Format(Fault::new(
            name,
            "finite pixels",
            format!("{pixel} at frame {frame}, row {row}, column {column}"),
            "Replace or crop the bad pixels before analysis.",
        ))),
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
