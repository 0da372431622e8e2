//! Opens a movie, whatever its format: extension to reader by one table.

use super::folder;
use super::formats::{HEAD, recognise};
use super::frames::Frames;
use super::input::Input;
use super::movie::{Video, check_scale, check_share};
use super::options::{Decoder, OpenOptions};
use super::{ffmpeg, gzip, npy, npy_in_file, picture_series, zarr};
use crate::caution::{Caution, CautionKind, Scale};
use crate::error::{Error, Fault, Result};
use crate::input_file;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of pixels in memory from which is told how a movie could stay in its file.
const LARGE: u64 = 2 << 30;

/// Opens all movies of the file or folder at `path`.
///
/// Reads TIFF stacks (ImageJ, OME, Micro-Manager, tifffile, plain), NPY and NPZ arrays, frames in files of
/// their own (a folder of them, or a pattern of names such as `folder/frame_*.png`), HDF5 with
/// MATLAB 7.3 and Imaris, OME-Zarr, AVI, MP4 and MOV with H.264, grey GIF and animated PNG, NorPix sequences,
/// unpacked Phantom cines, and each of these files packed with gzip. One of several movies in an HDF5 file is
/// named behind it, as in `file.h5:/group/movie`.
///
/// # Errors
/// [`Error::Io`] if it cannot be read, [`Error::Unsupported`] for a kind of file that is not read,
/// [`Error::Format`] for one that does not hold what it promises.
pub fn open(path: &Path) -> Result<Vec<Video>> {
    open_with(path, &OpenOptions::default())
}

/// Opens all movies of the file or folder at `path`, with what `options` state of them.
///
/// Cautions on the file as a whole are attached to its first movie. Frames that would take more than the
/// memory limit stay in the file where its format allows, and it must not change as long as its movies are in
/// use.
///
/// # Errors
/// As [`open`]; [`Error::Setting`] for options that do not fit the file.
pub fn open_with(path: &Path, options: &OpenOptions) -> Result<Vec<Video>> {
    let room = options.room();
    let name = path.display().to_string();
    let mut videos = if path.is_dir() && zarr::is_store(path) {
        zarr::read(path, &name, options, room)?
    } else if path.is_dir() && picture_series::is_jpeg_folder(path) {
        let input = Input::new(Arc::new(Vec::new()), path.into(), name.clone(), room)?;
        picture_series::read_folder(&input, options)?
    } else if path.is_dir() {
        vec![folder::read(path, options)?]
    } else if let Some(files) = files_of_pattern(path)? {
        if !folder::is_set(&files, options) {
            return open_all(&files, options);
        }
        vec![folder::read_files(&name, files, options)?]
    } else {
        let (file, within) = file_and_array(path);
        let opened = input_file::open(&file, "a movie")?;
        let input = Input::new(Arc::new(opened), file, name.clone(), room)?;
        let mut input = input.with_raw_room(options.raw_room());
        input.within = within;
        read_or_decode(&input, options)?
    };
    state_scales(&mut videos, &name, options)?;
    let mut videos = selected(videos, options)?;
    let large = caution_of_size(&videos, &name, LARGE);
    videos[0].cautions.extend(large);
    Ok(videos)
}

/// Reads the movies of an NPY array from `reader` into memory; errors and cautions call it `name`.
///
/// # Errors
/// As [`open_with`] for such a file.
pub fn read_array<R: Read + Seek>(reader: R, name: &str, options: &OpenOptions) -> Result<Vec<Video>> {
    let mut videos = npy::read(reader, name, options)?;
    state_scales(&mut videos, name, options)?;
    selected(videos, options)
}

/// Opens the movies of an NPY `file`, which errors and cautions call `name` and whose path may be gone. Its
/// frames stay there if they take more than the memory limit, as by [`open_with`].
///
/// # Errors
/// As [`open_with`] for such a file.
pub fn open_array(file: File, name: &str, options: &OpenOptions) -> Result<Vec<Video>> {
    let input = Input::new(Arc::new(file), name.into(), name.into(), options.room())?;
    let input = input.with_raw_room(options.raw_room());
    let mut videos = npy_in_file::read(&input, options)?;
    state_scales(&mut videos, name, options)?;
    selected(videos, options)
}

/// The file of a path, and the array in it if the path names one, as in `file.h5:/group/movie`.
pub fn file_and_array(path: &Path) -> (PathBuf, Option<String>) {
    let text = path.to_string_lossy();
    let parts = text.match_indices(":/").map(|(at, _)| text.split_at(at));
    let mut files = parts.filter(|(file, _)| !path.exists() && Path::new(file).is_file());
    files.next().map_or((path.into(), None), |(file, within)| (file.into(), Some(within[1..].into())))
}

