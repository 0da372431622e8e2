//! Writes and reads back every format in every depth: pixels, scales and hash must survive.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use cneep_movie::Calibration;
use cneep_movie::video::{
    Axes, Depth, Frames, OpenOptions, Video, open, open_all, open_with, write, write_tiff,
};
use ndarray::{Array3, Array4};
use std::path::Path;

const SCALES: Calibration =
    Calibration { frame_interval: Some(0.043), pixel_size: Some(0.123), exposure: None, readout: None };

fn movies(frames: usize, rows: usize, columns: usize) -> [Frames; 3] {
    let pixel = |(t, y, x): (usize, usize, usize)| (t * 37 + y * 11 + x * 5) as u16;
    let shape = (frames, rows, columns);
    [
        Frames::U8(Array3::from_shape_fn(shape, |at| pixel(at) as u8)),
        Frames::U16(Array3::from_shape_fn(shape, |at| pixel(at).wrapping_mul(257))),
        Frames::F32(Array3::from_shape_fn(shape, |at| f32::from(pixel(at)) / 7.0 - 3.0)),
    ]
}

#[test]
fn every_format_keeps_every_pixel_in_every_depth() {
    let folder = tempfile::tempdir().unwrap();
    for frames in movies(4, 5, 7) {
        let video = Video::new("original", frames, SCALES).unwrap();
        for (file, scales) in [("a.tif", SCALES), ("a.npz", SCALES), ("a.npy", Calibration::default())] {
            let path = folder.path().join(file);
            video.write(&path).unwrap();
            let back = Video::open(&path).unwrap();
            assert_eq!(back.frames(), video.frames(), "{file}");
            assert_eq!(back.calibration(), scales, "{file}");
            assert_eq!(back.hash().unwrap(), video.hash().unwrap(), "{file}");
            assert_eq!(back.cautions(), [], "{file}");
        }
        let path = folder.path().join(format!("frames_{}", video.frames().depth()));
        if let Frames::F32(_) = video.frames() {
            assert!(video.write(&path).unwrap_err().to_string().contains("TIFF, NPY or NPZ"));
        } else {
            video.write(&path).unwrap();
            assert_eq!(Video::open(&path).unwrap().frames(), video.frames());
            assert!(video.write(&path).unwrap_err().to_string().contains("an empty folder"), "no mixing");
        }
    }
}

#[test]
fn several_movies_share_one_array() {
    let folder = tempfile::tempdir().unwrap();
    let videos: Vec<Video> = movies(6, 5, 7)[1..2]
        .iter()
        .flat_map(|f| [f.part(0..3).unwrap(), f.part(3..6).unwrap()])
        .map(|frames| Video::new("m", frames, SCALES).unwrap())
        .collect();
    for file in ["m.npz", "m.npy"] {
        let path = folder.path().join(file);
        write(&path, &videos).unwrap();
        // An archive says itself what its axes are.
        let axes = file.ends_with("npy").then(|| Axes::parse("MTYX").unwrap());
        let back = open_with(&path, &OpenOptions::default().axes(axes)).unwrap();
        assert_eq!(back.len(), 2);
        assert!(back.iter().zip(&videos).all(|(a, b)| a.frames() == b.frames()));
        assert!(back[1].name().ends_with(&format!("{file}[1]")), "{}", back[1].name());
    }
    let error = Video::open(folder.path().join("m.npz")).unwrap_err().to_string();
    assert!(error.contains("one movie, found 2 movies. Use video::open"), "{error}");
    assert!(write(&folder.path().join("m.tif"), &videos).is_err());
}

#[test]
fn a_mean_map_is_written_as_one_picture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.tif");
    write_tiff(&path, &Frames::F32(Array3::from_elem((1, 3, 4), -0.5)), SCALES).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let text = b"ImageJ=1.54f\nunit=um\nfinterval=0.043\nmin=-0.5\nmax=-0.5\n\0";
    assert!(bytes.windows(text.len()).any(|window| window == text));
    assert!(open(&path).unwrap_err().to_string().contains("at least 2 frames, found 1"));
}

/// Where several images are described, Fiji and tifffile follow the first directory alone: a writer that
/// interleaves directories and pixels would show them shifted by the size of a directory per frame.
#[test]
fn pixels_of_a_written_stack_lie_in_one_piece() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let pixels = Array3::from_shape_fn((3, 4, 5), |(t, y, x)| (60 * t + 5 * y + x) as u8);
    write_tiff(&path, &Frames::U8(pixels.clone()), SCALES).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let wanted = pixels.as_slice().unwrap();
    assert!(bytes.windows(wanted.len()).any(|window| window == wanted));
}

