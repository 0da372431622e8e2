//! Checks that clean simulated movies raise no false alarm, and that what is wrong with a movie is told.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cneep::dissipation_map::MapSums;
use cneep::entropy_production::{Significance, Summary};
use cneep::estimator::{Estimator, EstimatorSettings, ModesSettings, Training, against_frame_gap};
use cneep_movie::video::{Video, health, inspect, too_few_transitions};
use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile};
use cneep_sim::microscope::Microscope;

fn two_beads(movies: usize, frames: usize, hot: f64, seed: u64) -> Vec<Video> {
    let chain = BeadSpring::new(2, TemperatureProfile::linear(1.0, hot)).unwrap();
    let run = Simulation { movies, frames, ..Simulation::default() };
    Microscope::default().record(&chain.simulate(&run, seed).unwrap()).unwrap()
}

/// Peaks of equal height are no saturation, darkness is not clipped, and slow beads do not bleach.
#[test]
fn clean_simulated_movies_raise_no_alarm() {
    for (hot, seed) in [(10.0, 1), (1.0, 2)] {
        let videos = two_beads(20, 500, hot, seed);
        assert_eq!(health(&videos).unwrap(), []);
        assert_eq!(too_few_transitions(&videos), None);
        let long = two_beads(1, 4000, hot, seed);
        assert_eq!(inspect(&long[0]).unwrap().cautions, []);
    }
}

/// The whole road on a steady state that is found: an interval about the bound, a limit below the rate, cells
/// where the beads are, and nothing to be careful about but what the user has not said.
#[test]
fn a_found_dissipation_is_stated_without_alarm() {
    let settings = Training::single(EstimatorSettings::Modes(ModesSettings::default()));
    let estimator = Estimator::train(two_beads(60, 500, 10.0, 3), &settings).unwrap();
    let fresh = two_beads(40, 500, 10.0, 4);
    let summary = Summary::of(&estimator.entropy_production(&fresh).unwrap(), None);
    assert_eq!(summary.significance, Significance::Dissipates, "{summary:?}");
    let subjects: Vec<&str> = summary.cautions.iter().map(|caution| caution.subject.as_str()).collect();
    assert!(subjects.iter().all(|&subject| subject == "exposure"), "{:?}", summary.cautions);
    let [low, high] = summary.entropy_production_rate.confidence_interval.unwrap();
    assert!(low < 2.0 && 2.0 < high && high - low < 1.0, "{low} to {high}");
    let limit = summary.detection_limit.unwrap();
    let ascending =
        [Some(limit.exact_estimator_test), limit.test, limit.verdict, limit.verdict_in_95_percent];
    assert!(ascending.is_sorted() && limit.verdict_in_95_percent.unwrap() < 4.0, "{limit:?}");
    assert!(limit.verdict.unwrap() < 2.0, "{limit:?}");
    let maps: Vec<_> = fresh[..4].iter().map(|video| estimator.dissipation_map(video).unwrap()).collect();
    let held_out: Vec<Vec<bool>> = maps.iter().map(|map| vec![true; map.transitions.dim().0]).collect();
    let significance = MapSums::of(&maps, &held_out).unwrap().significance().unwrap();
    let mask = significance.mask();
    assert!(mask[[10, 10]], "the hot bead rests at row 10, column 10: {significance:?}");
    assert!(!mask[[0, 0]] && significance.p_values[[0, 0]] == 1.0, "nothing is drawn in the corner");
}

/// Pairs of frames 0.01 s and 0.2 s apart show 1.985 and 1.289 of the two beads' 2.025 `k_B/s`. Catches a
/// rate per thinned frame, a training on other gaps than the estimate's, and lost phases.
#[test]
fn longer_gaps_show_the_exact_lower_rate() {
    let modes = ModesSettings {
        modes: Some(2),
        ridge: Some(1e-4),
        patch: Some(0),
        radius: Some(0),
        ..ModesSettings::default()
    };
    let settings = Training::single(EstimatorSettings::Modes(modes));
    let (seen, fresh) = (two_beads(4, 5000, 10.0, 5), two_beads(4, 5000, 10.0, 6));
    let curve = against_frame_gap(&fresh, &[20, 1], |gap, thinned| {
        let phases: Vec<Vec<Video>> =
            seen.iter().map(|video| video.thinned(gap)).collect::<Result<_, _>>()?;
        Estimator::train(phases.concat(), &settings)?.entropy_production(thinned)
    });
    let curve = curve.unwrap();
    for (point, exact) in curve.points.iter().zip([1.985, 1.289]) {
        let error = point.rate.standard_error.unwrap();
        assert!((point.rate.value - exact).abs() < 3.5 * error && error < 0.25, "{point:?}");
    }
    assert!((curve.points[1].interval - 0.2).abs() < 1e-9);
}
