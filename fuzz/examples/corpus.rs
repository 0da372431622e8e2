//! Writes the corpus that each target starts from: small files of every kind that is read.

use cneep_fuzz::{FRAME, runs};
use cneep_movie::video::{self, Frames, Video};
use cneep_movie::{Calibration, npy};
use cneep_sim::Truth;
use ndarray::{Array2, Array3};
use std::io::{Cursor, Write};
use std::path::Path;
use tiff::encoder::{Compression, DeflateLevel, TiffEncoder, colortype};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let keep = |target: &str, name: &str, bytes: &[u8]| -> std::io::Result<()> {
        std::fs::create_dir_all(root.join(target))?;
        std::fs::write(root.join(target).join(name), bytes)
    };
    let scratch = tempfile::tempdir()?;
    let file = |name: &str| scratch.path().join(name);
    let scales = Calibration {
        frame_interval: Some(0.1),
        pixel_size: Some(0.2),
        exposure: Some(0.5),
        ..Calibration::default()
    };
    let (rows, columns) = FRAME;
    let count = |(t, r, c): (usize, usize, usize)| t * 20 + r * 5 + c;
    let counts = Array3::from_shape_fn((3, rows, columns), count);
    for (name, frames) in [
        ("u8", Frames::U8(counts.mapv(|count| count as u8))),
        ("u16", Frames::U16(counts.mapv(|count| count as u16 * 99))),
        ("f32", Frames::F32(counts.mapv(|count| count as f32 / 7.0))),
    ] {
        let movie = Video::new("movie", frames, scales)?;
        for format in ["tif", "npy", "npz"] {
            let path = file(&format!("{name}.{format}"));
            movie.write(&path)?;
            let target = if format == "tif" { "tiff" } else { format };
            keep(target, name, &std::fs::read(&path)?)?;
        }
        if name != "f32" {
            let folder = file(&format!("png_{name}"));
            movie.write(&folder)?;
            keep("png", name, &std::fs::read(folder.join("frame_00001.png"))?)?;
        }
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/cneep-movie/tests/data");
    for (target, name) in [
        ("mp4", "bead.mp4"),
        ("mp4", "bead_10_bit.mp4"),
        ("hdf5", "big_endian.h5"),
        ("hdf5", "latest.h5"),
        ("hdf5", "labels.h5"),
        ("hdf5", "matlab.mat"),
    ] {
        keep(target, name, &std::fs::read(data.join(name))?)?;
    }
    let labels = counts.mapv(|count| count as u16 % 4).slice_move(ndarray::s![..1, .., ..]);
    video::write_tiff(&file("labels.tif"), &Frames::U16(labels), scales)?;
    keep("labels", "tiff", &std::fs::read(file("labels.tif"))?)?;
    keep("labels", "png", &std::fs::read(file("png_u8").join("frame_00001.png"))?)?;
    let mut mask = Vec::new();
    npy::write_header(&mut mask, "|b1", &format!("({rows}, {columns})"))?;
    mask.extend((0..rows * columns).map(|place| u8::from(place % 3 == 0)));
    keep("labels", "npy", &mask)?;
    for (name, compression) in [
        ("deflate", Compression::Deflate(DeflateLevel::Balanced)),
        ("lzw", Compression::Lzw),
        ("packbits", Compression::Packbits),
    ] {
        keep("tiff", name, &compressed(compression, &counts, false)?)?;
        keep("tiff", &format!("big_{name}"), &compressed(compression, &counts, true)?)?;
    }
    // The header that NumPy writes for other orders and types.
    for (name, descr, shape, bytes) in [
        ("f8_big", ">f8", "(2, 2, 3)", 8 * 12),
        ("i8_fortran", "<i8", "(2, 2, 2, 3)", 8 * 24),
        ("u4", "<u4", "(5, 2, 3)", 4 * 30),
    ] {
        let mut array = Vec::new();
        npy::write_header(&mut array, descr, shape)?;
        array.extend(std::iter::repeat_n(0, bytes));
        if name.ends_with("fortran") {
            let at = array.windows(5).position(|word| word == b"False").ok_or("a header")?;
            array[at..at + 5].copy_from_slice(b"True ");
        }
        keep("npy", name, &array)?;
        keep("npz", &format!("deflated_{name}"), &deflated(&array)?)?;
    }
    let truth = Truth {
        trajectory: Array3::from_elem((2, 4, 3), 0.5),
        entropy_production: Array2::from_elem((2, 3), 0.25),
        local_entropy_production: Array3::from_elem((2, 3, 2), 0.125),
        frame_interval: 0.01,
        exact_rate: Some(2.0),
        exact_local_rate: Some(vec![1.5, 0.5]),
        part_places: Some(vec![[9.5, 9.5], [29.5, 9.5]]),
        exact_density: None,
    };
    truth.write(&file("truth.npz"))?;
    keep("truth", "truth", &std::fs::read(file("truth.npz"))?)?;
    for run in runs(scratch.path()) {
        let name = run.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (target, of) in
            [("settings", "settings.toml"), ("record", "record.json"), ("weights", "best.safetensors")]
        {
            if let Ok(bytes) = std::fs::read(run.join(of)) {
                keep(target, &name, &bytes)?;
            }
        }
    }
    Ok(())
}

/// A stack of compressed pages.
fn compressed(
    compression: Compression,
    counts: &Array3<usize>,
    big: bool,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut bytes = Cursor::new(Vec::new());
    let (frames, rows, columns) = counts.dim();
    let page = |frame: usize| -> Vec<u16> {
        counts.index_axis(ndarray::Axis(0), frame).iter().map(|&count| count as u16).collect()
    };
    if big {
        let mut encoder = TiffEncoder::new_big(&mut bytes)?.with_compression(compression);
        for frame in 0..frames {
            encoder.write_image::<colortype::Gray16>(columns as u32, rows as u32, &page(frame))?;
        }
    } else {
        let mut encoder = TiffEncoder::new(&mut bytes)?.with_compression(compression);
        for frame in 0..frames {
            encoder.write_image::<colortype::Gray16>(columns as u32, rows as u32, &page(frame))?;
        }
    }
    Ok(bytes.into_inner())
}

/// An archive with one deflated array.
fn deflated(array: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    archive.start_file("frames.npy", options)?;
    archive.write_all(array)?;
    Ok(archive.finish()?.into_inner())
}
