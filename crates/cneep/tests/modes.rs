//! Pins what a fit of modes reaches on movies whose entropy production is known.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod scene;

use cneep::entropy_production::{Role, Significance, Summary};
use cneep::estimator::{
    ComparisonSettings, Estimator, EstimatorPlan, EstimatorSettings, FitRecord, Member, ModesPlan,
    ModesSettings, StopReason, Training, TrainingRun,
};
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use cneep_sim::microscope::Camera;
use ndarray::{Array3, Axis};
use scene::{Scene, reversed, values};

fn modes(window: usize) -> Training {
    of_form(window, ModesSettings::default())
}

fn of_form(window: usize, form: ModesSettings) -> Training {
    Training::single(EstimatorSettings::Modes(form)).with_window(window)
}

/// The benchmark of physics: two beads, T 1 and 10, on movies never seen. Catches a wrong factor (slope,
/// bound), lost modes (R squared), and a map that puts dissipation in the wrong place: beads dissipate 1.428
/// and 0.597 exactly.
#[test]
fn two_beads_are_estimated_and_mapped_from_a_hundred_short_movies() {
    let seen = Scene::clean(100, 500, 10.0, 1);
    let fresh = Scene::clean(20, 500, 10.0, 2);
    let estimator = Estimator::train(&seen.videos, &modes(2)).unwrap();
    let entropy = fresh.estimate(&estimator);
    let comparison = entropy.comparison().unwrap();
    assert!(comparison.r_squared > 0.97, "{comparison:?}");
    assert!((comparison.slope - 1.0).abs() < 0.05, "{comparison:?}");
    let bound = entropy.certified_bound().unwrap();
    let apart = (bound.value - comparison.realised_rate).abs();
    assert!(apart < 2.0 * bound.standard_error.unwrap(), "{bound:?} {comparison:?}");
    for part in fresh.beads_on_the_map(&estimator) {
        assert!((part.map_rate / part.realised_rate - 1.0).abs() < 0.1, "{part:?}");
        assert!(part.correlation > 0.97, "{part:?}");
    }
}

/// Strong driving in few short movies, T 1 and 100, then 1,000, of which the whole has no verdict and a part
/// of the frame bounds it. Catches pairs of frames in which nothing is found, a rate that is stated above its
/// own bound, with an interval that excludes what was realised, and a bound by a part above that.
#[test]
fn strong_driving_is_found_and_not_overstated() {
    for (hot, seed) in [(100.0, 1), (100.0, 11), (1000.0, 21)] {
        let estimator = Estimator::train(&Scene::clean(10, 300, hot, seed).videos, &modes(2)).unwrap();
        let mut entropy = Scene::clean(10, 300, hot, seed + 1).estimate(&estimator);
        let (summary, realised) = (Summary::of(&entropy, None), entropy.comparison().unwrap().realised_rate);
        assert_eq!(summary.significance, Significance::Dissipates, "{summary:?}");
        let (rate, bound) = (summary.entropy_production_rate, summary.certified_bound.unwrap());
        assert!(bound.value > 5.0 * bound.standard_error.unwrap(), "{bound:?}");
        assert_eq!(summary.bounding_part.is_some(), hot > 100.0);
        if hot > 100.0 {
            assert!(bound.confidence_interval.unwrap()[1] < realised, "{bound:?}, realised {realised}");
            entropy.fit.bounded_by = None;
            let whole = Summary::of(&entropy, None);
            assert_eq!(whole.significance, Significance::Withdrawn, "{whole:?}");
            assert!(whole.certified_bound.is_none());
            continue;
        }
        assert!(rate.value < bound.value + 2.0 * bound.standard_error.unwrap(), "{rate:?} {bound:?}");
        assert!(rate.confidence_interval.unwrap()[0] < realised, "{rate:?}, realised {realised}");
    }
}

/// Without a difference of temperatures there is nothing to find. Every member of a cross-fit is kept,
/// whatever its bound, so that its estimate is not zero: over 24 sets the rates on fresh movies must scatter
/// about zero, and the bounds must not exceed it. Each count has a probability below 1 % for an estimator
/// that does not lean. Catches a rate or a bound that leans upwards by half a standard error.
#[test]
fn equal_temperatures_give_zero_on_average() {
    let fresh = Scene::clean(20, 300, 1.0, 4);
    let modes =
        ModesSettings { modes: Some(4), patch: Some(0), ridge: Some(0.01), ..ModesSettings::default() };
    let comparison = ComparisonSettings {
        estimators: vec![EstimatorSettings::Modes(modes)],
        windows: vec![2],
        folds: 2,
        ..ComparisonSettings::default()
    };
    let rates = (0..24).map(|seed| {
        let folder = tempfile::tempdir().unwrap();
        let seen = Scene::clean(12, 100, 1.0, 300 + seed);
        let run = Training::comparison(comparison.clone());
        TrainingRun::new(&run).kept_in(folder.path()).train(&seen.videos).unwrap();
        let member = folder.path().join("modes/fold_1");
        // Not summed, as nothing was worth it, and so not kept.
        if !member.exists() {
            return None;
        }
        let entropy = fresh.estimate(&Estimator::load(&member).unwrap());
        let (rate, bound) = (entropy.rate(), entropy.certified_bound().unwrap());
        // A member may estimate zero, which says nothing here.
        (rate.value != 0.0)
            .then(|| (rate.value / rate.standard_error.unwrap(), bound.value / bound.standard_error.unwrap()))
    });
    let rates: Vec<(f64, f64)> = rates.flatten().collect();
    assert!(rates.len() > 5, "{rates:?}");
    let mean = rates.iter().map(|(rate, _)| rate).sum::<f64>() / (rates.len() as f64).sqrt();
    assert!(mean.abs() < 2.6, "{mean} {rates:?}");
    assert!(rates.iter().filter(|(_, bound)| *bound > 2.0).count() <= 2, "{rates:?}");
}

