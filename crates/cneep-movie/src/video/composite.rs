//! Writes a film and maps of it as the channels of one compressed stack, with the colours that Fiji shows.

use super::imagej;
use super::tiff_write::{BITS, pixels_per_micrometre};
use crate::atomic_file::write_atomically;
use crate::error::{Error, Fault, Result};
use crate::units::Calibration;
use ndarray::Array2;
use std::io::{self, Seek, Write};
use std::path::Path;
use tiff::encoder::compression::{CompressionAlgorithm, Deflate};
use tiff::encoder::{TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard};
use tiff::tags::{CompressionMethod, PhotometricInterpretation, ResolutionUnit, SampleFormat, Tag};
use tiff::{TiffError, TiffResult};

/// Bytes of pixels, uncompressed, above which 32-bit offsets may not reach.
const LARGEST_CLASSIC: u64 = 4_000_000_000;
/// Where `ImageJ` keeps what its description has no words for: sizes, then content.
const SIZES: Tag = Tag::Unknown(50838);
const CONTENT: Tag = Tag::Unknown(50839);

/// How a channel is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Values at the ends of the colours.
    pub range: [f64; 2],
    /// Colours from one end to the other: 256 each of red, green and blue.
    pub colours: [[u8; 256]; 3],
}

/// A stack of 32-bit planes, frame by frame, in each frame channel by channel.
#[derive(Debug, Clone)]
pub struct Composite<'a> {
    /// Its channels.
    pub channels: &'a [Channel],
    /// Number of frames.
    pub frames: usize,
    /// Rows and columns of a plane.
    pub size: (usize, usize),
    /// Frame interval and pixel size.
    pub calibration: Calibration,
    /// Unit of the last channel's values, such as `k_B`.
    pub value_unit: &'a str,
    /// What each plane is called, in their order.
    pub labels: &'a [String],
}

