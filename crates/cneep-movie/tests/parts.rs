//! Pins that a part of a movie in an array is the same whether it is read alone or cut out of the whole, and
//! that nothing else is read for it.

mod files;

use cneep_movie::video::{Frames, OpenOptions, Selection, Video, inspect, open, open_with};
use files::{packed, write};
use ndarray::Array3;
use rust_hdf5::H5File;
use std::path::{Path, PathBuf};

const SHAPE: [usize; 3] = [40, 24, 30];

fn counts() -> Array3<u16> {
    Array3::from_shape_fn(SHAPE, |(t, y, x)| (1500 * t + 37 * y + x + (t * y * x) % 11) as u16)
}

/// The numbers of the block of `shape` at `place` on a grid of such blocks, of pixels whose axes lie in
/// `order`; zero beyond the edge.
fn block(place: [usize; 3], shape: [usize; 3], order: [usize; 3]) -> Vec<u8> {
    let pixels = counts().permuted_axes(order);
    let at = |axis: usize, index: usize| place[axis] * shape[axis] + index;
    let number = |(a, b, c): (usize, usize, usize)| {
        pixels.get([at(0, a), at(1, b), at(2, c)]).copied().unwrap_or_default()
    };
    Array3::from_shape_fn(shape, number).iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// All places of a grid of so many blocks.
fn places([a, b, c]: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..a * b * c).map(move |index| [index / (b * c), index / c % b, index % c])
}

fn hdf5(path: &Path, chunk: Option<[usize; 3]>) {
    let file = H5File::create(path).expect("a file");
    let dataset = file.new_dataset::<u16>().shape(SHAPE);
    let dataset = match chunk {
        Some(chunk) => dataset.chunk(&chunk).deflate(1),
        None => dataset,
    };
    let dataset = dataset.create("movie").expect("a dataset");
    dataset.write_raw(counts().as_slice().expect("standard order")).expect("pixels");
    file.close().expect("a whole file");
}

/// Version 2, packed by gzip, with the axes y, x, t.
fn zarr_2(path: &Path) {
    let array = r#"{"zarr_format": 2, "shape": [24, 30, 40], "chunks": [10, 8, 6], "dtype": "<u2",
        "order": "C", "compressor": {"id": "gzip", "level": 1}, "filters": null, "fill_value": 0}"#;
    write(&path.join(".zarray"), array.as_bytes());
    write(&path.join(".zattrs"), br#"{"_ARRAY_DIMENSIONS": ["y", "x", "t"]}"#);
    for [a, b, c] in places([3, 4, 7]) {
        write(&path.join(format!("{a}.{b}.{c}")), &packed(&block([a, b, c], [10, 8, 6], [1, 2, 0])));
    }
}

/// Version 3, a chunk a file.
fn zarr_3(path: &Path) {
    let array = r#"{"zarr_format": 3, "node_type": "array", "shape": [40, 24, 30], "data_type": "uint16",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [6, 10, 8]}},
        "chunk_key_encoding": {"name": "default"}, "fill_value": 0, "dimension_names": ["t", "y", "x"],
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "gzip"}]}"#;
    write(&path.join("zarr.json"), array.as_bytes());
    for [a, b, c] in places([7, 3, 4]) {
        write(&path.join(format!("c/{a}/{b}/{c}")), &packed(&block([a, b, c], [6, 10, 8], [0, 1, 2])));
    }
}

