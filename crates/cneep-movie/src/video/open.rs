//! Opens a movie, whatever its format: extension to reader by one table.

use super::buffered::Buffered;
use super::frames::Frames;
use super::movie::{Video, check_scale, check_share};
#[cfg(feature = "npz")]
use super::npz;
use super::options::OpenOptions;
#[cfg(feature = "png")]
use super::png_sequence;
#[cfg(feature = "tiff")]
use super::tiff_read;
use super::{npy, npy_in_file};
use crate::caution::{Caution, CautionKind, Scale};
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::memory;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// The memory limit unless one is stated.
const MOST_IN_MEMORY: u64 = 2 << 30;

/// Reads the movies of a file, which errors and cautions call by the given name.
type Reader = fn(Buffered<File>, &str, &OpenOptions) -> Result<Vec<Video>>;

/// As [`Reader`], but leaves frames in the file that take more than the given bytes of memory; none if they
/// need not or cannot stay.
type ReaderInFile = fn(&File, &str, &OpenOptions, u64) -> Result<Option<Vec<Video>>>;

/// One format: a new one is one file of this module and one row of [`FORMATS`].
struct Format {
    name: &'static str,
    extensions: &'static [&'static str],
    magic: &'static [&'static [u8]],
    read: Reader,
    read_in_file: Option<ReaderInFile>,
}

const FORMATS: &[Format] = &[
    #[cfg(feature = "tiff")]
    Format {
        name: "TIFF",
        extensions: &["tif", "tiff"],
        magic: tiff_read::MAGIC,
        read: tiff_read::read,
        read_in_file: None,
    },
    Format {
        name: "NPY",
        extensions: &["npy"],
        magic: &[crate::npy::MAGIC],
        read: npy::read,
        read_in_file: Some(npy_in_file::open),
    },
    #[cfg(feature = "npz")]
    Format { name: "NPZ", extensions: &["npz"], magic: &[npz::MAGIC], read: npz::read, read_in_file: None },
];

/// First bytes of formats that this build leaves out, and the feature that reads them.
const LEFT_OUT: &[(&[u8], &str)] = &[
    #[cfg(not(feature = "npz"))]
    (b"PK\x03\x04", "npz"),
    #[cfg(not(feature = "tiff"))]
    (b"II*\0", "tiff"),
    #[cfg(not(feature = "tiff"))]
    (b"MM\0*", "tiff"),
    #[cfg(not(feature = "tiff"))]
    (b"II+\0", "tiff"),
    #[cfg(not(feature = "tiff"))]
    (b"MM\0+", "tiff"),
];

/// Formats that are known but not read: first bytes, where they stand, and what the file is.
const FOREIGN: &[(&[u8], usize, &str)] = &[
    (b"\x89PNG", 0, "a single PNG picture"),
    (b"\xFF\xD8\xFF", 0, "a JPEG picture"),
    (b"GIF8", 0, "a GIF"),
    (b"AVI ", 8, "an AVI movie"),
    (b"ftyp", 4, "an MP4 or MOV movie"),
    (b"\x1A\x45\xDF\xA3", 0, "a Matroska or WebM movie"),
    (b"\x89HDF", 0, "an HDF5 file"),
    (b"ZISRAWFILE", 0, "a Zeiss CZI file"),
    (b"\xDA\xCE\xBE\x0A", 0, "a Nikon ND2 file"),
    (b"MATLAB", 0, "a MATLAB file"),
];

/// TIFF relatives whose pixels lie elsewhere than a TIFF reader would look.
const RELATIVES: &[&str] = &["lsm", "stk", "lif", "czi", "nd2", "oib", "oif", "vsi", "svs", "ndpi", "dng"];

const CONVERT: &str =
    "Open it in Fiji (File > Import > Bio-Formats), then File > Save As > Tiff, and give that file.";

/// Opens all movies of the file or folder at `path`.
///
/// Reads TIFF stacks (ImageJ, OME, tifffile, plain), NPY and NPZ arrays, and folders of PNG frames.
///
/// # Errors
/// [`Error::Io`] if it cannot be read, [`Error::Unsupported`] for a kind of file that is not read,
/// [`Error::Format`] for one that does not hold what it promises.
pub fn open(path: &Path) -> Result<Vec<Video>> {
    open_with(path, &OpenOptions::default())
}

/// Opens all movies of the file or folder at `path`, with what `options` state of them.
///
/// Cautions on the file as a whole are attached to its first movie. Frames of an NPY array in C order that
/// would take more than the memory limit stay in the file, which must not change as long as its movies are in
/// use.
///
/// # Errors
/// As [`open`]; [`Error::Setting`] for options that do not fit the file.
pub fn open_with(path: &Path, options: &OpenOptions) -> Result<Vec<Video>> {
    let room = room(options);
    let name = path.display().to_string();
    let mut videos = if path.is_dir() {
        vec![read_folder(path, options)?]
    } else {
        let mut file = input_file::open(path, "a movie")?;
        let mut head = Vec::new();
        file.by_ref().take(16).read_to_end(&mut head).map_err(|e| Error::reading(path, e))?;
        let (format, caution) = recognise(path, &head)?;
        let in_file = match format.read_in_file {
            Some(read_in_file) => read_in_file(&file, &name, options, room)?,
            None => None,
        };
        let mut videos = if let Some(videos) = in_file {
            videos
        } else {
            let reader = Buffered::new(file).map_err(|e| Error::reading(path, e))?;
            (format.read)(reader, &name, options)?
        };
        videos[0].cautions.extend(caution);
        videos
    };
    let large = caution_of_size(&videos, &name, MOST_IN_MEMORY);
    videos[0].cautions.extend(large);
    state_scales(&mut videos, &name, options)?;
    Ok(videos)
}

