//! Lists the formats, and recognises that of a file by its first bytes.

#[cfg(feature = "png")]
use super::apng;
use super::avi;
use super::cine;
use super::containers::WITH_FFMPEG;
use super::gif;
use super::hdf5;
use super::input::Input;
use super::left_out::left_out;
use super::movie::Video;
use super::mp4;
use super::norpix;
use super::npy_in_file;
#[cfg(feature = "npz")]
use super::npz;
use super::options::OpenOptions;
#[cfg(feature = "npz")]
use super::picture_series;
#[cfg(feature = "tiff")]
use super::tiff_read;
use crate::caution::{Caution, CautionKind};
use crate::error::{Error, Fault, Result};
use std::path::Path;
#[cfg(feature = "tiff")]
use std::sync::Arc;

/// Bytes at the start of a file by which its format is known.
pub(super) const HEAD: u64 = 1024;

/// One format: a new one is one file of this module and one row of [`FORMATS`].
pub(super) struct Format {
    pub(super) name: &'static str,
    pub(super) extensions: &'static [&'static str],
    /// Bytes that only files of this format have, and where.
    pub(super) magic: &'static [(usize, &'static [u8])],
    /// Reads the movies of a file.
    pub(super) read: fn(&Input, &OpenOptions) -> Result<Vec<Video>>,
    /// Whether one of several movies in a file can be named, as in `file.h5:/group/movie`.
    pub(super) holds_several: bool,
}

/// First bytes of an HDF5 file, or of what stands behind a block of the user's.
const HDF5: &[u8] = b"\x89HDF\r\n\x1A\n";

pub(super) const FORMATS: &[Format] = &[
    #[cfg(feature = "tiff")]
    Format {
        name: "TIFF",
        extensions: &["tif", "tiff"],
        magic: &[(0, b"II*\0"), (0, b"MM\0*"), (0, b"II+\0"), (0, b"MM\0+")],
        read: |input, options| {
            tiff_read::read(Arc::clone(&input.bytes), &input.name, Some(&input.path), options)
        },
        holds_several: false,
    },
    Format {
        name: "NPY",
        extensions: &["npy"],
        magic: &[(0, crate::npy::MAGIC)],
        read: npy_in_file::read,
        holds_several: false,
    },
    Format {
        name: "AVI",
        extensions: &["avi"],
        magic: &[(8, b"AVI ")],
        read: avi::read,
        holds_several: false,
    },
    Format {
        name: "MP4",
        extensions: &["mp4", "mov", "m4v", "qt"],
        magic: &[(4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"moof")],
        read: mp4::read,
        holds_several: false,
    },
    Format {
        name: "GIF",
        extensions: &["gif"],
        magic: &[(0, b"GIF87a"), (0, b"GIF89a")],
        read: gif::read,
        holds_several: false,
    },
    #[cfg(feature = "png")]
    Format {
        name: "PNG",
        extensions: &["png", "apng"],
        magic: &[(0, apng::MAGIC)],
        read: apng::read,
        holds_several: false,
    },
    Format {
        name: "HDF5",
        extensions: &["h5", "hdf5", "hdf", "he5", "ims", "mat", "nxs"],
        magic: &[(0, HDF5), (512, HDF5)],
        read: hdf5::read,
        holds_several: true,
    },
    Format {
        name: "NorPix",
        extensions: &["seq"],
        magic: &[(0, norpix::MAGIC)],
        read: norpix::read,
        holds_several: false,
    },
    Format {
        name: "cine",
        extensions: &["cine"],
        magic: &[(0, cine::MAGIC)],
        read: cine::read,
        holds_several: false,
    },
    #[cfg(feature = "npz")]
    Format {
        name: "NPZ",
        extensions: &["npz", "zip"],
        magic: &[(0, b"PK\x03\x04")],
        read: |input, options| {
            let names = npz::names(input.reader()?);
            if picture_series::is_archive_of_pictures(&names) {
                return picture_series::read_archive(input, options);
            }
            npz::refuse_other_archives(&names, &input.name)?;
            npz::read(input.reader()?, &input.name, options)
        },
        holds_several: false,
    },
];

/// First bytes of formats that this build leaves out, and the feature that reads them.
const LEFT_OUT: &[(&[u8], &str)] = &[
    #[cfg(not(feature = "npz"))]
    (b"PK\x03\x04", "npz"),
    #[cfg(not(feature = "png"))]
    (b"\x89PNG", "png"),
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
    (b"\xFF\xD8\xFF", 0, "a JPEG picture"),
    (b"ZISRAWFILE", 0, "a Zeiss CZI file"),
    (b"\xDA\xCE\xBE\x0A", 0, "a Nikon ND2 file"),
    (b"MATLAB", 0, "a MATLAB file older than version 7.3"),
];

/// Containers of video that only the program `ffmpeg` reads: first bytes, where they stand, what they are.
const VIDEO: &[(&[u8], usize, &str)] = &[
    (b"\x1A\x45\xDF\xA3", 0, "a Matroska or WebM movie"),
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", 0, "a Windows Media movie"),
    (b"FLV\x01", 0, "a Flash movie"),
    (b"OggS", 0, "an Ogg movie"),
    (b"\0\0\x01\xBA", 0, "an MPEG movie"),
    (b"\0\0\x01\xB3", 0, "an MPEG movie"),
];

/// TIFF relatives whose pixels lie elsewhere than a TIFF reader would look.
const RELATIVES: &[&str] = &["lsm", "stk", "lif", "czi", "nd2", "oib", "oif", "vsi", "svs", "ndpi", "dng"];

const CONVERT: &str = "Open it in Fiji (File > Import > Bio-Formats), then File > Save As > Tiff, and give \
     that file; or in Python: pip install bioio bioio-bioformats, then numpy.save('movie.npy', \
     bioio.BioImage(PATH).get_image_data('TYX')).";

impl Format {
    /// Whether `head` is how files of this format begin.
    fn begins(&self, head: &[u8]) -> bool {
        let found =
            |(at, magic): &(usize, &[u8])| head.get(*at..).is_some_and(|rest| rest.starts_with(magic));
        self.magic.iter().any(found)
    }
}

/// The format of the file at `path` that begins with `head`; a caution where its extension lies.
pub(super) fn recognise(path: &Path, head: &[u8]) -> Result<(&'static Format, Option<Caution>)> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let by_name = FORMATS.iter().find(|format| format.extensions.contains(&&*extension));
    let by_content = FORMATS.iter().find(|format| format.begins(head));
    let foreign = FOREIGN.iter().find(|(magic, at, _)| head.get(*at..).is_some_and(|h| h.starts_with(magic)));
    let unsupported = |found: String, remedy: &str| {
        let expected = "a movie of a kind that is read (TIFF, NPY, NPZ, HDF5, Zarr, AVI, MP4, PNG frames)";
        Err(Error::Unsupported(Fault::of_file(path, expected, found, remedy)))
    };
    if head.is_empty() {
        let remedy = "Copy or export the movie again.";
        return Err(Error::Format(Fault::of_file(path, "a movie", "an empty file (0 bytes)", remedy)));
    }
    if let Some((_, feature)) = LEFT_OUT.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(left_out(path, "a file", feature));
    }
    let video = VIDEO.iter().find(|(magic, at, _)| head.get(*at..).is_some_and(|h| h.starts_with(magic)));
    if let Some((.., what)) = video {
        let fault = Fault::of_file(path, "a movie that is decoded here", *what, WITH_FFMPEG);
        return Err(Error::Unsupported(fault.with_setting("decoder")));
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