/// Version 3 with four chunks in a file, without those whose pixels are all beyond the edge.
fn shards(path: &Path) {
    let array = r#"{"zarr_format": 3, "node_type": "array", "shape": [40, 24, 30], "data_type": "uint16",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [12, 24, 16]}},
        "chunk_key_encoding": {"name": "default"}, "fill_value": 0, "dimension_names": ["t", "y", "x"],
        "codecs": [{"name": "sharding_indexed", "configuration": {"chunk_shape": [6, 24, 8],
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "gzip"}],
            "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]}}]}"#;
    write(&path.join("zarr.json"), array.as_bytes());
    for [a, _, c] in places([4, 1, 2]) {
        let (mut file, mut index) = (Vec::new(), Vec::new());
        for [t, _, x] in places([2, 1, 2]) {
            let place = [2 * a + t, 0, 2 * c + x];
            let mut entry = [u64::MAX; 2];
            if 6 * place[0] < SHAPE[0] {
                let part = packed(&block(place, [6, 24, 8], [0, 1, 2]));
                entry = [file.len() as u64, part.len() as u64];
                file.extend(part);
            }
            index.extend(entry.iter().flat_map(|number| number.to_le_bytes()));
        }
        file.extend(index);
        write(&path.join(format!("c/{a}/0/{c}")), &file);
    }
}

fn all(folder: &Path) -> [PathBuf; 5] {
    let paths =
        ["plain.h5", "chunks.h5", "two.zarr", "three.zarr", "shards.zarr"].map(|name| folder.join(name));
    hdf5(&paths[0], None);
    hdf5(&paths[1], Some([6, 10, 8]));
    zarr_2(&paths[2]);
    zarr_3(&paths[3]);
    shards(&paths[4]);
    paths
}

fn selection(state: impl FnOnce(&mut Selection)) -> Selection {
    let mut selection = Selection::default();
    state(&mut selection);
    selection
}

fn selections() -> [Selection; 5] {
    [
        selection(|part| part.crop = Some([9, 11, 13, 7])),
        selection(|part| part.frames = Some((5, Some(29)))),
        selection(|part| {
            (part.frames, part.every, part.crop) = (Some((5, None)), Some(7), Some([0, 0, 30, 3]));
        }),
        selection(|part| (part.bin, part.crop) = (Some(4), Some([2, 1, 27, 22]))),
        selection(|part| (part.detrend, part.crop) = (true, Some([29, 23, 1, 1]))),
    ]
}

fn hashes(video: &Video) -> (String, String) {
    (video.hash().expect("pixels"), video.pixel_hash().expect("pixels"))
}

/// Catches chunks in wrong places, at the edge of a part, in another order of axes, or of another part of a
/// shard.
#[test]
fn a_part_is_that_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    for path in all(folder.path()) {
        let whole = open(&path).unwrap().remove(0);
        assert_eq!(*whole.frames(), Frames::U16(counts()), "{}", path.display());
        let on_disk = open_with(&path, &OpenOptions::default().memory_limit(0)).unwrap().remove(0);
        assert!(matches!(on_disk.frames(), Frames::File(_)));
        assert_eq!(hashes(&on_disk), hashes(&whole), "{}", path.display());
        let once = OpenOptions::default().memory_limit(0).read_once(true);
        let once = open_with(&path, &once).unwrap().remove(0);
        assert_eq!(inspect(&once).unwrap(), inspect(&whole).unwrap());
        assert_eq!(hashes(&once), hashes(&whole), "{}", path.display());
        for selection in selections() {
            let expected = whole.selected(&selection, u64::MAX).unwrap();
            for limit in [None, Some(0)] {
                let options = OpenOptions::default().selection(selection.clone()).memory_limit(limit);
                let part = open_with(&path, &options).unwrap().remove(0);
                assert_eq!(matches!(part.frames(), Frames::File(_)), limit.is_some());
                assert_eq!(part, expected, "{} {selection}", path.display());
                assert_eq!(hashes(&part), hashes(&expected), "{} {selection}", path.display());
            }
        }
    }
}

/// Catches a part for which the whole movie is read.
#[test]
fn nothing_is_read_but_the_part() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, _, two, three, shards] = all(folder.path());
    let early = selection(|part| (part.frames, part.crop) = (Some((0, Some(12))), Some([0, 0, 8, 10])));
    let options = OpenOptions::default().selection(early);
    let expected = open_with(&plain, &options).unwrap().remove(0);
    let spoil = |path: PathBuf| write(&path, b"spoilt");
    for [a, b, c] in places([3, 4, 7]).filter(|[a, b, c]| *a > 0 || *b > 0 || *c > 1) {
        spoil(two.join(format!("{a}.{b}.{c}")));
    }
    for [a, b, c] in places([7, 3, 4]).filter(|[a, b, c]| *a > 1 || *b > 0 || *c > 0) {
        spoil(three.join(format!("c/{a}/{b}/{c}")));
    }
    for [a, _, c] in places([4, 1, 2]).filter(|[a, _, c]| *a > 0 || *c > 0) {
        spoil(shards.join(format!("c/{a}/0/{c}")));
    }
    for path in [&two, &three, &shards] {
        let part = open_with(path, &options).unwrap().remove(0);
        assert_eq!(part.frames(), expected.frames(), "{}", path.display());
        assert!(open(path).unwrap_err().is_fault_of_input(), "{}", path.display());
    }
    // What plain numbers leave in their file is seen there.
    let in_file = open_with(&plain, &OpenOptions::default().memory_limit(0)).unwrap().remove(0);
    write(&plain, &vec![0; std::fs::metadata(&plain).unwrap().len() as usize]);
    assert!(in_file.frames().frame(7).unwrap().iter().all(|pixel| *pixel == 0.0));
}
