//! Pins that movies in containers of video are read as other programs read them, or refused with a reason.

use cneep_movie::error::Error;
use cneep_movie::video::{Frames, OpenOptions, Video, open, open_with};
use ndarray::Array3;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const ROWS: usize = 3;
const HEIGHT: i32 = 3;
const COLUMNS: usize = 6;

fn pixel((frame, row, column): (usize, usize, usize)) -> u8 {
    (40 * frame + 7 * row + column) as u8
}

fn expected(frames: usize) -> Frames {
    Frames::U8(Array3::from_shape_fn((frames, ROWS, COLUMNS), pixel))
}

/// A chunk of a RIFF file.
fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let mut bytes = [kind, &(content.len() as u32).to_le_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

fn list(kind: &[u8], what: &[u8], content: &[u8]) -> Vec<u8> {
    chunk(kind, &[what, content].concat())
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// An AVI file of ten frames a second whose header promises `said` of them.
fn avi(height: i32, bits: u32, codec: &[u8], palette: &[u8], frames: &[Vec<u8>], said: u32) -> Vec<u8> {
    let stream = [b"vids".to_vec(), words(&[0, 0, 0, 0, 1, 10, 0, said, 0, 0, 0, 0, 0])].concat();
    let mut format = words(&[40, COLUMNS as u32, height.cast_unsigned(), 1 | bits << 16]);
    format.extend(
        codec.iter().copied().chain(words(&[0, 0, 0, palette.len() as u32 / 4, 0])).chain(palette.to_vec()),
    );
    let stream = list(b"LIST", b"strl", &[chunk(b"strh", &stream), chunk(b"strf", &format)].concat());
    let header = list(b"LIST", b"hdrl", &[chunk(b"avih", &words(&[100_000; 14])), stream].concat());
    let movie: Vec<u8> = frames.iter().flat_map(|frame| chunk(b"00db", frame)).collect();
    list(b"RIFF", b"AVI ", &[header, chunk(b"JUNK", b"abc"), list(b"LIST", b"movi", &movie)].concat())
}

/// Rows of a frame, upside down and filled up to whole words, `bytes` a pixel.
fn upside_down(frame: usize, bytes: usize) -> Vec<u8> {
    let row = |row| {
        let pixels = (0..COLUMNS).flat_map(move |column| vec![pixel((frame, row, column)); bytes]);
        let mut line: Vec<u8> = pixels.collect();
        line.resize(line.len().next_multiple_of(4), 0xEE);
        line
    };
    (0..ROWS).rev().flat_map(row).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

fn told(video: &Video) -> String {
    video.cautions().iter().map(|caution| caution.message() + "\n").collect()
}

/// Would catch rows upside down, padding among pixels, colours in wrong order, and a table that is ignored.
#[test]
fn uncompressed_avi_is_read_as_imagej_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let frames = |bytes: usize| (0..4).map(|frame| upside_down(frame, bytes)).collect::<Vec<_>>();
    let tight = |frame: usize| -> Vec<u8> {
        (0..ROWS * COLUMNS).map(|at| pixel((frame, at / COLUMNS, at % COLUMNS))).collect()
    };
    let grey: Vec<u8> = (0..=255).flat_map(|level| [level, level, level, 0]).collect();
    let inverted: Vec<u8> = (0..=255).rev().flat_map(|level| [level, level, level, 0]).collect();
    let top_down = (0..4).map(tight).collect::<Vec<_>>();
    let packed = |frame: usize| tight(frame).into_iter().flat_map(|luma| [luma, 128]).collect::<Vec<_>>();
    let files = [
        ("palette.avi", avi(HEIGHT, 8, b"\0\0\0\0", &grey, &frames(1), 4)),
        ("colours.avi", avi(HEIGHT, 24, b"\0\0\0\0", &[], &frames(3), 4)),
        ("four.avi", avi(HEIGHT, 32, b"DIB ", &[], &frames(4), 4)),
        ("y800.avi", avi(HEIGHT, 8, b"Y800", &[], &top_down, 4)),
        ("yuy2.avi", avi(HEIGHT, 16, b"YUY2", &[], &(0..4).map(packed).collect::<Vec<_>>(), 4)),
    ];
    for (name, bytes) in files {
        let path = write(folder.path(), name, &bytes);
        let videos = open(&path).unwrap();
        assert_eq!(*videos[0].frames(), expected(4), "{name}");
        assert_eq!(videos[0].calibration().frame_interval, Some(0.1));
        assert!(told(&videos[0]).contains("played back") && !told(&videos[0]).contains("colour"), "{name}");
        let in_file = open_with(&path, &OpenOptions::default().memory_limit(0)).unwrap();
        assert!(matches!(in_file[0].frames(), Frames::File(_)));
        assert_eq!(*in_file[0].frames(), expected(4), "{name}");
    }
    let path = write(folder.path(), "inverted.avi", &avi(HEIGHT, 8, b"\0\0\0\0", &inverted, &frames(1), 4));
    let levels = expected(4).frame(3).unwrap().mapv(|level| 255.0 - level);
    assert_eq!(open(&path).unwrap()[0].frames().frame(3).unwrap(), levels);
    let wide: Vec<Vec<u8>> = top_down.iter().map(|f| f.iter().flat_map(|&p| [p, 1]).collect()).collect();
    let path = write(folder.path(), "y16.avi", &avi(HEIGHT, 16, b"Y16 ", &[], &wide, 4));
    assert_eq!(
        open(&path).unwrap()[0].frames().frame(2).unwrap()[[1, 4]],
        f32::from(pixel((2, 1, 4))) + 256.0
    );
}

/// Would catch a count that is believed, a cut file that passes for whole, and colours read as grey.
#[test]
fn what_an_avi_header_promises_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let frames: Vec<_> = (0..4).map(|frame| upside_down(frame, 1)).collect();
    let whole = avi(HEIGHT, 8, b"\0\0\0\0", &[], &frames, 4);
    let cut = write(folder.path(), "cut.avi", &whole[..whole.len() - 3]);
    let video = &open(&cut).unwrap()[0];
    assert_eq!(*video.frames(), expected(3));
    assert!(told(video).contains("says 4 frames, but it holds 3"), "{}", told(video));
    let dropped = [frames[0].clone(), frames[1].clone(), Vec::new(), frames[3].clone()];
    let path = write(folder.path(), "dropped.avi", &avi(HEIGHT, 8, b"\0\0\0\0", &[], &dropped, 4));
    let video = &open(&path).unwrap()[0];
    assert_eq!(video.frames().frame(2).unwrap(), video.frames().frame(1).unwrap());
    assert!(told(video).contains("1 of 4 frames are empty"), "{}", told(video));
    let refused = |bits, codec: &[u8], frame: Vec<u8>| {
        let path = write(folder.path(), "a.avi", &avi(HEIGHT, bits, codec, &[], &vec![frame; 3], 3));
        open(&path).unwrap_err()
    };
    let mut coloured = upside_down(0, 3);
    coloured[4] += 1;
    for (error, words) in [
        (refused(24, b"\0\0\0\0", coloured), "at frame 0, row 2, column 1"),
        (refused(8, b"FMP4", vec![0; 40]), "the codec 'FMP4'"),
        (refused(16, b"\0\0\0\0", vec![0; 40]), "uncompressed pixels of 16 bits"),
        (refused(8, b"Y800", vec![0; 17]), "18 bytes for frame 0"),
        (refused(8, b"MJPG", vec![0xFF, 0xD8, 0xFF]), "JPEG"),
    ] {
        assert!(error.is_fault_of_input() && error.to_string().contains(words), "{error}");
    }
    for length in (0..whole.len()).step_by(7) {
        let path = write(folder.path(), "part.avi", &whole[..length]);
        if let Err(error) = open(&path) {
            assert!(error.is_fault_of_input(), "{length}: {error}");
        }
    }
}

fn sha(frames: &Frames) -> String {
    let (count, rows, columns) = frames.shape();
    let mut hasher = Sha256::new();
    hasher.update(format!("{} {count} {rows} {columns}\n", frames.depth()));
    match frames.part(0..count).expect("frames") {
        Frames::U8(pixels) => hasher.update(pixels.as_slice().expect("one piece")),
        Frames::U16(pixels) => pixels.iter().for_each(|pixel| hasher.update(pixel.to_le_bytes())),
        other => panic!("{:?}", other.depth()),
    }
    hasher.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The clips show a simulated bead, coded by x264 with frames predicted from later ones, two groups and a
/// cropped edge; the hashes are of what FFmpeg decodes. Catches frames in order of decoding, an edge that is
/// not cropped, 10 bits cut to 8, and a decoder that is off by one count.
#[test]
fn h264_is_the_luma_that_ffmpeg_decodes() {
    let clips = [
        ("bead.mp4", (14, 34, 46), "b0f26b93282827b3c79ddea6b3373b4ce02276ecf364f95f886b9ae625ccbd1d", 8),
        (
            "bead_10_bit.mp4",
            (5, 34, 46),
            "04883db0a90e07c7c992b7d09d9c50ac07587922850c62130077af4083debe9b",
            5,
        ),
    ];
    for (name, shape, hash, group) in clips {
        let video = &open(&data(name)).unwrap()[0];
        assert_eq!(video.frames().shape(), shape, "{name}");
        assert_eq!(sha(video.frames()), hash, "{name}");
        assert_eq!(video.calibration().frame_interval, Some(0.04));
        assert!(told(video).contains(&format!("in groups of {group} frames")), "{}", told(video));
        let on_disk = open_with(&data(name), &OpenOptions::default().memory_limit(0)).unwrap();
        assert!(matches!(on_disk[0].frames(), Frames::File(_)));
        assert_eq!(sha(on_disk[0].frames()), hash, "{name}");
    }
}

/// Colour pictures of a bead with chroma at half the resolution; the hashes are of the luma that libjpeg (as
/// a picture) and FFmpeg (as Motion JPEG) decode. Catches another rounding, a block in the wrong place, and
/// names that are sorted as texts.
#[test]
fn jpeg_is_rounded_as_its_other_readers_do() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = ["bead_9.jpg", "bead_10.jpg"].map(|name| std::fs::read(data(name)).unwrap());
    write(folder.path(), "bead_9.jpg", &pictures[0]);
    write(folder.path(), "bead_10.jpg", &pictures[1]);
    let video = &open(folder.path()).unwrap()[0];
    let libjpeg = "d3eac015eb879f188c59538cdf04268207fcb573baab8b487f15089a377f42d0";
    assert_eq!(sha(video.frames()), libjpeg);
    assert!(told(video).contains("JPEG has coded") && told(video).contains("coloured"), "{}", told(video));
    write(folder.path(), "other_11.jpg", &pictures[0]);
    assert!(open(folder.path()).unwrap_err().to_string().contains("differ in one number"));
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, picture) in ["f/b10.jpg", "f/b9.jpg"].iter().zip(pictures.iter().rev()) {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, picture).unwrap();
    }
    let path = write(folder.path(), "a.zip", &archive.finish().unwrap().into_inner());
    assert_eq!(sha(open(&path).unwrap()[0].frames()), libjpeg);
    let mut bytes = avi(34, 24, b"MJPG", &[], &pictures, 2);
    let width = bytes.windows(4).position(|word| word == [34, 0, 0, 0]).unwrap() - 4;
    bytes[width] = 46;
    let video = &open(&write(folder.path(), "a.avi", &bytes)).unwrap()[0];
    assert_eq!(sha(video.frames()), "f4689830e452b64b77066d48f421880ecd91084d4a284b43d4caa1869223b27f");
}

