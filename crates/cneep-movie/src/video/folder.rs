//! Reads a movie from a folder or a set of files, one frame each.

use super::frame_names::{Ordered, in_order};
use super::movie::Video;
use super::options::OpenOptions;
use super::picture::Picture;
#[cfg(feature = "png")]
use super::png_sequence;
use super::sample::{Pixels, require_memory};
#[cfg(feature = "tiff")]
use super::tiff_picture;
#[cfg(feature = "tiff")]
use super::{ndtiff, tiff_read};
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;
use std::path::{Path, PathBuf};

/// Reads the frame in a file; of colours, the chosen one, counted from 1.
type Reader = fn(&Path, Option<usize>) -> Result<Picture>;

/// Extensions of pictures of one frame, and how they are read.
const PICTURES: &[(&str, Reader)] = &[
    #[cfg(feature = "png")]
    ("png", png_sequence::read_picture),
    #[cfg(feature = "tiff")]
    ("tif", tiff_picture::read),
    #[cfg(feature = "tiff")]
    ("tiff", tiff_picture::read),
];

/// How pictures like `file` are read; none for other files.
fn reader(file: &Path) -> Option<Reader> {
    let extension = file.extension()?.to_string_lossy().to_lowercase();
    PICTURES.iter().find(|(known, _)| *known == extension).map(|(_, reader)| *reader)
}

/// Reads the movie in the folder at `path`.
pub(super) fn read(path: &Path, options: &OpenOptions) -> Result<Video> {
    let name = path.display().to_string();
    let (files, folders, others) = list(path)?;
    #[cfg(feature = "tiff")]
    if let Some(index) = ndtiff::index_in(path) {
        return ndtiff::read(&index, &name, options);
    }
    if files.is_empty() {
        return Err(without_pictures(path, &folders, &others));
    }
    let mut kinds: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for file in files {
        let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let extension = if extension == "tiff" { "tif".into() } else { extension };
        match kinds.iter_mut().find(|(kind, _)| *kind == extension) {
            Some((_, files)) => files.push(file),
            None => kinds.push((extension, vec![file])),
        }
    }
    kinds.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
    if let [(first, a), (second, b), ..] = &kinds[..]
        && 2 * b.len() > a.len()
    {
        let found = format!("{} files .{first} and {} files .{second}", a.len(), b.len());
        let remedy = format!(
            "Name those of one movie by a pattern, in quotes: '{}'.",
            path.join(format!("*.{first}")).display()
        );
        return Err(Error::Unsupported(Fault::new(name, "frames of one kind", found, remedy)));
    }
    let mut ignored: Vec<String> =
        kinds[1..].iter().flat_map(|(_, files)| files.iter().map(|f| file_name(f))).collect();
    ignored.extend(others.into_iter().chain(folders));
    ignored.sort_unstable();
    let files = kinds.swap_remove(0).1;
    let mut video = match whole_stack(&files, options)? {
        Some(mut video) => {
            video.name.clone_from(&name);
            video
        }
        None => read_files(&name, files, options)?,
    };
    if !ignored.is_empty() {
        let first = ignored.iter().take(3).cloned().collect();
        let kind = CautionKind::OtherFilesIgnored { count: ignored.len(), first };
        video.cautions.push(Caution::new(name, kind));
    }
    Ok(video)
}

/// The movie of files that describe themselves as one set, or of one stack; none of single frames.
#[cfg(feature = "tiff")]
fn whole_stack(files: &[PathBuf], options: &OpenOptions) -> Result<Option<Video>> {
    let Some(first) = files.iter().min().filter(|_| files.iter().all(|file| is_tiff(file))) else {
        return Ok(None);
    };
    match tiff_picture::kind(first, options)? {
        tiff_picture::Kind::Set => tiff_read::open(first, options).map(Some),
        tiff_picture::Kind::Stack if files.len() == 1 => tiff_read::open(first, options).map(Some),
        tiff_picture::Kind::Stack => {
            let found = format!("{} files, of which {} has several", files.len(), file_name(first));
            let remedy = "Give the files themselves: each is a movie of its own.";
            let folder = first.parent().unwrap_or(first);
            Err(Error::Unsupported(Fault::of_file(folder, "files of one frame each", found, remedy)))
        }
        tiff_picture::Kind::Picture => Ok(None),
    }
}

#[cfg(not(feature = "tiff"))]
fn whole_stack(_: &[PathBuf], _: &OpenOptions) -> Result<Option<Video>> {
    Ok(None)
}

#[cfg(feature = "tiff")]
fn is_tiff(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.to_string_lossy().to_lowercase().starts_with("tif"))
}

/// Whether `paths` are files of one frame each, which together make one movie.
pub(super) fn is_set(paths: &[PathBuf], options: &OpenOptions) -> bool {
    let pictures = paths.len() > 1 && paths.iter().all(|path| reader(path).is_some() && path.is_file());
    #[cfg(feature = "tiff")]
    if pictures && is_tiff(&paths[0]) {
        return tiff_picture::kind(&paths[0], options).is_ok_and(|kind| kind == tiff_picture::Kind::Picture);
    }
    let _ = options;
    pictures
}

