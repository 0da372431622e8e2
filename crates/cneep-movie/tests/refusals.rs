//! Refuses what is no movie, and says what was expected, what was found and what to do.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use cneep_movie::Caution;
use cneep_movie::error::Error;
use cneep_movie::video::{Axes, OpenOptions, Video, open, open_with};
use std::io::Write;
use std::path::{Path, PathBuf};

fn refusal(path: &Path) -> String {
    open(path).expect_err("no movie").to_string()
}

fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/movies").join(name)).unwrap()
}

fn grey(columns: u32, rows: u32, depth: png::BitDepth, value: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, columns, rows);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(depth);
    let mut picture = encoder.write_header().unwrap();
    picture.write_image_data(&vec![value; (columns * rows) as usize * depth as usize / 8]).unwrap();
    picture.finish().unwrap();
    bytes
}

#[test]
fn files_of_other_kinds_name_the_way_round() {
    let folder = tempfile::tempdir().unwrap();
    let missing = open(&folder.path().join("missing.tif")).unwrap_err();
    assert!(matches!(missing, Error::Io { .. }) && missing.is_fault_of_input());
    for name in ["a.tif", "a.npy", "a.npz", "a.xyz"] {
        assert!(
            refusal(&file(&folder, name, b"")).contains("expected a movie, found an empty file (0 bytes)")
        );
    }
    for (name, bytes) in
        [("a.avi", &b"RIFF\0\0\0\0AVI "[..]), ("a.mp4", b"\0\0\0 ftypisom"), ("a.gif", b"GIF89a")]
    {
        let error = open(&file(&folder, name, bytes)).unwrap_err();
        assert!(matches!(error, Error::Format(_)), "{error}");
    }
    for name in ["a.nd2", "a.czi", "a.lif", "noextension"] {
        let error = open(&file(&folder, name, b"something else")).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)) && error.to_string().contains("Fiji"), "{error}");
    }
    let relative = refusal(&file(&folder, "a.lsm", &fixture("plain_u8.tif")));
    assert!(relative.contains("found a .lsm file"), "{relative}");
    let single = refusal(&file(&folder, "a.png", &grey(2, 2, png::BitDepth::Eight, 0)));
    assert!(single.contains("a single PNG picture. Give the folder that holds all frames"), "{single}");
    assert!(refusal(&file(&folder, "b.npy", b"not an array")).contains("expected a NPY file, found another"));
}

#[test]
fn a_lying_extension_is_read_by_content_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "a.npy", &fixture("imagej_big_endian_u16.tif"));
    let video = Video::open(&path).unwrap();
    assert_eq!(video.frames().shape(), (3, 2, 3));
    assert!(video.cautions()[0].message().contains("holds TIFF whatever its extension"));
    assert_eq!(video.cautions()[0].remedy(), "Rename it to .tif.");
}

#[test]
fn a_cut_tiff_names_the_page_and_the_count() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fixture("imagej_one_page_f32.tif");
    let error = refusal(&file(&folder, "cut.tif", &whole[..whole.len() - 1]));
    assert!(error.contains("3 frames x 1 slices x 1 channels, as its description says"), "{error}");
    assert!(error.contains("2 whole frames; page 3 is cut or missing"), "{error}");

    let mut offsets_of_data = whole.clone();
    offsets_of_data.truncate(20);
    let error = refusal(&file(&folder, "head.tif", &offsets_of_data));
    assert!(error.contains("expected page 1 whole, found a file that ends within it"), "{error}");

    // Eight pages whose seventh claims pixels beyond the end of the file.
    let path = folder.path().join("eight.tif");
    let frames = cneep_movie::video::Frames::U8(ndarray::Array3::from_elem((8, 4, 4), 7));
    cneep_movie::video::write_tiff(&path, &frames, cneep_movie::Calibration::default()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let seventh = (8_u32 + 6 * 16).to_le_bytes();
    let entry = [&[0x11, 0x01, 4, 0, 1, 0, 0, 0][..], &seventh].concat();
    let at = bytes.windows(12).position(|window| window == entry).expect("a StripOffsets entry");
    bytes[at + 8..at + 12].copy_from_slice(&1_000_000_u32.to_le_bytes());
    let error = refusal(&file(&folder, "eight_cut.tif", &bytes));
    assert!(error.contains("expected page 7 of 8 whole, found a file that ends within it"), "{error}");
}

