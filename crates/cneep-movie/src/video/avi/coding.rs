//! Tells how the pixels of an AVI stream are coded.

use super::super::containers::WITH_FFMPEG;
use super::super::input::Input;
use super::container::{Container, Format};
use crate::error::{Error, Fault, Result};

/// How pixels are coded.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::video) enum Coding {
    /// 8-bit counts.
    Grey8,
    /// 16-bit counts.
    Grey16 { big_endian: bool },
    /// Indices into a table of counts.
    Table(Box<[u8; 256]>),
    /// Indices into a table of colours, which are read themselves.
    ColourTable,
    /// Blue, green and red, which must be equal, and what else there is: bytes of a pixel.
    Colours { bytes: usize },
    /// Luma at every `step`-th byte from `first` on, in rows of as many bytes as they need.
    Luma { first: usize, step: usize },
    /// A JPEG picture.
    Jpeg,
    /// A PNG picture.
    Png,
}

impl Coding {
    /// The coding that the header of a stream names.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for one that is not read.
    pub(super) fn of(input: &Input, format: &Format) -> Result<Self> {
        let upper = format.compression.map(|letter| letter.to_ascii_uppercase());
        let refuse = |found: String, remedy: &str| {
            let expected = "AVI with grey pixels (8 or 16 bits), Motion JPEG or PNG frames";
            let fault = Fault::new(&*input.name, expected, found, remedy);
            Err(Error::Unsupported(fault.with_setting("decoder")))
        };
        Ok(match (&upper, format.bits) {
            (b"\0\0\0\0" | b"DIB " | b"RAW " | b"RGB ", 8) => Self::of_table(&format.palette),
            (b"\0\0\0\0" | b"DIB " | b"RAW " | b"RGB ", bits @ (24 | 32)) => {
                Self::Colours { bytes: usize::from(bits / 8) }
            }
            (b"Y800" | b"Y8  " | b"Y8\0\0" | b"GREY" | b"GRAY", _) => Self::Grey8,
            (b"Y16 " | b"Y16\0" | b"Y10 " | b"Y12 " | b"Y14 " | [b'Y', b'1', 0, 10 | 12 | 14 | 16], _) => {
                Self::Grey16 { big_endian: false }
            }
            (b"B16G" | [10 | 12 | 14 | 16, 0, b'1', b'Y'], _) => Self::Grey16 { big_endian: true },
            (b"YUY2" | b"YUYV" | b"YUNV" | b"YVYU", _) => Self::Luma { first: 0, step: 2 },
            (b"UYVY" | b"UYNV" | b"Y422" | b"HDYC" | b"2VUY", _) => Self::Luma { first: 1, step: 2 },
            (b"I420" | b"IYUV" | b"YV12" | b"NV12" | b"NV21" | b"YV16" | b"422P", _) => {
                Self::Luma { first: 0, step: 1 }
            }
            (b"MJPG" | b"JPEG" | b"DMB1" | b"AVRN" | b"MJPA", _) => Self::Jpeg,
            (b"PNG " | b"MPNG" | b"PNG1", _) => Self::Png,
            (b"\0\0\0\0" | b"DIB " | b"RAW " | b"RGB ", bits) => {
                let remedy = "Export it as 8-bit grey or as TIFF.";
                return refuse(format!("uncompressed pixels of {bits} bits"), remedy);
            }
            _ => {
                let letters = format.compression.escape_ascii();
                let remedy = WITH_FFMPEG;
                return refuse(format!("the codec '{letters}'"), remedy);
            }
        })
    }

    fn of_table(palette: &[[u8; 3]]) -> Self {
        let grey = palette.iter().all(|[blue, green, red]| blue == green && green == red);
        let plain = palette.iter().enumerate().all(|(index, [blue, ..])| usize::from(*blue) == index);
        match (palette.is_empty(), grey, plain) {
            (true, ..) | (_, true, true) => Self::Grey8,
            (_, true, false) => {
                let mut table = [0; 256];
                table.iter_mut().zip(palette).for_each(|(slot, [blue, ..])| *slot = *blue);
                Self::Table(Box::new(table))
            }
            (_, false, _) => Self::ColourTable,
        }
    }
}

/// Bytes from one row to the next of frames with `bytes` a pixel: rows may be filled up to whole four bytes.
///
/// # Errors
/// [`Error::Format`] for frames that have too few bytes, or of several sizes.
pub(super) fn row_bytes(input: &Input, container: &Container, bytes: usize) -> Result<usize> {
    let (rows, columns) = (container.format.rows, container.format.columns);
    let tight = columns.saturating_mul(bytes);
    let padded = tight.div_ceil(4).saturating_mul(4);
    let size = container.frames[0].bytes;
    let needs = |row_bytes: usize| (rows - 1).saturating_mul(row_bytes).saturating_add(tight) as u64;
    let other = container.frames.iter().position(|frame| frame.bytes < needs(tight));
    if let Some(index) = other {
        let expected = format!("{} bytes for frame {index}", needs(tight));
        return Err(input.broken(&expected, container.frames[index].bytes.to_string()));
    }
    if let Some(index) = container.frames.iter().position(|frame| frame.bytes != size) {
        let expected = format!("{size} bytes for frame {index}, as for the first");
        return Err(input.broken(&expected, container.frames[index].bytes.to_string()));
    }
    Ok(if size >= needs(padded) && size != needs(tight) { padded } else { tight })
}