fn npy(path: &Path, descr: &str, fortran: &str, shape: &str, pixels: &[u8]) {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(pixels);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn fortran_order_and_stated_axes_give_the_same_movie() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let movie = Array4::from_shape_fn((2, 3, 5, 6), |(m, t, y, x)| (m * 90 + t * 30 + y * 6 + x) as u8);
    let expected: Vec<_> = movie.outer_iter().map(|movie| Frames::U8(movie.to_owned())).collect();
    let check = |letters: &str| {
        let options = OpenOptions::default().axes(Axes::parse(letters).unwrap());
        let videos = open_with(&path, &options).unwrap();
        assert!(videos.iter().map(Video::frames).eq(&expected), "{letters}");
    };
    let in_order = |order: [usize; 4]| movie.view().permuted_axes(order).iter().copied().collect::<Vec<u8>>();
    npy(&path, "|u1", "False", "(2, 3, 5, 6)", &in_order([0, 1, 2, 3]));
    check("MTYX");
    npy(&path, "|u1", "True", "(2, 3, 5, 6)", &in_order([3, 2, 1, 0]));
    check("MTYX");
    npy(&path, "|u1", "False", "(5, 6, 3, 2)", &in_order([2, 3, 1, 0]));
    check("YXTM");
    npy(&path, "|u1", "True", "(5, 6, 3, 2)", &in_order([0, 1, 3, 2]));
    check("YXTM");
}

#[test]
fn wide_numbers_are_kept_with_a_caution() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let doubles: Vec<u8> = (0..12).flat_map(|i| (f64::from(i) * 0.1).to_le_bytes()).collect();
    npy(&path, "<f8", "False", "(3, 2, 2)", &doubles);
    let video = Video::open(&path).unwrap();
    assert_eq!(video.frames().frame(2).unwrap()[[1, 1]], 1.1);
    assert!(video.cautions()[0].message().contains("rounded to 32 bits"));
    let integers = |first: i64| (0..12).flat_map(|i| (first + i).to_be_bytes()).collect::<Vec<u8>>();
    npy(&path, ">i8", "False", "(3, 2, 2)", &integers(65_524));
    let video = Video::open(&path).unwrap();
    assert_eq!((video.frames().frame(2).unwrap()[[1, 1]], video.cautions().len()), (65_535.0, 1));
    npy(&path, ">i8", "False", "(3, 2, 2)", &integers(65_525));
    let video = Video::open(&path).unwrap();
    assert_eq!((video.frames().depth(), video.frames().frame(2).unwrap()[[1, 1]]), (Depth::F32, 65_536.0));
    assert!(
        video.cautions()[0].message().contains("64-bit signed integers were kept as 32-bit floating point")
    );
}

#[test]
fn movies_of_one_analysis_share_a_frame_size_and_say_where_they_differ() {
    let folder = tempfile::tempdir().unwrap();
    let save = |file: &str, frames: &Frames, frame_interval: Option<f64>| {
        let path = folder.path().join(file);
        let calibration = Calibration { frame_interval, ..Calibration::default() };
        Video::new(file, frames.clone(), calibration).unwrap().write(&path).unwrap();
        path
    };
    let [small, deep, _] = movies(3, 5, 7);
    let [large, ..] = movies(3, 6, 7);
    let a = save("a.tif", &small, Some(0.1));
    let b = save("b.npz", &deep, None);
    let c = save("c.npy", &large, None);
    let videos = open_all(&[&a, &b], &OpenOptions::default()).unwrap();
    let messages: Vec<_> = videos[1].cautions().iter().map(cneep_movie::Caution::message).collect();
    assert!(messages[0].contains("pixels are u16") && messages[0].contains("a.tif u8"), "{messages:?}");
    assert!(
        messages[1].contains("frame interval is not known") && messages[1].contains("0.1 s"),
        "{messages:?}"
    );
    let stated = OpenOptions::default().frame_interval(0.2);
    let videos = open_all(&[&a, &b], &stated).unwrap();
    assert!(videos.iter().all(|video| video.calibration().frame_interval == Some(0.2)));
    assert!(videos[0].cautions()[0].message().contains("stated as 0.2 s; the file says 0.1 s"));
    let error = open_all(&[a, c], &OpenOptions::default()).unwrap_err().to_string();
    assert!(error.contains("c.npy") && error.contains("5 x 7") && error.contains("a.tif"), "{error}");
    assert!(open_all::<&Path>(&[], &OpenOptions::default()).is_err());
    let negative = OpenOptions::default().frame_interval(-1.0);
    assert!(
        open_with(&b, &negative).unwrap_err().to_string().contains("a frame interval of 1e-12 to 1e12 s")
    );
}