/// Reads the movies of an NPY array from `reader` into memory; errors and cautions call it `name`.
///
/// # Errors
/// As [`open_with`] for such a file.
pub fn read_array<R: Read + Seek>(reader: R, name: &str, options: &OpenOptions) -> Result<Vec<Video>> {
    let mut videos = npy::read(reader, name, options)?;
    state_scales(&mut videos, name, options)?;
    Ok(videos)
}

/// Opens the movies of an NPY `file`, which errors and cautions call `name` and whose path may be gone. Its
/// frames stay there if they take more than the memory limit, as by [`open_with`].
///
/// # Errors
/// As [`open_with`] for such a file.
pub fn open_array(file: File, name: &str, options: &OpenOptions) -> Result<Vec<Video>> {
    if let Some(mut videos) = npy_in_file::open(&file, name, options, room(options))? {
        state_scales(&mut videos, name, options)?;
        return Ok(videos);
    }
    read_array(Buffered::new(file).map_err(|e| Error::reading(name.as_ref(), e))?, name, options)
}

#[cfg(feature = "png")]
fn read_folder(path: &Path, options: &OpenOptions) -> Result<Video> {
    png_sequence::read(path, options)
}

#[cfg(not(feature = "png"))]
fn read_folder(path: &Path, _: &OpenOptions) -> Result<Video> {
    Err(left_out(path, "a folder", "png"))
}

fn left_out(path: &Path, what: &str, feature: &str) -> Error {
    let found = format!("{what} for the feature `{feature}`, which this build leaves out");
    let remedy = "Build with this feature, or save the movie with numpy.save.";
    Error::Unsupported(Fault::of_file(path, "a movie that this build reads", found, remedy))
}

/// Most bytes that pixels may take in memory where they can stay in their file.
fn room(options: &OpenOptions) -> u64 {
    options.memory_limit.unwrap_or_else(|| MOST_IN_MEMORY.min(memory::available().unwrap_or(u64::MAX) / 2))
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
    let mut videos = Vec::new();
    for path in paths {
        let room = room(options).saturating_sub(bytes_in_memory(&videos));
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

/// Whether two scales are the same to the digits in which files state them.
fn agree(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * a.abs().max(b.abs()),
        (a, b) => a == b,
    }
}

/// The format of the file at `path` that begins with `head`; a caution where its extension lies.
fn recognise(path: &Path, head: &[u8]) -> Result<(&'static Format, Option<Caution>)> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let by_name = FORMATS.iter().find(|format| format.extensions.contains(&&*extension));
    let by_content = FORMATS.iter().find(|format| format.magic.iter().any(|magic| head.starts_with(magic)));
    let foreign = FOREIGN.iter().find(|(magic, at, _)| head.get(*at..).is_some_and(|h| h.starts_with(magic)));
    let unsupported = |found: String, remedy: &str| {
        let expected = "a movie as TIFF, NPY, NPZ or a folder of PNG frames";
        Err(Error::Unsupported(Fault::of_file(path, expected, found, remedy)))
    };
    if head.is_empty() {
        let remedy = "Copy or export the movie again.";
        return Err(Error::Format(Fault::of_file(path, "a movie", "an empty file (0 bytes)", remedy)));
    }
    if let Some((_, feature)) = LEFT_OUT.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(left_out(path, "a file", feature));
    }
    if RELATIVES.contains(&&*extension) {
        return unsupported(format!("a .{extension} file"), CONVERT);
    }
    match (by_name, by_content, foreign) {
        (Some(format), Some(content), _) if format.name == content.name => Ok((format, None)),
        (_, Some(content), _) => {
            let subject = path.display().to_string();
            let kind = CautionKind::MisleadingExtension {
                format: content.name.into(),
                extension: content.extensions[0].into(),
            };
            Ok((content, Some(Caution::new(subject, kind))))
        }
        (_, None, Some((_, _, what))) if *what == FOREIGN[0].2 => {
            unsupported((*what).into(), "Give the folder that holds all frames, one PNG each.")
        }
        (_, None, Some((_, _, what))) => unsupported((*what).into(), CONVERT),
        (Some(format), None, None) => Err(Error::Format(Fault::of_file(
            path,
            format!("a {} file", format.name),
            "another beginning",
            "The file is damaged or its extension is wrong; export the movie again.",
        ))),
        (None, None, None) if extension.is_empty() => unsupported("a file of unknown kind".into(), CONVERT),
        (None, None, None) => unsupported(format!("a .{extension} file"), CONVERT),
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
