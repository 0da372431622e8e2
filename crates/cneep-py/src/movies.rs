//! Opens movies from files and arrays, and hands out their pixels.

use crate::errors::{OrRaise, json, stated};
use crate::watch::run;
use cneep_cli::opening::Opening;
use cneep_movie::units::Calibration;
use cneep_movie::video::{self, Frames, OpenOptions};
use ndarray::Array3;
use numpy::{PyReadonlyArray1, PyReadonlyArray3, get_array_module};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;

/// One movie.
#[pyclass(frozen)]
#[derive(Clone)]
pub(crate) struct Video(pub(crate) video::Video);

#[pymethods]
impl Video {
    /// What the movie is called.
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// (frames, rows, columns).
    #[getter]
    fn shape(&self) -> (usize, usize, usize) {
        self.0.frames().shape()
    }

    /// Type of the pixels: `uint8`, `uint16` or `float32`.
    #[getter]
    fn dtype(&self) -> &'static str {
        match self.0.frames().depth() {
            video::Depth::U8 => "uint8",
            video::Depth::U16 => "uint16",
            video::Depth::F32 => "float32",
            _ => "unknown",
        }
    }

    /// (frame interval in seconds, pixel size in micrometres, exposure, readout), each where known.
    #[getter]
    fn calibration(&self) -> [Option<f64>; 4] {
        let Calibration { frame_interval, pixel_size, exposure, readout } = self.0.calibration();
        [frame_interval, pixel_size, exposure, readout]
    }

    /// What its reader assumed or noticed, as JSON.
    #[getter]
    fn cautions(&self) -> PyResult<String> {
        json(&self.0.cautions())
    }

    /// What of its file it is, as JSON.
    #[getter]
    fn selection(&self) -> PyResult<String> {
        json(self.0.selection())
    }

    /// The movie with these scales, in the order of `calibration`, whatever its file said.
    fn recalibrated(&self, py: Python<'_>, calibration: [Option<f64>; 4]) -> PyResult<Self> {
        let [frame_interval, pixel_size, exposure, readout] = calibration;
        let calibration = Calibration { frame_interval, pixel_size, exposure, readout };
        self.0.clone().with_calibration(calibration).map(Self).or_raise(py)
    }

    /// The movie with scales that are not known as in a run (in the order of `calibration`); which they are,
    /// and each in words.
    fn filled(
        &self,
        py: Python<'_>,
        of_run: [Option<f64>; 4],
    ) -> PyResult<(Self, Vec<(&'static str, String)>)> {
        let mut calibration = self.0.calibration();
        let [frame_interval, pixel_size, exposure, readout] = of_run;
        let taken = calibration.fill_from(&Calibration { frame_interval, pixel_size, exposure, readout });
        Ok((Self(self.0.clone().with_calibration(calibration).or_raise(py)?), taken))
    }

    /// How it was opened with `options` (JSON), as a run keeps it, as JSON.
    fn opening(&self, py: Python<'_>, options: &str) -> PyResult<String> {
        let options: OpenOptions = stated(py, "open", options)?;
        json(&Opening::of(options.selection(self.0.selection().clone()), self.0.calibration()))
    }

    /// The movie under another name, also in its cautions.
    fn renamed(&self, name: &str) -> Self {
        Self(self.0.clone().renamed(name))
    }

    /// The movie with selection and cautions (JSON) that were known of it where it came from.
    fn restored(&self, py: Python<'_>, selection: &str, cautions: &str) -> PyResult<Self> {
        let (selection, cautions) = (stated(py, "selection", selection)?, stated(py, "cautions", cautions)?);
        Ok(Self(self.0.clone().restored(selection, cautions)))
    }

    /// SHA-256 of shape and frames.
    fn hash(&self, py: Python<'_>) -> PyResult<String> {
        let video = self.0.clone();
        run(py, None, None, move |_| video.hash())?.done()
    }

    /// The frames from `start` up to `stop`, an array (frame, row, column) that nobody can write to: the very
    /// memory of a movie that lies there, else what is read from its file.
    fn frames<'py>(&self, py: Python<'py>, start: usize, stop: usize) -> PyResult<Bound<'py, PyAny>> {
        let frames = self.0.frames();
        let stop = stop.min(frames.count());
        let range = start.min(stop)..stop;
        let pixels = if Pixels::place(frames).is_some() {
            Pixels { of: Owner::Video(self.0.clone()), range }
        } else {
            let video = self.0.clone();
            let part = run(py, None, None, move |_| video.frames().part(range))?.done()?;
            Pixels { range: 0..part.count(), of: Owner::Frames(part) }
        };
        get_array_module(py)?.call_method1("asarray", (pixels,))
    }
}

/// Frames of a movie as NumPy takes them over without a copy: by the place of their memory, which never
/// changes, and which lives as long as this does.
#[pyclass(frozen)]
struct Pixels {
    of: Owner,
    range: Range<usize>,
}

/// What the memory belongs to.
enum Owner {
    Video(video::Video),
    Frames(Frames),
}

#[pymethods]
impl Pixels {
    /// NumPy's array interface, version 3: shape, type, and the place of memory that is only read.
    #[getter(__array_interface__)]
    fn array_interface<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let frames = match &self.of {
            Owner::Video(video) => video.frames(),
            Owner::Frames(frames) => frames,
        };
        let (_, rows, columns) = frames.shape();
        let Some((place, kind, bytes)) = Self::place(frames) else {
            return Err(PyRuntimeError::new_err("frames that stay in their file"));
        };
        let order = match (bytes, cfg!(target_endian = "big")) {
            (1, _) => '|',
            (_, true) => '>',
            (_, false) => '<',
        };
        let first = place + self.range.start * rows * columns * bytes;
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", (self.range.len(), rows, columns))?;
        interface.set_item("typestr", format!("{order}{kind}{bytes}"))?;
        interface.set_item("data", (first, true))?;
        Ok(interface)
    }
}

