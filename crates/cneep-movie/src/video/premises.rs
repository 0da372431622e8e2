//! Tells in one line what movies an analysis rests on.

use super::movie::Video;
use crate::units::{duration_in_words, to_digits};
use std::path::Path;

/// Files, frames, interval, duration, size of the frame and exposure of `videos`, in words; what is not known
/// is said to be so.
pub fn premises(videos: &[Video]) -> String {
    let Some(first) = videos.first() else { return "no movies".into() };
    let file = |name: &str| {
        Path::new(name)
            .file_name()
            .map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
    };
    let subject = match videos {
        [video] => file(video.name()),
        [.., last] => format!("{} movies ({} to {})", videos.len(), file(first.name()), file(last.name())),
        [] => String::new(),
    };
    let counts = || videos.iter().map(|video| video.frames().count());
    let frames: usize = counts().sum();
    let calibration = first.calibration();
    let of_all = if videos.len() > 1 { " in all" } else { "" };
    let time = calibration.frame_interval.map_or_else(
        || format!("{frames} frames{of_all}, interval not stated"),
        |interval| {
            let all = duration_in_words(frames as f64 * interval);
            format!("{frames} frames x {} = {all}{of_all}", duration_in_words(interval))
        },
    );
    let (rows, columns) = (first.frames().rows(), first.frames().columns());
    let size = calibration.pixel_size.map_or_else(
        || ", pixel size not stated".to_owned(),
        |pixel| {
            let [height, width] = [rows, columns].map(|length| to_digits(length as f64 * pixel, 3));
            if rows == columns { format!(" = {height} um") } else { format!(" = {height} x {width} um") }
        },
    );
    let exposure = calibration.exposure.map_or_else(
        || "exposure not stated".to_owned(),
        |exposure| format!("exposure {} of the interval", to_digits(exposure, 3)),
    );
    format!("{subject}: {time}; {rows} x {columns} px{size}; {exposure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::Frames;
    use ndarray::Array3;

    /// Catches a duration of one movie for all, and silence about what is not known.
    #[test]
    fn what_an_analysis_rests_on_stands_in_one_line() {
        let video = |calibration| {
            Video::new("a/cell.tif", Frames::U8(Array3::zeros((512, 4, 4))), calibration).unwrap()
        };
        let known = Calibration {
            frame_interval: Some(0.043),
            pixel_size: Some(0.123),
            exposure: Some(0.9),
            ..Calibration::default()
        };
        assert_eq!(
            premises(&[video(known)]),
            "cell.tif: 512 frames x 43 ms = 22 s; 4 x 4 px = 0.492 um; exposure 0.9 of the interval"
        );
        let told = premises(&[video(Calibration::default()), video(Calibration::default())]);
        assert_eq!(
            told,
            "2 movies (cell.tif to cell.tif): 1024 frames in all, interval not stated; 4 x 4 px, pixel \
             size not stated; exposure not stated"
        );
    }
}