#[test]
fn arrays_of_the_wrong_shape_length_or_type_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let npy = |descr: &str, shape: &str, bytes: usize| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let head = [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes()]
            .concat();
        refusal(&file(&folder, "a.npy", &[head, vec![0; bytes]].concat()))
    };
    assert!(npy("|u1", "(4, 5)", 20).contains("(frame, row, column)"));
    assert!(npy("|u1", "(1, 4, 5)", 20).contains("at least 2 frames, found 1"));
    assert!(
        npy("|u1", "(2, 4, 5)", 39).contains("expected 40 bytes of pixels for the shape [2, 4, 5], found 39")
    );
    assert!(npy("|u1", "(2, 4, 5)", 41).contains("found 41"), "several arrays in one file");
    assert!(npy("|u1", "(4294967296, 4294967296, 4294967296)", 8).contains("more than a file can hold"));
    assert!(npy("<f4", "(1000000000, 1000, 1000)", 8).contains("found 8"));
    assert!(npy("|u1", "(9223372036854775807, 0, 5)", 0).contains("at least one movie with pixels"));
    assert!(npy("|u1", "(2, 4, 5, 3)", 120).contains("looks like colour"));
    for (descr, remedy) in [
        ("<c8", "numpy.abs(frames)"),
        ("|O", "numpy.stack"),
        ("<U4", "array of frames"),
        ("", "astype('float32')"),
    ] {
        assert!(npy(descr, "(2, 4, 5)", 40).contains(remedy), "{descr}");
    }
    assert!(npy("|u1", "(20, 5, 4, 6)", 2400).contains("State the axes: MTYX"));
    let nan = [1.0_f32, f32::NAN].iter().cycle().take(16).flat_map(|p| p.to_le_bytes()).collect::<Vec<u8>>();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4, 2), }\n";
    let head =
        [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
    let error = refusal(&file(&folder, "nan.npy", &[head, nan].concat()));
    assert!(
        error.contains("nan.npy: expected finite pixels, found NaN at frame 0, row 0, column 1"),
        "{error}"
    );
}

#[test]
fn an_archive_without_one_clear_movie_lists_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for key in ["left", "right"] {
        archive.start_file(format!("{key}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4, 5), }\n";
        archive.write_all(b"\x93NUMPY\x01\x00").unwrap();
        archive.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
        archive.write_all(header.as_bytes()).unwrap();
        archive.write_all(&[7; 40]).unwrap();
    }
    archive.finish().unwrap();
    let error = refusal(&path);
    assert!(error.contains("found left [2, 4, 5], right [2, 4, 5]. Save with numpy.savez"), "{error}");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    assert!(refusal(&file(&folder, "cut.npz", &bytes)).contains("expected a whole NPZ archive"));
}

#[test]
fn a_folder_of_frames_is_read_in_natural_order_and_told_apart_from_a_heap() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        refusal(folder.path()).contains("a folder with frames as PNG, JPEG or TIFF, found an empty folder")
    );
    for number in [10_u8, 2, 1] {
        file(&folder, &format!("img{number}.PNG"), &grey(3, 2, png::BitDepth::Sixteen, number));
    }
    file(&folder, "notes.txt", b"hello");
    file(&folder, "._img1.png", b"left by a Mac");
    let video = Video::open(folder.path()).unwrap();
    let firsts: Vec<f32> = (0..3).map(|index| video.frames().frame(index).unwrap()[[0, 0]]).collect();
    assert_eq!(firsts, [257.0, 514.0, 2570.0]);
    let messages: Vec<_> = video.cautions().iter().map(Caution::message).collect();
    assert_eq!(messages[1], "1 other files were ignored: notes.txt.");
    assert_eq!(messages[0], "frame numbers are not evenly spaced: img2.PNG is followed by img10.PNG.");
    let error = {
        file(&folder, "img11.png", &grey(3, 3, png::BitDepth::Sixteen, 0));
        refusal(folder.path())
    };
    assert!(error.contains("img11.png: expected frames like") && error.contains("img1.PNG"), "{error}");
    assert!(error.contains("found 3 rows x 3 columns of 16-bit unsigned integers"), "{error}");
    let transposed = OpenOptions::default().axes(Axes::parse("YXT").unwrap());
    assert!(matches!(open_with(folder.path(), &transposed), Err(Error::Setting(_))));
}

/// A sparse file is as long as it says and takes nothing of a disk: catches room taken before anybody asked
/// whether there is any.
#[cfg(target_os = "linux")]
#[test]
fn more_pixels_than_memory_holds_are_refused_with_the_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut head = Vec::new();
    cneep_movie::npy::write_header(&mut head, "|u1", "(4, 1000000, 1000000)").unwrap();
    let at = head.windows(5).position(|word| word == b"False").unwrap();
    head[at..at + 5].copy_from_slice(b"True ");
    let path = file(&folder, "large.npy", &head);
    let sparse = std::fs::File::options().write(true).open(&path).unwrap();
    sparse.set_len(head.len() as u64 + 4_000_000_000_000).unwrap();
    let refusal = open(&path).unwrap_err();
    assert!(matches!(refusal, Error::Memory(_)) && !refusal.is_fault_of_input(), "{refusal}");
    assert!(refusal.to_string().contains("found 16 TB needed. Crop or bin the movie"), "{refusal}");
}
