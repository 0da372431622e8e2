//! Pins that HDF5 files, written by h5py, are read as h5py reads them, and that no axis is guessed.

use cneep_movie::error::Error;
use cneep_movie::video::{Frames, OpenOptions, open, open_with};
use ndarray::Array3;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn counts() -> Array3<u16> {
    Array3::from_shape_fn((6, 5, 7), |(t, y, x)| (300 * t + 17 * y + x) as u16)
}

/// Would catch bytes in wrong order, a filter that is skipped, chunks at the edge, and MATLAB's axes.
#[test]
fn every_encoding_gives_the_same_frames() {
    let eighths = Frames::F32(counts().mapv(|count| f32::from(count) / 8.0));
    for (name, expected) in [
        ("big_endian.h5", &Frames::U16(counts())),
        ("latest.h5", &Frames::U16(counts())),
        ("lzf.h5", &eighths),
        ("matlab.mat", &Frames::U16(counts())),
    ] {
        let videos = open(&data(name)).unwrap();
        assert_eq!(videos[0].frames(), expected, "{name}");
        let on_disk = open_with(&data(name), &OpenOptions::default().memory_limit(0)).unwrap();
        assert!(matches!(on_disk[0].frames(), Frames::File(_)));
        assert_eq!(on_disk[0].frames(), expected, "{name}");
        let told = videos[0].cautions().iter().map(cneep_movie::Caution::message).collect::<String>();
        assert!(told.contains("was read as ("), "{name}: {told}");
    }
    let scaled = &open(&data("big_endian.h5")).unwrap()[0];
    assert_eq!(scaled.calibration().frame_interval, Some(0.25));
    assert_eq!(scaled.calibration().pixel_size, Some(0.1));
}

/// Would catch labels that are not read, and a channel that is chosen for the user.
#[test]
fn named_axes_are_followed_and_datasets_are_named() {
    let labelled = open_with(&data("labels.h5"), &OpenOptions::default().channel(1)).unwrap();
    assert_eq!(*labelled[0].frames(), Frames::U16(counts()));
    assert!(labelled[0].cautions().is_empty());
    let refusal = open(&data("labels.h5")).unwrap_err();
    assert!(refusal.setting() == Some("channel") && matches!(refusal, Error::Unsupported(_)), "{refusal}");
    let within = |path: &str| open(Path::new(&format!("{}:{path}", data("big_endian.h5").display())));
    assert_eq!(*within("/group/movie").unwrap()[0].frames(), Frames::U16(counts()));
    let missing = within("/movie").unwrap_err().to_string();
    assert!(missing.contains("found /group/movie [6, 5, 7] 16-bit unsigned integers"), "{missing}");
}

/// Would catch a panic or a blame of the machine where bytes are wrong or missing.
#[test]
fn damage_is_a_fault_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(data("latest.h5")).unwrap();
    let path = folder.path().join("damaged.h5");
    for at in (0..whole.len()).step_by(53) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x5A;
        for bytes in [&damaged[..], &whole[..at]] {
            std::fs::write(&path, bytes).unwrap();
            if let Err(error) = open(&path) {
                assert!(error.is_fault_of_input() || matches!(error, Error::Memory(_)), "{at}: {error}");
            }
        }
    }
}

/// Would catch a movie of frames that were never written, which no look at them ends.
#[test]
fn frames_that_no_file_can_hold_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claims.h5");
    let mut claims = std::fs::read(data("lzf.h5")).unwrap();
    let lengths = |frames: u64| [frames, 5, 7].map(u64::to_le_bytes).concat();
    let place = claims.windows(24).position(|bytes| bytes == lengths(6)).unwrap();
    claims[place..place + 24].copy_from_slice(&lengths(10_000_000_000));
    std::fs::write(&path, claims).unwrap();
    let told = open(&path).unwrap_err().to_string();
    assert!(told.contains("expected frames that were written, found the dataset /"), "{told}");
}

/// Would catch frames of nothing in place of what cannot be unpacked, and words of a library.
#[test]
fn a_compression_that_is_not_read_is_named() {
    let told = open(&data("zstd.h5")).unwrap_err().to_string();
    assert!(told.contains("found data packed by zstd") && told.contains("compression='gzip'"), "{told}");
}
