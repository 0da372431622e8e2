//! Reads movies of one picture a frame: folders of JPEG files, and ZIP archives of PNG or JPEG files.

use super::gather::Collector;
use super::input::Input;
use super::jpeg::{self, Refusal, Rounding};
use super::movie::Video;
use super::options::OpenOptions;
#[cfg(feature = "png")]
use super::png_sequence;
use super::sample::{Kind, Stored};
use crate::caution::{Caution, CautionKind};
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::memory;
use crate::units::Calibration;
use std::path::Path;

/// A picture with its pixels as they are stored.
struct Picture {
    size: (usize, usize),
    stored: Stored,
    pixels: Vec<u8>,
    colour: bool,
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let found = Path::new(name).extension();
    !hidden(name)
        && found.is_some_and(|found| extensions.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

/// Whether a file is a JPEG picture by its name.
fn is_jpeg(name: &str) -> bool {
    has_extension(name, &["jpg", "jpeg"])
}

fn hidden(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|file| file.starts_with('.')) || name.starts_with("__MACOSX")
}

/// Whether the folder at `path` holds JPEG pictures, and none that are read without loss.
pub(super) fn is_jpeg_folder(path: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(path) else { return false };
    let mut jpeg = false;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if has_extension(&name, &["png", "tif", "tiff"]) {
            return false;
        }
        jpeg |= is_jpeg(&name);
    }
    jpeg
}

/// Reads the JPEG pictures of a folder.
pub(super) fn read_folder(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    input.refuse_planes(options)?;
    let fail = |e| Error::reading(&input.path, e);
    let (mut names, mut others) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(&input.path).map_err(fail)? {
        let name = entry.map_err(fail)?.file_name().to_string_lossy().into_owned();
        match (is_jpeg(&name), hidden(&name)) {
            (true, _) => names.push(name),
            (false, false) => others.push(name),
            _ => {}
        }
    }
    others.sort_unstable();
    let read = |name: &str| input_file::read(&input.path.join(name), "a frame");
    series(input, names, &others, read)
}

/// Whether the names in an archive are those of pictures.
#[cfg(feature = "npz")]
pub(super) fn is_archive_of_pictures(names: &[String]) -> bool {
    let of = |extensions: &[&str]| names.iter().any(|name| has_extension(name, extensions));
    of(&["jpg", "jpeg", "png"]) && !of(&["npy"])
}

/// Reads the pictures of a ZIP archive.
#[cfg(feature = "npz")]
pub(super) fn read_archive(input: &Input, options: &OpenOptions) -> Result<Vec<Video>> {
    use std::io::Read;
    input.refuse_planes(options)?;
    let broken = |error: zip::result::ZipError| input.broken("a whole ZIP archive", error.to_string());
    let mut archive = zip::ZipArchive::new(input.reader()?).map_err(broken)?;
    let (mut places, mut others) = (std::collections::HashMap::new(), Vec::new());
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        if has_extension(&name, &["jpg", "jpeg", "png"]) {
            places.insert(name, index);
        } else if !name.ends_with('/') && !hidden(&name) {
            others.push(name);
        }
    }
    let names = places.keys().cloned().collect();
    series(input, names, &others, |name| {
        let mut entry = archive.by_index(places[name]).map_err(broken)?;
        // No deflated stream expands by more.
        let most = entry.compressed_size().saturating_mul(1032).min(entry.size());
        memory::require(&input.name, "a frame", most, "Check that it is a movie.")?;
        let mut bytes = Vec::new();
        let read = entry.by_ref().take(most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| input.unread("a whole ZIP archive", error))?;
        Ok(bytes)
    })
}

/// The movie of the pictures `names`, in the order of the one number in which their names differ.
fn series(
    input: &Input,
    names: Vec<String>,
    others: &[String],
    mut read: impl FnMut(&str) -> Result<Vec<u8>>,
) -> Result<Vec<Video>> {
    let InOrder { names, gap } = in_order(input, names)?;
    let mut first: Option<(Collector, (usize, usize), Stored)> = None;
    let (mut lossy, mut colour) = (false, false);
    for name in &names {
        let bytes = read(name)?;
        let subject = format!("{}/{name}", input.name);
        let picture = picture(&bytes, &subject)?;
        lossy |= is_jpeg(name);
        colour |= picture.colour;
        let (collector, size, stored) = match &mut first {
            Some(first) => first,
            none => {
                let depth = picture.stored.depth().unwrap_or(Depth::U8);
                let collector = Collector::new(&input.name, depth, picture.size, input.room, names.len())?;
                none.insert((collector, picture.size, picture.stored))
            }
        };
        if (picture.size, picture.stored) != (*size, *stored) {
            let say = |(rows, columns), stored: Stored| format!("{rows} x {columns} pixels, {stored}");
            let expected = format!("a frame of {}, as the first", say(*size, *stored));
            let remedy = "A movie has one frame size and depth; remove or convert the frames that differ.";
            let found = say(picture.size, picture.stored);
            return Err(Error::Mismatch(Fault::new(subject, expected, found, remedy)));
        }
        let fill = |error| Error::reading(&input.path, error);
        collector.push(|slots| stored.fill(&picture.pixels, slots).map_err(fill))?;
    }
    let Some((collector, ..)) = first else { return Err(input.broken("pictures of frames", "none")) };
    let mut video = Video::new(&*input.name, collector.finish()?, Calibration::default())?;
    let mut caution = |kind| video.cautions.push(Caution::new(&*input.name, kind));
    if lossy {
        caution(CautionKind::LossyCodec { codec: "JPEG".into(), group: Some(1) });
    }
    if colour {
        caution(CautionKind::LumaRead);
    }
    if !others.is_empty() {
        let first = others.iter().take(3).cloned().collect();
        caution(CautionKind::OtherFilesIgnored { count: others.len(), first });
    }
    if let Some((before, after, gaps)) = gap {
        caution(CautionKind::UnevenFrameNumbers { before, after, gaps });
    }
    Ok(vec![video])
}

