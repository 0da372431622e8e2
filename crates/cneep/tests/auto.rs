//! Pins the comparison of estimators: its sum obeys the laws of every estimator, and judges what its members have not seen.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod scene;

use cneep::estimator::{AutoSettings, Estimator, EstimatorKind, Standing, StopReason, Training, TrainingRun};
use cneep_movie::progress::Progress;
use cneep_sim::microscope::Camera;
use scene::{Scene, reversed, values};

/// Modes and a force that is trained for a moment.
fn quick(estimators: &[EstimatorKind], windows: &[usize]) -> Training {
    let auto =
        AutoSettings { estimators: estimators.to_vec(), windows: windows.to_vec(), folds: 3, seconds: 100.0 };
    Training { iterations: Some(40), batch: Some(64), auto, ..Training::default() }
}

const LOCAL: [EstimatorKind; 2] = [EstimatorKind::Modes, EstimatorKind::Force];

/// Catches a choice that prefers long windows on clean movies or short ones on noisy ones, a sum that is worse than what it is made of, and
/// a record that does not tell what was compared.
#[test]
fn the_best_on_held_out_transitions_is_kept() {
    let scene = Scene::clean(20, 300, 10.0, 5);
    let estimator = Estimator::train(&scene.videos, &quick(&LOCAL, &[2, 12])).unwrap();
    let record = estimator.record();
    assert_eq!(estimator.settings().window, 2, "{:?}", record.contenders);
    assert_eq!(record.contenders.iter().filter(|of| of.standing == Standing::Scouted).count(), 2);
    let modes = record.contenders.iter().find(|of| of.standing == Standing::CrossFitted).unwrap();
    assert_eq!((modes.estimator, modes.folds), (EstimatorKind::Modes, 3));
    assert!(modes.weight > 0.7 && modes.weight < 1.3, "{modes:?}");
    let bound = 1.0 - record.best_validation_loss.unwrap();
    assert!(bound >= modes.bound.unwrap() - 1e-12);
    let fresh = Scene::clean(5, 400, 10.0, 6);
    let comparison = fresh.estimate(&estimator).comparison().unwrap();
    assert!(comparison.r_squared > 0.9, "{comparison:?}");
    for part in fresh.beads_on_the_map(&estimator) {
        assert!(part.correlation > 0.9, "{part:?}");
    }

    let scene = Scene::new(20, 300, 10.0, 5, noisy(0.1));
    let estimator = Estimator::train(&scene.videos, &quick(&LOCAL[..1], &[2, 6])).unwrap();
    assert_eq!(estimator.settings().window, 6, "{:?}", estimator.record().contenders);
}

/// Every transition of a training movie must be judged by members that have not seen it: catches members that judge what they were
/// fitted to, and transitions that nobody judges.
#[test]
fn training_movies_are_judged_by_those_that_have_not_seen_them() {
    let scene = Scene::clean(8, 120, 10.0, 7);
    let settings = quick(&LOCAL[..1], &[2]);
    let estimator = Estimator::train(&scene.videos, &settings).unwrap();
    let members = estimator.members();
    assert_eq!(members.len(), 3);
    let summed = estimator.entropy_production(&scene.videos).unwrap();
    assert_eq!(summed.held_out_count(), summed.transition_count());
    let weight = estimator.record().contenders.iter().map(|of| of.weight).fold(0.0, f64::max);
    for (video, summed) in scene.videos.iter().zip(&summed.movies) {
        let judges: Vec<&&Estimator> =
            members.iter().filter(|member| member.held_out(video).iter().all(|&unseen| unseen)).collect();
        // One movie is set aside for the test of all members; each other one belongs to one fold.
        assert!([1, 3].contains(&judges.len()), "{}", judges.len());
        let own =
            judges.iter().map(|judge| judge.entropy_production(video).unwrap().movies[0].values.clone());
        let own: Vec<Vec<f64>> = own.collect();
        for (place, value) in summed.values.iter().enumerate() {
            let mean = own.iter().map(|values| values[place]).sum::<f64>() / own.len() as f64;
            assert!((value - weight * mean).abs() < 1e-12);
        }
    }
}

/// The laws of every estimator hold for the sum: reversal changes the sign bit for bit, maps sum to dS, bits do not depend on threads, and a
/// folder gives back what was saved in it.
#[test]
fn the_sum_obeys_the_laws() {
    let scene = Scene::new(12, 200, 10.0, 9, noisy(0.02));
    let folder = tempfile::tempdir().unwrap();
    let settings = Training { split: no_test(), ..quick(&LOCAL, &[3]) };
    let train = |threads: usize, folder: &std::path::Path| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| TrainingRun::new(&settings).kept_in(folder).train(&scene.videos).unwrap())
    };
    let estimator = train(1, folder.path());
    let fresh = Scene::new(1, 60, 10.0, 10, noisy(0.02));
    let forward = values(&estimator, &fresh.videos[0]);
    let mut backward = values(&estimator, &reversed(&fresh.videos[0]));
    backward.reverse();
    assert!(forward.iter().any(|value| *value != 0.0));
    assert!(forward.iter().zip(&backward).all(|(f, b)| f.to_bits() == (-b).to_bits()));

    let map = estimator.dissipation_map(&fresh.videos[0]).unwrap();
    assert_eq!((map.grid.rows, map.grid.columns, map.grid.cell), (20, 40, 1));
    for (sum, value) in map.entropy_production().iter().zip(&forward) {
        assert!((sum - value).abs() < 1e-5, "{sum} {value}");
    }
    let loaded = Estimator::load(folder.path()).unwrap();
    assert_eq!(values(&loaded, &fresh.videos[0]), forward);
    let other = tempfile::tempdir().unwrap();
    assert_eq!(values(&train(2, other.path()), &fresh.videos[0]), forward);
    assert!(TrainingRun::new(&settings).kept_in(folder.path()).resume(&scene.videos).is_err());
}

/// Asks to stop as soon as networks train.
struct StopAtNetworks(std::sync::atomic::AtomicBool);

impl Progress for StopAtNetworks {
    fn begin(&self, task: &str, _: u64) {
        self.0.fetch_or(task.contains("iterations"), std::sync::atomic::Ordering::Relaxed);
    }

    fn stop_requested(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Catches a request to stop that loses what was complete.
#[test]
fn a_stopped_comparison_keeps_what_was_complete() {
    let scene = Scene::clean(8, 120, 10.0, 11);
    let stop = StopAtNetworks(false.into());
    let settings = quick(&LOCAL, &[2]);
    let estimator = TrainingRun::new(&settings).watched_by(&stop).train(&scene.videos).unwrap();
    assert_eq!(estimator.stop_reason(), Some(StopReason::Interrupted));
    assert_eq!(estimator.members().len(), 3);
}

fn noisy(read_noise: f64) -> Camera {
    Camera { read_noise, ..Camera::default() }
}

fn no_test() -> cneep::transition::SplitSettings {
    cneep::transition::SplitSettings { test_fraction: 0.0, ..Default::default() }
}
