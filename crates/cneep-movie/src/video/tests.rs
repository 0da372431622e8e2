//! Pins that a movie whose frames stay in its file gives the same bits as in memory, or an error, and nothing
//! else.

use super::axes::Axes;
use super::frames::Frames;
use super::movie::Video;
use super::open::caution_of_size;
use super::options::OpenOptions;
use super::selection::Selection;
use super::{health, inspect, open, open_with, write};
use crate::error::{Error, Result};
use crate::npy::write_header;
use crate::units::Calibration;
use ndarray::Array3;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A wave that travels to the right over a grainy ground.
fn wave((frame, row, column): (usize, usize, usize)) -> f64 {
    let grain = (frame * 7919 + row * 104_729 + column * 1_299_709) % 23;
    100.0 + 60.0 * (column as f64 * 0.6 - frame as f64 * 0.8 + row as f64 * 0.05).sin() + grain as f64
}

/// Four axes are stated.
fn options(path: &Path) -> OpenOptions {
    let movies = path.file_stem().unwrap().to_string_lossy().ends_with("_true");
    OpenOptions::default().axes(movies.then(|| Axes::parse("MTYX").unwrap()))
}

fn in_file(path: &Path) -> Result<Vec<Video>> {
    open_with(path, &options(path).memory_limit(0))
}

/// The movies of `path` from memory and from the file.
fn both(path: &Path) -> (Vec<Video>, Vec<Video>) {
    let (memory, file) = (open_with(path, &options(path)).unwrap(), in_file(path).unwrap());
    assert!(memory.iter().all(|video| !matches!(video.frames(), Frames::File(_))));
    assert!(file.iter().all(|video| matches!(video.frames(), Frames::File(_))));
    (memory, file)
}

/// Plain pages and packed ones: catches pages of a TIFF that are held in memory however many they are, frames
/// in another order on disk or at a wrong place, and packed pages that are taken for pixels.
#[test]
fn a_tiff_larger_than_its_room_stays_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let counts = Array3::from_shape_fn((60, 5, 9), wave);
    let all = [
        Frames::U8(counts.mapv(|p| p as u8)),
        Frames::U16(counts.mapv(|p| (200.0 * p) as u16)),
        Frames::F32(counts.mapv(|p| p as f32 / 7.0)),
    ];
    for (number, frames) in all.into_iter().enumerate() {
        let path = folder.path().join(format!("{number}.tif"));
        write(&path, &[Video::new("a", frames, Calibration::default()).unwrap()]).unwrap();
        let plain = std::fs::read(&path).unwrap();
        let (memory, file) = both(&path);
        assert_eq!(memory, file);
        assert_eq!(memory[0].hash().unwrap(), file[0].hash().unwrap());
        assert_eq!(memory[0].frames().part(3..9).unwrap(), file[0].frames().part(3..9).unwrap());
        // A part is read from where it stands.
        let crop = Selection { crop: Some([1, 0, 4, 3]), ..Selection::default() };
        let part = open_with(&path, &OpenOptions::default().selection(crop.clone())).unwrap();
        assert_eq!(part[0].frames(), memory[0].clone().selected(&crop, u64::MAX).unwrap().frames());
        // What plain pages leave in their file is seen there.
        std::fs::write(&path, vec![0; plain.len()]).unwrap();
        assert!(file[0].frames().frame(7).unwrap().iter().all(|pixel| *pixel == 0.0));
    }
}

/// Saves numbers of type `descr`, shape (2, 30, 5, 9) or (60, 5, 9).
fn save<const N: usize>(folder: &Path, descr: &str, movies: bool, number: fn(f64) -> [u8; N]) -> PathBuf {
    let path = folder.join(format!("movie_{}_{movies}.npy", descr.replace(['<', '>', '|'], "")));
    let mut file = std::fs::File::create(&path).unwrap();
    write_header(&mut file, descr, if movies { "(2, 30, 5, 9)" } else { "(60, 5, 9)" }).unwrap();
    let pixels = Array3::from_shape_fn((60, 5, 9), wave);
    let bytes: Vec<u8> = pixels.iter().flat_map(|&pixel| number(pixel)).collect();
    file.write_all(&bytes).unwrap();
    path
}

