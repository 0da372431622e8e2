//! Pins the laws that every estimate must obey, whatever its parameters.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cneep::dissipation_map::DissipationMap;
use cneep::entropy_production::Role;
use cneep::estimator::{
    DescentSettings, Estimator, EstimatorSettings, NetworkSettings, StopReason, Training, TrainingRun,
};
use cneep_movie::caution::CautionKind;
use cneep_movie::progress::Progress;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile};
use cneep_sim::microscope::Microscope;
use ndarray::{Array3, Axis, s};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

fn movies(count: usize, frames: usize, hot: f64, seed: u64) -> Vec<Video> {
    let chain = BeadSpring::new(2, TemperatureProfile::linear(1.0, hot)).unwrap();
    let run = Simulation { movies: count, frames, ..Simulation::default() };
    Microscope::default().record(&chain.simulate(&run, seed).unwrap()).unwrap()
}

/// Waves that travel to the right: so far from equilibrium that a few iterations beat an estimate of zero.
fn driven(count: usize, frames: usize) -> Vec<Video> {
    let wave = |movie: usize| {
        move |(frame, row, column): (usize, usize, usize)| {
            let phase = column as f64 * 0.6 - frame as f64 * 0.8 + movie as f64 + row as f64 * 0.05;
            (128.0 + 90.0 * phase.sin()) as u8
        }
    };
    let movie = |movie| Frames::U8(Array3::from_shape_fn((frames, 20, 40), wave(movie)));
    (0..count).map(|i| Video::new(format!("wave {i}"), movie(i), Calibration::default()).unwrap()).collect()
}

fn short() -> Training {
    at_rate(6e-4)
}

fn at_rate(learning_rate: f64) -> Training {
    let descent = DescentSettings {
        iterations: Some(30),
        learning_rate,
        batch: Some(32),
        validate_every: Some(10),
        ..DescentSettings::default()
    };
    let network = NetworkSettings { descent, ..NetworkSettings::default() };
    Training::single(EstimatorSettings::Convolutional(network))
}

fn reversed(video: &Video) -> Video {
    let Frames::U8(pixels) = video.frames() else { panic!("an 8-bit movie") };
    let pixels = pixels.slice(s![..;-1, .., ..]).as_standard_layout().into_owned();
    Video::new("reversed", Frames::U8(pixels), Calibration::default()).unwrap()
}

/// The film run backwards must give minus the entropy production, to the last bit, in reverse order.
#[test]
fn reversal_changes_the_sign_bit_for_bit() {
    let movies = movies(6, 40, 10.0, 1);
    for window in [2, 3, 5] {
        let estimator = Estimator::train(driven(6, 40), &short().with_window(window)).unwrap();
        let forward = estimator.entropy_production(&movies[0]).unwrap().movies[0].values.clone();
        let mut backward =
            estimator.entropy_production(reversed(&movies[0])).unwrap().movies[0].values.clone();
        backward.reverse();
        assert!(forward.iter().any(|value| *value != 0.0));
        let negated: Vec<u64> = backward.iter().map(|value| (-value).to_bits()).collect();
        assert_eq!(forward.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), negated);
    }
}

/// Catches a map that leaves out the border, or a bias that leaks into the estimate.
#[test]
fn every_map_sums_to_its_transition() {
    let movies = movies(6, 40, 10.0, 2);
    let estimator = Estimator::train(driven(6, 40), &short()).unwrap();
    let values = &estimator.entropy_production(&movies[1]).unwrap().movies[0].values;
    let DissipationMap { transitions, .. } = estimator.dissipation_map(&movies[1]).unwrap();
    assert_eq!(transitions.dim(), (39, 5, 10));
    assert!(values.iter().all(|value| *value != 0.0));
    for (map, value) in transitions.axis_iter(Axis(0)).zip(values) {
        let sum: f64 = map.iter().map(|&cell| f64::from(cell)).sum();
        assert!((sum - value).abs() < 1e-5 * (1.0 + value.abs()), "{sum} {value}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_for_any_number_of_threads() {
    let movies = driven(6, 40);
    let train = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Estimator::train(&movies, &short()).unwrap().parameters().to_vec())
    };
    let one = train(1);
    assert_eq!(one, train(2));
    assert_eq!(one, train(3));
    let other = Estimator::train(&movies, &Training { seed: 1, ..short() }).unwrap();
    assert_ne!(one, other.parameters());
}

