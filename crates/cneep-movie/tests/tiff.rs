//! Reads small TIFF stacks made by tifffile in each dialect, and says what each one's description leaves
//! open.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use cneep_movie::video::{Axes, Depth, Frames, OpenOptions, Video, open_with};
use std::path::PathBuf;

fn movie(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/movies").join(file)
}

fn pixels(video: &Video) -> Vec<f32> {
    let mut pixels = Vec::new();
    (0..video.frames().count())
        .try_for_each(|index| video.frames().for_each_pixel(index, |p| pixels.push(p)))
        .unwrap();
    pixels
}

fn counted(scale: f32, offset: f32) -> Vec<f32> {
    (0..18).map(|n| n as f32 * scale + offset).collect()
}

fn refusal(file: &str, options: &OpenOptions) -> String {
    open_with(&movie(file), options).unwrap_err().to_string()
}

#[test]
fn an_imagej_hyperstack_has_frame_interval_and_pixel_size() {
    let video = Video::open(movie("imagej_big_endian_u16.tif")).unwrap();
    assert_eq!(pixels(&video), counted(1000.0, 0.0));
    assert_eq!(video.calibration().frame_interval, Some(0.5));
    assert!((video.calibration().pixel_size.unwrap() - 0.123).abs() < 1e-9);
    assert_eq!(video.cautions(), []);
}

#[test]
fn one_page_followed_by_all_frames_is_a_whole_movie() {
    let video = Video::open(movie("imagej_one_page_f32.tif")).unwrap();
    assert_eq!(pixels(&video), counted(0.25, -2.0));
    assert_eq!(video.calibration().frame_interval, Some(0.25));
}

#[test]
fn ome_tifffile_bigtiff_and_tiles_are_read() {
    let ome = Video::open(movie("ome_u8.tif")).unwrap();
    assert_eq!(pixels(&ome), counted(10.0, 0.0));
    assert_eq!((ome.calibration().frame_interval, ome.calibration().pixel_size), (Some(0.04), Some(0.2)));
    let deflated = Video::open(movie("tifffile_deflate_u16.tif")).unwrap();
    assert_eq!((pixels(&deflated), deflated.cautions()), (counted(1000.0, 0.0), &[][..]));
    assert_eq!(pixels(&Video::open(movie("bigtiff_u8.tif")).unwrap()), counted(10.0, 0.0));
    let tiled = Video::open(movie("tiled_u8.tif")).unwrap();
    assert_eq!(tiled.frames().frame(1).unwrap()[[15, 15]], 255.0);
    assert_eq!(tiled.frames().shape(), (2, 16, 16));
}

#[test]
fn what_was_assumed_is_said_and_statable() {
    let stated = OpenOptions::default().axes(Axes::parse("TYX").unwrap());
    for (file, says) in
        [("imagej_slices_u8.tif", "slices (Z)"), ("plain_u8.tif", "does not say what its pages are")]
    {
        let video = Video::open(movie(file)).unwrap();
        assert_eq!(pixels(&video), counted(10.0, 0.0));
        let [caution] = video.cautions() else { panic!("{file}: {:?}", video.cautions()) };
        assert!(caution.message().contains(says) && caution.remedy().contains("axes TYX"), "{caution}");
        assert_eq!(caution.setting(), Some("axes"));
        assert_eq!(open_with(&movie(file), &stated).unwrap()[0].cautions(), [], "{file}");
    }
    let palette = Video::open(movie("palette_u8.tif")).unwrap();
    assert_eq!(pixels(&palette), counted(10.0, 0.0));
    assert!(palette.cautions()[0].message().contains("grey values were read"));
    let transposed = OpenOptions::default().axes(Axes::parse("YXT").unwrap());
    assert!(
        refusal("plain_u8.tif", &transposed).contains("expected axes TYX for a stack of pages, found YXT")
    );
}

#[test]
fn channels_slices_and_colour_are_refused_with_the_next_move() {
    let plain = OpenOptions::default();
    let error = refusal("imagej_two_channels_u16.tif", &plain);
    assert!(error.contains("found 3 frames x 1 slices x 2 channels"), "{error}");
    let second = OpenOptions::default().channel(2);
    let video = &open_with(&movie("imagej_two_channels_u16.tif"), &second).unwrap()[0];
    // (frame 3, channel 2, row 2, column 3) counted from zero: the second half of every dozen.
    let expected: Vec<f32> = (0..36).filter(|n| n % 12 >= 6).map(|n| n as f32).collect();
    assert_eq!(pixels(video), expected);
    let error = refusal("imagej_slices_and_frames_u16.tif", &plain);
    assert!(
        error.contains("found 3 frames x 2 slices x 1 channels") && error.contains("Z Project"),
        "{error}"
    );
    let first = OpenOptions::default().slice(1);
    let video = &open_with(&movie("imagej_slices_and_frames_u16.tif"), &first).unwrap()[0];
    assert_eq!(pixels(video)[6..12], [12.0, 13.0, 14.0, 15.0, 16.0, 17.0]);
    let colours = &open_with(&movie("rgb_u8.tif"), &plain).unwrap()[0];
    assert_eq!(colours.frames().depth(), Depth::U8, "red, green and blue are equal");
}

/// Movies made by others; they are not part of the repository.
#[test]
fn recorded_movies_are_read_as_their_descriptions_say() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/movies");
    if !folder.is_dir() {
        println!("skipped: no recorded movies at {}", folder.display());
        return;
    }
    let open = |file: &str| Video::open(folder.join(file)).unwrap();
    let colloids = open("colloids_confocal_crop_512x96x96_u8_imagej.tif");
    assert!(matches!(colloids.frames(), Frames::U8(pixels) if pixels.dim() == (512, 96, 96)));
    let scales = colloids.calibration();
    assert_eq!((scales.frame_interval, scales.pixel_size), (Some(0.043), Some(0.123)));
    assert_eq!(colloids.cautions(), []);
    let tissue = open("cardiac_microbundle_crop_200x64x128_u16_imagej.tif");
    assert_eq!((tissue.frames().shape(), tissue.calibration().frame_interval), ((200, 64, 128), None));
    assert!(tissue.cautions()[0].message().contains("fps=30"), "a speed of playback is no frame interval");
    let slices = open("fixture_time_saved_as_slices_imagej.tif");
    let shaped = open("fixture_stuck_shaped.tif");
    assert!(slices.cautions()[0].message().contains("slices (Z)"));
    assert_eq!(slices.hash().unwrap(), shaped.hash().unwrap(), "one recording, described in two ways");
}