/// Would catch a panic, a hang or a blame of the machine where a byte of a table or of coded pixels is wrong.
#[test]
fn damage_in_an_mp4_file_is_its_own_fault() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(data("bead.mp4")).unwrap();
    for at in (0..whole.len()).step_by(61) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        for bytes in [&damaged[..], &whole[..at]] {
            match open(&write(folder.path(), "damaged.mp4", bytes)) {
                Err(Error::Memory(_)) => {}
                Err(error) => assert!(error.is_fault_of_input(), "{at}: {error}"),
                Ok(videos) => assert!(videos[0].frames().count() >= 2),
            }
        }
    }
}

/// A box that claims all addresses there are ends the file. Would catch a place that wraps around, behind
/// which the file begins anew.
#[test]
fn a_box_of_an_mp4_file_may_claim_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(data("bead.mp4")).unwrap();
    for size in [u64::MAX, u64::MAX - whole.len() as u64, 1 << 62] {
        let bytes = [&whole[..], &[0, 0, 0, 1], b"free", &size.to_be_bytes()].concat();
        let videos = open(&write(folder.path(), "claims.mp4", &bytes)).unwrap();
        assert_eq!(videos[0].frames().count(), 14);
    }
}

/// Would catch frames that are drawn on an empty canvas, and the delay of a frame taken for that of the next.
#[test]
fn a_grey_gif_is_read_with_its_delays() {
    let palette: Vec<u8> = (0..=255).flat_map(|level| [level; 3]).collect();
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, COLUMNS as u16, ROWS as u16, &palette).unwrap();
    for index in 0..3 {
        let pixels: Vec<u8> =
            (0..ROWS * COLUMNS).map(|at| pixel((index, at / COLUMNS, at % COLUMNS))).collect();
        let frame = gif::Frame::from_indexed_pixels(COLUMNS as u16, ROWS as u16, pixels, None);
        encoder.write_frame(&gif::Frame { delay: 5, palette: None, ..frame }).unwrap();
    }
    let patch = gif::Frame {
        delay: 5,
        left: 2,
        top: 1,
        width: 1,
        height: 1,
        buffer: vec![9].into(),
        ..gif::Frame::default()
    };
    encoder.write_frame(&patch).unwrap();
    drop(encoder);
    let folder = tempfile::tempdir().unwrap();
    let video = &open(&write(folder.path(), "a.gif", &bytes)).unwrap()[0];
    assert_eq!(video.frames().part(0..3).unwrap(), expected(3));
    let mut last = expected(3).frame(2).unwrap();
    last[[1, 2]] = 9.0;
    assert_eq!(video.frames().frame(3).unwrap(), last);
    assert_eq!(video.calibration().frame_interval, Some(0.05));
}
