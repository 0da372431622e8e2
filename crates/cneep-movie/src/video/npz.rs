//! Reads and writes NumPy's NPZ archives: movies under the key `frames`, with their scales beside them.

use super::axes::Axes;
use super::movie::{Video, check_scale, check_share};
use super::npy;
use super::options::OpenOptions;
use super::time_stamps::TimeStamps;
use crate::caution::{Caution, CautionKind, Scale};
use crate::error::{Error, Fault, Result};
use crate::npy::{Header, write_header};
use crate::units::Calibration;
use std::io::{self, Read, Seek, SeekFrom, Write};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// No deflated stream expands by more.
const GREATEST_EXPANSION: u64 = 1032;

/// Names of the files in an archive; none if it is damaged.
pub(super) fn names<R: Read + Seek>(reader: R) -> Vec<String> {
    let Ok(mut archive) = ZipArchive::new(reader) else { return Vec::new() };
    let count = archive.len();
    let name =
        |index: usize| archive.by_index(index).ok().and_then(|file| Some(file.name().ok()?.into_owned()));
    (0..count).filter_map(name).collect()
}

/// Refuses an archive of `names` that holds files, but no array of `NumPy`'s.
pub(super) fn refuse_other_archives(names: &[String], name: &str) -> Result<()> {
    let is = |file: &String, end: &str| file.rsplit('/').next().is_some_and(|file| file == end);
    let any = |end: &str| names.iter().any(|file| is(file, end));
    if names.is_empty() || names.iter().any(|file| file.strip_suffix(".npy").is_some()) {
        return Ok(());
    }
    let found = if [".zarray", ".zgroup", "zarr.json"].into_iter().any(any) {
        "a Zarr store packed as ZIP".into()
    } else {
        let few: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
        format!("a ZIP archive of {}", few.join(", "))
    };
    let remedy = "Unpack it (unzip FILE -d FOLDER), and give what was in it.";
    Err(Error::Unsupported(Fault::new(name, "arrays (.npy) or pictures (.png, .jpg)", found, remedy)))
}

/// Reads the movies of an NPZ archive: the array `frames`, else the only one with 3 or more axes; the
/// numbers `frame_interval` (s), `pixel_size` (um), `exposure` and `readout` (shares of the interval) and
/// the array `times` (s), where they stand beside it; and the text `axes` in letters such as `TCYX`.
pub(super) fn read<R: Read + Seek>(mut reader: R, name: &str, options: &OpenOptions) -> Result<Vec<Video>> {
    let length = reader.seek(SeekFrom::End(0)).map_err(|e| Error::reading(name.as_ref(), e))?;
    let mut archive = ZipArchive::new(reader).map_err(|e| unread(name, e))?;
    let mut headers = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|e| unread(name, e))?;
        let file = entry.name().map_err(|e| unread(name, e))?.into_owned();
        // What macOS adds to an archive is no array.
        let foreign = file.split('/').any(|part| part.starts_with("._") || part == "__MACOSX");
        if let Some(key) = file.strip_suffix(".npy").filter(|_| !foreign).map(str::to_string) {
            let header = Header::read(&mut entry, &format!("{name}[{key}]"))?;
            headers.push((index, key, header));
        }
    }
    let (index, key) = choose(name, &headers)?;
    let scale = |archive: &mut ZipArchive<R>, wanted: &str| -> Result<Option<f64>> {
        let Some((index, ..)) = headers.iter().find(|(_, key, _)| key == wanted) else { return Ok(None) };
        let mut entry = archive.by_index(*index).map_err(|e| unread(name, e))?;
        let header = Header::read(&mut entry, name)?;
        let number = header.read_numbers(&mut entry, 1).and_then(|numbers| numbers.first().copied());
        number.map(Some).ok_or_else(|| {
            let found = format!("dtype {} and shape {:?}", header.descr, header.shape);
            let remedy = "Save it as one float, e.g. frame_interval=0.043.";
            Error::Format(Fault::new(format!("{name}[{wanted}]"), "one number", found, remedy))
        })
    };
    let stated = match (&options.axes, headers.iter().find(|(_, key, _)| key == "axes")) {
        (None, Some((index, ..))) => {
            axes_in(&mut archive.by_index(*index).map_err(|e| unread(name, e))?, name)?
        }
        _ => None,
    };
    let options = &options.clone().axes(stated.or_else(|| options.axes.clone()));
    let moments = moments(&mut archive, name, &headers)?;
    let frame_interval = scale(&mut archive, "frame_interval")?;
    let pixel_size = scale(&mut archive, "pixel_size")?;
    let exposure = scale(&mut archive, "exposure")?;
    let readout = scale(&mut archive, "readout")?;
    let mut entry = archive.by_index(index).map_err(|e| unread(name, e))?;
    let subject = format!("{name}[{key}]");
    let header = Header::read(&mut entry, &subject)?.squeezed(options);
    let backed = match entry.compression() {
        CompressionMethod::Stored => length,
        _ => length.saturating_mul(GREATEST_EXPANSION),
    };
    // Room is taken for as many pixels as the archive can hold, and says that it holds.
    header.check_length(&subject, backed.min(entry.size()).saturating_sub(header.length))?;
    let mut videos = header.read_movies(&mut entry, &subject, options, key == "frames")?;
    finish(&mut entry, &subject)?;
    for video in &mut videos {
        let said = |what| format!("{name}[{what}]");
        check_scale(&said("frame_interval"), Scale::FrameInterval, frame_interval)?;
        check_scale(&said("pixel_size"), Scale::PixelSize, pixel_size)?;
        check_share(&said("exposure"), "exposure", exposure)?;
        check_share(&said("readout"), "readout", readout)?;
        video.calibration = Calibration { frame_interval, pixel_size, exposure, readout };
        video.name = video.name.replacen(&subject, name, 1);
        if let Some((_, moments)) = moments.as_ref().filter(|(_, all)| all.len() == video.frames().count()) {
            let times = TimeStamps { moments: moments.clone(), exposure: None };
            let said = times.apply(&video.name, options.frame_interval, &mut video.calibration);
            video.cautions.extend(said);
        }
    }
    let read = [KEYS.as_slice(), &[&*key, moments.as_ref().map_or("", |(key, _)| key)]].concat();
    let left: Vec<String> =
        headers.into_iter().map(|(_, key, _)| key).filter(|key| !read.contains(&&**key)).take(12).collect();
    if !left.is_empty() {
        videos[0].cautions.push(Caution::new(name, CautionKind::ArraysNotRead { names: left }));
    }
    Ok(videos)
}

