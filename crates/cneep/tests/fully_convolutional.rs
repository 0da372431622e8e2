//! Pins what the fully convolutional network is, and that it finds what is alike everywhere.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cneep::estimator::{
    DescentSettings, Estimator, EstimatorSettings, FullyConvolutionalSettings, Training, TrainingRun,
};
use cneep_movie::progress::Progress;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::{Array3, Axis, s};
use std::sync::atomic::{AtomicU64, Ordering};

fn trained(iterations: u64, settings: &FullyConvolutionalSettings) -> Training {
    let descent =
        DescentSettings { iterations: Some(iterations), batch: Some(16), ..settings.descent.clone() };
    let settings = FullyConvolutionalSettings { descent, ..settings.clone() };
    Training::single(EstimatorSettings::FullyConvolutional(settings)).with_window(2)
}

/// Waves that run to the right, of `rows` x `columns` pixels, with a phase that diffuses.
fn waves(rows: usize, columns: usize, frames: usize, seed: u64) -> Video {
    let (mut phase, mut state) = (0.0, seed);
    let phases: Vec<f64> = (0..frames)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            phase += 0.2 + 1.2 * ((state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5);
            phase
        })
        .collect();
    let pixels = Array3::from_shape_fn((frames, rows, columns), |(frame, row, column)| {
        let along = 0.5 * column as f64 + 0.05 * row as f64 - phases[frame];
        (1000.0 + 400.0 * along.sin()) as u16
    });
    Video::new("waves", Frames::U16(pixels), Calibration::default()).unwrap()
}

fn values(estimator: &Estimator, video: &Video) -> Vec<f64> {
    estimator.entropy_production(std::slice::from_ref(video)).unwrap().movies.remove(0).values
}

fn reversed(video: &Video) -> Video {
    let Frames::U16(pixels) = video.frames() else { panic!("16 bits") };
    let pixels = pixels.slice(s![..;-1, .., ..]).to_owned();
    Video::new("reversed", Frames::U16(pixels), Calibration::default()).unwrap()
}

/// Catches a window that is not treated symmetrically, a tile that is left out or counted twice (frames are
/// larger than one), and a map that is not of the same force.
#[test]
fn reversal_flips_and_maps_sum() {
    let video = waves(70, 66, 40, 1);
    for context in [false, true] {
        let settings =
            FullyConvolutionalSettings { crop: 12, context, ..FullyConvolutionalSettings::default() };
        let estimator = Estimator::train(std::slice::from_ref(&video), &trained(40, &settings)).unwrap();
        let forward = values(&estimator, &video);
        let mut backward = values(&estimator, &reversed(&video));
        backward.reverse();
        assert!(forward.iter().any(|value| *value != 0.0));
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&forward), bits(&backward.iter().map(|value| -value).collect::<Vec<_>>()));
        let maps = estimator.dissipation_map(&video).unwrap();
        for (map, value) in maps.transitions.axis_iter(Axis(0)).zip(&forward) {
            let sum: f64 = map.iter().map(|&cell| f64::from(cell)).sum();
            let size: f64 = map.iter().map(|&cell| f64::from(cell.abs())).sum();
            assert!((sum - value).abs() < 1e-5 * (1.0 + size), "{sum} {value} of {size}");
        }
    }
}

/// Catches a gradient with the wrong sign, crops that do not match their changes, and draws that depend on
/// the threads.
#[test]
fn a_wave_is_found_and_the_same_bits_come_from_any_number_of_threads() {
    let (seen, fresh) = (waves(24, 32, 600, 2), waves(24, 32, 300, 3));
    let settings = FullyConvolutionalSettings { crop: 16, ..FullyConvolutionalSettings::default() };
    let fitted = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Estimator::train(std::slice::from_ref(&seen), &trained(120, &settings)).unwrap())
    };
    let (one, three) = (fitted(1), fitted(3));
    assert_eq!(one.parameters(), three.parameters());
    let found = values(&one, &fresh);
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    let square = found.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    let error = (square / (found.len() * (found.len() - 1)) as f64).sqrt();
    assert!(mean > 8.0 * error, "{mean} +- {error}");
}

/// Catches crops of a resumed training that are not those of the one that was stopped.
#[test]
fn a_resumed_run_ends_with_the_bits_of_an_uninterrupted_one() {
    let videos = [waves(20, 20, 80, 4)];
    let settings =
        FullyConvolutionalSettings { crop: 10, isotropic: true, ..FullyConvolutionalSettings::default() };
    let settings = trained(24, &settings);
    let whole = Estimator::train(&videos, &settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let stop = StopAfter { steps: AtomicU64::new(9) };
    TrainingRun::new(&settings).kept_in(folder.path()).watched_by(&stop).train(&videos).unwrap();
    let resumed = TrainingRun::new(&settings).kept_in(folder.path()).resume(&videos).unwrap();
    assert_eq!(whole.parameters(), resumed.parameters());
}

/// Asks to stop after so many iterations.
struct StopAfter {
    steps: AtomicU64,
}

impl Progress for StopAfter {
    fn advance(&self, by: u64) {
        self.steps.fetch_sub(by.min(self.steps.load(Ordering::Relaxed)), Ordering::Relaxed);
    }

    fn stop_requested(&self) -> bool {
        self.steps.load(Ordering::Relaxed) == 0
    }
}