impl Pixels {
    /// Where frames lie in memory, one behind the other, with letter and bytes of their type; none if they do
    /// not.
    fn place(frames: &Frames) -> Option<(usize, char, usize)> {
        Some(match frames {
            Frames::U8(pixels) => (pixels.as_slice()?.as_ptr().addr(), 'u', 1),
            Frames::U16(pixels) => (pixels.as_slice()?.as_ptr().addr(), 'u', 2),
            Frames::F32(pixels) => (pixels.as_slice()?.as_ptr().addr(), 'f', 4),
            _ => return None,
        })
    }
}

/// The movies of Python as the library has them.
pub(crate) fn inner(videos: &[Bound<'_, Video>]) -> Vec<video::Video> {
    videos.iter().map(|video| video.get().0.clone()).collect()
}

pub(crate) fn dressed(videos: Vec<video::Video>) -> Vec<Video> {
    videos.into_iter().map(Video).collect()
}

/// Opens all movies of all `paths`, with what `options` (JSON) state of them.
#[pyfunction]
pub(crate) fn open_paths(py: Python<'_>, paths: Vec<PathBuf>, options: &str) -> PyResult<Vec<Video>> {
    let options: OpenOptions = stated(py, "open", options)?;
    Ok(dressed(run(py, None, None, move |_| video::open_all(&paths, &options))?.done()?))
}

/// Opens the movies of the `.npy` file at `path`, which may be deleted afterwards, under another `name`.
#[pyfunction]
pub(crate) fn open_array(py: Python<'_>, path: PathBuf, name: String, options: &str) -> PyResult<Vec<Video>> {
    let options: OpenOptions = stated(py, "open", options)?;
    let opened = run(py, None, None, move |_| {
        let file = File::open(&path).map_err(|e| cneep_movie::Error::reading(&path, e))?;
        video::open_array(file, &name, &options)
    })?;
    Ok(dressed(opened.done()?))
}

/// Reads the movies of an array: the `header` of an `.npy` file, and its pixels as bytes.
#[pyfunction]
pub(crate) fn read_array(
    py: Python<'_>,
    header: &[u8],
    pixels: PyReadonlyArray1<'_, u8>,
    name: &str,
    options: &str,
) -> PyResult<Vec<Video>> {
    let options: OpenOptions = stated(py, "open", options)?;
    let array = InTwoParts { parts: [header, pixels.as_slice()?], position: 0 };
    Ok(dressed(video::read_array(array, name, &options).or_raise(py)?))
}

/// Calls movies by their files alone, where that tells them apart.
#[pyfunction]
pub(crate) fn named_by_files(videos: Vec<Bound<'_, Video>>) -> Vec<Video> {
    dressed(video::named_by_files(inner(&videos)))
}

/// Checks that these movies can be analysed together, and adds cautions where they differ.
#[pyfunction]
pub(crate) fn together(py: Python<'_>, videos: Vec<Bound<'_, Video>>) -> PyResult<Vec<Video>> {
    Ok(dressed(video::together(inner(&videos)).or_raise(py)?))
}

/// Looks the movies over: JSON of their inspections, and of what only all of them together show.
#[pyfunction]
pub(crate) fn inspect(py: Python<'_>, videos: Vec<Bound<'_, Video>>) -> PyResult<(String, String)> {
    let videos = inner(&videos);
    let (inspections, cautions) = run(py, None, None, move |_| video::inspect_all(&videos))?.done()?;
    Ok((json(&inspections)?, json(&cautions)?))
}

/// Writes real frames, shape (frame, row, column), as a TIFF stack for Fiji.
#[pyfunction]
pub(crate) fn write_movie(
    py: Python<'_>,
    path: PathBuf,
    frames: PyReadonlyArray3<'_, f32>,
    frame_interval: Option<f64>,
    pixel_size: Option<f64>,
) -> PyResult<()> {
    let frames: Array3<f32> = frames.as_array().to_owned();
    let calibration = Calibration { frame_interval, pixel_size, ..Calibration::default() };
    run(py, None, None, move |_| video::write_tiff(&path, &Frames::F32(frames), calibration))?.done()
}

/// A file whose bytes lie in two places of memory.
struct InTwoParts<'a> {
    parts: [&'a [u8]; 2],
    position: usize,
}

impl Read for InTwoParts<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let [first, second] = self.parts;
        let rest = match self.position.checked_sub(first.len()) {
            None => &first[self.position..],
            Some(beyond) => &second[beyond.min(second.len())..],
        };
        let count = rest.len().min(to.len());
        to[..count].copy_from_slice(&rest[..count]);
        self.position += count;
        Ok(count)
    }
}

impl Seek for InTwoParts<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let length = self.parts[0].len() + self.parts[1].len();
        let from = |start: usize, distance| start.checked_add_signed(isize::try_from(distance).ok()?);
        let target = match to {
            SeekFrom::Start(target) => usize::try_from(target).ok(),
            SeekFrom::Current(distance) => from(self.position, distance),
            SeekFrom::End(distance) => from(length, distance),
        };
        self.position = target.ok_or_else(|| Error::from(ErrorKind::InvalidInput))?;
        Ok(self.position as u64)
    }
}
