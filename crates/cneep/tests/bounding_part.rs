//! Pins the bound of large frames by one part of them, where dS of the whole is beyond what can be certified.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cneep::entropy_production::{EntropyProduction, Significance, Summary};
use cneep::estimator::{Estimator, EstimatorSettings, LocalSettings, Training};
use cneep_movie::caution::CautionKind;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::Array3;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Phase per frame, and its diffusion.
const VELOCITY: f64 = 0.4;
const DIFFUSION: f64 = 0.08;
/// Strips of rows, each with a wave of its own, and pixels of each.
const STRIPS: usize = 8;
const ROWS: usize = 8;
const COLUMNS: usize = 16;
/// Exact entropy production of a frame interval, in `k_B`.
const EXACT: f64 = STRIPS as f64 * VELOCITY * VELOCITY / DIFFUSION;

/// Movies of waves that drift and diffuse independently, one a strip.
fn strips(count: usize, frames: usize, velocity: f64, seed: u64) -> Vec<Video> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let movie = |movie: usize| {
        let mut wave = |strip: usize| -> Vec<f64> {
            let mut phase = (movie + strip) as f64;
            let mut step = || {
                phase += velocity
                    + (2.0 * DIFFUSION).sqrt() * Distribution::<f64>::sample(&StandardNormal, &mut random);
                phase
            };
            (0..frames).map(|_| step()).collect()
        };
        let phases: Vec<Vec<f64>> = (0..STRIPS).map(&mut wave).collect();
        let pixel = |(frame, row, column): (usize, usize, usize)| {
            let phase = std::f64::consts::TAU * column as f64 / COLUMNS as f64 - phases[row / ROWS][frame];
            (127.0 + 100.0 * phase.cos()) as u8
        };
        let frames = Frames::U8(Array3::from_shape_fn((frames, STRIPS * ROWS, COLUMNS), pixel));
        Video::new(format!("strips {movie}"), frames, Calibration::default()).unwrap()
    };
    (0..count).map(movie).collect()
}

fn currents() -> Training {
    let form = LocalSettings { spacing: Some(0), sharpening: Some(0.0), ..LocalSettings::default() };
    Training::single(EstimatorSettings::Currents(form))
}

/// The same without what bounds it.
fn whole(entropy: &EntropyProduction) -> EntropyProduction {
    let mut whole = entropy.clone();
    whole.fit.bounded_by = None;
    whole
}

/// Sixteen `k_B` a frame are more than 2,000 transitions can tell: of the whole there is no verdict. Catches
/// a verdict that is withdrawn although a part bears it out, a bound above what that part, or the whole,
/// produces, another rate, and a claim that does not tell by what it is made.
#[test]
fn a_part_bounds_what_is_beyond_the_whole() {
    let estimator = Estimator::train(strips(10, 200, VELOCITY, 1), &currents()).unwrap();
    let mut bounds = Vec::new();
    for seed in 2..8 {
        let entropy = estimator.entropy_production(strips(10, 200, VELOCITY, seed)).unwrap();
        let (told, alone) = (Summary::of(&entropy, None), Summary::of(&whole(&entropy), None));
        assert_eq!(alone.significance, Significance::Withdrawn, "{:?}", alone.cautions);
        assert_eq!(told.significance, Significance::Dissipates, "{:?}", told.cautions);
        assert_eq!(told.entropy_production_rate, alone.entropy_production_rate);
        assert!(told.entropy_production_rate.value > 0.6 * EXACT, "{}", told.entropy_production_rate);
        let part = told.bounding_part.unwrap();
        assert!(part.parts > 1 && part.rows * part.parts >= STRIPS * ROWS / 2, "{part:?}");
        let bound = told.certified_bound.clone().unwrap();
        bounds.push(bound.value * part.parts as f64 / EXACT);
        assert!(bound.value < EXACT / part.parts as f64 + 3.0 * bound.standard_error.unwrap(), "{bound}");
        let line = told.verdict_line();
        assert!(line.contains(&format!("one of {} parts of the frame", part.parts)), "{line}");
        let is_told = |kind: &CautionKind| matches!(kind, CautionKind::BoundOfPart { .. });
        assert!(told.cautions.iter().any(|caution| is_told(&caution.kind)), "{:?}", told.cautions);
    }
    assert!(bounds.iter().all(|bound| *bound > 0.5), "{bounds:?}");
}

/// Catches values of a part that do not change sign with time, on which the bound of the whole rests.
#[test]
fn a_part_changes_sign_with_time() {
    let estimator = Estimator::train(strips(10, 200, VELOCITY, 1), &currents()).unwrap();
    let video = strips(1, 60, VELOCITY, 2).remove(0);
    let frames = (0..60).map(|at| video.frames().frame(at).unwrap());
    let frames: Vec<f32> = frames.rev().flatten().collect();
    let shape = (60, STRIPS * ROWS, COLUMNS);
    let frames = Frames::F32(Array3::from_shape_vec(shape, frames).unwrap());
    let reversed = Video::new("reversed", frames, Calibration::default()).unwrap();
    let [forwards, backwards] = [video, reversed].map(|of| estimator.dissipation_map(&of).unwrap());
    let pairs = forwards.transitions.outer_iter().zip(backwards.transitions.outer_iter().rev());
    for (forwards, backwards) in pairs {
        assert!(forwards.iter().zip(&backwards).all(|(there, back)| *there == -back));
    }
    assert!(forwards.transitions.iter().any(|cell| *cell != 0.0));
}