/// Names of what is read beside the frames.
const KEYS: [&str; 5] = ["axes", "frame_interval", "pixel_size", "exposure", "readout"];

/// The axes that stand as a text in an archive; none where it is another.
fn axes_in(entry: &mut impl Read, name: &str) -> Result<Option<Axes>> {
    let header = Header::read(entry, name)?;
    let mut bytes = Vec::new();
    entry.take(LONGEST_AXES).read_to_end(&mut bytes).map_err(|e| unread(name, e.into()))?;
    // Four bytes a letter, in either order, or one.
    let letters: String = bytes.iter().filter(|&&byte| byte != 0).map(|&byte| char::from(byte)).collect();
    if header.count() != Some(1) || letters.is_empty() { Ok(None) } else { Axes::parse(&letters).map(Some) }
}

/// Bytes of the longest text of axes.
const LONGEST_AXES: u64 = 64;

/// The array of times in seconds, one a frame, and its name.
fn moments<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    name: &str,
    headers: &[(usize, String, Header)],
) -> Result<Option<(String, Vec<f64>)>> {
    let of_times = |(_, key, header): &&(usize, String, Header)| {
        let one = header.shape.iter().filter(|&&size| size != 1).count() == 1;
        one && ["times", "time", "timestamps", "t"].contains(&&*key.to_lowercase())
    };
    let Some((index, key, _)) = headers.iter().find(of_times) else { return Ok(None) };
    let mut entry = archive.by_index(*index).map_err(|e| unread(name, e))?;
    let header = Header::read(&mut entry, name)?;
    Ok(header.read_numbers(&mut entry, MOST_TIMES).map(|times| (key.clone(), times)))
}

/// More times than these are not read.
const MOST_TIMES: usize = 1 << 24;

/// Index and key of the array that holds the frames.
fn choose(name: &str, headers: &[(usize, String, Header)]) -> Result<(usize, String)> {
    let movies: Vec<_> = headers.iter().filter(|(.., header)| header.shape.len() >= 3).collect();
    let chosen = headers.iter().find(|(_, key, _)| key == "frames").or(match *movies {
        [only] => Some(only),
        _ => None,
    });
    chosen.map(|(index, key, _)| (*index, key.clone())).ok_or_else(|| {
        let keys = headers.iter().map(|(_, key, header)| format!("{key} {:?}", header.shape));
        let keys = keys.take(12).collect::<Vec<_>>().join(", ");
        Error::Format(Fault::new(
            name,
            "an array `frames`, or a single array of 3 or more axes",
            if keys.is_empty() { "no array at all".into() } else { keys },
            "Save with numpy.savez(file, frames=..., frame_interval=...).",
        ))
    })
}

/// Refuses bytes after the array; reading to the end also checks the archive's checksum.
fn finish(entry: &mut impl Read, subject: &str) -> Result<()> {
    match entry.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(broken(subject, "more bytes than its shape has pixels")),
        Err(error) => Err(unread(subject, error.into())),
    }
}

/// What the system refuses has a number; the rest is damage.
fn unread(name: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) if error.raw_os_error().is_some() => Error::reading(name.as_ref(), error),
        error => broken(name, &error.to_string()),
    }
}

fn broken(name: &str, found: &str) -> Error {
    Error::Format(Fault::new(name, "a whole NPZ archive", found, "Copy or save the file again."))
}

/// Writes `videos`, all of one size and depth, as `frames` (movie, frame, row, column) with their scales,
/// uncompressed as `numpy.savez` does.
pub(super) fn write<W: Write + Seek>(writer: W, videos: &[Video]) -> io::Result<()> {
    let mut archive = ZipWriter::new(writer);
    let options = SimpleFileOptions::default().large_file(true).compression_method(CompressionMethod::Stored);
    archive.start_file("frames.npy", options)?;
    npy::write(&mut archive, videos, true)?;
    archive.start_file("axes.npy", options)?;
    write_header(&mut archive, "|S4", "()")?;
    archive.write_all(b"MTYX")?;
    let calibration = videos.first().map(Video::calibration).unwrap_or_default();
    let scales = [
        ("frame_interval", calibration.frame_interval),
        ("pixel_size", calibration.pixel_size),
        ("exposure", calibration.exposure),
        ("readout", calibration.readout),
    ];
    for (key, value) in scales {
        if let Some(value) = value {
            archive.start_file(format!("{key}.npy"), options)?;
            write_header(&mut archive, "<f8", "()")?;
            archive.write_all(&value.to_le_bytes())?;
        }
    }
    archive.finish()?.flush()
}