/// Reads the movies of a file; those that are not decoded here by the program `ffmpeg`, where it may.
fn read_or_decode(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    let own = match options.decoder {
        Decoder::Ffmpeg => None,
        _ => Some(read_file(input, options)),
    };
    match own {
        Some(Err(refusal)) if refusal.setting() == Some("decoder") && options.decoder != Decoder::Own => {
            Ok(ffmpeg::read(input)?.ok_or(refusal)?)
        }
        Some(read) => read,
        None => ffmpeg::read(input)?.ok_or_else(|| {
            let remedy = "Install FFmpeg, and see that the program ffmpeg stands on PATH.";
            let fault = Fault::of_file(&input.path, "the program ffmpeg", "none", remedy);
            Error::Setting(fault.with_setting("decoder"))
        }),
    }
}

/// Reads the movies of a file, of whatever format.
fn read_file(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    let mut head = input.bytes_at(0, HEAD.min(input.length), "a movie")?;
    let unpacked;
    let packed = head.starts_with(gzip::MAGIC);
    let input = if packed {
        unpacked = gzip::unpacked(input)?;
        head = unpacked.bytes_at(0, HEAD.min(unpacked.length), "a movie")?;
        &unpacked
    } else {
        input
    };
    let (format, caution) = recognise(&input.path, &head)?;
    if format.holds_several && packed {
        let remedy = "Unpack it first: gunzip FILE.";
        let expected = format!("{} files as they are", format.name);
        return Err(Error::Unsupported(Fault::of_file(&input.path, expected, "one packed by gzip", remedy)));
    }
    if let Some(within) = input.within.as_ref().filter(|_| !format.holds_several) {
        let remedy = "Name the file alone.";
        let expected = format!("one movie, as {} files hold", format.name);
        return Err(Error::Setting(Fault::of_file(&input.path, expected, format!("'{within}'"), remedy)));
    }
    let mut videos = (format.read)(input, options)?;
    videos[0].cautions.extend(caution);
    Ok(videos)
}

/// What of the movies is analysed.
fn selected(videos: Vec<Video>, options: &OpenOptions) -> Result<Vec<Video>> {
    let room = options.room();
    videos.into_iter().map(|video| video.selected(&options.selection, room)).collect()
}

/// The files whose names fit a `pattern` such as `img_*.tif`, in their order, hidden ones left out; none if
/// the path is that of a file, or has no signs of a pattern.
///
/// # Errors
/// [`Error::Setting`] for a pattern that is none, or that nothing fits.
pub fn files_of_pattern(pattern: &Path) -> Result<Option<Vec<PathBuf>>> {
    let text = pattern.to_string_lossy();
    if !text.contains(['*', '?', '[']) || pattern.exists() {
        return Ok(None);
    }
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let found = glob::glob_with(&text, options).map_err(|error| {
        let remedy = "Use * for any letters, ? for one, and [0-9] for a digit.";
        Error::Setting(Fault::of_file(pattern, "a pattern of names", error.to_string(), remedy))
    })?;
    let files: Vec<PathBuf> = found.filter_map(std::result::Result::ok).collect();
    if files.is_empty() {
        let remedy = "Check the folder and the pattern.";
        return Err(Error::Setting(Fault::of_file(pattern, "files that match the pattern", "none", remedy)));
    }
    Ok(Some(files))
}

/// Bytes of memory that the pixels of `videos` take.
fn bytes_in_memory(videos: &[Video]) -> u64 {
    let in_memory = videos.iter().filter(|video| !matches!(video.frames(), Frames::File(_)));
    in_memory.map(|video| video.frames().bytes()).sum()
}

/// Says how a file whose pixels take more than `most` bytes of memory could be analysed in less.
pub(super) fn caution_of_size(videos: &[Video], name: &str, most: u64) -> Option<Caution> {
    let bytes = bytes_in_memory(videos);
    (bytes > most).then(|| Caution::new(name, CautionKind::LargeInMemory { bytes }))
}

