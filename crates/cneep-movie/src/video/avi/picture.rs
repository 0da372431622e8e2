//! Decodes the frames of an AVI stream one by one.

use super::super::containers::WITH_FFMPEG;
use super::super::frames_in_file::FrameSource;
use super::super::input::Input;
use super::super::jpeg::{self, Refusal, Rounding};
#[cfg(feature = "png")]
use super::super::png_sequence;
use super::super::sample::Stored;
use super::super::slots::Slots;
use super::coding::Coding;
use super::container::Frame;
use crate::depth::Depth;
use crate::error::{Error, Fault, Result};

/// Coded frames of one size.
#[derive(Debug)]
pub(in crate::video) struct Pictures {
    input: Input,
    frames: Vec<Frame>,
    rows: usize,
    columns: usize,
    bottom_up: bool,
    coding: Coding,
    stored: Stored,
    colour: bool,
}

impl Pictures {
    /// Frames of `size` (rows, columns), of which the first is looked at.
    pub(in crate::video) fn new(
        input: &Input,
        frames: Vec<Frame>,
        (rows, columns): (usize, usize),
        bottom_up: bool,
        coding: Coding,
    ) -> Result<Self> {
        let stored = Stored { kind: super::super::sample::Kind::Unsigned, bytes: 1, big_endian: true };
        let mut pictures =
            Self { input: input.clone(), frames, rows, columns, bottom_up, coding, stored, colour: false };
        match pictures.coding {
            Coding::Jpeg => {
                let size = jpeg::size(&pictures.coded(0)?).map_err(|refusal| pictures.refuse(0, refusal))?;
                if (size.rows, size.columns) != (rows, columns) {
                    let found = if size.rows * 2 <= rows + 1 && size.columns == columns {
                        "two half pictures a frame (interlaced)".into()
                    } else {
                        format!("pictures of {} x {}", size.rows, size.columns)
                    };
                    let remedy = "Record or export progressive frames; open it in Fiji and save it as Tiff.";
                    let expected = format!("JPEG pictures of {rows} x {columns} pixels, as the header says");
                    return Err(input.unsupported(&expected, found, remedy));
                }
                let mut pixels = crate::memory::with_room(&input.name, rows * columns)?;
                pixels.resize(rows * columns, 0);
                let decoded = jpeg::luma(&pictures.coded(0)?, Rounding::Movie, &mut pixels);
                pictures.colour = decoded.map_err(|refusal| pictures.refuse(0, refusal))?;
            }
            #[cfg(feature = "png")]
            Coding::Png => pictures.stored = pictures.png(0)?.1,
            #[cfg(not(feature = "png"))]
            Coding::Png => return Err(super::super::left_out::left_out(&input.path, "PNG frames", "png")),
            Coding::Luma { first, step } => {
                let coded = pictures.coded(0)?;
                let chroma = if step == 1 { rows.saturating_mul(columns) } else { 1 - first };
                let mut chroma = coded.iter().skip(chroma).step_by(step);
                pictures.colour = chroma.any(|value| value.abs_diff(128) > 2);
            }
            _ => {}
        }
        Ok(pictures)
    }

