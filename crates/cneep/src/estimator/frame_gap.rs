//! Follows rate and bound along the gap between frames, with fits of their own for every gap and phase.

use super::settings::Training;
use super::training_run::TrainingRun;
use crate::entropy_production::{EntropyProduction, FrameGapCurve};
use crate::error::Result;
use crate::progress::Progress;
use crate::video::{Video, against_frame_gap};

/// Rate and bound at each of the `gaps`, in frames, by the comparison that `settings` describe: of the movie that keeps every `gap`-th
/// frame, once for each frame that it may begin with.
///
/// Phases of a movie share its time, so that a fit to one may not judge another: each phase is cross-fitted for itself, and they are put
/// together afterwards.
///
/// # Errors
/// As [`Video::thinned`] and [`TrainingRun::train`].
pub fn frame_gap_curve(
    videos: &[Video],
    gaps: &[usize],
    settings: &Training,
    progress: &dyn Progress,
) -> Result<FrameGapCurve> {
    against_frame_gap(videos, gaps, |gap, thinned| {
        let mut phases = Vec::with_capacity(gap);
        for phase in 0..gap {
            let movies: Vec<Video> = thinned.iter().skip(phase).step_by(gap).cloned().collect();
            let estimator = TrainingRun::new(settings).watched_by(progress).train(&movies)?;
            phases.push(estimator.entropy_production(&movies)?);
        }
        let movies =
            (0..thinned.len()).map(|place| phases[place % gap].movies[place / gap].clone()).collect();
        let EntropyProduction { window, calibration, .. } = phases[0];
        Ok(EntropyProduction { window, calibration, movies, cautions: Vec::new() })
    })
}
