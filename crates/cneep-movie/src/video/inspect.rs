//! Looks a movie over for what would spoil its entropy production, before any of it is estimated.

use super::inspection::{Inspection, Pattern, measure};
use super::levels::MOST_SATURATED;
use super::movie::Video;
use crate::camera::faults;
use crate::caution::{Caution, CautionKind};
use crate::error::Result;
use rayon::prelude::*;
use std::mem::discriminant;

/// Fewer transitions than this cannot give a converged entropy production.
pub(super) const FEWEST_TRANSITIONS: usize = 1000;
/// Relative change of brightness over the movie that speaks against a steady state, if it is no chance.
const LARGEST_DRIFT: f64 = 0.02;
/// Probability below which a drift is believed.
const DRIFT_P_VALUE: f64 = 0.001;
/// Fraction of pixels cut off at zero that no longer passes for the tail of the noise.
const MOST_CLIPPED: f64 = 0.01;
/// Share of frames that may repeat the one before by chance, and where it is none.
const MOST_DUPLICATES: f64 = 0.005;
const FEWEST_REPEATS: f64 = 0.001;

/// Something wrong with a movie.
pub(super) struct Finding {
    pub(super) caution: Caution,
    /// How bad it is, to be compared among movies.
    pub(super) severity: f64,
}

/// Looks over `video`, frame by frame.
///
/// # Errors
/// As [`super::Frames::read_block`].
pub fn inspect(video: &Video) -> Result<Inspection> {
    let mut inspection = measure(video, true)?;
    inspection.cautions.extend(alone(&inspection));
    Ok(inspection)
}

/// Looks over `videos` of one camera; the cautions beside are of what only all of them together show.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_all(videos: &[Video]) -> Result<(Vec<Inspection>, Vec<Caution>)> {
    let mut inspections: Vec<Inspection> =
        videos.par_iter().map(|video| measure(video, true)).collect::<Result<_>>()?;
    for inspection in &mut inspections {
        let found = alone(inspection);
        inspection.cautions.extend(found);
    }
    let told = |caution: &Caution| {
        let same = |other: &Caution| discriminant(&other.kind) == discriminant(&caution.kind);
        inspections.iter().any(|inspection| inspection.cautions.iter().any(same))
    };
    let together = if inspections.len() > 1 { together(&inspections) } else { Vec::new() };
    let together = together.into_iter().filter(|caution| !told(caution)).collect();
    Ok((inspections, together))
}

/// What one movie shows by itself.
fn alone(inspection: &Inspection) -> Vec<Caution> {
    let found = findings(inspection).into_iter().map(|finding| finding.caution);
    let camera = faults(&[&inspection.evidence], 1).into_iter();
    found.chain(camera.map(|kind| Caution::new(&inspection.name, kind))).collect()
}

/// What the camera did, as all movies show it together, or one so clearly that it is no chance among so many.
pub(super) fn together(inspections: &[Inspection]) -> Vec<Caution> {
    let all: Vec<_> = inspections.iter().map(|inspection| &inspection.evidence).collect();
    let subject = match inspections {
        [one] => one.name.clone(),
        _ => format!("{} movies together", inspections.len()),
    };
    let mut found: Vec<Caution> =
        faults(&all, 1).into_iter().map(|kind| Caution::new(subject.clone(), kind)).collect();
    if inspections.len() > 1 {
        for inspection in inspections {
            for kind in faults(&[&inspection.evidence], inspections.len()) {
                if !found.iter().any(|known| discriminant(&known.kind) == discriminant(&kind)) {
                    found.push(Caution::new(&inspection.name, kind));
                }
            }
        }
    }
    found
}