fn picture(bytes: &[u8], subject: &str) -> Result<Picture> {
    #[cfg(feature = "png")]
    if bytes.starts_with(b"\x89PNG") {
        let length = bytes.len() as u64;
        let (size, stored, pixels) = png_sequence::picture(std::io::Cursor::new(bytes), length, subject)?;
        return Ok(Picture { size, stored, pixels, colour: false });
    }
    let refuse = |refusal| match refusal {
        Refusal::Broken(found) => {
            let remedy = "Copy or export this frame again.";
            Error::Format(Fault::new(subject, "a whole JPEG picture", found, remedy))
        }
        Refusal::Unsupported(found) => {
            let remedy = "Convert all frames to grey PNG or TIFF.";
            Error::Unsupported(Fault::new(subject, "baseline or progressive JPEG", found, remedy))
        }
    };
    let size = jpeg::size(bytes).map_err(refuse)?;
    let mut pixels = memory::with_room(subject, size.rows * size.columns)?;
    pixels.resize(size.rows * size.columns, 0);
    let colour = jpeg::luma(bytes, Rounding::Picture, &mut pixels).map_err(refuse)?;
    let stored = Stored { kind: Kind::Unsigned, bytes: 1, big_endian: false };
    Ok(Picture { size: (size.rows, size.columns), stored, pixels, colour })
}

/// A name cut into texts and numbers by turns, the first a text.
fn cut(name: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut texts, mut numbers, mut rest) = (Vec::new(), Vec::new(), name);
    loop {
        let text = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        texts.push(&rest[..text]);
        rest = &rest[text..];
        if rest.is_empty() {
            return (texts, numbers);
        }
        let number = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        numbers.push(&rest[..number]);
        rest = &rest[number..];
    }
}

/// Names of frames in order.
struct InOrder {
    names: Vec<String>,
    /// The two around the first gap, and how many gaps there are.
    gap: Option<(String, String, usize)>,
}

/// Names in the order of the one number in which they differ.
fn in_order(input: &Input, names: Vec<String>) -> Result<InOrder> {
    let refuse = |found: String| {
        let expected = "names of frames that differ in one number alone";
        let remedy = "Keep the frames of one movie and one channel together, numbered in order of time.";
        Err(Error::Unsupported(Fault::new(&*input.name, expected, found, remedy)))
    };
    let Some(model) = names.iter().min().cloned() else { return Err(input.broken("pictures", "none")) };
    let (texts, numbers) = cut(&model);
    let mut varying = None;
    for name in &names {
        let (other_texts, other_numbers) = cut(name);
        let differ = |at: &usize| other_numbers[*at].parse::<u64>() != numbers[*at].parse::<u64>();
        if other_texts != texts || other_numbers.len() != numbers.len() {
            return refuse(format!("{model} and {name}"));
        }
        for at in (0..numbers.len()).filter(differ) {
            if *varying.get_or_insert(at) != at {
                return refuse(format!("{model} and {name}, which differ in two"));
            }
        }
    }
    let Some(varying) = varying else { return refuse(format!("{} of them", names.len())) };
    let number = |name: &str| cut(name).1.get(varying).and_then(|digits| digits.parse::<u64>().ok());
    let mut keyed: Vec<(u64, String)> = Vec::with_capacity(names.len());
    for name in names {
        match number(&name) {
            Some(number) => keyed.push((number, name)),
            None => return refuse(name),
        }
    }
    keyed.sort();
    if let Some(pair) = keyed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return refuse(format!("{} and {}", pair[0].1, pair[1].1));
    }
    let step = keyed.get(1).map_or(1, |(second, _)| second - keyed[0].0);
    let uneven = |pair: &&[(u64, String)]| pair[1].0 - pair[0].0 != step;
    let gaps = keyed.windows(2).filter(uneven).count();
    let gap = keyed.windows(2).find(uneven).map(|pair| (pair[0].1.clone(), pair[1].1.clone(), gaps));
    Ok(InOrder { names: keyed.into_iter().map(|(_, name)| name).collect(), gap })
}
