//! Reads an image of labels: zero outside, and one whole number for each region of the frame.

use super::imagej_roi;
use super::label_pixels::{CONVERT, EXPECTED, Picture, as_labels, check_size, require_room};
#[cfg(feature = "tiff")]
use super::labels_in_tiff;
#[cfg(feature = "png")]
use super::png_sequence;
use super::sample::{Kind, Stored};
use crate::error::{Error, Fault, Result};
use crate::input_file;
use crate::npy::{self, Header};
use ndarray::{Array2, ShapeBuilder};
use std::collections::BTreeSet;
use std::path::Path;

/// More labels than this are no regions of a frame, but grey values taken for labels.
pub(super) const MOST_LABELS: usize = 10_000;

/// Reads the labels in the file at `path` for frames of `frame` (rows, columns): a mask, or an image with a
/// number of its own for each region, as TIFF of one page, NPY or grey PNG, all of whole numbers; shape
/// (row, column). 0 is outside. Regions of interest of ImageJ (`.roi`, or an archive of them) have the labels
/// 1, 2 ... in the order of the file.
///
/// # Errors
/// [`Error::Io`] if it cannot be read; [`Error::Unsupported`] for pixels that are no labels or a file that is
/// not read; [`Error::Mismatch`] for another size than that of the frames; [`Error::Format`] for a damaged
/// file, one without any label, or with more than 10,000 of them; [`Error::Unsupported`] for regions of
/// ImageJ without area, or that overlap.
pub fn read_labels(path: &Path, frame: (usize, usize)) -> Result<Array2<u32>> {
    let name = path.display().to_string();
    let bytes = input_file::read(path, "an image of labels")?;
    if let Some(regions) = imagej_roi::read(&bytes, path, frame)? {
        return numbered(&regions, &name, frame);
    }
    let ((rows, columns), labels) = read(&bytes, &name, frame)?;
    let labels = Array2::from_shape_vec((rows, columns), labels).map_err(|error| {
        Error::Format(Fault::new(&*name, "a whole picture", error.to_string(), "Save it again."))
    })?;
    let distinct: BTreeSet<u32> = labels.iter().copied().filter(|&label| label > 0).collect();
    let refuse = |expected: String, found: String, remedy: &str| {
        Err(Error::Format(Fault::new(&*name, expected, found, remedy)))
    };
    match distinct.len() {
        0 => refuse(
            "at least one pixel with a label (a number above 0)".into(),
            "0 everywhere".into(),
            "Draw a region: 0 is outside, any other number is the label of a region.",
        ),
        1..=MOST_LABELS => Ok(labels),
        count => refuse(
            format!("at most {MOST_LABELS} labels"),
            count.to_string(),
            "Give labels and not grey values, or join regions.",
        ),
    }
}

/// The number of the region that each pixel lies in.
fn numbered(regions: &[Array2<bool>], name: &str, frame: (usize, usize)) -> Result<Array2<u32>> {
    let mut labels = Array2::zeros(frame);
    for (place, region) in regions.iter().enumerate() {
        for (label, _) in labels.iter_mut().zip(region).filter(|(_, inside)| **inside) {
            if *label > 0 {
                let found = format!("number {label} and number {} on the same pixels", place + 1);
                let remedy = "Draw them apart, or analyse each by itself: their rates would be added twice.";
                let expected = "regions that do not overlap";
                return Err(Error::Unsupported(Fault::new(name, expected, found, remedy)));
            }
            *label = u32::try_from(place + 1).unwrap_or(u32::MAX);
        }
    }
    if let Some(empty) = regions.iter().position(|region| !region.iter().any(|&inside| inside)) {
        let (found, remedy) = (format!("number {} beside the frame", empty + 1), "Draw it inside the frame.");
        return Err(Error::Mismatch(Fault::new(name, "regions inside the frame", found, remedy)));
    }
    Ok(labels)
}

