//! Stores the pixels of a movie in the depth in which they were recorded.

use super::frames_in_file::FramesInFile;
use super::sample::Pixels;
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::memory;
use ndarray::{Array2, Array3, ArrayD, Axis, IxDyn, ShapeBuilder, ShapeError, s};
use rayon::prelude::*;
use std::ops::Range;

/// Pixels of a movie, shape (frame, row, column), in standard (C) order. Two are equal if their pixels are,
/// wherever they lie.
#[derive(Debug, Clone)]
#[non_exhaustive]
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

    /// Writes the pixels of `rows` and `columns` of frame `frame` to `pixels`, row by row.
    ///
    /// `pixels`, shape (row, column), holds `rows.len() * columns.len()` numbers: counts or intensities as
    /// they are stored, exactly. Nothing is allocated for frames in memory; of frames in a file no more than
    /// the rows asked for is read.
    ///
    /// # Errors
    /// None for frames in memory. Of frames in a file, [`Error::Format`] if the file was cut short after it
    /// was opened, and [`Error::Io`] if the system refuses.
    ///
    /// # Panics
    /// If the block reaches beyond the frame or the movie, or `pixels` has another length.
    pub fn read_block(
        &self,
        frame: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        pixels: &mut [f32],
    ) -> Result<()> {
        let (frame_count, row_count, column_count) = self.shape();
        assert!(frame < frame_count, "frame {frame} of {frame_count}");
        assert!(rows.end <= row_count, "rows {rows:?} of {row_count}");
        assert!(columns.end <= column_count, "columns {columns:?} of {column_count}");
        assert_eq!(pixels.len(), rows.len() * columns.len(), "rows {rows:?}, columns {columns:?}");
        match self {
            Self::U8(array) => copy_block(array, frame, rows, columns, pixels),
            Self::U16(array) => copy_block(array, frame, rows, columns, pixels),
            Self::F32(array) => copy_block(array, frame, rows, columns, pixels),
            Self::File(file) => return file.read_block(frame, &rows, &columns, pixels),
        }
        Ok(())
    }

    /// Frame `index` as real numbers, shape (row, column).
    ///
    /// # Errors
    /// As [`Self::read_block`]; [`Error::Memory`] if there is no room for it.
    ///
    /// # Panics
    /// If the movie has no such frame.
    pub fn frame(&self, index: usize) -> Result<Array2<f32>> {
        let (_, rows, columns) = self.shape();
        let mut pixels = memory::with_room("frame", rows * columns)?;
        pixels.resize(rows * columns, 0.0);
        self.read_block(index, 0..rows, 0..columns, &mut pixels)?;
        Ok(Array2::from_shape_vec((rows, columns), pixels).expect("a number for every pixel"))
    }

    /// Calls `visit` with every pixel of frame `index` in row-major order, as a real number.
    ///
    /// # Errors
    /// As [`Self::read_block`].
    pub fn for_each_pixel(&self, index: usize, mut visit: impl FnMut(f32)) -> Result<()> {
        let at = s![index, .., ..];
        match self {
            Self::U8(array) => array.slice(at).iter().for_each(|&pixel| visit(pixel.into())),
            Self::U16(array) => array.slice(at).iter().for_each(|&pixel| visit(pixel.into())),
            Self::F32(array) => array.slice(at).iter().for_each(|&pixel| visit(pixel)),
            Self::File(_) => self.frame(index)?.iter().for_each(|&pixel| visit(pixel)),
        }
        Ok(())
    }

    /// Appends the pixels of frame `index` to `bytes`, in row-major order and their own depth.
    pub(super) fn append_bytes(&self, index: usize, big_endian: bool, bytes: &mut Vec<u8>) -> Result<()> {
        let at = s![index, .., ..];
        match self {
            Self::U8(array) => bytes.extend(array.slice(at).iter()),
            Self::U16(array) => array.slice(at).iter().for_each(|pixel| {
                bytes.extend(if big_endian { pixel.to_be_bytes() } else { pixel.to_le_bytes() });
            }),
            Self::F32(array) => array.slice(at).iter().for_each(|pixel| {
                bytes.extend(if big_endian { pixel.to_be_bytes() } else { pixel.to_le_bytes() });
            }),
            Self::File(_) => return self.part(index..index + 1)?.append_bytes(0, big_endian, bytes),
        }
        Ok(())
    }

    /// The frames of `range`, copied into memory.
    ///
    /// # Errors
    /// As [`Self::read_block`].
    ///
    /// # Panics
    /// If the range reaches beyond the movie.
    pub fn part(&self, range: Range<usize>) -> Result<Self> {
        Ok(match self {
            Self::U8(a) => Self::U8(a.slice(s![range, .., ..]).to_owned()),
            Self::U16(a) => Self::U16(a.slice(s![range, .., ..]).to_owned()),
            Self::F32(a) => Self::F32(a.slice(s![range, .., ..]).to_owned()),
            Self::File(file) => {
                let (_, rows, columns) = file.shape();
                let pixels = file.pixels("frames", range.clone())?;
                pixels.into_frames((range.len(), rows, columns)).expect("as many pixels as were asked for")
            }
        })
    }

    /// Whether two movies hold the same pixels, wherever they lie.
    ///
    /// # Errors
    /// As [`Self::read_block`].
    pub fn same_pixels(&self, other: &Self) -> Result<bool> {
        match (self, other) {
            (Self::U8(a), Self::U8(b)) => return Ok(a == b),
            (Self::U16(a), Self::U16(b)) => return Ok(a == b),
            (Self::F32(a), Self::F32(b)) => return Ok(a == b),
            _ => {}
        }
        if self.depth() != other.depth() || self.shape() != other.shape() {
            return Ok(false);
        }
        for index in 0..self.count() {
            if !self.part(index..index + 1)?.same_pixels(&other.part(index..index + 1)?)? {
                return Ok(false);
            }
        }
        Ok(true)
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
            Self::File(file) if file.is_always_kept() => Ok(()),
            // Any number could be one that is not kept, or not finite: all are read once.
            Self::File(_) => {
                let check = |index: usize| self.part(index..index + 1)?.check_finite(name, index);
                let refused = (0..frames).into_par_iter().find_map_first(|index| check(index).err());
                refused.map_or(Ok(()), Err)
            }
            _ => self.check_finite(name, 0),
        }
    }

    /// Refuses pixels that are not finite; the first frame is number `first` of its movie.
    fn check_finite(&self, name: &str, first: usize) -> Result<()> {
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

impl Pixels {
    /// The pixels as frames of `shape` (frame, row, column).
    pub(super) fn into_frames(self, shape: (usize, usize, usize)) -> std::result::Result<Frames, ShapeError> {
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
        picks: &[(usize, usize)],
        order: [usize; 4],
    ) -> std::result::Result<Vec<Frames>, ShapeError> {
        fn movies<T: Clone>(
            pixels: Vec<T>,
            (shape, fortran): (&[usize], bool),
            picks: &[(usize, usize)],
            order: [usize; 4],
            wrap: fn(Array3<T>) -> Frames,
        ) -> std::result::Result<Vec<Frames>, ShapeError> {
            let mut array = ArrayD::from_shape_vec(IxDyn(shape).set_f(fortran), pixels)?;
            for &(axis, index) in picks.iter().rev() {
                array = array.index_axis_move(Axis(axis), index);
            }
            if array.ndim() == 3 {
                array = array.insert_axis(Axis(0));
            }
            let array = array.permuted_axes(IxDyn(&order)).into_dimensionality::<ndarray::Ix4>()?;
            let standard = |movie: ndarray::ArrayView3<'_, T>| movie.as_standard_layout().into_owned();
            Ok(array.outer_iter().map(|movie| wrap(standard(movie))).collect())
        }
        let stored = (shape, fortran);
        match self {
            Self::U8(pixels) => movies(pixels, stored, picks, order, Frames::U8),
            Self::U16(pixels) => movies(pixels, stored, picks, order, Frames::U16),
            Self::F32(pixels) => movies(pixels, stored, picks, order, Frames::F32),
        }
    }
}

/// Copies a block of an array, line by line where these lie in one piece.
fn copy_block<T: Copy + Into<f32>>(
    array: &Array3<T>,
    frame: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    pixels: &mut [f32],
) {
    let Some(all) = array.as_slice() else {
        let block = array.slice(s![frame, rows, columns]);
        return pixels.iter_mut().zip(&block).for_each(|(slot, &pixel)| *slot = pixel.into());
    };
    let convert = |slots: &mut [f32], line: &[T]| {
        slots.iter_mut().zip(line).for_each(|(slot, &pixel)| *slot = pixel.into());
    };
    let (_, row_count, column_count) = array.dim();
    let place = |row: usize| (frame * row_count + row) * column_count + columns.start;
    if columns.len() == column_count {
        return convert(pixels, &all[place(rows.start)..][..pixels.len()]);
    }
    for (row, slots) in rows.zip(pixels.chunks_exact_mut(columns.len().max(1))) {
        convert(slots, &all[place(row)..][..columns.len()]);
    }
}

/// As [`Frames::same_pixels`]; frames that can no longer be read equal no others.
impl PartialEq for Frames {
    fn eq(&self, other: &Self) -> bool {
        self.same_pixels(other).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::movie::Video;

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
