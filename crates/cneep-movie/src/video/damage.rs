//! Damages movies of every format: no reader may panic, nor pass a part of a movie for the whole.

use super::frames::Frames;
use super::movie::Video;
use super::options::OpenOptions;
use super::{npy, npz, tiff_read};
use crate::error::Result;
use crate::units::Calibration;
use ndarray::Array3;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::Cursor;
use std::sync::Arc;

type Reader = fn(Cursor<Vec<u8>>, &str, &OpenOptions) -> Result<Vec<Video>>;

/// Byte flips tried on each movie.
const FLIPS: usize = 3000;

fn movies() -> Vec<(&'static str, Reader, Vec<u8>)> {
    macro_rules! tiff {
        ($($name:literal),*) => {
            vec![$((
                $name,
                (|reader: Cursor<Vec<u8>>, name: &str, options: &OpenOptions| {
                    tiff_read::read(Arc::new(reader.into_inner()), name, None, options)
                }) as Reader,
                include_bytes!(concat!("../../tests/movies/", $name)).to_vec(),
            )),*]
        };
    }
    let mut movies = tiff!(
        "imagej_big_endian_u16.tif",
        "imagej_one_page_f32.tif",
        "ome_u8.tif",
        "tifffile_deflate_u16.tif",
        "bigtiff_u8.tif",
        "tiled_u8.tif",
        "plain_u8.tif"
    );
    let frames = Frames::U16(Array3::from_shape_fn((3, 4, 5), |(t, y, x)| (t * 20 + y * 5 + x) as u16));
    let calibration = Calibration { frame_interval: Some(0.1), ..Calibration::default() };
    let video = [Video::new("a", frames, calibration).unwrap()];
    let mut array = Vec::new();
    npy::write(&mut array, &video, false).unwrap();
    let mut archive = Cursor::new(Vec::new());
    npz::write(&mut archive, &video).unwrap();
    movies.push(("npy", npy::read, array));
    movies.push(("npz", npz::read, archive.into_inner()));
    movies
}

fn read(reader: Reader, bytes: &[u8]) -> Result<Vec<Video>> {
    reader(Cursor::new(bytes.to_vec()), "damaged", &OpenOptions::default())
}

#[test]
fn a_cut_movie_is_refused_wherever_it_is_cut() {
    for (name, reader, bytes) in movies() {
        let whole = read(reader, &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        for length in 0..bytes.len() {
            if let Ok(videos) = read(reader, &bytes[..length]) {
                // Only what lies behind the pixels may be missing; a plain stack may not lose a page either.
                assert_eq!(videos[0].frames(), whole[0].frames(), "{name} cut to {length} bytes");
            }
        }
    }
}

#[test]
fn no_flipped_byte_makes_a_reader_panic() {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    for (_, reader, bytes) in movies() {
        for _ in 0..FLIPS {
            let mut damaged = bytes.clone();
            for _ in 0..generator.random_range(1..4) {
                let at = generator.random_range(0..damaged.len());
                damaged[at] = generator.random();
            }
            if let Ok(videos) = read(reader, &damaged) {
                assert!(videos.iter().all(|video| video.frames().count() >= 2));
            }
        }
    }
}