/// The picture in `bytes`, whatever its format; another size than `frame` is refused before its pixels are
/// read.
fn read(bytes: &[u8], name: &str, frame: (usize, usize)) -> Result<Picture> {
    if bytes.starts_with(npy::MAGIC) {
        return read_npy(bytes, name, frame);
    }
    #[cfg(feature = "tiff")]
    if super::tiff_read::MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
        return labels_in_tiff::read(std::sync::Arc::new(bytes.to_vec()), name, frame);
    }
    #[cfg(feature = "png")]
    if bytes.starts_with(b"\x89PNG") {
        return read_png(bytes, name, frame);
    }
    let found = if bytes.is_empty() { "an empty file (0 bytes)" } else { "a file of another kind" };
    let expected = "an image of labels as TIFF, NPY or PNG";
    Err(Error::Unsupported(Fault::new(name, expected, found, CONVERT)))
}

fn read_npy(bytes: &[u8], name: &str, frame: (usize, usize)) -> Result<Picture> {
    let header = Header::read(&mut &*bytes, name)?;
    let fault = |found: String| {
        let remedy = "Save it with numpy.save(file, labels.astype('uint16')), of shape (row, column).";
        Error::Unsupported(Fault::new(name, EXPECTED, found, remedy))
    };
    let size = match header.shape[..] {
        [rows, columns] | [1, rows, columns] => (rows, columns),
        _ => return Err(fault(format!("an array of shape {:?}", header.shape))),
    };
    // Masks of NumPy are bytes of 0 and 1.
    let is_mask = header.descr == "|b1";
    let stored = if is_mask {
        Stored { kind: Kind::Unsigned, bytes: 1, big_endian: false }
    } else {
        header.stored(name).map_err(|_| fault(format!("dtype {}", header.descr)))?
    };
    if stored.kind == Kind::Float {
        return Err(fault(stored.to_string()));
    }
    check_size(name, size, frame)?;
    require_room(name, size.0 * size.1)?;
    header.check_held(name, stored, bytes.len() as u64 - header.length)?;
    let pixels = bytes[header.length as usize..].chunks_exact(stored.bytes);
    let labels = as_labels(name, pixels.map(|pixel| stored.integer(pixel)))?;
    if !header.fortran {
        return Ok((size, labels));
    }
    match Array2::from_shape_vec(size.f(), labels) {
        Ok(by_columns) => Ok((size, by_columns.iter().copied().collect())),
        Err(error) => Err(fault(error.to_string())),
    }
}

#[cfg(feature = "png")]
fn read_png(bytes: &[u8], name: &str, frame: (usize, usize)) -> Result<Picture> {
    let length = bytes.len() as u64;
    let (size, stored, pixels) = png_sequence::picture(std::io::Cursor::new(bytes), length, name)?;
    check_size(name, size, frame)?;
    let labels = pixels.chunks_exact(stored.bytes).map(|pixel| stored.integer(pixel));
    Ok((size, as_labels(name, labels)?))
}

#[cfg(test)]
#[cfg(feature = "tiff")]
mod tests {
    use super::*;
    use crate::Calibration;
    use crate::npy::write_header;
    use crate::video::{Frames, write_tiff};
    use ndarray::Array3;
    use std::path::PathBuf;
    use tiff::encoder::{Compression, DeflateLevel, TiffEncoder, colortype};

    fn label((row, column): (usize, usize)) -> u32 {
        [0, 7, 300, 70_000][(row / 3 + 2 * (column / 4)) % 4]
    }

    fn npy(folder: &Path, descr: &str, shape: &str, bytes: &[u8]) -> PathBuf {
        let path = folder.join("labels.npy");
        let mut file = Vec::new();
        write_header(&mut file, descr, shape).unwrap();
        file.extend_from_slice(bytes);
        std::fs::write(&path, file).unwrap();
        path
    }

