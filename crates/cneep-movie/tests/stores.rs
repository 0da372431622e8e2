//! Pins that Zarr stores, NorPix sequences, Phantom cines and packed files are read as they were written.

mod files;

use cneep_movie::video::{Frames, OpenOptions, Video, open, open_with};
use files::{packed, write};
use ndarray::Array3;

const SHAPE: (usize, usize, usize) = (5, 4, 6);

fn counts() -> Array3<u16> {
    Array3::from_shape_fn(SHAPE, |(t, y, x)| (1000 * t + 50 * y + x + 1) as u16)
}

fn bytes(pixels: impl IntoIterator<Item = u16>) -> Vec<u8> {
    pixels.into_iter().flat_map(u16::to_le_bytes).collect()
}

/// A chunk of 2 frames, 3 rows and 4 columns at `at`, filled up beyond the edge of the array.
fn chunk(at: [usize; 3]) -> Vec<u8> {
    let all = counts();
    let pixel = |(t, y, x): (usize, usize, usize)| {
        all.get([2 * at[0] + t, 3 * at[1] + y, 4 * at[2] + x]).copied().unwrap_or(0xEEEE)
    };
    bytes(Array3::from_shape_fn((2, 3, 4), pixel))
}

fn told(video: &Video) -> String {
    video.cautions().iter().map(|caution| caution.message() + "\n").collect()
}

/// Would catch chunks in wrong places, an edge that is read as pixels, a missing chunk that is zero, and
/// scales that are not followed.
#[test]
fn chunks_of_both_versions_are_put_together() {
    let folder = tempfile::tempdir().unwrap();
    let two = folder.path().join("two.zarr");
    let array = r#"{"zarr_format": 2, "shape": [5, 4, 6], "chunks": [2, 3, 4], "dtype": "<u2", "order": "C",
        "compressor": {"id": "gzip", "level": 1}, "filters": null, "fill_value": 7}"#;
    let group = r#"{"multiscales": [{"version": "0.4",
        "axes": [{"name": "t", "unit": "millisecond"}, {"name": "y", "unit": "micrometer"},
                 {"name": "x", "unit": "micrometer"}],
        "datasets": [{"path": "0",
                      "coordinateTransformations": [{"type": "scale", "scale": [50, 0.2, 0.2]}]}]}]}"#;
    write(&two.join(".zgroup"), b"{}");
    write(&two.join(".zattrs"), group.as_bytes());
    write(&two.join("0/.zarray"), array.as_bytes());
    let three = folder.path().join("three.zarr");
    let array = r#"{"zarr_format": 3, "node_type": "array", "shape": [5, 4, 6], "data_type": "uint16",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 3, 4]}},
        "chunk_key_encoding": {"name": "default"}, "fill_value": 0, "dimension_names": ["t", "y", "x"],
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]}"#;
    write(&three.join("zarr.json"), array.as_bytes());
    for at in (0..12).map(|index| [index / 4, index / 2 % 2, index % 2]) {
        let [t, y, x] = at;
        write(&two.join(format!("0/{t}.{y}.{x}")), &packed(&chunk(at)));
        write(&three.join(format!("c/{t}/{y}/{x}")), &chunk(at));
    }
    for path in [&two, &three] {
        for limit in [u64::MAX, 0] {
            let videos = open_with(path, &OpenOptions::default().memory_limit(limit)).unwrap();
            assert_eq!(*videos[0].frames(), Frames::U16(counts()), "{}", path.display());
            assert!(videos[0].cautions().is_empty(), "{}", told(&videos[0]));
        }
    }
    let scales = open(&two).unwrap()[0].calibration();
    assert_eq!((scales.frame_interval, scales.pixel_size), (Some(0.05), Some(0.2)));
    std::fs::remove_file(two.join("0/1.0.0")).unwrap();
    let holed = &open(&two).unwrap()[0];
    assert_eq!(holed.frames().frame(2).unwrap()[[0, 0]], 7.0);
    assert!(told(holed).contains("1 chunks are not there"), "{}", told(holed));
    let frames = |count: &str| array.replace("[5, 4, 6]", &format!("[{count}, 4, 6]"));
    write(&three.join("zarr.json"), frames("10000000000").as_bytes());
    let told = open(&three).unwrap_err().to_string();
    assert!(told.contains("expected at least one of 1000 chunks that the store claims"), "{told}");
    write(&two.join("0/1.0.0"), &packed(&chunk([1, 0, 0]))[..30]);
    let damaged = open(&two).unwrap_err().to_string();
    assert!(damaged.contains("1.0.0: expected a whole chunk [2, 3, 4]"), "{damaged}");
}