/// Asks to stop after a number of iterations.
struct StopAfter(AtomicU64);

impl Progress for StopAfter {
    fn stop_requested(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) == 0
    }
}

fn files(folder: &Path) -> [Vec<u8>; 3] {
    ["last.safetensors", "best.safetensors", "training.csv"]
        .map(|name| std::fs::read(folder.join(name)).unwrap())
}

/// Stopped between validations, where sums are half made: catches any state left out of the checkpoint.
#[test]
fn a_resumed_run_ends_with_the_bits_of_an_uninterrupted_one() {
    let movies = movies(6, 40, 10.0, 4);
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    TrainingRun::new(&short()).kept_in(whole.path()).train(&movies).unwrap();
    let stop = StopAfter(AtomicU64::new(17));
    let stopped = TrainingRun::new(&short()).kept_in(parts.path()).watched_by(&stop).train(&movies).unwrap();
    assert_eq!(stopped.stop_reason(), Some(StopReason::Interrupted));
    assert_ne!(files(whole.path()), files(parts.path()));
    let resumed = TrainingRun::new(&short()).kept_in(parts.path()).resume(&movies).unwrap();
    assert_eq!(resumed.stop_reason(), Some(StopReason::Finished));
    assert_eq!(files(whole.path()), files(parts.path()));
}

#[test]
fn a_saved_run_is_loaded_with_the_same_estimates() {
    let movies = driven(6, 40);
    let folder = tempfile::tempdir().unwrap();
    let trained = TrainingRun::new(&short()).kept_in(folder.path()).train(&movies).unwrap();
    let loaded = Estimator::load(folder.path()).unwrap();
    let estimate = |estimator: &Estimator| estimator.entropy_production(&movies).unwrap();
    assert_eq!(estimate(&trained), estimate(&loaded));
    assert!(
        TrainingRun::new(&short()).kept_in(folder.path()).train(&movies).is_err(),
        "a run is never overwritten"
    );
}

/// Catches training movies sold as held-out ones: only the windows set aside may certify.
#[test]
fn held_out_transitions_are_those_of_the_test_set_and_of_fresh_movies() {
    let seen = movies(10, 30, 10.0, 6);
    let estimator = Estimator::train(&seen, &short()).unwrap();
    let on_seen = estimator.entropy_production(&seen).unwrap();
    assert_eq!(on_seen.count_of(Role::HeldOut), 29);
    assert_eq!(estimator.record().transitions, [8 * 29, 29, 29]);
    let fresh = estimator.entropy_production(movies(3, 30, 10.0, 7)).unwrap();
    assert_eq!(fresh.count_of(Role::HeldOut), fresh.transition_count());
}

#[test]
fn frames_of_another_size_are_refused_by_name() {
    let seen = movies(6, 30, 10.0, 8);
    let estimator = Estimator::train(&seen, &short()).unwrap();
    let pixels = Frames::U8(Array3::ones((5, 20, 41)));
    let other = Video::new("other.tif", pixels, Calibration::default()).unwrap();
    let error = estimator.entropy_production(&other).unwrap_err().to_string();
    assert!(error.contains("other.tif") && error.contains("20 rows x 40 columns"), "{error}");
}

/// In equilibrium every estimate but zero does worse on data that did not train it: zero must be kept, and
/// said.
#[test]
fn a_network_worse_than_nothing_is_not_kept() {
    let rough = at_rate(0.05);
    let estimator = Estimator::train(movies(6, 40, 1.0, 9), &rough).unwrap();
    let entropy = estimator.entropy_production(movies(2, 40, 1.0, 10)).unwrap();
    assert!(entropy.movies.iter().flat_map(|movie| &movie.values).all(|value| *value == 0.0));
    assert!(entropy.cautions.iter().any(|caution| caution.kind == CautionKind::NothingLearned));
    assert_eq!(entropy.certified_bound().unwrap().value, 0.0);
}

fn of_pixels(name: &str, pixels: Frames) -> Video {
    Video::new(name, pixels, Calibration::default()).unwrap()
}

