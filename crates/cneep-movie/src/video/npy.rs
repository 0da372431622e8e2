//! Reads and writes movies as NumPy's NPY arrays.

use super::axes::Axes;
use super::frames::Frames;
use super::movie::Video;
use super::options::OpenOptions;
use super::sample::{Kind, Pixels, Stored, require_memory};
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::npy::{Header, write_header};
use crate::units::Calibration;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

/// Reads the movies of an NPY file.
pub(super) fn read<R: Read + Seek>(mut reader: R, name: &str, options: &OpenOptions) -> Result<Vec<Video>> {
    let fail = |e: io::Error| Error::reading(name.as_ref(), e);
    let length = reader.seek(SeekFrom::End(0)).map_err(fail)?;
    reader.seek(SeekFrom::Start(0)).map_err(fail)?;
    let header = Header::read(&mut reader, name)?;
    let held = length.saturating_sub(header.length);
    header.check_length(name, held)?;
    header.read_movies(&mut reader, name, options)
}

impl Header {
    /// Refuses an array whose pixels do not fill the `held` bytes after the header exactly.
    pub(super) fn check_length(&self, name: &str, held: u64) -> Result<()> {
        self.check_held(name, self.stored(name)?, held)
    }

    /// As [`Self::check_length`], of numbers that are known to be `stored` so.
    pub(super) fn check_held(&self, name: &str, stored: Stored, held: u64) -> Result<()> {
        let bytes = stored.bytes;
        let expected = self.count().and_then(|count| count.checked_mul(bytes)).map(|bytes| bytes as u64);
        if expected == Some(held) {
            return Ok(());
        }
        let expected = expected.map_or("more than a file can hold".into(), |bytes| format!("{bytes}"));
        Err(Error::Format(Fault::new(
            name,
            format!("{expected} bytes of pixels for the shape {:?}", self.shape),
            format!("{held}"),
            "The file was cut short or holds more than one array; copy or save it again.",
        )))
    }

    /// How the numbers are stored.
    pub(super) fn stored(&self, name: &str) -> Result<Stored> {
        let refuse = || {
            Error::Unsupported(Fault::new(
                name,
                "pixels of type uint8, uint16, float32, float64 or integers within 0..=65535",
                format!("dtype {}", self.descr),
                "Convert with frames.astype('float32') and save again.",
            ))
        };
        let (order, kind_and_size) = self.descr.split_at_checked(1).ok_or_else(refuse)?;
        let (kind, size) = kind_and_size.split_at_checked(1).ok_or_else(refuse)?;
        let kind = match kind {
            "u" => Kind::Unsigned,
            "i" => Kind::Signed,
            "f" => Kind::Float,
            _ => return Err(refuse()),
        };
        let big_endian = order == ">";
        let stored = Stored { kind, bytes: size.parse().map_err(|_| refuse())?, big_endian };
        if stored.depth().is_some() && ["<", ">", "|", "="].contains(&order) {
            Ok(stored)
        } else {
            Err(refuse())
        }
    }

    /// The one number of an array without axes.
    #[cfg(feature = "npz")]
    pub(super) fn read_scalar(&self, reader: &mut impl Read) -> Option<f64> {
        let stored = self.stored("").ok().filter(|_| self.count() == Some(1))?;
        let mut bytes = vec![0; stored.bytes];
        reader.read_exact(&mut bytes).ok()?;
        if stored.big_endian && stored.kind == Kind::Float {
            bytes.reverse();
        }
        match (stored.kind, bytes.as_slice()) {
            (Kind::Float, &[a, b, c, d, e, f, g, h]) => Some(f64::from_le_bytes([a, b, c, d, e, f, g, h])),
            (Kind::Float, &[a, b, c, d]) => Some(f32::from_le_bytes([a, b, c, d]).into()),
            _ => Some(stored.integer(&bytes) as f64),
        }
    }

    /// Reads the movies that follow the header, of whose pixels it is known that they can be there.
    pub(super) fn read_movies(
        &self,
        reader: &mut impl Read,
        name: &str,
        options: &OpenOptions,
    ) -> Result<Vec<Video>> {
        let stored = self.stored(name)?;
        let depth = stored.depth().unwrap_or(Depth::F32);
        let (axes, axes_caution) = self.axes(name, options)?;
        let shape = self.four_sizes();
        let read = |reader: &mut dyn Read, count: usize| {
            let mut pixels = Pixels::with_room(name, depth, count)?;
            let read = pixels.read(&mut &mut *reader, stored, count);
            read.map(|()| pixels).map_err(|e| fault_of_pixels(name, &self.shape, e))
        };
        let disagree = |_| broken_shape(name, &self.shape);
        let count = self.count().filter(|&count| count > 0).ok_or_else(|| broken_shape(name, &self.shape))?;
        let in_place = axes.is_standard() && !self.fortran;
        // Axes are put in order by a copy.
        let copies = if in_place { 1 } else { 2 };
        require_memory(name, (count as u64).saturating_mul(depth.bytes() * copies), shape[2] * shape[3])?;
        let movies: Vec<Frames> = if in_place {
            let (movies, size) = (shape[0], (shape[1], shape[2], shape[3]));
            let one = count.checked_div(movies).unwrap_or(0);
            (0..movies)
                .map(|_| read(reader, one)?.into_frames(size).map_err(disagree))
                .collect::<Result<_>>()?
        } else {
            read(reader, count)?.into_movies(&shape, self.fortran, axes.order()).map_err(disagree)?
        };
        self.videos(movies, name, axes_caution)
    }

