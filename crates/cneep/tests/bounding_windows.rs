//! Pins the bound of long windows by shorter ones, where dS of the long is beyond what can be certified.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cneep::entropy_production::{EntropyProduction, Significance, Summary};
use cneep::estimator::{
    Choice, ComparisonSettings, Estimator, EstimatorSettings, FitRecord, ModesSettings, Training, TrainingRun,
};
use cneep_movie::caution::CautionKind;
use cneep_movie::progress::Progress;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::Array3;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Phase per frame, and its diffusion.
const VELOCITY: f64 = 0.4;
const DIFFUSION: f64 = 0.16;
/// Exact entropy production of a frame interval, in `k_B`.
const EXACT: f64 = VELOCITY * VELOCITY / DIFFUSION;

/// Movies of a wave that drifts and diffuses.
fn waves(count: usize, frames: usize, velocity: f64, seed: u64) -> Vec<Video> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let movie = |movie: usize| {
        let mut phase = movie as f64;
        let mut step = || {
            phase += velocity
                + (2.0 * DIFFUSION).sqrt() * Distribution::<f64>::sample(&StandardNormal, &mut random);
            phase
        };
        let phases: Vec<f64> = (0..frames).map(|_| step()).collect();
        let pixel = |(frame, _, column): (usize, usize, usize)| {
            (127.0 + 100.0 * (std::f64::consts::TAU * column as f64 / 12.0 - phases[frame]).cos()) as u8
        };
        let frames = Frames::U8(Array3::from_shape_fn((frames, 6, 12), pixel));
        Video::new(format!("wave {movie}"), frames, Calibration::default()).unwrap()
    };
    (0..count).map(movie).collect()
}

/// Modes alone, in windows of eight frames.
fn long() -> Training {
    let form = ModesSettings { modes: Some(2), patch: Some(0), ..ModesSettings::default() };
    let estimators = vec![EstimatorSettings::Modes(form)];
    Training::comparison(ComparisonSettings { estimators, folds: 3, ..ComparisonSettings::default() })
        .with_window(8)
}

/// The same with no shorter windows to fall back on.
fn long_alone() -> Training {
    let mut alone = long();
    let Choice::Comparison(comparison) = &mut alone.choice else { unreachable!() };
    comparison.windows = vec![8];
    alone
}

fn bounding_window(estimator: &Estimator) -> Option<usize> {
    match &estimator.record().fit {
        FitRecord::Comparison(found) => found.bounding_window,
        other => panic!("{other:?}"),
    }
}

fn withdrawn(entropy: &EntropyProduction) -> bool {
    Summary::of(entropy, None).significance == Significance::Withdrawn
}

/// Windows of eight frames dissipate more than so few can tell: alone they end without a verdict. Catches a
/// verdict that is withdrawn although two frames bear it out, a bound above the exact rate, a rate of other
/// windows, and a claim that does not tell by what it is made.
#[test]
fn shorter_windows_bound_what_is_beyond_the_long() {
    let (own, fresh) = (waves(10, 200, VELOCITY, 1), waves(10, 200, VELOCITY, 2));
    let [alone, bounded] = [long_alone(), long()].map(|settings| Estimator::train(&own, &settings).unwrap());
    assert_eq!((bounding_window(&alone), bounding_window(&bounded)), (None, Some(2)));
    for videos in [&own, &fresh] {
        let [alone, bounded] = [&alone, &bounded].map(|of| of.entropy_production(videos).unwrap());
        assert!(withdrawn(&alone), "{:?}", Summary::of(&alone, None));
        assert_eq!(alone.rate(), bounded.rate());
        let summary = Summary::of(&bounded, None);
        assert_eq!(summary.significance, Significance::Dissipates, "{:?}", summary.cautions);
        assert_eq!((summary.window, summary.bounding_window), (8, Some(2)));
        let (bound, shorter) = (bounded.certified_bound().unwrap(), bounded.fit.bounded_by.as_ref().unwrap());
        assert_eq!(Some(&bound), shorter.certified_bound().as_ref());
        let error = bound.standard_error.unwrap();
        assert!(bound.value > 0.6 * EXACT && bound.value < EXACT + 3.0 * error, "{bound}");
        assert!(summary.verdict_line().contains("windows of 2 frames"), "{}", summary.verdict_line());
        let told = |kind: &CautionKind| matches!(kind, CautionKind::BoundOfShorterWindows { window: 2, .. });
        assert!(summary.cautions.iter().any(|caution| told(&caution.kind)), "{:?}", summary.cautions);
    }
}

/// Windows that can be certified themselves are, and what does not drift is not claimed to: catches shorter
/// windows for nothing, and ones that find what is not there.
#[test]
fn what_can_be_certified_needs_no_shorter_windows() {
    for seed in 3..8 {
        let still = waves(10, 200, 0.0, seed);
        let estimator = Estimator::train(&still, &long()).unwrap();
        assert_eq!(bounding_window(&estimator), None);
        let summary =
            Summary::of(&estimator.entropy_production(waves(10, 200, 0.0, seed + 100)).unwrap(), None);
        assert_ne!(summary.significance, Significance::Dissipates, "{}", summary.verdict_line());
    }
}

/// Asks to stop once the shorter windows are under way: at the `0`-th request of all.
struct StopAt(AtomicUsize);

impl Progress for StopAt {
    fn stop_requested(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

/// A folder gives back what was saved in it; one whose shorter windows were changed or are missing is
/// refused; and one that was stopped at any time goes on to the same bits. Catches a run that looks whole
/// without what bounds it.
#[test]
fn a_run_and_what_bounds_it_are_one() {
    let videos = waves(6, 150, VELOCITY, 9);
    let bits = |of: &EntropyProduction| {
        let shorter = of.fit.bounded_by.as_ref().unwrap();
        let values = of.movies.iter().chain(&shorter.movies).flat_map(|movie| movie.values.clone());
        values.map(f64::to_bits).collect::<Vec<_>>()
    };
    let settings = long();
    let folder = tempfile::tempdir().unwrap();
    let whole = TrainingRun::new(&settings).kept_in(folder.path()).train(&videos).unwrap();
    let expected = bits(&whole.entropy_production(&videos).unwrap());
    let loaded = || Estimator::load(folder.path());
    assert_eq!(bits(&loaded().unwrap().entropy_production(&videos).unwrap()), expected);
    assert!(!folder.path().join("bound/unfinished").exists());

    let mut stopped_at_the_bound = 0;
    for requests in 0..40 {
        let parts = tempfile::tempdir().unwrap();
        let stop = StopAt(AtomicUsize::new(requests));
        let run = TrainingRun::new(&settings).kept_in(parts.path());
        match run.watched_by(&stop).train_or_go_on(&videos) {
            Ok(stopped) if stopped.is_interrupted() => {
                stopped_at_the_bound += usize::from(parts.path().join("bound/unfinished").exists());
                assert_eq!(bounding_window(&stopped), None);
            }
            Ok(_) => break,
            Err(_) => {}
        }
        let on = run.train_or_go_on(&videos).unwrap();
        assert_eq!(bits(&on.entropy_production(&videos).unwrap()), expected, "after {requests} requests");
        assert!(!parts.path().join("bound/unfinished").exists());
    }
    assert!(stopped_at_the_bound > 0);

    let record = folder.path().join("bound/record.json");
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, text.replace("\"window\": 2", "\"window\": 3")).unwrap();
    assert!(loaded().is_err(), "changed");
    std::fs::remove_dir_all(folder.path().join("bound")).unwrap();
    assert!(loaded().is_err(), "missing");
}
