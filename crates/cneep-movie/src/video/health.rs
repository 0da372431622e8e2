//! Gathers what speaks against using movies as they are.

use super::inspect::{FEWEST_TRANSITIONS, Finding, findings, together};
use super::inspection::{Inspection, measure};
use super::movie::Video;
use crate::caution::{Caution, CautionKind};
use crate::error::Result;
use rayon::prelude::*;

/// Faults that are told of several movies.
const RANKS: usize = 7;

/// Place of a fault in the order in which they are told; none for what is no fault of the pixels.
fn rank_of(kind: &CautionKind) -> Option<usize> {
    match kind {
        CautionKind::NothingHappens { .. } => Some(0),
        CautionKind::Drift { .. } => Some(1),
        CautionKind::CodecPattern { .. } => Some(2),
        CautionKind::RepeatedFrames { .. } => Some(3),
        CautionKind::Saturation { .. } => Some(4),
        CautionKind::Clipping { .. } => Some(5),
        CautionKind::StretchedFrames { .. } => Some(6),
        _ => None,
    }
}

/// What speaks against using `videos` as they are: each fault once, with the number of movies that have it
/// and the worst of them. A missing frame interval and [`too_few_transitions`] are not among them.
///
/// # Errors
/// As [`super::Frames::read_block`].
pub fn health(videos: &[Video]) -> Result<Vec<Caution>> {
    let inspections: Vec<Inspection> =
        videos.par_iter().map(|video| measure(video, false)).collect::<Result<_>>()?;
    let mut cautions = Vec::new();
    let findings: Vec<Finding> = inspections.iter().flat_map(findings).collect();
    for rank in 0..RANKS {
        let of_kind = || findings.iter().filter(|finding| rank_of(&finding.caution.kind) == Some(rank));
        let worst = of_kind().max_by(|a, b| a.severity.total_cmp(&b.severity)).map(|worst| &worst.caution);
        cautions.extend(worst.map(|worst| match of_kind().count() {
            1 => worst.clone(),
            count => Caution {
                subject: format!("{count} of {} movies, {} the worst", inspections.len(), worst.subject),
                ..worst.clone()
            },
        }));
    }
    cautions.extend(together(&inspections));
    Ok(cautions)
}

/// A caution if `videos` are together too short for a converged entropy production.
pub fn too_few_transitions(videos: &[Video]) -> Option<Caution> {
    let transitions: usize = videos.iter().map(|video| video.frames().count() - 1).sum();
    (transitions < FEWEST_TRANSITIONS)
        .then(|| Caution::new("transitions", CautionKind::TooFewTransitions { transitions }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::frames::Frames;
    use ndarray::Array3;
    use rand::{RngExt, SeedableRng};

    /// A movie of noise whose brightness falls by `bleached` of itself.
    fn video(name: &str, frames: usize, bleached: f32, seed: u64) -> Video {
        let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut pixels =
            Array3::from_shape_simple_fn((frames, 6, 8), || generator.random_range(90.0_f32..110.0));
        for (index, mut frame) in pixels.outer_iter_mut().enumerate() {
            frame *= 1.0 - bleached * index as f32 / frames as f32;
        }
        Video::new(name, Frames::F32(pixels), Calibration::default()).unwrap()
    }

    /// Catches one caution a movie, and movies that are too short alone but enough together.
    #[test]
    fn a_fault_of_several_movies_is_told_once_with_the_worst() {
        let bleaching = [0.0, 0.1, 0.3, 0.0].into_iter().enumerate();
        let videos: Vec<Video> =
            bleaching.map(|(i, share)| video(&format!("m{i}"), 300, share, i as u64)).collect();
        let cautions = health(&videos).unwrap();
        assert_eq!(cautions.len(), 1, "{cautions:?}");
        assert_eq!(cautions[0].subject, "2 of 4 movies, m2 the worst");
        assert!(cautions[0].message().contains("-3"), "{}", cautions[0]);
        assert_eq!(health(&videos[..2]).unwrap()[0].subject, "m1");
        assert!(too_few_transitions(&videos[..2]).unwrap().message().contains("598 transitions"));
        assert_eq!(too_few_transitions(&videos), None);
    }

    /// Catches a fixed threshold in place of a test: brightness that wanders by more than the threshold is no
    /// drift.
    #[test]
    fn wandering_brightness_is_no_drift() {
        let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let mut alarms = 0;
        for _ in 0..40 {
            let mut brightness = 0.0_f32;
            let pixels = Array3::from_shape_fn((1200, 2, 2), |(_, row, column)| {
                if row + column == 0 {
                    brightness = 0.97 * brightness + generator.random_range(-2.0..2.0);
                }
                100.0 + brightness + generator.random_range(-1.0..1.0)
            });
            let movie = Video::new("a", Frames::F32(pixels), Calibration::default()).unwrap();
            alarms += health(&[movie]).unwrap().len();
        }
        assert!(alarms <= 1, "{alarms} of 40");
    }
}