fn save_all(folder: &Path, movies: bool) -> [PathBuf; 6] {
    [
        save(folder, "|u1", movies, |p| [p as u8]),
        save(folder, "<u2", movies, |p| ((200.0 * p) as u16).to_le_bytes()),
        save(folder, ">u2", movies, |p| ((200.0 * p) as u16).to_be_bytes()),
        save(folder, ">i4", movies, |p| ((200.0 * p) as i32).to_be_bytes()),
        save(folder, "<f4", movies, |p| (p as f32 / 7.0 - 3.0).to_le_bytes()),
        save(folder, "<f8", movies, |p| (p / 7.0 - 3.0).to_le_bytes()),
    ]
}

#[test]
fn frames_in_a_file_are_those_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    for path in [false, true].into_iter().flat_map(|movies| save_all(folder.path(), movies)) {
        let (memory, file) = both(&path);
        assert_eq!(memory, file, "{}", path.display());
        for (memory, file) in memory.iter().zip(&file) {
            assert_eq!(memory.hash().unwrap(), file.hash().unwrap());
            assert_eq!(inspect(memory).unwrap(), inspect(file).unwrap());
            assert_eq!(memory.frames().frame(7).unwrap(), file.frames().frame(7).unwrap());
            assert_eq!(memory.frames().part(3..9).unwrap(), file.frames().part(3..9).unwrap());
            for (memory, file) in memory.thinned(3).unwrap().iter().zip(&file.thinned(3).unwrap()) {
                assert!(matches!(file.frames(), Frames::File(_)));
                assert_eq!(memory.thinned(2).unwrap(), file.thinned(2).unwrap());
            }
            let mut darker = Array3::from_shape_fn(memory.frames().shape(), |_| 0_u8);
            darker[[0, 0, 0]] = 1;
            assert_ne!(*file.frames(), Frames::U8(darker));
        }
    }
}

#[test]
fn movies_in_a_file_are_written_as_those_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    for path in save_all(folder.path(), false) {
        let (memory, file) = both(&path);
        for extension in ["tif", "npy", "npz"] {
            let written = |videos: &[Video], name: &str| {
                let path = folder.path().join(name).with_extension(extension);
                write(&path, videos).unwrap();
                std::fs::read(path).unwrap()
            };
            assert!(written(&memory, "a") == written(&file, "b"), "{} as {extension}", path.display());
        }
    }
}

#[test]
fn blocks_are_cut_out_whether_rows_are_read_whole_or_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.npy");
    let pixels = Array3::from_shape_fn((2, 4, 5000), |at| (200.0 * wave(at)) as u16);
    Video::new("wide", Frames::U16(pixels.clone()), Calibration::default()).unwrap().write(&path).unwrap();
    let file = in_file(&path).unwrap();
    for columns in [0..5000, 3..4990, 4000..4017] {
        let part = pixels.slice(ndarray::s![1, 1..3, columns.clone()]);
        let mut block = vec![0.0; part.len()];
        file[0].frames().read_block(1, 1..3, columns, &mut block).unwrap();
        assert!(block.iter().zip(part).all(|(read, &pixel)| *read == f32::from(pixel)));
    }
}

/// Blocks of a movie by the plain definition, pixel by pixel.
fn naive_block(pixels: &Array3<f32>, frame: usize, rows: Range<usize>, columns: Range<usize>) -> Vec<u32> {
    let places = rows.flat_map(|row| columns.clone().map(move |column| [frame, row, column]));
    places.map(|place| pixels[place].to_bits()).collect()
}