    /// The codec, if it loses information.
    pub(in crate::video) fn codec(&self) -> Option<&'static str> {
        matches!(self.coding, Coding::Jpeg).then_some("Motion JPEG")
    }

    /// Whether there is colour beside the luma that is read.
    pub(in crate::video) fn is_colour(&self) -> bool {
        self.colour
    }

    /// Whether the counts stand for colours.
    pub(in crate::video) fn has_colour_table(&self) -> bool {
        self.coding == Coding::ColourTable
    }

    fn coded(&self, frame: usize) -> Result<Vec<u8>> {
        let Frame { place, bytes } = self.frames[frame];
        self.input.bytes_at(place, bytes, &format!("frame {frame}"))
    }

    #[cfg(feature = "png")]
    fn png(&self, frame: usize) -> Result<(Vec<u8>, Stored)> {
        let coded = self.coded(frame)?;
        let subject = format!("{}, frame {frame}", self.input.name);
        let length = coded.len() as u64;
        let ((rows, columns), stored, pixels) =
            png_sequence::picture(std::io::Cursor::new(coded), length, &subject)?;
        if (rows, columns) != (self.rows, self.columns) {
            let expected = format!("a frame of {} x {} pixels", self.rows, self.columns);
            return Err(self.input.broken(&expected, format!("{rows} x {columns} in frame {frame}")));
        }
        Ok((pixels, stored))
    }

    fn refuse(&self, frame: usize, refusal: Refusal) -> Error {
        let subject = format!("{}, frame {frame}", self.input.name);
        match refusal {
            Refusal::Broken(found) => {
                let remedy = "The file is damaged; copy or export it again.";
                Error::Format(Fault::new(subject, "a whole JPEG picture", found, remedy))
            }
            Refusal::Unsupported(found) => {
                let remedy = WITH_FFMPEG;
                let fault =
                    Fault::new(subject, "baseline or progressive JPEG in grey or YCbCr", found, remedy);
                Error::Unsupported(fault.with_setting("decoder"))
            }
        }
    }

    /// Hands the rows of an uncompressed frame, `bytes` a pixel, to `row`, the first one first.
    fn rows(
        &self,
        frame: usize,
        bytes: usize,
        mut row: impl FnMut(usize, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let coded = self.coded(frame)?;
        let tight = self.columns * bytes;
        let padded = tight.div_ceil(4) * 4;
        let needs = |row_bytes: usize| (self.rows - 1) * row_bytes + tight;
        let planar = matches!(self.coding, Coding::Luma { step: 1, .. });
        let filled = !planar && coded.len() >= needs(padded) && coded.len() != needs(tight);
        let row_bytes = if filled { padded } else { tight };
        if coded.len() < needs(row_bytes) {
            let expected = format!("{} bytes for frame {frame}", needs(row_bytes));
            return Err(self.input.broken(&expected, coded.len().to_string()));
        }
        for index in 0..self.rows {
            let line = if self.bottom_up { self.rows - 1 - index } else { index };
            row(index, &coded[line * row_bytes..line * row_bytes + tight])?;
        }
        Ok(())
    }
}

impl FrameSource for Pictures {
    fn size(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    fn depth(&self) -> Depth {
        self.stored.depth().unwrap_or(Depth::U8)
    }

    fn is_raw(&self) -> bool {
        !matches!(self.coding, Coding::Jpeg | Coding::Png)
    }

    fn is_always_kept(&self) -> bool {
        true
    }

    fn read(&self, frame: usize, mut slots: Slots<'_>) -> Result<()> {
        let columns = self.columns;
        let bytes = match self.coding {
            Coding::Jpeg => {
                let Slots::U8(pixels) = slots else { unreachable!("JPEG is kept as 8-bit counts") };
                let decoded = jpeg::luma(&self.coded(frame)?, Rounding::Movie, pixels);
                return decoded.map(|_| ()).map_err(|refusal| self.refuse(frame, refusal));
            }
            #[cfg(feature = "png")]
            Coding::Png => {
                let (pixels, stored) = self.png(frame)?;
                if stored != self.stored {
                    let expected = format!("{}, as in the first frame", self.stored);
                    return Err(self.input.broken(&expected, stored.to_string()));
                }
                let filled = stored.fill(&pixels, slots);
                return filled.map_err(|e| Error::reading(&self.input.path, e));
            }
            Coding::Colours { bytes } => bytes,
            Coding::Luma { step, .. } => step,
            _ => 1,
        };
        let mut line = vec![0; columns];
        self.rows(frame, bytes, |row, pixels| {
            let pixels = pixels.chunks_exact(bytes);
            match &self.coding {
                Coding::Table(table) => {
                    line.iter_mut()
                        .zip(pixels)
                        .for_each(|(slot, pixel)| *slot = table[usize::from(pixel[0])]);
                }
                Coding::Colours { .. } => {
                    for (column, (slot, pixel)) in line.iter_mut().zip(pixels).enumerate() {
                        if pixel[0] != pixel[1] || pixel[1] != pixel[2] {
                            return Err(self.colourful(frame, row, column, pixel));
                        }
                        *slot = pixel[0];
                    }
                }
                Coding::Luma { first, .. } => {
                    line.iter_mut().zip(pixels).for_each(|(slot, pixel)| *slot = pixel[*first]);
                }
                _ => line.iter_mut().zip(pixels).for_each(|(slot, pixel)| *slot = pixel[0]),
            }
            slots.part(row * columns..(row + 1) * columns).fill(&line);
            Ok(())
        })
    }
}

impl Pictures {
    fn colourful(&self, frame: usize, row: usize, column: usize, pixel: &[u8]) -> Error {
        let found = format!(
            "red {}, green {}, blue {} at frame {frame}, row {row}, column {column}",
            pixel[2], pixel[1], pixel[0]
        );
        let remedy = "Convert in Fiji: Image > Type > 8-bit, or Image > Color > Split Channels.";
        self.input.unsupported("grey pixels (red, green and blue alike)", found, remedy)
    }
}
