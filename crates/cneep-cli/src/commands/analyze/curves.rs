//! Follows rate and bound along the gap between frames, and the bound along the window, as files.

use super::super::results::{read_json, write_json};
use super::folder::AnalysisFolder;
use cneep::entropy_production::{FrameGapCurve, FrameGapPoint, LeftOutGap};
use cneep::estimator::{ComparisonSettings, Estimator, FitRecord, Training, frame_gap_point};
use cneep_cli::console::Console;
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use cneep_movie::units::Measured;
use cneep_movie::video::Video;
use serde::{Deserialize, Serialize};

/// Frames from one frame to the next that is kept.
const GAPS: [usize; 5] = [1, 2, 5, 10, 20];

/// What one window showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WindowPoint {
    /// Frames in a transition.
    pub(crate) window: usize,
    /// Estimator that tried it.
    pub(crate) estimator: String,
    /// Cross-validated bound, in k_B/s, or k_B/frame.
    pub(crate) bound: Measured,
}

/// Rate and bound at several gaps. What was found is kept in the folder until the analysis is complete, if it
/// is of the same movies, which `key` tells.
pub(crate) fn against_gap(
    console: &Console,
    folder: &AnalysisFolder,
    key: &str,
    videos: &[Video],
    seed: u64,
    progress: &dyn Progress,
) -> Result<FrameGapCurve> {
    let mut settings =
        Training::comparison(ComparisonSettings::of(&["modes"])?).with_window(2).with_seed(seed);
    settings.split.test_fraction = 0.0;
    let (mut points, mut left_out) = (Vec::new(), Vec::new());
    for (place, &gap) in GAPS.iter().enumerate() {
        let path = folder.unfinished().join(format!("gap_{gap}.json"));
        let kept: Option<Kept> = read_json(&path).ok().filter(|kept: &Kept| kept.key == key);
        let later = GAPS[place + 1..].iter().sum();
        let point = match kept {
            Some(kept) => Ok(kept.point),
            None => frame_gap_point(videos, gap, &settings, later, progress),
        };
        match point {
            Ok(point) => {
                write_json(&path, &Kept { key: key.to_owned(), point: point.clone() })?;
                points.push(point);
            }
            Err(error @ (Error::Mismatch(_) | Error::Setting(_) | Error::NotConverged(_))) => {
                left_out.push(LeftOutGap { gap, reason: error.to_string() });
            }
            Err(error) if error.is_stop() && !cneep_cli::interrupt::requested() => {
                left_out.push(LeftOutGap { gap, reason: "the time budget was over".into() });
                break;
            }
            Err(error) => return Err(error),
        }
    }
    if points.is_empty() {
        console.note("no gap between frames could be tried: the movie is too short");
    }
    Ok(FrameGapCurve { left_out, ..FrameGapCurve::new(points) })
}

/// A point that was found, and of what.
#[derive(Serialize, Deserialize)]
struct Kept {
    key: String,
    point: FrameGapPoint,
}

/// The bound that each window reached that was tried, as far as the training tried several.
pub(crate) fn against_window(estimator: &Estimator, videos: &[Video]) -> Vec<WindowPoint> {
    let FitRecord::Comparison(found) = &estimator.record().fit else { return Vec::new() };
    let calibration = videos[0].calibration();
    let (interval, unit) = (calibration.interval_or_frame(), calibration.rate_unit().symbol());
    let point = |of: &cneep::estimator::ComparedEstimator| {
        let error = of.standard_error.map(|error| error / interval);
        Some(WindowPoint {
            window: of.window,
            estimator: of.estimator.clone(),
            bound: Measured::new(of.bound? / interval, error, unit),
        })
    };
    found.compared.iter().filter(|of| of.outcome.is_of_window()).filter_map(point).collect()
}