    /// Sizes of 4 axes: one movie where the array has 3.
    pub(super) fn four_sizes(&self) -> Vec<usize> {
        let missing = 4_usize.saturating_sub(self.shape.len());
        std::iter::repeat_n(1, missing).chain(self.shape.iter().copied()).collect()
    }

    /// Names the `movies` of the array, and says what had to be assumed.
    pub(super) fn videos(
        &self,
        movies: Vec<Frames>,
        name: &str,
        axes_caution: Option<Caution>,
    ) -> Result<Vec<Video>> {
        let stored = self.stored(name)?;
        let several = self.shape.len() == 4;
        let named = movies.into_iter().enumerate().map(|(index, frames)| {
            let name = if several { format!("{name}[{index}]") } else { name.to_string() };
            Video::new(name, frames, Calibration::default())
        });
        let mut videos = named.collect::<Result<Vec<_>>>()?;
        videos[0].cautions.extend(stored.caution(name).into_iter().chain(axes_caution));
        Ok(videos)
    }

    /// Stated axes, or the conventional ones where nothing speaks against them.
    pub(super) fn axes(&self, name: &str, options: &OpenOptions) -> Result<(Axes, Option<Caution>)> {
        let found = format!("shape {:?}", self.shape);
        if let Some(axes) = &options.axes {
            let fits = axes.count() == self.shape.len();
            let fault =
                || Fault::new(name, format!("axes {axes}"), &*found, "State as many axes as the array has.");
            return if fits {
                Ok((axes.clone(), None))
            } else {
                Err(Error::Setting(fault().with_setting("axes")))
            };
        }
        let Some(axes) = Axes::conventional(self.shape.len()) else {
            return Err(Error::Format(Fault::new(
                name,
                "an array (frame, row, column) or (movie, frame, row, column)",
                found,
                "Save the whole series of frames in one array of 3 or 4 axes.",
            )));
        };
        if matches!(self.shape.last(), Some(3 | 4)) {
            return Err(Error::Unsupported(
                Fault::new(
                    name,
                    "grey frames",
                    format!("{found}, whose last axis looks like colour"),
                    format!(
                        "Pick one channel, e.g. frames[..., 1]; if columns are meant, state the axes {axes}."
                    ),
                )
                .with_setting("axes"),
            ));
        }
        let squares_first = matches!(*self.shape, [a, b, c] if a == b && b != c);
        let kind = CautionKind::FirstAxisReadAsTime { shape: self.shape.clone() };
        let caution = squares_first.then(|| Caution::new(name, kind));
        Ok((axes, caution))
    }
}

fn broken_shape(name: &str, shape: &[usize]) -> Error {
    Error::Format(Fault::new(
        name,
        "at least one movie with pixels",
        format!("shape {shape:?}"),
        "Save the movie again.",
    ))
}

fn fault_of_pixels(name: &str, shape: &[usize], error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => Error::Format(Fault::new(
            name,
            format!("pixels for the shape {shape:?}"),
            "a file that ends within them",
            "The file was cut short; copy or save it again.",
        )),
        ErrorKind::InvalidData if error.raw_os_error().is_none() => Error::Format(Fault::new(
            name,
            "whole data with counts within 0..=65535",
            error.to_string(),
            "Convert with frames.astype('float32') and save again; if it is damaged, copy it again.",
        )),
        _ => Error::reading(name.as_ref(), error),
    }
}

/// Writes `videos` as one array: (frame, row, column) for one, (movie, frame, row, column) for several.
pub(super) fn write(writer: &mut impl Write, videos: &[Video], always_movies: bool) -> io::Result<()> {
    let Some(first) = videos.first() else { return Ok(()) };
    let (frames, rows, columns) = first.frames().shape();
    let descr = match first.frames().depth() {
        Depth::U8 => "|u1",
        Depth::U16 => "<u2",
        Depth::F32 => "<f4",
    };
    let shape = match (videos.len(), always_movies) {
        (1, false) => format!("({frames}, {rows}, {columns})"),
        (movies, _) => format!("({movies}, {frames}, {rows}, {columns})"),
    };
    write_header(writer, descr, &shape)?;
    let mut bytes = Vec::new();
    for video in videos {
        for index in 0..frames {
            bytes.clear();
            video.frames().append_bytes(index, false, &mut bytes)?;
            writer.write_all(&bytes)?;
        }
    }
    Ok(())
}
