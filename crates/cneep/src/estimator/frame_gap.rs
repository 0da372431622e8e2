//! Follows rate and bound along the gap between frames, with fits of their own for every gap and phase.

use super::run::TrainingRun;
use super::training::Training;
use crate::entropy_production::{EntropyProduction, FrameGapCurve, FrameGapPoint, LeftOutGap};
use cneep_movie::error::Result;
use cneep_movie::error::{Error, Fault};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;

/// Rate and bound at each of the `gaps`, in frames, by the comparison that `settings` describe: of the movie
/// that keeps every `gap`-th frame, once for each frame that it may begin with.
///
/// Phases of a movie share its time, so that a fit to one may not judge another: each phase is cross-fitted
/// for itself, and they are put together afterwards. Gaps that leave too few frames are left out, and named.
///
/// # Errors
/// As [`Video::thinned`] and [`TrainingRun::train`], if no gap is left.
pub fn frame_gap_curve(
    videos: &[Video],
    gaps: &[usize],
    settings: &Training,
    progress: &dyn Progress,
) -> Result<FrameGapCurve> {
    let mut curve = FrameGapCurve::new(Vec::new());
    let mut refusal = None;
    let mut later: usize = gaps.iter().sum();
    for &gap in gaps {
        later -= gap;
        match frame_gap_point(videos, gap, settings, later, progress) {
            Ok(point) => curve.points.push(point),
            Err(error @ (Error::Mismatch(_) | Error::Setting(_))) => {
                curve.left_out.push(LeftOutGap { gap, reason: error.to_string() });
                refusal.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    match refusal {
        Some(error) if curve.points.is_empty() => Err(error),
        _ => Ok(FrameGapCurve { left_out: curve.left_out, ..FrameGapCurve::new(curve.points) }),
    }
}

/// Rate and bound at one `gap`, as one point of [`frame_gap_curve`]; `later` is the number of phases of the
/// gaps that come after it, for the bar.
///
/// # Errors
/// As [`Video::thinned`] and [`TrainingRun::train`].
pub fn frame_gap_point(
    videos: &[Video],
    gap: usize,
    settings: &Training,
    later: usize,
    progress: &dyn Progress,
) -> Result<FrameGapPoint> {
    let curve = against_frame_gap(videos, &[gap], |gap, thinned| {
        let mut phases = Vec::with_capacity(gap);
        for phase in 0..gap {
            let movies: Vec<Video> = thinned.iter().skip(phase).step_by(gap).cloned().collect();
            let of_phase = OfPhase { progress, gap, phase, later: later + gap - phase - 1 };
            let estimator = TrainingRun::new(settings).watched_by(&of_phase).train(&movies)?;
            if estimator.is_interrupted() {
                return Err(Error::stopped("the rates at several frame gaps"));
            }
            phases.push(estimator.entropy_production(&movies)?);
        }
        let movies =
            (0..thinned.len()).map(|place| phases[place % gap].movies[place / gap].clone()).collect();
        let (window, calibration) = (phases[0].window, phases[0].calibration);
        Ok(EntropyProduction::new(window, calibration, movies))
    })?;
    let none = || Error::stopped("the rates at several frame gaps");
    curve.points.into_iter().next().ok_or_else(none)
}

/// Reports the fits to one phase as a part of all.
struct OfPhase<'a> {
    progress: &'a dyn Progress,
    gap: usize,
    phase: usize,
    /// Phases that come after it.
    later: usize,
}

impl Progress for OfPhase<'_> {
    fn begin(&self, task: &str, total: u64) {
        self.progress.begin(task, total);
    }

    fn advance(&self, steps: u64) {
        self.progress.advance(steps);
    }

    fn end(&self) {
        self.progress.end();
    }

    fn part(&self, _: &str, work: f64, ahead: f64) {
        let Self { gap, phase, later, .. } = self;
        let name = format!("every frame number {gap}, phase {} of {gap}", phase + 1);
        // Phases of all gaps together have as many frames as there are gaps, times those of the movie: the
        // fits to this phase stand for those to come, which at longer gaps are smaller.
        self.progress.part(&name, work, ahead + *later as f64 * (work + ahead));
    }

    fn stop_requested(&self) -> bool {
        self.progress.stop_requested()
    }
}

/// Rate and bound at each of the `gaps`: `estimate(gap, movies)` is handed all thinned movies of `videos` and
/// returns their entropy production, in their order.
///
/// `videos` must have no part in any training: a phase of a movie shares its time with the others, so that an
/// estimator must be trained, at the same gap, on thinned versions of *other* movies (or of another part of
/// the same one), or cross-fitted phase by phase, as [`frame_gap_curve`] does.
///
/// # Errors
/// As [`Video::thinned`] and `estimate`; [`Error::Mismatch`] if `estimate` leaves movies out.
pub fn against_frame_gap(
    videos: &[Video],
    gaps: &[usize],
    mut estimate: impl FnMut(usize, &[Video]) -> Result<EntropyProduction>,
) -> Result<FrameGapCurve> {
    let mut point = |&gap: &usize| {
        let thinned: Vec<Vec<Video>> =
            videos.iter().map(|video| video.thinned(gap)).collect::<Result<_>>()?;
        let thinned = thinned.concat();
        let entropy = estimate(gap, &thinned)?;
        if entropy.movies.len() != thinned.len() {
            return Err(Error::Mismatch(Fault::new(
                format!("frame gap of {gap}"),
                format!("entropy production of {} movies", thinned.len()),
                entropy.movies.len().to_string(),
                "Estimate every movie that was handed over.",
            )));
        }
        FrameGapPoint::of(gap, &entropy)
    };
    Ok(FrameGapCurve::new(gaps.iter().map(&mut point).collect::<Result<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy_production::{MovieEntropy, Role};
    use cneep_movie::units::Calibration;
    use cneep_movie::video::Frames;
    use ndarray::Array3;

    fn video() -> Video {
        let calibration =
            Calibration { frame_interval: Some(0.1), exposure: Some(0.6), ..Calibration::default() };
        let frames = Frames::U8(Array3::from_shape_fn((11, 2, 2), |(frame, _, _)| frame as u8));
        Video::new("a.tif", frames, calibration).unwrap()
    }

    /// An entropy production in proportion to the brightness gained: the same rate at every gap.
    #[test]
    fn every_gap_is_handed_over_whole() {
        let estimate = |_: usize, videos: &[Video]| {
            let movies = videos.iter().map(|video| {
                let grey = |at: usize| f64::from(video.frames().frame(at).unwrap()[[0, 0]]);
                let values: Vec<f64> =
                    (1..video.frames().count()).map(|at| grey(at) - grey(at - 1)).collect();
                MovieEntropy { roles: vec![Role::HeldOut; values.len()], values, ..MovieEntropy::default() }
            });
            let movies = movies.collect();
            let calibration = videos[0].calibration();
            Ok(EntropyProduction::new(2, calibration, movies))
        };
        let curve = against_frame_gap(&[video(), video()], &[3, 1], estimate).unwrap();
        let gaps: Vec<usize> = curve.points.iter().map(|point| point.gap).collect();
        assert_eq!(gaps, [1, 3]);
        assert!(curve.points.iter().all(|point| (point.rate.value - 10.0).abs() < 1e-9), "{curve:?}");
        let none = |_: usize, _: &[Video]| Ok(EntropyProduction::new(2, Calibration::default(), Vec::new()));
        assert!(against_frame_gap(&[video()], &[1], none).is_err());
    }
}