/// Catches a stride of the wrong axis, a fast path that begins at the wrong row, and a conversion that is not
/// exact.
#[test]
fn every_kind_of_frames_gives_the_blocks_of_the_plain_definition() {
    let folder = tempfile::tempdir().unwrap();
    let counts = Array3::from_shape_fn((60, 5, 9), |at| (200.0 * wave(at)) as u16);
    let singles = Array3::from_shape_fn((60, 5, 9), |at| wave(at) as f32 / 7.0 - 3.0);
    let transposed = singles.view().permuted_axes([0, 2, 1]).as_standard_layout().into_owned();
    let mut movies = vec![
        (Frames::U8(counts.mapv(|count| count as u8)), counts.mapv(|count| f32::from(count as u8))),
        (Frames::U16(counts.clone()), counts.mapv(f32::from)),
        (Frames::F32(singles.clone()), singles.clone()),
        (Frames::F32(transposed.permuted_axes([0, 2, 1])), singles),
    ];
    for path in save_all(folder.path(), false) {
        let (memory, file) = both(&path);
        let plain = match memory[0].frames() {
            Frames::U8(pixels) => pixels.mapv(f32::from),
            Frames::U16(pixels) => pixels.mapv(f32::from),
            Frames::F32(pixels) => pixels.clone(),
            Frames::File(_) => unreachable!("it was asked for in memory"),
        };
        movies.push((file[0].frames().clone(), plain));
    }
    let blocks = [(0..5, 0..9), (1..4, 0..9), (2..4, 3..8), (4..5, 8..9), (2..2, 0..9), (0..5, 4..4)];
    for (frames, plain) in &movies {
        for frame in [0, 7, 59] {
            for (rows, columns) in blocks.clone() {
                let mut block = vec![f32::NAN; rows.len() * columns.len()];
                frames.read_block(frame, rows.clone(), columns.clone(), &mut block).unwrap();
                let bits: Vec<u32> = block.iter().map(|pixel| pixel.to_bits()).collect();
                assert_eq!(bits, naive_block(plain, frame, rows, columns), "{}", frames.depth());
            }
            let whole = frames.frame(frame).unwrap();
            assert_eq!(whole, plain.index_axis(ndarray::Axis(0), frame));
            let mut visited = Vec::new();
            frames.for_each_pixel(frame, |pixel| visited.push(pixel)).unwrap();
            assert!(visited.iter().eq(&whole));
        }
    }
}

/// Catches a reader that panics, or passes zeros for what can no longer be read.
#[test]
fn a_file_cut_short_after_it_was_opened_is_an_error_to_all_that_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "<u2", false, |p| ((200.0 * p) as u16).to_le_bytes());
    let (memory, file) = both(&path);
    std::fs::File::options().write(true).open(&path).unwrap().set_len(2000).unwrap();
    let frames = file[0].frames();
    let refused = [
        frames.read_block(59, 0..5, 0..9, &mut [0.0; 45]).err(),
        frames.frame(59).err(),
        frames.part(50..60).err(),
        frames.for_each_pixel(59, |_| {}).err(),
        frames.same_pixels(memory[0].frames()).err(),
        file[0].hash().err(),
        inspect(&file[0]).err(),
        health(&file).err(),
        file[0].write(folder.path().join("a.tif")).err(),
        file[0].write(folder.path().join("a.npy")).err(),
        file[0].write(folder.path().join("a.npz")).err(),
        file[0].write(folder.path().join("a")).err(),
    ];
    for error in refused {
        let error = error.unwrap();
        assert!(matches!(error, Error::Format(_)) && error.to_string().contains("was cut short"), "{error}");
    }
    assert_ne!(memory[0], file[0]);
    assert!(frames.frame(0).is_ok());
}

#[test]
fn pixels_that_are_not_kept_are_refused_when_the_file_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let spoilt = |p: f64| (if p > 180.0 { f32::NAN } else { p as f32 }).to_le_bytes();
    let path = save(folder.path(), "<f4", false, spoilt);
    let [from_file, from_memory] =
        [in_file(&path), open(&path)].map(|refused| refused.unwrap_err().to_string());
    assert_eq!(from_file, from_memory);
    let path = save(folder.path(), "<i2", false, |p| (p as i16 - 100).to_le_bytes());
    let error = in_file(&path).unwrap_err().to_string();
    assert!(error.contains("expected counts within 0..=65535, found the pixel value -"), "{error}");
}

#[test]
fn a_large_movie_in_memory_is_told_how_to_stay_in_its_file() {
    let pixels = Frames::U16(Array3::zeros((3, 4, 5)));
    let videos = [Video::new("a.tif", pixels, Calibration::default()).unwrap()];
    assert_eq!(caution_of_size(&videos, "a.tif", 120), None);
    let caution = caution_of_size(&videos, "a.tif", 119).unwrap();
    assert!(caution.remedy().contains("numpy.save"), "{caution:?}");
}

#[test]
fn arrays_in_another_order_are_read_into_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "|u1", false, |p| [p as u8]);
    let options = OpenOptions::default().axes("YXT".parse::<Axes>().unwrap());
    let none = options.clone().memory_limit(0);
    let read = open_with(&path, &none).unwrap();
    assert_eq!(read, open_with(&path, &options).unwrap());
    assert!(matches!(read[0].frames(), Frames::U8(_)));
}
