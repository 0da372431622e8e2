//! Pins rate and bound along the gap between frames to what pairs of frames show exactly.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cneep::estimator::{ComparisonSettings, Training, frame_gap_curve};
use cneep_movie::progress::Silent;
use cneep_movie::video::Video;
use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile};
use cneep_sim::microscope::Microscope;

/// Movies of two beads, and the rate along their very paths, in `k_B/s`.
fn two_beads(movies: usize, frames: usize, seed: u64) -> (Vec<Video>, f64) {
    let chain = BeadSpring::new(2, TemperatureProfile::linear(1.0, 10.0)).unwrap();
    let run = Simulation { movies, frames, ..Simulation::default() };
    let paths = chain.simulate(&run, seed).unwrap();
    let produced: f64 = paths.iter().map(|path| path.entropy_production().total.iter().sum::<f64>()).sum();
    let time = 0.01 * (movies * (frames - 1)) as f64;
    (Microscope::default().record(&paths).unwrap(), produced / time)
}

/// Modes alone, of pairs of frames.
fn pairs(folds: usize) -> Training {
    let modes = ComparisonSettings { folds, ..ComparisonSettings::of(&["modes"]).unwrap() };
    let mut settings = Training::comparison(modes).with_window(2);
    settings.split.test_fraction = 0.0;
    settings
}

/// Pairs of frames 0.01 s and 0.2 s apart show 1.985 and 1.289 of the two beads' 2.025 `k_B/s`, and a bound
/// on frames that no fit has seen does not exceed them. Catches phases that are judged by a fit to another
/// phase of the same movie (the bound rises), phases that are lost or put together in another order, and a
/// rate per thinned frame.
#[test]
fn every_gap_shows_what_its_pairs_of_frames_show() {
    let (movies, realised) = two_beads(40, 800, 21);
    let curve = frame_gap_curve(&movies, &[20, 1], &pairs(5), &Silent).unwrap();
    let gaps: Vec<usize> = curve.points.iter().map(|point| point.gap).collect();
    assert_eq!(gaps, [1, 20]);
    let near = &curve.points[0].rate;
    assert!((near.value / realised - 1.985 / 2.025).abs() < 0.1, "{near:?} {realised}");
    for (point, exact) in curve.points.iter().zip([1.985, 1.289]) {
        let error = point.rate.standard_error.unwrap();
        assert!((point.rate.value - exact).abs() < 3.0 * error && error < 0.25, "{exact}: {point:?}");
        let bound = point.bound.as_ref().unwrap();
        assert!(bound.value < exact + 2.0 * bound.standard_error.unwrap(), "{point:?}");
        assert!(bound.value > 0.7 * exact, "{point:?}");
    }
    assert!((curve.points[1].interval - 0.2).abs() < 1e-9);
}

/// Catches a gap that is passed over in silence.
#[test]
fn gaps_that_leave_too_little_are_named() {
    let (movies, _) = two_beads(4, 40, 22);
    for gap in [0, 21] {
        let curve = frame_gap_curve(&movies, &[1, gap], &pairs(2), &Silent).unwrap();
        assert_eq!(curve.points.iter().map(|point| point.gap).collect::<Vec<_>>(), [1]);
        let [left_out] = &curve.left_out[..] else { panic!("{curve:?}") };
        assert!(left_out.gap == gap && left_out.reason.contains("a gap of 1 to 20 frames"), "{left_out:?}");
        let told = frame_gap_curve(&movies, &[gap], &pairs(2), &Silent).unwrap_err().to_string();
        assert!(told.contains("a gap of 1 to 20 frames"), "{told}");
    }
}