/// Catches a training movie that passes for fresh because it was saved again, cut, or scaled, and a fresh one
/// that does not pass.
#[test]
fn copies_of_training_movies_are_not_held_out() {
    let seen = movies(8, 80, 10.0, 4);
    let estimator = Estimator::train(&seen, &short()).unwrap();
    let held_out = |video: &Video| {
        let found = estimator.entropy_production(video).unwrap();
        let told = found.cautions.iter().find(|caution| {
            matches!(&caution.kind, CautionKind::FramesOfTraining { .. } | CautionKind::CopyOfTraining { .. })
        });
        (found.count_of(Role::HeldOut), told.is_some())
    };
    let test = estimator.record().movies.iter().position(|movie| !movie.test.is_empty()).unwrap();
    for (place, video) in seen.iter().enumerate() {
        let Frames::U8(pixels) = video.frames() else { panic!("an 8-bit movie") };
        let own = |count: usize| if place == test { count } else { 0 };
        assert_eq!(held_out(&of_pixels("single", Frames::F32(pixels.mapv(f32::from)))), (own(79), false));
        let cut = pixels.slice(s![1.., .., ..]).to_owned();
        assert_eq!(held_out(&of_pixels("cut", Frames::U8(cut))), (own(78), true));
        let mut changed = pixels.clone();
        changed[[40, 5, 5]] ^= 1;
        // Two windows have the changed frame, and each has another that is known.
        assert_eq!(held_out(&of_pixels("changed", Frames::U8(changed))), (own(77), true));
        let scaled = pixels.mapv(|pixel| 1.1 * f32::from(pixel) + 3.0);
        assert_eq!(held_out(&of_pixels("scaled", Frames::F32(scaled))), (0, true));
    }
    for fresh in movies(8, 80, 10.0, 5) {
        assert_eq!(held_out(&fresh), (79, false));
    }
}

/// Catches dS of another gain, and a refusal of movies that are a little brighter.
#[test]
fn another_gain_is_told_or_refused() {
    let estimator = Estimator::train(movies(6, 60, 10.0, 6), &short()).unwrap();
    let fresh = movies(1, 60, 10.0, 7);
    let Frames::U8(pixels) = fresh[0].frames() else { panic!("an 8-bit movie") };
    let with = |gain: f32, offset: f32| {
        of_pixels("other", Frames::F32(pixels.mapv(|pixel| gain * f32::from(pixel) + offset)))
    };
    let is_told = |video: Video| {
        let found = estimator.entropy_production(&video).unwrap();
        found.cautions.iter().any(|caution| matches!(caution.kind, CautionKind::OtherBrightness { .. }))
    };
    assert!(!is_told(with(1.0, 0.0)) && is_told(with(1.4, 0.0)) && is_told(with(1.0, 40.0)));
    for video in [with(3.0, 100.0), with(0.4, 0.0), with(1.0, 1000.0)] {
        let refusal = estimator.entropy_production(&video).unwrap_err().to_string();
        assert!(refusal.contains("gain"), "{refusal}");
    }
}

/// Catches weights of another seed or with a changed bit, and a checkpoint of another run.
#[test]
fn files_of_another_run_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [0, 1].map(|seed| {
        let home = folder.path().join(seed.to_string());
        let settings = Training { seed, ..short() };
        TrainingRun::new(&settings).kept_in(&home).train(&driven(6, 40)).unwrap();
        home
    });
    let refused = || Estimator::load(&one).err().map(|refusal| refusal.to_string());
    assert_eq!(refused(), None);
    for file in ["best.safetensors", "settings.toml", "frames.safetensors", "training.csv"] {
        let kept = std::fs::read(one.join(file)).unwrap();
        let mut changed = kept.clone();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(one.join(file), changed).unwrap();
        assert!(refused().is_some_and(|told| told.contains(file)), "{file}");
        std::fs::write(one.join(file), kept).unwrap();
    }
    // A run that ended without a word has its checkpoint alone.
    let state = r#"{"stage": "begun", "version": "0.1.0", "written_seconds_since_1970": 0, "files": {}}"#;
    std::fs::write(one.join("state.json"), state).unwrap();
    let kept = Estimator::load(&one).unwrap();
    assert!(kept.is_interrupted());
    assert!(matches!(kept.record().cautions[0].kind, CautionKind::TrainingInterrupted { resumable: true }));
    std::fs::copy(other.join("last.safetensors"), one.join("last.safetensors")).unwrap();
    assert!(refused().is_some_and(|told| told.contains("other settings or movies")), "{:?}", refused());
    std::fs::remove_file(one.join("last.safetensors")).unwrap();
    assert!(refused().is_some_and(|told| told.contains("Train again into the same folder")));
    let settings = short();
    TrainingRun::new(&settings).kept_in(&one).train(&driven(6, 40)).unwrap();
    assert_eq!(refused(), None);
}
