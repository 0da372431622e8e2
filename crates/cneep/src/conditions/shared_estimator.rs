//! Judges the movies of all conditions by one estimator that knows nothing of conditions.

use crate::entropy_production::EntropyProduction;
use crate::estimator::{Estimator, TrainingRun};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;

/// Trains `run` on all `videos` together, of whatever condition, and judges each without its fold. The
/// entropy production has the order of `videos`.
///
/// The movies are trained on in the order of their hashes, so that neither their conditions nor the order in
/// which they were given have a part in anything: if there is no difference, exchanging the conditions of
/// movies changes nothing, however well or badly the estimator is fitted. That makes a test by permutations
/// valid, which it is not for rates by estimators of each condition's own: these share what each has learned
/// by chance, and the better fit of the larger group is no difference of conditions.
///
/// The mean of this dS in one condition is no rate of entropy production, as it was fitted to a mixture.
///
/// # Errors
/// [`Error::Mismatch`] for movies of different frame intervals; as [`TrainingRun::train_or_go_on`] and
/// [`Estimator::entropy_production_watched`].
pub fn judged_by_common_estimator(
    run: TrainingRun,
    videos: &[Video],
    progress: &dyn Progress,
) -> Result<(Estimator, EntropyProduction)> {
    refuse_other_intervals(videos)?;
    let hashes: Vec<String> = videos.iter().map(Video::hash).collect::<Result<_>>()?;
    let mut order: Vec<usize> = (0..videos.len()).collect();
    order.sort_by(|&a, &b| hashes[a].cmp(&hashes[b]));
    let blind: Vec<Video> = order.iter().map(|&movie| videos[movie].clone()).collect();
    let estimator = run.watched_by(progress).train_or_go_on(&blind)?;
    let entropy = estimator.entropy_production_watched(videos, progress)?;
    Ok((estimator, entropy))
}

/// Refuses movies of different frame intervals: one estimator for all would compare cameras.
fn refuse_other_intervals(videos: &[Video]) -> Result<()> {
    let interval = |video: &Video| video.calibration().frame_interval;
    let first = interval(&videos[0]);
    let differs = |video: &&Video| match (first, interval(video)) {
        (Some(a), Some(b)) => (a / b - 1.0).abs() > 0.01,
        (a, b) => a.is_some() != b.is_some(),
    };
    videos.iter().find(differs).map_or(Ok(()), |video| {
        let words = |interval: Option<f64>| interval.map_or("none".into(), |seconds| format!("{seconds} s"));
        let (expected, found) =
            (format!("the frame interval of the control, {}", words(first)), words(interval(video)));
        let remedy = "Leave frames out until intervals agree, or state the interval if a file does not.";
        Err(Error::Mismatch(Fault::new(video.name(), expected, found, remedy).with_setting("frame_interval")))
    })
}
