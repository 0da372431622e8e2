//! Reads and writes NumPy's NPZ archives: movies under the key `frames`, with their scales beside them.

use super::movie::{Video, check_scale, check_share};
use super::npy;
use super::options::OpenOptions;
use crate::caution::Scale;
use crate::error::{Error, Fault, Result};
use crate::npy::{Header, write_header};
use crate::units::Calibration;
use std::io::{self, Read, Seek, SeekFrom, Write};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// No deflated stream expands by more.
const GREATEST_EXPANSION: u64 = 1032;

/// Reads the movies of an NPZ archive: the array `frames`, else the only one with 3 or 4 axes; and the
/// numbers `frame_interval` (s), `pixel_size` (um), `exposure` and `readout` (shares of the interval) where
/// they stand beside it.
pub(super) fn read<R: Read + Seek>(mut reader: R, name: &str, options: &OpenOptions) -> Result<Vec<Video>> {
    let length = reader.seek(SeekFrom::End(0)).map_err(|e| Error::reading(name.as_ref(), e))?;
    let mut archive = ZipArchive::new(reader).map_err(|e| unread(name, e))?;
    let mut headers = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|e| unread(name, e))?;
        let file = entry.name().map_err(|e| unread(name, e))?.into_owned();
        if let Some(key) = file.strip_suffix(".npy").map(str::to_string) {
            let header = Header::read(&mut entry, &format!("{name}[{key}]"))?;
            headers.push((index, key, header));
        }
    }
    let (index, key) = choose(name, &headers)?;
    let scale = |archive: &mut ZipArchive<R>, wanted: &str| -> Result<Option<f64>> {
        let Some((index, ..)) = headers.iter().find(|(_, key, _)| key == wanted) else { return Ok(None) };
        let mut entry = archive.by_index(*index).map_err(|e| unread(name, e))?;
        let header = Header::read(&mut entry, name)?;
        let number = header.read_scalar(&mut entry);
        number.map(Some).ok_or_else(|| {
            let found = format!("dtype {} and shape {:?}", header.descr, header.shape);
            let remedy = "Save it as one float, e.g. frame_interval=0.043.";
            Error::Format(Fault::new(format!("{name}[{wanted}]"), "one number", found, remedy))
        })
    };
    let frame_interval = scale(&mut archive, "frame_interval")?;
    let pixel_size = scale(&mut archive, "pixel_size")?;
    let exposure = scale(&mut archive, "exposure")?;
    let readout = scale(&mut archive, "readout")?;
    let mut entry = archive.by_index(index).map_err(|e| unread(name, e))?;
    let subject = format!("{name}[{key}]");
    let header = Header::read(&mut entry, &subject)?;
    let backed = match entry.compression() {
        CompressionMethod::Stored => length,
        _ => length.saturating_mul(GREATEST_EXPANSION),
    };
    // Room is taken for as many pixels as the archive can hold, and says that it holds.
    header.check_length(&subject, backed.min(entry.size()).saturating_sub(header.length))?;
    let mut videos = header.read_movies(&mut entry, &subject, options)?;
    finish(&mut entry, &subject)?;
    for video in &mut videos {
        let said = |what| format!("{name}[{what}]");
        check_scale(&said("frame_interval"), Scale::FrameInterval, frame_interval)?;
        check_scale(&said("pixel_size"), Scale::PixelSize, pixel_size)?;
        check_share(&said("exposure"), "exposure", exposure)?;
        check_share(&said("readout"), "readout", readout)?;
        video.calibration = Calibration { frame_interval, pixel_size, exposure, readout };
        video.name = video.name.replacen(&subject, name, 1);
    }
    Ok(videos)
}

/// Index and key of the array that holds the frames.
fn choose(name: &str, headers: &[(usize, String, Header)]) -> Result<(usize, String)> {
    let movies: Vec<_> = headers.iter().filter(|(.., header)| matches!(header.shape.len(), 3 | 4)).collect();
    let chosen = headers.iter().find(|(_, key, _)| key == "frames").or(match *movies {
        [only] => Some(only),
        _ => None,
    });
    chosen.map(|(index, key, _)| (*index, key.clone())).ok_or_else(|| {
        let keys = headers.iter().map(|(_, key, header)| format!("{key} {:?}", header.shape));
        let keys = keys.take(12).collect::<Vec<_>>().join(", ");
        Error::Format(Fault::new(
            name,
            "an array `frames`, or a single array of 3 or 4 axes",
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