/// Reads the movie called `name` from `files` of one frame each.
pub(super) fn read_files(name: &str, files: Vec<PathBuf>, options: &OpenOptions) -> Result<Video> {
    if let Some(axes) = options.axes.as_ref().filter(|axes| axes.count() != 3 || !axes.is_standard()) {
        let remedy = "State TYX, or none: one file is one moment.";
        let fault = Fault::new(name, "axes TYX for files of one frame", axes.to_string(), remedy);
        return Err(Error::Setting(fault.with_setting("axes")));
    }
    let Ordered { files, gaps } = in_order(name, files)?;
    let (mut pixels, mut first): (Option<Pixels>, Option<Picture>) = (None, None);
    let mut kinds: Vec<CautionKind> = Vec::new();
    for file in &files {
        let Some(reader) = reader(file) else {
            let remedy = "Convert all frames to PNG or TIFF.";
            return Err(Error::Unsupported(Fault::of_file(
                file,
                "a picture",
                "a file of another kind",
                remedy,
            )));
        };
        let picture = reader(file, options.channel)?;
        let frame = picture.rows * picture.columns;
        if let Some(expected) = first.as_ref().filter(|first| !is_like(&picture, first)) {
            return Err(Error::Mismatch(Fault::of_file(
                file,
                format!("frames like {}, of {}", files[0].display(), size(expected)),
                size(&picture),
                "A movie has one frame size and depth; remove or convert the frames that differ.",
            )));
        }
        if pixels.is_none() {
            let depth = picture.stored.depth().unwrap_or(Depth::F32);
            let count = frame.saturating_mul(files.len());
            require_memory(name, (count as u64).saturating_mul(depth.bytes()), frame)?;
            pixels = Some(Pixels::with_room(name, depth, count)?);
        }
        let Some(all) = &mut pixels else { unreachable!("there is room") };
        all.decode(&picture.bytes, picture.stored).map_err(|error| Error::reading(file, error))?;
        for kind in &picture.cautions {
            if !kinds.contains(kind) {
                kinds.push(kind.clone());
            }
        }
        first.get_or_insert(Picture { bytes: Vec::new(), ..picture });
    }
    let (Some(pixels), Some(first)) = (pixels, first) else {
        let remedy = "Give the folder that holds all frames, or a pattern such as 'folder/frame_*.png'.";
        return Err(Error::Format(Fault::new(name, "at least 2 frames", "none", remedy)));
    };
    let of_numbers = first.stored.caution(name, pixels.depth());
    let frames = pixels.into_frames((files.len(), first.rows, first.columns)).map_err(|error| {
        Error::Format(Fault::new(name, "whole frames", error.to_string(), "Export the frames again."))
    })?;
    let calibration = Calibration { pixel_size: first.pixel_size, ..Calibration::default() };
    let mut video = Video::new(name, frames, calibration)?;
    video.cautions.extend(of_numbers);
    video.cautions.extend(kinds.into_iter().map(|kind| Caution::new(name, kind)));
    if let Some(&at) = gaps.first() {
        let (before, after) = (file_name(&files[at]), file_name(&files[at + 1]));
        let kind = CautionKind::UnevenFrameNumbers { before, after, gaps: gaps.len() };
        video.cautions.push(Caution::new(name, kind));
    }
    Ok(video)
}

fn is_like(a: &Picture, b: &Picture) -> bool {
    (a.rows, a.columns, a.stored) == (b.rows, b.columns, b.stored)
}

fn size(picture: &Picture) -> String {
    format!("{} rows x {} columns of {}", picture.rows, picture.columns, picture.stored)
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Pictures, names of folders, and names of everything else but hidden files.
fn list(path: &Path) -> Result<(Vec<PathBuf>, Vec<String>, Vec<String>)> {
    let (mut files, mut folders, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for entry in std::fs::read_dir(path).map_err(|e| Error::reading(path, e))? {
        let file = entry.map_err(|e| Error::reading(path, e))?.path();
        let name = file_name(&file);
        if name.starts_with('.') {
            continue;
        }
        match (file.is_dir(), reader(&file)) {
            (true, _) => folders.push(name),
            (false, Some(_)) => files.push(file),
            (false, None) => others.push(name),
        }
    }
    files.sort_unstable();
    folders.sort_unstable();
    others.sort_unstable();
    Ok((files, folders, others))
}

/// What to say of a folder in which no picture is.
fn without_pictures(path: &Path, folders: &[String], others: &[String]) -> Error {
    let few: Vec<&str> = folders.iter().chain(others).take(3).map(String::as_str).collect();
    let found =
        if few.is_empty() { "an empty folder".into() } else { format!("none among {}", few.join(", ")) };
    let remedy = match (folders, others) {
        ([first, ..], []) => format!("Give the folder that holds them: {}.", path.join(first).display()),
        (_, [first, ..]) if is_other_picture(first) => {
            "Convert them in Fiji: File > Import > Image Sequence, then File > Save As > Tiff.".into()
        }
        (_, [first, ..]) => format!("Give a file itself, if it is a movie: {}.", path.join(first).display()),
        _ => "Give the folder that holds the frames.".into(),
    };
    Error::Format(Fault::of_file(path, "a folder with frames as PNG, JPEG or TIFF", found, remedy))
}

/// Whether a file is a picture of a kind that is not read.
fn is_other_picture(file: &str) -> bool {
    const KINDS: [&str; 10] = ["bmp", "pgm", "ppm", "pnm", "jp2", "j2k", "webp", "gif", "dcm", "fits"];
    Path::new(file)
        .extension()
        .is_some_and(|extension| KINDS.iter().any(|kind| extension.eq_ignore_ascii_case(kind)))
}