/// What was seen in one movie that a reader of the numbers must know.
pub(super) fn findings(seen: &Inspection) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |severity: f64, kind: CautionKind| {
        findings.push(Finding { caution: Caution::new(&seen.name, kind), severity });
    };
    if seen.frame_interval.is_none() {
        find(0.0, CautionKind::FrameIntervalUnknown);
    }
    if seen.frames <= FEWEST_TRANSITIONS {
        find(1.0 / seen.frames as f64, CautionKind::TooFewTransitions { transitions: seen.frames - 1 });
    }
    if seen.minimum == seen.maximum {
        find(0.0, CautionKind::NothingHappens { level: seen.minimum });
        return findings;
    }
    if let Some((flat, first)) = seen.flat_frames.filter(|_| seen.rows * seen.columns > 1) {
        find(flat as f64, CautionKind::FlatFrames { flat, first });
    }
    if let Some(level) = seen.stretched_to {
        find(0.0, CautionKind::StretchedFrames { level });
    } else if seen.saturated > MOST_SATURATED {
        let kind = CautionKind::Saturation { share: seen.saturated, level: seen.maximum };
        find(seen.saturated, kind);
    }
    if seen.clipped > MOST_CLIPPED {
        find(seen.clipped, CautionKind::Clipping { share: seen.clipped });
    }
    let drift = seen.brightness.relative_drift.filter(|drift| drift.abs() > LARGEST_DRIFT);
    let p_value = seen.brightness.drift_p_value.filter(|&p| p < DRIFT_P_VALUE);
    if let (Some(change), Some(p_value)) = (drift, p_value) {
        find(change.abs(), CautionKind::Drift { change, p_value });
    }
    let (repeats, frames) = (seen.duplicate_frames, seen.frames);
    let most = if seen.frames_differ { FEWEST_REPEATS } else { MOST_DUPLICATES };
    if repeats as f64 / frames as f64 > most {
        find(repeats as f64 / frames as f64, CautionKind::RepeatedFrames { repeats, frames });
    }
    if let Some(Pattern { period, autocorrelation }) = seen.pattern {
        find(autocorrelation, CautionKind::CodecPattern { period, autocorrelation });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Calibration;
    use crate::video::frames::Frames;
    use ndarray::Array3;
    use rand::{RngExt, SeedableRng};

    fn seen(frames: Frames) -> Inspection {
        inspect(&Video::new("a", frames, Calibration::default()).unwrap()).unwrap()
    }

    fn noise(count: usize) -> Array3<f32> {
        let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        Array3::from_shape_simple_fn((count, 6, 8), || generator.random_range(90.0..110.0))
    }

    fn messages(inspection: &Inspection) -> String {
        inspection.cautions.iter().map(Caution::message).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn steady_noise_of_many_frames_raises_nothing_but_the_missing_interval() {
        let found = seen(Frames::F32(noise(1200)));
        assert_eq!(found.cautions.len(), 1, "{}", messages(&found));
        assert!((found.mean - 100.0).abs() < 0.2);
        assert_eq!((found.pattern, found.duplicate_frames, found.saturated), (None, 0, 0.0));
    }

    #[test]
    fn bleaching_is_measured_by_its_linear_trend() {
        let mut pixels = noise(200);
        for (index, mut frame) in pixels.outer_iter_mut().enumerate() {
            frame *= 1.1 - 0.2 * index as f32 / 199.0;
        }
        let found = seen(Frames::F32(pixels));
        assert!((found.brightness.relative_drift.unwrap() + 0.2).abs() < 0.01);
        assert!(messages(&found).contains("not stationary"));
        assert!(messages(&found).contains("199 transitions"));
    }

    #[test]
    fn a_codec_group_is_told_from_a_smooth_beat() {
        let mut coded = noise(300);
        for (index, mut frame) in coded.outer_iter_mut().enumerate() {
            frame += (index / 12) as f32 % 2.0 * 30.0; // a step at every twelfth frame
        }
        let pattern = seen(Frames::F32(coded)).pattern.unwrap();
        assert_eq!(pattern.period, 12);
        assert!(pattern.autocorrelation > 0.9);
        let beat =
            |t: usize, x: usize| 100.0 + 20.0 * (t as f32 / 25.0 * std::f32::consts::TAU).sin() * x as f32;
        let beating = Array3::from_shape_fn((300, 6, 8), |(t, _, x)| beat(t, x));
        assert_eq!(seen(Frames::F32(beating)).pattern, None);
    }

    /// A key frame every twelfth frame, sharper than those predicted from it: differences spike there above
    /// their own noise, with the autocorrelation of 0.8 that real H.264 leaves. Catches a threshold that only
    /// spikes without noise pass.
    #[test]
    fn key_frames_in_noise_are_a_codec_group() {
        let mut coded = noise(400);
        let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(9);
        for (index, mut frame) in coded.outer_iter_mut().enumerate() {
            let quality: f32 = if index % 12 == 0 { 10.0 } else { generator.random_range(-1.5..1.5) };
            frame += quality;
        }
        let pattern = seen(Frames::F32(coded)).pattern.unwrap();
        assert_eq!(pattern.period, 12);
        assert!((0.6..0.95).contains(&pattern.autocorrelation), "{pattern:?}");
    }

    /// Noise about zero that a camera without an offset cuts off, against dark ground with a spot that moves.
    #[test]
    fn clipped_noise_is_told_from_darkness() {
        let clipped = noise(200).mapv(|p| (2.0 * (p - 100.0)).max(0.0) as u8);
        let found = seen(Frames::U8(clipped));
        assert!(found.clipped > 0.1 && messages(&found).contains("cut off at zero"), "{}", found.clipped);
        let spot = |(t, y, x): (usize, usize, usize)| {
            let distance = (x as f64 - 4.0 - (t as f64 * 0.05).sin()).powi(2) + (y as f64 - 3.0).powi(2);
            (255.0 * (-distance / 2.0).exp()) as u8
        };
        assert_eq!(seen(Frames::U8(Array3::from_shape_fn((1200, 6, 8), spot))).clipped, 0.0);
    }

    #[test]
    fn saturation_repeats_and_stillness_are_counted() {
        let mut pixels = noise(100).mapv(|p| p as u16);
        pixels.iter_mut().step_by(50).for_each(|pixel| *pixel = 4095);
        let repeated = pixels.slice(ndarray::s![3, .., ..]).to_owned();
        pixels.slice_mut(ndarray::s![4, .., ..]).assign(&repeated);
        let found = seen(Frames::U16(pixels));
        assert!((found.saturated - 0.02).abs() < 1e-3, "a 12-bit ceiling in 16 bits: {}", found.saturated);
        assert_eq!(found.duplicate_frames, 1);
        let still = seen(Frames::U8(Array3::from_elem((5, 2, 2), 9)));
        assert!(messages(&still).contains("all pixels are 9"));
        assert_eq!(still.duplicate_frames, 4);
    }

    /// Catches a ceiling that is known in full depths alone: 12 bits at the upper end of 16.
    #[test]
    fn a_left_aligned_ceiling_is_saturation() {
        let clipped = noise(100).mapv(|p| (p * 42.0).min(4095.0) as u16 * 16);
        let found = seen(Frames::U16(clipped));
        assert!(found.saturated > 0.05 && found.maximum == 65_520.0, "{}", found.saturated);
        assert!(messages(&found).contains("saturated at 65520"));
    }

    /// Catches frames stretched one by one that pass for saturated, and a hot pixel that passes for a
    /// stretch.
    #[test]
    fn frames_stretched_one_by_one_are_told() {
        let mut stretched = noise(100);
        for mut frame in stretched.outer_iter_mut() {
            let top = frame.iter().copied().fold(0.0, f32::max);
            frame.mapv_inplace(|p| (p - 90.0) / (top - 90.0) * 255.0);
        }
        let found = seen(Frames::U8(stretched.mapv(|p| p as u8)));
        assert!(messages(&found).contains("stretched") && !messages(&found).contains("saturated"));
        let mut hot = noise(100).mapv(|p| p as u8);
        hot.slice_mut(ndarray::s![.., 2, 3]).fill(255);
        assert_eq!(seen(Frames::U8(hot)).stretched_to, None);
    }

    /// Catches a threshold that lets pass what is no chance: in noise no frame repeats the one before.
    #[test]
    fn two_repeats_among_noise_are_told() {
        let mut pixels = noise(1000);
        for at in [100, 700] {
            let before = pixels.slice(ndarray::s![at, .., ..]).to_owned();
            pixels.slice_mut(ndarray::s![at + 1, .., ..]).assign(&before);
        }
        assert!(messages(&seen(Frames::F32(pixels))).contains("2 of 1000 frames repeat"));
    }

    #[test]
    fn the_mean_is_that_of_a_naive_sum() {
        let pixels = noise(10);
        let naive = pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / pixels.len() as f64;
        assert!((seen(Frames::F32(pixels)).mean - naive).abs() < 1e-9);
    }
}