impl Composite<'_> {
    /// Writes it to `path`; `plane` gives the pixels of a frame and a channel.
    ///
    /// # Errors
    /// [`Error::Setting`] for a stack without planes, or planes without labels; those of `plane`;
    /// [`Error::Io`] if the file cannot be written.
    pub fn write(
        &self,
        path: &Path,
        mut plane: impl FnMut(usize, usize) -> Result<Array2<f32>>,
    ) -> Result<()> {
        let planes = self.frames * self.channels.len();
        let (rows, columns) = self.size;
        if planes == 0 || rows * columns == 0 || self.labels.len() != planes {
            let found = format!("{planes} of {rows} x {columns} with {} labels", self.labels.len());
            let remedy = "Give at least one frame.";
            return Err(Error::Setting(Fault::of_file(path, "planes with a label each", found, remedy)));
        }
        let bytes = (planes * rows * columns * 4) as u64;
        write_atomically(path, |writer| {
            if bytes > LARGEST_CLASSIC {
                self.write_as::<_, TiffKindBig>(writer, &mut plane)
            } else {
                self.write_as::<_, TiffKindStandard>(writer, &mut plane)
            }
            .map_err(|error| match error {
                TiffError::IoError(error) => error,
                other => io::Error::other(other),
            })
        })
    }

    fn write_as<W: Write + Seek, K: TiffKind>(
        &self,
        writer: W,
        plane: &mut impl FnMut(usize, usize) -> Result<Array2<f32>>,
    ) -> TiffResult<()> {
        let (rows, columns) = (u32::try_from(self.size.0)?, u32::try_from(self.size.1)?);
        let density = self.calibration.pixel_size.and_then(pixels_per_micrometre);
        let mut encoder = TiffEncoder::<W, K>::new_generic(writer)?;
        for frame in 0..self.frames {
            for channel in 0..self.channels.len() {
                let pixels = plane(frame, channel).map_err(io::Error::from)?;
                if pixels.dim() != self.size {
                    let expected = format!("a plane of {rows} x {columns}");
                    let fault = Fault::new(
                        "composite",
                        expected,
                        format!("{:?}", pixels.dim()),
                        "Give planes of one size.",
                    );
                    return Err(io::Error::from(Error::Mismatch(fault)).into());
                }
                let raw: Vec<u8> = pixels.iter().flat_map(|pixel| pixel.to_ne_bytes()).collect();
                let mut compressed = Vec::new();
                Deflate::default().write_to(&mut compressed, &raw)?;
                let mut page = encoder.image_directory()?;
                let offset = page.write_data(compressed.as_slice())?;
                page.write_tag(Tag::ImageWidth, columns)?;
                page.write_tag(Tag::ImageLength, rows)?;
                page.write_tag(Tag::BitsPerSample, BITS)?;
                page.write_tag(Tag::Compression, CompressionMethod::Deflate.to_u16())?;
                page.write_tag(
                    Tag::PhotometricInterpretation,
                    PhotometricInterpretation::BlackIsZero.to_u16(),
                )?;
                page.write_tag(Tag::StripOffsets, K::convert_offset(offset)?)?;
                page.write_tag(Tag::SamplesPerPixel, 1_u16)?;
                page.write_tag(Tag::RowsPerStrip, rows)?;
                page.write_tag(Tag::StripByteCounts, K::convert_offset(compressed.len() as u64)?)?;
                page.write_tag(Tag::SampleFormat, SampleFormat::IEEEFP.to_u16())?;
                if let Some(density) = &density {
                    page.write_tag(Tag::XResolution, density.clone())?;
                    page.write_tag(Tag::YResolution, density.clone())?;
                    page.write_tag(Tag::ResolutionUnit, ResolutionUnit::None.to_u16())?;
                }
                if frame == 0 && channel == 0 {
                    let (sizes, content) = self.in_image_j();
                    page.write_tag(Tag::ImageDescription, self.description().as_str())?;
                    page.write_tag(SIZES, &sizes[..])?;
                    page.write_tag(CONTENT, &content[..])?;
                }
                page.finish()?;
            }
        }
        Ok(())
    }

    fn description(&self) -> String {
        let [low, high] = self.channels[0].range.map(|end| end as f32);
        let single = imagej::description(self.frames, self.calibration, Some((low, high)));
        let (frames, channels) = (self.frames, self.channels.len());
        let count = format!("images={}\nchannels={channels}\n", frames * channels);
        let text = match single.split_once(&format!("images={frames}\n")) {
            Some((before, behind)) => format!("{before}{count}{behind}"),
            None => single.replacen('\n', &format!("\n{count}hyperstack=true\n"), 1),
        };
        format!("{text}mode=composite\nvunit={}\n", self.value_unit)
    }

    /// Labels, ranges and colours as `ImageJ` lays them out: sizes of a head and of each entry, and all of
    /// them one after another.
    fn in_image_j(&self) -> (Vec<u32>, Vec<u8>) {
        let name = |letters: [u8; 4]| u32::from_be_bytes(letters).to_ne_bytes();
        let labels: Vec<Vec<u8>> = self
            .labels
            .iter()
            .map(|label| label.encode_utf16().flat_map(u16::to_ne_bytes).collect())
            .collect();
        let ranges: Vec<u8> =
            self.channels.iter().flat_map(|of| of.range).flat_map(f64::to_ne_bytes).collect();
        let colours: Vec<Vec<u8>> = self.channels.iter().map(|of| of.colours.concat()).collect();
        let groups = [(*b"labl", labels), (*b"rang", vec![ranges]), (*b"luts", colours)];
        let mut head = name(*b"IJIJ").to_vec();
        for (letters, entries) in &groups {
            head.extend(name(*letters));
            head.extend((entries.len() as u32).to_ne_bytes());
        }
        let mut sizes = vec![head.len() as u32];
        sizes.extend(groups.iter().flat_map(|(_, entries)| entries).map(|entry| entry.len() as u32));
        let content = groups.into_iter().flat_map(|(_, entries)| entries).flatten();
        head.extend(content);
        (sizes, head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::{OpenOptions, open_with};

    /// Catches channels that are taken for each other or for frames, and labels of other planes.
    #[test]
    fn both_channels_read_back_frame_by_frame() {
        let grey = std::array::from_fn(|level| level as u8);
        let channel = |high: f64| Channel { range: [-high, high], colours: [grey; 3] };
        let labels: Vec<String> = (0..6).map(|plane| format!("plane {plane}")).collect();
        let calibration =
            Calibration { frame_interval: Some(0.5), pixel_size: Some(0.25), ..Calibration::default() };
        let channels = [channel(1.0), channel(2.0)];
        let composite = Composite {
            channels: &channels,
            frames: 3,
            size: (4, 5),
            calibration,
            value_unit: "k_B",
            labels: &labels,
        };
        let plane = |frame: usize, channel: usize| {
            Array2::from_shape_fn((4, 5), |(row, column)| {
                (1000 * channel + 100 * frame + 10 * row + column) as f32
            })
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps.tif");
        composite.write(&path, |frame, channel| Ok(plane(frame, channel))).unwrap();
        for channel in [1, 2] {
            let movie = open_with(&path, &OpenOptions::default().channel(channel)).unwrap().remove(0);
            assert_eq!((movie.frames().count(), movie.calibration().frame_interval), (3, Some(0.5)));
            for frame in 0..3 {
                assert_eq!(movie.frames().frame(frame).unwrap(), plane(frame, channel - 1));
            }
        }
        let bytes = std::fs::read(&path).unwrap();
        let holds = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
        assert!(holds(b"channels=2") && holds(b"mode=composite") && holds(b"vunit=k_B"));
        let last: Vec<u8> = "plane 5".encode_utf16().flat_map(u16::to_ne_bytes).collect();
        assert!(holds(&last));
        assert!(composite.write(&path, |_, _| Ok(Array2::zeros((1, 1)))).is_err());
    }
}