/// The film run backwards gives minus the entropy production, in reverse order; every map has the frame's own
/// resolution and sums to its transition. Catches a window that is not treated symmetrically and modes that
/// are not orthonormal.
#[test]
fn reversal_flips_and_maps_sum_for_every_window() {
    let scene = Scene::clean(40, 200, 10.0, 5);
    for window in [2, 3, 4] {
        for patch in [None, Some(16)] {
            let form = ModesSettings { patch, modes: patch.map(|_| 2), ..ModesSettings::default() };
            let estimator = Estimator::train(&scene.videos, &of_form(window, form)).unwrap();
            let forward = values(&estimator, &scene.videos[0]);
            let mut backward = values(&estimator, &reversed(&scene.videos[0]));
            backward.reverse();
            assert!(forward.iter().any(|value| *value != 0.0), "window {window}");
            let negated: Vec<u64> = backward.iter().map(|value| (-value).to_bits()).collect();
            assert_eq!(forward.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), negated);
            let maps = estimator.dissipation_map(&scene.videos[0]).unwrap();
            assert_eq!(maps.transitions.dim(), (201 - window, 20, 40));
            for (map, value) in maps.transitions.axis_iter(Axis(0)).zip(&forward) {
                let sum: f64 = map.iter().map(|&cell| f64::from(cell)).sum();
                assert!((sum - value).abs() < 1e-5 * (1.0 + value.abs()), "{sum} {value}");
            }
        }
    }
}

/// Under noise, longer windows see more of the entropy production per unit of time.
#[test]
fn longer_windows_see_through_noise() {
    let camera = |seed| Camera { read_noise: 0.1, seed, ..Camera::default() };
    let seen = Scene::new(40, 500, 10.0, 6, camera(6));
    let fresh = Scene::new(20, 500, 10.0, 7, camera(7));
    let score = |window| {
        let entropy = fresh.estimate(&Estimator::train(&seen.videos, &modes(window)).unwrap());
        (entropy.comparison().unwrap().r_squared, entropy.certified_bound().unwrap().value)
    };
    let (short, long) = (score(2), score(6));
    assert!(long.0 > short.0 + 0.15 && long.1 > short.1 + 0.3, "{short:?} {long:?}");
}

#[test]
fn the_same_movies_give_the_same_bits_for_any_number_of_threads() {
    let scene = Scene::clean(8, 200, 10.0, 8);
    let train = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Estimator::train(&scene.videos, &modes(3)).unwrap().parameters().to_vec())
    };
    assert_eq!(train(1), train(3));
}

/// A single movie is split and folded by segments of time; what is left open is written down.
#[test]
fn a_run_is_saved_with_what_it_chose_and_loaded_again() {
    let scene = Scene::clean(1, 2000, 10.0, 9);
    let folder = tempfile::tempdir().unwrap();
    let settings = of_form(2, ModesSettings { modes: Some(2), ..Default::default() });
    let trained = TrainingRun::new(&settings).kept_in(folder.path()).train(&scene.videos).unwrap();
    let loaded = Estimator::load(folder.path()).unwrap();
    assert_eq!(values(&trained, &scene.videos[0]), values(&loaded, &scene.videos[0]));
    assert_eq!(loaded.settings(), trained.settings());
    assert_eq!(loaded.stop_reason(), Some(StopReason::Finished));
    let record = loaded.record();
    let FitRecord::ClosedForm(found) = &record.fit else { panic!("{record:?}") };
    let members =
        vec![Member { patch: 0, spacing: 0, modes: 2, radius: 0, above_noise: false, normalised: false }];
    assert_eq!(found.plan, EstimatorPlan::Modes(ModesPlan { members }));
    let kept = found.kept();
    assert!(!kept.is_empty() && kept.iter().all(|candidate| candidate.bound > 0.0), "{kept:?}");
    assert!(found.bound > 0.0);
    assert_eq!(record.transitions[1], 0, "a fit validates by turns");
    let last = Estimator::load_last(folder.path()).unwrap();
    assert_eq!(last.parameters(), loaded.parameters());
    let held_out = loaded.entropy_production(&scene.videos).unwrap().count_of(Role::HeldOut);
    assert_eq!(held_out, record.transitions[2]);
    let again = TrainingRun::new(&settings).kept_in(folder.path()).resume(&scene.videos);
    assert!(again.err().unwrap().to_string().contains("closed form"));
}

#[test]
fn what_cannot_be_fitted_is_refused_by_name() {
    let refused = |modes: &str| {
        let settings: Training = toml::from_str(&format!("[estimator]\nkind = \"modes\"\n{modes}")).unwrap();
        settings.check().unwrap_err().to_string()
    };
    assert!(refused("modes = 0").starts_with("modes.modes"));
    assert!(refused("ridge = -1.0").starts_with("modes.ridge"));
    assert!(refused("patch = 2").starts_with("modes.patch"));
    assert!(toml::from_str::<Training>("estimator = { kind = \"modes\", mode = 3 }").is_err());
    let pixels = Frames::U8(Array3::from_shape_fn((50, 2, 2), |(f, r, c)| (f * 7 % 13 + r + c) as u8));
    let tiny = Video::new("tiny", pixels, Calibration::default()).unwrap();
    let many = of_form(2, ModesSettings { modes: Some(9), ..Default::default() });
    assert!(Estimator::train(&tiny, &many).err().unwrap().to_string().starts_with("modes.modes"));
}
