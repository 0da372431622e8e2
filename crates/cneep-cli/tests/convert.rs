//! Pins that `convert` writes what was read, and that a decoder of the user's is called as it must be.

use cneep_movie::video::{Frames, Video, open};
use ndarray::Array3;
use std::path::{Path, PathBuf};

fn run(arguments: &[&str], path: &Path) -> (String, String, i32) {
    let mut program = assert_cmd::cargo::cargo_bin_cmd!("cneep");
    let output = program.args(arguments).env("PATH", path).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().expect("the program ends by itself"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("test folders have UTF-8 names")
}

fn clip() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cneep-movie/tests/data/bead.mp4")
}

/// Would catch pixels or scales that change on the way, and a codec that is written without a word.
#[test]
fn what_was_read_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let read = &open(&clip()).unwrap()[0];
    for name in ["a.tif", "a.npy", "a.npz", "a.zarr", "frames"] {
        let path = folder.path().join(name);
        let scale = ["--pixel-size", "0.5", "-o", text(&path)];
        let (told, complaints, code) =
            run(&[&["convert", text(&clip())], &scale[..]].concat(), folder.path());
        assert!(code == 0 && told.contains("14 frames of 34 x 46 pixels, u8"), "{name}: {complaints}");
        let again = &open(&path).unwrap()[0];
        assert_eq!(again.frames(), read.frames(), "{name}");
        if ["a.tif", "a.npz", "a.zarr"].contains(&name) {
            let scales = again.calibration();
            assert_eq!((scales.frame_interval, scales.pixel_size), (Some(0.04), Some(0.5)), "{name}");
        }
    }
    let (_, complaints, code) = run(&["convert", text(&clip()), "-o", "a.mp4"], folder.path());
    assert!(code == 2 && complaints.contains("a format that keeps every pixel"), "{complaints}");
}

/// A program in place of ffmpeg: it writes down how it was called, and two frames.
#[cfg(unix)]
fn fake_ffmpeg(folder: &Path, code: i32) {
    use std::os::unix::fs::PermissionsExt;
    let script = format!(
        "#!/bin/sh\n\
         if [ \"$1\" = -version ]; then echo 'ffmpeg version 6.1.1-test Copyright'; exit 0; fi\n\
         echo \"$@\" >> '{}'\n\
         printf 'YUV4MPEG2 W5 H2 F10:1 Ip A1:1 Cmono\\nFRAME\\nabcdefghijFRAME\\nABCDEFGHIJ'\n\
         echo 'something is wrong' >&2\n\
         exit {code}\n",
        folder.join("calls").display()
    );
    let path = folder.join("ffmpeg");
    std::fs::write(&path, script).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
}

/// Would catch a search for frames, a protocol that opens the network, a version that is not told, a failure
/// of the decoder that passes for a movie, and a program that is called though it may not be.
#[cfg(unix)]
#[test]
fn what_is_not_decoded_here_is_decoded_by_ffmpeg_on_path() {
    let folder = tempfile::tempdir().unwrap();
    let movie = folder.path().join("a.mkv");
    std::fs::write(&movie, b"\x1A\x45\xDF\xA3 and so on").unwrap();
    let output = folder.path().join("a.npy");
    let convert = ["convert", text(&movie), "-o", text(&output)];
    let (_, complaints, code) = run(&convert, folder.path());
    assert!(code == 2 && complaints.contains("Install FFmpeg"), "{complaints}");
    fake_ffmpeg(folder.path(), 0);
    let (_, complaints, code) = run(&convert, folder.path());
    assert_eq!(code, 0, "{complaints}");
    assert!(complaints.contains("ffmpeg 6.1.1-test decoded the movie"), "{complaints}");
    let expected = Array3::from_shape_vec((2, 2, 5), b"abcdefghijABCDEFGHIJ".to_vec()).unwrap();
    assert_eq!(*Video::open(&output).unwrap().frames(), Frames::U8(expected));
    let calls = std::fs::read_to_string(folder.path().join("calls")).unwrap();
    let call = calls.lines().next().unwrap();
    assert!(
        call.contains("-nostdin -protocol_whitelist file,pipe -i file:") && !call.contains("-ss"),
        "{call}"
    );
    assert!(call.contains("-fps_mode passthrough -vf extractplanes=y"), "{call}");
    let (_, complaints, code) = run(&[&convert[..], &["--decoder", "own"]].concat(), folder.path());
    assert!(code == 2 && complaints.contains("a Matroska or WebM movie"), "{complaints}");
    fake_ffmpeg(folder.path(), 1);
    let (_, complaints, code) = run(&convert, folder.path());
    assert!(code == 2 && complaints.contains("something is wrong"), "{complaints}");
}
