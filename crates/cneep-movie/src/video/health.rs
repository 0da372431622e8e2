//! Gathers what speaks against using movies as they are.

use super::Video;
use super::inspect::{Inspection, MOST_SATURATED, Pattern, inspect};
use crate::caution::Caution;
use rayon::prelude::*;

/// Fewer transitions than this cannot give a converged entropy production.
const FEWEST_TRANSITIONS: usize = 1000;
/// Relative change of brightness over the movie that speaks against a steady state, if it is no chance.
const LARGEST_DRIFT: f64 = 0.02;
/// Probability below which a drift is believed.
const DRIFT_P_VALUE: f64 = 0.001;
/// Fraction of pixels cut off at zero that no longer passes for the tail of the noise.
const MOST_CLIPPED: f64 = 0.01;
/// Share of frames that may repeat the one before: a camera drops some.
const MOST_DUPLICATES: f64 = 0.005;

/// Something wrong with a movie.
pub(super) struct Finding {
    kind: Kind,
    /// How bad it is, to be compared among movies.
    severity: f64,
    pub(super) caution: Caution,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    FrameInterval,
    TooShort,
    NothingHappens,
    Saturation,
    Clipping,
    Drift,
    Repeats,
    Codec,
}

/// In the order in which they are told.
const KINDS: [Kind; 6] =
    [Kind::NothingHappens, Kind::Drift, Kind::Codec, Kind::Repeats, Kind::Saturation, Kind::Clipping];

/// What speaks against using `videos` as they are: each fault once, with the number of movies that have it and the worst of them.
/// A missing frame interval and [`too_few_transitions`] are not among them.
pub fn health(videos: &[Video]) -> Vec<Caution> {
    let inspections: Vec<Inspection> = videos.par_iter().map(inspect).collect();
    let mut cautions = Vec::new();
    let findings: Vec<Finding> = inspections.iter().flat_map(findings).collect();
    for kind in KINDS {
        let of_kind = || findings.iter().filter(|finding| finding.kind == kind);
        let worst = of_kind().max_by(|a, b| a.severity.total_cmp(&b.severity)).map(|worst| &worst.caution);
        cautions.extend(worst.map(|worst| match of_kind().count() {
            1 => worst.clone(),
            count => Caution {
                subject: format!("{count} of {} movies, {} the worst", inspections.len(), worst.subject),
                ..worst.clone()
            },
        }));
    }
    cautions
}

/// A caution if `videos` are together too short for a converged entropy production.
pub fn too_few_transitions(videos: &[Video]) -> Option<Caution> {
    let transitions: usize = videos.iter().map(|video| video.frames().count() - 1).sum();
    (transitions < FEWEST_TRANSITIONS).then(|| too_short("transitions".into(), transitions))
}

fn too_short(subject: String, transitions: usize) -> Caution {
    Caution::new(
        subject,
        format!("{transitions} transitions cannot give a converged entropy production."),
        "Analyse more movies together, or take the result for its sign and map at most.",
    )
}

/// What was seen in one movie that a reader of the numbers must know.
pub(super) fn findings(seen: &Inspection) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |kind: Kind, severity: f64, message: String, remedy: &str| {
        findings.push(Finding { kind, severity, caution: Caution::new(&seen.name, message, remedy) });
    };
    if seen.frame_interval.is_none() {
        let message = "its frame interval is not known; rates can only be stated per frame.";
        find(Kind::FrameInterval, 0.0, message.into(), "State it in seconds (--frame-interval).");
    }
    if seen.frames <= FEWEST_TRANSITIONS {
        let Caution { message, remedy, .. } = too_short(String::new(), seen.frames - 1);
        find(Kind::TooShort, 1.0 / seen.frames as f64, message, &remedy);
    }
    if seen.minimum == seen.maximum {
        let message = format!("all pixels are {}: nothing happens in this movie.", seen.minimum);
        find(Kind::NothingHappens, 0.0, message, "Check the export, and the channel.");
        return findings;
    }
    if seen.saturated > MOST_SATURATED {
        let message = format!("{:.2} % of pixels are saturated at {}.", 100.0 * seen.saturated, seen.maximum);
        let remedy =
            "Record at lower exposure, or crop the saturated part: what is clipped carries no dynamics.";
        find(Kind::Saturation, seen.saturated, message, remedy);
    }
    if seen.clipped > MOST_CLIPPED {
        let message = format!(
            "in each frame noise comes out of pixels cut off at zero, in {:.1} % of all.",
            100.0 * seen.clipped
        );
        let remedy = "Record with a higher offset, or do not subtract the background before analysis: what is clipped carries no dynamics.";
        find(Kind::Clipping, seen.clipped, message, remedy);
    }
    let drift = seen.brightness.relative_drift.filter(|drift| drift.abs() > LARGEST_DRIFT);
    if let (Some(drift), Some(p)) = (drift, seen.brightness.drift_p_value.filter(|&p| p < DRIFT_P_VALUE)) {
        let message = format!(
            "brightness changes by {:+.1} % over the movie (p = {p:.1e}), so it is not stationary.",
            100.0 * drift
        );
        let remedy = "Bleaching or a drifting lamp looks like an arrow of time: divide each frame by its mean, \
                      or keep a steady part.";
        find(Kind::Drift, drift.abs(), message, remedy);
    }
    let repeats = seen.duplicate_frames as f64 / seen.frames as f64;
    if repeats > MOST_DUPLICATES {
        let message = format!("{} of {} frames repeat the one before.", seen.duplicate_frames, seen.frames);
        find(
            Kind::Repeats,
            repeats,
            message,
            "Drop the repeated frames, or export at the camera's own rate.",
        );
    }
    if let Some(Pattern { period, autocorrelation }) = seen.pattern {
        let message = format!(
            "differences between frames spike every {period} frames (autocorrelation {autocorrelation:.2}), \
             as a video codec's groups do."
        );
        let remedy = "A codec predicts forward in time and breaks reversibility by itself: use the lossless recording.";
        find(Kind::Codec, autocorrelation, message, remedy);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::Frames;
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
        let cautions = health(&videos);
        assert_eq!(cautions.len(), 1, "{cautions:?}");
        assert_eq!(cautions[0].subject, "2 of 4 movies, m2 the worst");
        assert!(cautions[0].message.contains("-3"), "{}", cautions[0].message);
        assert_eq!(health(&videos[..2])[0].subject, "m1");
        assert!(too_few_transitions(&videos[..2]).unwrap().message.contains("598 transitions"));
        assert_eq!(too_few_transitions(&videos), None);
    }

    /// Catches a fixed threshold in place of a test: brightness that wanders by more than the threshold is no drift.
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
            alarms += health(&[movie]).len();
        }
        assert!(alarms <= 1, "{alarms} of 40");
    }
}
