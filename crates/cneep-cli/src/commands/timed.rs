//! Gives movies the frame interval of the exact answers that they are compared with.

use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use cneep_sim::Truth;

/// Relative difference of two frame intervals that files may leave by their digits.
const DIGITS: f64 = 1e-4;

/// The `videos` with the frame interval of the `truth`, if there is one.
///
/// # Errors
/// [`Error::Mismatch`] for a movie with another frame interval.
pub(crate) fn timed(videos: Vec<Video>, truth: Option<&Truth>) -> Result<Vec<Video>> {
    let Some(interval) = truth.map(|truth| truth.frame_interval) else { return Ok(videos) };
    let of_truth = |video: Video| match video.calibration().frame_interval {
        Some(stated) if (stated / interval - 1.0).abs() > DIGITS => Err(Error::Mismatch(
            Fault::new(
                video.name(),
                format!("the frame interval of the truth, {interval} s"),
                format!("{stated} s"),
                "Leave the frame interval out, or give the truth of these movies.",
            )
            .with_setting("frame_interval"),
        )),
        _ => video.with_frame_interval(interval),
    };
    videos.into_iter().map(of_truth).collect()
}