/// Opens every movie of every path and checks that they can be analysed together.
///
/// Frames stay in their files, where these allow it, as soon as those of all movies would take more memory
/// together than the limit.
///
/// # Errors
/// As [`open_with`]; [`Error::Mismatch`] naming both movies if two frame sizes differ;
/// [`Error::Setting`] if there is no path.
pub fn open_all<P: AsRef<Path>>(paths: &[P], options: &OpenOptions) -> Result<Vec<Video>> {
    let files: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_path_buf()).collect();
    if folder::is_set(&files, options) {
        let name = format!("{} and {} more", files[0].display(), files.len() - 1);
        let mut videos = vec![folder::read_files(&name, files, options)?];
        state_scales(&mut videos, &name, options)?;
        return selected(videos, options);
    }
    let mut videos = Vec::new();
    for path in paths {
        let room = options.room().saturating_sub(bytes_in_memory(&videos));
        videos.extend(open_with(path.as_ref(), &options.clone().memory_limit(room))?);
    }
    together(videos)
}

/// The `videos`, after a check that they can be analysed together; cautions where depth or frame interval
/// differ.
///
/// # Errors
/// [`Error::Mismatch`] naming both movies if two frame sizes differ; [`Error::Setting`] if there is none.
pub fn together(mut videos: Vec<Video>) -> Result<Vec<Video>> {
    let Some((first, rest)) = videos.split_first_mut() else {
        let remedy = "Name at least one file or folder.";
        return Err(Error::Setting(Fault::new("movies", "at least one", "none", remedy)));
    };
    for video in rest {
        let size = |video: &Video| format!("{} x {}", video.frames().rows(), video.frames().columns());
        if size(video) != size(first) {
            return Err(Error::Mismatch(Fault::new(
                video.name(),
                format!("frames of {} pixels (rows x columns), as in {}", size(first), first.name()),
                size(video),
                "Crop or bin the movies to one size, or analyse them apart.",
            )));
        }
        let (depth, first_depth) = (video.frames().depth(), first.frames().depth());
        if depth != first_depth {
            let kind =
                CautionKind::DepthsDiffer { depth, other: first.name().into(), other_depth: first_depth };
            video.cautions.push(Caution::new(video.name(), kind));
        }
        let (interval, expected) = (video.calibration().frame_interval, first.calibration().frame_interval);
        if !agree(interval, expected) {
            let other = first.name().into();
            let kind = CautionKind::FrameIntervalsDiffer { interval, other, other_interval: expected };
            video.cautions.push(Caution::new(video.name(), kind));
        }
    }
    Ok(videos)
}

/// Movies that are called by their files alone, where that tells them apart: folders are nobody's business
/// in a result that is mailed.
#[must_use]
pub fn named_by_files(videos: Vec<Video>) -> Vec<Video> {
    let file = |video: &Video| {
        let name = Path::new(video.name()).file_name();
        name.map_or_else(|| video.name().to_owned(), |name| name.to_string_lossy().into_owned())
    };
    let names: BTreeSet<String> = videos.iter().map(file).collect();
    if names.len() < videos.len() {
        return videos;
    }
    let rename = |video: Video| {
        let name = file(&video);
        video.renamed(name)
    };
    videos.into_iter().map(rename).collect()
}

/// Whether two scales are the same to the digits in which files state them.
fn agree(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * a.abs().max(b.abs()),
        (a, b) => a == b,
    }
}

/// Puts the stated scales in place of the file's, and says so where they differ.
fn state_scales(videos: &mut [Video], name: &str, options: &OpenOptions) -> Result<()> {
    let mut cautions = Vec::new();
    for video in &mut *videos {
        let known = &mut video.calibration;
        let scales = [
            (Scale::FrameInterval, options.frame_interval, &mut known.frame_interval),
            (Scale::PixelSize, options.pixel_size, &mut known.pixel_size),
        ];
        for (scale, stated, known) in scales {
            check_scale(scale.name(), scale, stated)?;
            if let (Some(stated), Some(said)) = (stated, *known)
                && !agree(Some(stated), Some(said))
            {
                let kind = CautionKind::StatedScaleDiffers { scale, stated, in_file: said };
                cautions.push(Caution::new(name, kind));
            }
            *known = stated.or(*known);
        }
        check_share("exposure", "exposure", options.exposure)?;
        check_share("readout", "readout", options.readout)?;
        video.calibration.exposure = options.exposure.or(video.calibration.exposure);
        video.calibration.readout = options.readout.or(video.calibration.readout);
    }
    cautions.dedup();
    videos[0].cautions.extend(cautions);
    Ok(())
}

impl Video {
    /// Opens the movie at `path`; see [`open`] for the formats.
    ///
    /// # Errors
    /// As [`open`]; [`Error::Unsupported`] if the file holds several movies.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut videos = open(path)?;
        if videos.len() == 1 {
            return Ok(videos.remove(0));
        }
        Err(Error::Unsupported(Fault::of_file(
            path,
            "one movie",
            format!("{} movies", videos.len()),
            "Use video::open, which returns all of them.",
        )))
    }
}