    /// Catches labels cut to 16 bits, rows taken for columns, and a mask of NumPy refused.
    #[test]
    fn labels_of_every_depth_are_read_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let expected = Array2::from_shape_fn((6, 8), label);
        let values: Vec<u32> = expected.iter().copied().collect();
        let path = folder.path().join("labels.tif");
        for compression in [Compression::Uncompressed, Compression::Deflate(DeflateLevel::Fast)] {
            let mut file = Vec::new();
            let mut encoder =
                TiffEncoder::new(std::io::Cursor::new(&mut file)).unwrap().with_compression(compression);
            encoder.write_image::<colortype::Gray32>(8, 6, &values).unwrap();
            std::fs::write(&path, file).unwrap();
            assert_eq!(read_labels(&path, (6, 8)).unwrap(), expected);
        }
        let small = expected.mapv(|label| (label % 251) as u16);
        let as_u32 = small.mapv(u32::from);
        write_tiff(&path, &Frames::U16(small.clone().insert_axis(ndarray::Axis(0))), Calibration::default())
            .unwrap();
        assert_eq!(read_labels(&path, (6, 8)).unwrap(), as_u32);
        let bytes: Vec<u8> = values.iter().flat_map(|label| i64::from(*label).to_be_bytes()).collect();
        let path = npy(folder.path(), ">i8", "(6, 8)", &bytes);
        assert_eq!(read_labels(&path, (6, 8)).unwrap(), expected);
        let by_columns: Vec<u8> = expected.t().iter().flat_map(|label| label.to_le_bytes()).collect();
        let path = folder.path().join("fortran.npy");
        let head = "{'descr': '<u4', 'fortran_order': True, 'shape': (6, 8), }\n";
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((head.len() as u16).to_le_bytes());
        file.extend(head.bytes().chain(by_columns));
        std::fs::write(&path, file).unwrap();
        assert_eq!(read_labels(&path, (6, 8)).unwrap(), expected);
        let mask: Vec<u8> = values.iter().map(|&label| u8::from(label > 7)).collect();
        let path = npy(folder.path(), "|b1", "(1, 6, 8)", &mask);
        assert_eq!(read_labels(&path, (6, 8)).unwrap(), expected.mapv(|label| u32::from(label > 7)));
    }

    #[cfg(feature = "png")]
    #[test]
    fn a_grey_png_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.png");
        let mut encoder = png::Encoder::new(std::fs::File::create(&path).unwrap(), 4, 2);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Sixteen);
        let pixels: Vec<u8> = [0_u16, 1, 2, 300, 0, 0, 0, 9].iter().flat_map(|p| p.to_be_bytes()).collect();
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        let labels = read_labels(&path, (2, 4)).unwrap();
        assert_eq!(labels, ndarray::array![[0, 1, 2, 300], [0, 0, 0, 9]]);
    }

    /// Two rectangles as Fiji saves them. Catches regions that share a number, and rates counted twice.
    #[cfg(feature = "npz")]
    #[test]
    fn regions_of_imagej_are_numbered() {
        use std::io::Write;
        let roi = |edges: [i16; 4]| {
            let mut bytes = vec![0; 64];
            bytes[..4].copy_from_slice(b"Iout");
            (bytes[5], bytes[6]) = (227, 1);
            for (at, edge) in edges.iter().enumerate() {
                bytes[8 + 2 * at..10 + 2 * at].copy_from_slice(&edge.to_be_bytes());
            }
            bytes
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("RoiSet.zip");
        let write = |second: [i16; 4]| {
            let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
            for (name, edges) in [("left.roi", [0, 0, 2, 1]), ("right.roi", second)] {
                archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                archive.write_all(&roi(edges)).unwrap();
            }
            archive.finish().unwrap();
            read_labels(&path, (2, 3))
        };
        assert_eq!(write([1, 2, 2, 3]).unwrap(), ndarray::array![[1, 0, 0], [1, 0, 2]]);
        assert!(write([0, 0, 1, 3]).unwrap_err().to_string().contains("do not overlap"));
        assert!(write([5, 5, 6, 6]).unwrap_err().to_string().contains("beside the frame"));
    }

    /// Catches grey values, empty masks and wrong sizes that pass for regions, and words that help nobody.
    #[test]
    fn what_is_no_image_of_labels_is_refused_with_its_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let told = |path: &Path| read_labels(path, (6, 8)).unwrap_err().to_string();
        let tif = folder.path().join("labels.tif");
        let write = |frames: Frames| write_tiff(&tif, &frames, Calibration::default()).unwrap();
        write(Frames::F32(Array3::ones((1, 6, 8))));
        assert!(told(&tif).contains("found 32-bit floating-point numbers"), "{}", told(&tif));
        write(Frames::U8(Array3::ones((2, 6, 8))));
        assert!(told(&tif).contains("found 2 or more pages"), "{}", told(&tif));
        write(Frames::U8(Array3::ones((1, 8, 6))));
        let of_size = told(&tif);
        assert!(of_size.contains("expected 6 rows x 8 columns") && of_size.contains("found 8 x 6"));
        write(Frames::U8(Array3::zeros((1, 6, 8))));
        assert!(told(&tif).contains("found 0 everywhere"), "{}", told(&tif));
        let many: Vec<u16> = (0..120 * 100).collect();
        let many = Array3::from_shape_vec((1, 120, 100), many).unwrap();
        write(Frames::U16(many));
        let refusal = read_labels(&tif, (120, 100)).unwrap_err().to_string();
        assert!(refusal.contains("at most 10000 labels, found 11999"), "{refusal}");
        let path = npy(folder.path(), "<f4", "(6, 8)", &[0; 192]);
        assert!(told(&path).contains("floating-point"), "{}", told(&path));
        let path = npy(folder.path(), "<u2", "(2, 6, 8)", &[0; 192]);
        assert!(told(&path).contains("shape [2, 6, 8]"), "{}", told(&path));
        let path = npy(folder.path(), "<i2", "(6, 8)", &[255; 96]);
        assert!(told(&path).contains("the pixel value -1"), "{}", told(&path));
        let path = npy(folder.path(), "<u2", "(6, 8)", &[1; 90]);
        assert!(told(&path).contains("96 bytes"), "{}", told(&path));
        std::fs::write(&tif, "It was a dark and stormy night.").unwrap();
        assert!(told(&tif).contains("another kind"), "{}", told(&tif));
    }

    /// Every byte of a file changed, and every end of it cut off: catches a panic, and damage that is blamed
    /// on the machine.
    #[test]
    fn damage_is_answered_or_refused() {
        let labels: Vec<u32> = (0..48).map(|place| label((place / 8, place % 8))).collect();
        let mut files = Vec::new();
        for compression in [Compression::Uncompressed, Compression::Deflate(DeflateLevel::Fast)] {
            let mut file = Vec::new();
            let mut encoder =
                TiffEncoder::new(std::io::Cursor::new(&mut file)).unwrap().with_compression(compression);
            encoder.write_image::<colortype::Gray32>(8, 6, &labels).unwrap();
            files.push(file);
        }
        let mut array = Vec::new();
        write_header(&mut array, "<u4", "(6, 8)").unwrap();
        array.extend(labels.iter().flat_map(|label| label.to_le_bytes()));
        files.push(array);
        for file in files {
            let answer = |bytes: &[u8]| {
                if let Err(refusal) = read(bytes, "labels", (6, 8)) {
                    assert!(refusal.is_fault_of_input(), "{refusal}");
                }
            };
            for place in 0..file.len() {
                answer(&file[..place]);
                for change in [1, 0x80, 0xFF] {
                    let mut changed = file.clone();
                    changed[place] ^= change;
                    answer(&changed);
                }
            }
        }
    }
}
