//! Reads and writes movies as NumPy's NPY arrays.

use super::axes::Axes;
use super::axes_by_content::{movies_are_time, time_is_last};
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
    let header = Header::read(&mut reader, name)?.squeezed(options);
    let held = length.saturating_sub(header.length);
    header.check_length(name, held)?;
    header.read_movies(&mut reader, name, options, false)
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
            let (found, remedy) = match &*self.descr {
                descr if descr.contains('c') => (
                    "complex numbers",
                    "Save what you mean of them: the modulus with numpy.abs(frames).astype('float32'), \
                     or the \
                     phase with numpy.unwrap(numpy.angle(frames), axis=0).astype('float32').",
                ),
                descr if descr.contains('O') => (
                    "Python objects",
                    "Make one array of all frames with numpy.stack(list(frames)), and save that.",
                ),
                descr if descr.starts_with("of a structured") || descr.contains('V') => (
                    "records of several fields",
                    "Save one field, e.g. numpy.save(file, array['intensity']).",
                ),
                descr if descr.contains(['U', 'S']) => ("text", "Save the array of frames itself."),
                descr if descr.contains(['M', 'm']) => ("times", "Save the array of frames itself."),
                _ => ("another type", "Convert with frames.astype('float32') and save again."),
            };
            let expected = "pixels that are integers, or real numbers of 16, 32 or 64 bits";
            let found = format!("{found} (dtype {})", self.descr);
            Error::Unsupported(Fault::new(name, expected, found, remedy))
        };
        let named = [("bool", "|b1"), ("uint", "=u"), ("int", "=i"), ("float", "=f")];
        let long = named.iter().find_map(|(word, short)| {
            let bits = self.descr.strip_prefix(word)?;
            if bits.is_empty() {
                return Some((*short).to_owned());
            }
            Some(format!("{short}{}", bits.parse::<usize>().ok()? / 8))
        });
        let descr = long.as_deref().unwrap_or(&self.descr);
        let rest = descr.strip_prefix(['<', '>', '|', '=']).unwrap_or(descr);
        let (kind, size) = rest.split_at_checked(1).ok_or_else(refuse)?;
        let kind = match (kind, size) {
            ("u", _) | ("b", "1") | ("B" | "H", "") => Kind::Unsigned,
            ("i", _) | ("b" | "h", "") => Kind::Signed,
            ("f", _) => Kind::Float,
            _ => return Err(refuse()),
        };
        let bytes = match rest {
            "B" | "b" => 1,
            "H" | "h" => 2,
            _ => size.parse().map_err(|_| refuse())?,
        };
        let stored = Stored { kind, bytes, big_endian: descr.starts_with('>') };
        let known = matches!(
            (kind, bytes),
            (Kind::Unsigned | Kind::Signed, 1 | 2 | 4 | 8) | (Kind::Float, 2 | 4 | 8)
        );
        if known { Ok(stored) } else { Err(refuse()) }
    }

    /// The numbers of a small array, of at most so many; none of another type, or of more.
    #[cfg(feature = "npz")]
    pub(super) fn read_numbers(&self, reader: &mut impl Read, most: usize) -> Option<Vec<f64>> {
        let stored = self.stored("").ok()?;
        let count = self.count().filter(|&count| count <= most)?;
        let mut bytes = vec![0; count * stored.bytes];
        reader.read_exact(&mut bytes).ok()?;
        let number = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            if stored.kind != Kind::Float {
                return stored.integer(&bytes) as f64;
            }
            if stored.big_endian {
                bytes.reverse();
            }
            match *bytes {
                [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
                [a, b, c, d] => shortest(f32::from_le_bytes([a, b, c, d])),
                _ => f64::NAN,
            }
        };
        Some(bytes.chunks_exact(stored.bytes).map(number).collect())
    }

    /// The array without axes of length 1, as far as it has more axes than a movie, or than are stated.
    pub(super) fn squeezed(mut self, options: &OpenOptions) -> Self {
        let wanted = options.axes.as_ref().map_or(3, Axes::count);
        let long: Vec<usize> = self.shape.iter().copied().filter(|&size| size != 1).collect();
        if options.axes.is_some() && self.shape.len() > wanted {
            if long.len() == wanted {
                self.shape = long;
            }
            return self;
        }
        while self.shape.len() > wanted {
            let at = match (&*self.shape, self.shape.iter().position(|&size| size == 1)) {
                ([1, ..], _) => 0,
                ([.., 1], _) => self.shape.len() - 1,
                (_, Some(at)) => at,
                (_, None) => return self,
            };
            self.shape.remove(at);
        }
        self
    }

    /// Reads the movies that follow the header, of whose pixels it is known that they can be there; `movies`
    /// says that an array of four axes has one of movies first.
    pub(super) fn read_movies(
        &self,
        reader: &mut impl Read,
        name: &str,
        options: &OpenOptions,
        movies: bool,
    ) -> Result<Vec<Video>> {
        let stored = self.stored(name)?;
        let depth = stored.depth().unwrap_or(Depth::F32);
        let (axes, axes_caution) = match Axes::conventional(4) {
            Some(axes) if self.is_of_movies(movies, options) => {
                let kind = CautionKind::FourAxesReadAsMovies { shape: self.shape.clone() };
                (axes, Some(Caution::new(name, kind)))
            }
            _ => self.axes(name, options)?,
        };
        let picks = self.picks(name, &axes, options)?;
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
        let frame = self.shape.iter().rev().take(2).product();
        require_memory(name, (count as u64).saturating_mul(depth.bytes() * copies), frame)?;
        let movies: Vec<Frames> = if in_place {
            let (movies, size) = (shape[0], (shape[1], shape[2], shape[3]));
            let one = count.checked_div(movies).unwrap_or(0);
            (0..movies)
                .map(|_| read(reader, one)?.into_frames(size).map_err(disagree))
                .collect::<Result<_>>()?
        } else {
            read(reader, count)?
                .into_movies(&self.shape, self.fortran, &picks, axes.order())
                .map_err(disagree)?
        };
        if options.axes.is_none() {
            check_axes(name, &self.shape, &movies)?;
        }
        self.videos(movies, name, axes_caution)
    }

    /// Whether the array is one of movies by the name under which it stands, and nothing speaks against it.
    fn is_of_movies(&self, movies: bool, options: &OpenOptions) -> bool {
        let enough = matches!(*self.shape, [_, frames, _, columns] if frames >= FEWEST_FRAMES && columns > 4);
        movies && enough && options.axes.is_none()
    }

    /// Axes along which one is chosen, with its index; refuses to choose among several.
    pub(super) fn picks(
        &self,
        name: &str,
        axes: &Axes,
        options: &OpenOptions,
    ) -> Result<Vec<(usize, usize)>> {
        let mut left =
            [("channel", options.channel), ("slice", options.slice), ("position", options.position)];
        let mut picks = Vec::new();
        for (at, axis) in axes.all().iter().enumerate() {
            let Some(setting) = axis.setting() else { continue };
            let size = self.shape.get(at).copied().unwrap_or(0);
            let chosen = left.iter_mut().find(|(other, _)| *other == setting).and_then(|(_, n)| n.take());
            let fault = match chosen {
                Some(number) if (1..=size).contains(&number) => {
                    picks.push((at, number - 1));
                    continue;
                }
                None if size == 1 => {
                    picks.push((at, 0));
                    continue;
                }
                Some(number) => {
                    let expected = format!("a {setting} from 1 to {size}");
                    Fault::new(name, expected, number.to_string(), "They are counted from 1.")
                }
                None => {
                    let found = format!("{size} of them (shape {:?}, axes {axes})", self.shape);
                    Fault::new(name, format!("one {setting}"), found, format!("Choose a {setting}, from 1."))
                }
            };
            return Err(Error::Setting(fault.with_setting(setting)));
        }
        match left.into_iter().find(|(_, number)| number.is_some_and(|number| number != 1)) {
            Some((setting, Some(number))) => {
                let expected = format!("an axis along which a {setting} can be chosen");
                let found = format!("{setting} {number} of an array with the axes {axes}");
                let remedy = "State the array's axes, with C for channels, Z for slices, P for positions.";
                Err(Error::Setting(Fault::new(name, expected, found, remedy).with_setting("axes")))
            }
            _ => Ok(picks),
        }
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
        let depth = movies.first().map_or(Depth::F32, Frames::depth);
        let several = movies.len() > 1;
        let named = movies.into_iter().enumerate().map(|(index, frames)| {
            let name = if several { format!("{name}[{index}]") } else { name.to_string() };
            Video::new(name, frames, Calibration::default())
        });
        let mut videos = named.collect::<Result<Vec<_>>>()?;
        videos[0].cautions.extend(stored.caution(name, depth).into_iter().chain(axes_caution));
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
        let refuse = |expected: &str, found: String, remedy: &str| {
            Err(Error::Unsupported(Fault::new(name, expected, found, remedy).with_setting("axes")))
        };
        match *self.shape {
            [_, _, 3 | 4] => refuse(
                "grey frames (frame, row, column)",
                format!("{found}, whose last axis looks like colour"),
                "Save the whole series of frames, one channel of each, e.g. frames[..., 1]; if columns \
                 are meant, \
                 state the axes TYX.",
            ),
            [rows, columns, last] => {
                let kind = CautionKind::FirstAxisReadAsTime { shape: self.shape.clone() };
                let squares = rows == columns && columns != last;
                let caution = squares.then(|| Caution::new(name, kind));
                Ok((Axes::parse("TYX")?, caution))
            }
            [_, _, _, 3 | 4] => refuse(
                "frames of one channel",
                format!("{found}, whose last axis looks like colour"),
                "State the axes TYXC and choose a channel.",
            ),
            [_, _, _, _] => refuse(
                "an array whose axes are known",
                found,
                "State the axes: MTYX for (movie, frame, row, column), TZYX or TCYX for slices or \
                 channels, of \
                 which one is chosen.",
            ),
            _ if self.shape.len() > 4 => refuse(
                "an array whose axes are known",
                found,
                "State the axes in letters: T (frame), Y (row), X (column), M (movie), and C (channel), Z \
                 (slice), P (position), of which one is chosen.",
            ),
            _ => Err(Error::Format(Fault::new(
                name,
                "an array (frame, row, column)",
                found,
                "Save the whole series of frames in one array of 3 axes, e.g. numpy.save(file, \
                 numpy.stack(frames)).",
            ))),
        }
    }
}

/// The number that was meant by one of 32 bits: 0.05, and not 0.05000000074505806.
#[cfg(feature = "npz")]
fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| number.into())
}

/// Fewer frames than this in each of several movies are rather channels or heights.
const FEWEST_FRAMES: usize = 16;

/// Refuses arrays whose pixels say that their axes are others than was assumed.
pub(super) fn check_axes(name: &str, shape: &[usize], movies: &[Frames]) -> Result<()> {
    let found = if let [movie] = movies {
        time_is_last(movie)?.then_some(("time along the first axis", "along the last axis", "YXT"))
    } else {
        movies_are_time(movies)?.then_some(("movies along the first axis", "along the first axis", "TZYX"))
    };
    let Some((expected, place, axes)) = found else { return Ok(()) };
    let conventional = if shape.len() == 3 { "TYX" } else { "MTYX" };
    let found = format!("shape {shape:?}, whose pixels change least {place}, as they do in time");
    let remedy = format!("State the axes: {axes}, or {conventional} if the array is one of that kind.");
    Err(Error::Unsupported(Fault::new(name, expected, found, remedy).with_setting("axes")))
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
            "whole data",
            error.to_string(),
            "The file is damaged; copy or save it again.",
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