/// Would catch a header that is read as a frame, a time stamp among pixels, and a stamp that is not read.
#[test]
fn norpix_sequences_are_read_with_their_times() {
    let mut file = vec![0; 1024];
    file[..16].copy_from_slice(b"\xED\xFE\0\0N\0o\0r\0p\0i\0x\0");
    let frame_bytes = 2 * SHAPE.1 * SHAPE.2;
    let numbers = [SHAPE.2, SHAPE.1, 16, 16, frame_bytes, 100, SHAPE.0, 0, frame_bytes + 16];
    for (at, number) in numbers.into_iter().enumerate() {
        file[548 + 4 * at..552 + 4 * at].copy_from_slice(&(number as u32).to_le_bytes());
    }
    for (index, frame) in counts().outer_iter().enumerate() {
        file.extend(bytes(frame.iter().copied()));
        file.extend(77_u32.to_le_bytes());
        file.extend((100 * index as u16).to_le_bytes());
        file.extend([0xAA; 10]);
    }
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.seq"), &file);
    let video = &open(&folder.path().join("a.seq")).unwrap()[0];
    assert_eq!(*video.frames(), Frames::U16(counts()));
    assert_eq!((video.calibration().frame_interval, told(video).as_str()), (Some(0.1), ""));
    // Of a recording that was stopped the last frame may lack its end.
    write(&folder.path().join("b.seq"), &file[..file.len() - 30]);
    assert!(told(&open(&folder.path().join("b.seq")).unwrap()[0]).contains("says 5 frames, but it holds 4"));
}

/// Would catch rows upside down, and packed pixels that are read as if they were not.
#[test]
fn unpacked_cines_are_read_and_packed_ones_refused() {
    let cine = |packing: u32| {
        let (pictures, table) = (44_u32, 84_u32);
        let mut file = b"CI\x2C\0\0\0\x01\0".to_vec();
        let count = SHAPE.0 as u32;
        file.extend([0, count, 0, count, pictures, table, table, 0, 0].iter().flat_map(|n| n.to_le_bytes()));
        let bitmap = [40, SHAPE.2 as u32, SHAPE.1 as u32, 1 | 16 << 16, packing, 0, 0, 0, 0, 0];
        file.extend(bitmap.iter().flat_map(|n: &u32| n.to_le_bytes()));
        let first = file.len() + 8 * SHAPE.0;
        let frame_bytes = 8 + 2 * SHAPE.1 * SHAPE.2;
        file.extend((0..SHAPE.0).flat_map(|index| ((first + index * frame_bytes) as u64).to_le_bytes()));
        for frame in counts().outer_iter() {
            file.extend(8_u32.to_le_bytes());
            file.extend(((frame_bytes - 8) as u32).to_le_bytes());
            frame.outer_iter().rev().for_each(|row| file.extend(bytes(row.iter().copied())));
        }
        file
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cine");
    write(&path, &cine(0));
    for limit in [u64::MAX, 0] {
        let videos = open_with(&path, &OpenOptions::default().memory_limit(limit)).unwrap();
        assert_eq!(*videos[0].frames(), Frames::U16(counts()));
    }
    write(&path, &cine(256));
    let refusal = open(&path).unwrap_err().to_string();
    assert!(refusal.contains("packed in 10 bits (P10)"), "{refusal}");
}

/// Would catch a packed file whose end is missing, and one that unpacks into memory without end.
#[test]
fn packed_files_are_unpacked_first() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("a.npy");
    let video = Video::new("a", Frames::U16(counts()), cneep_movie::Calibration::default()).unwrap();
    video.write(&plain).unwrap();
    let path = folder.path().join("a.npy.gz");
    let whole = packed(&std::fs::read(&plain).unwrap());
    write(&path, &whole);
    for limit in [u64::MAX, 0] {
        let videos = open_with(&path, &OpenOptions::default().memory_limit(limit)).unwrap();
        assert_eq!(*videos[0].frames(), Frames::U16(counts()));
    }
    write(&path, &whole[..whole.len() - 9]);
    assert!(open(&path).unwrap_err().to_string().contains("ends within it"));
}
