//! Pins moments: of spots that the border cuts off at times they are centroids, and obey the laws of every
//! estimator.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "what is known of two beads is for other tests")]
mod scene;

use cneep::estimator::{ClosedFormRecord, Estimator, EstimatorPlan, EstimatorSettings, FitRecord, Training};
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::Array3;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use scene::{reversed, values};

/// Edge of the part of the frame that each of two spots has for itself, in pixels.
const EDGE: usize = 24;
/// Standard deviation of the place of a spot, in pixels: the border cuts it off at times.
const EXCURSION: f64 = 3.5;
/// Steps of the simulation in a frame interval, in relaxation times.
const STEPS: usize = 4;
const STEP: f64 = 0.005;

/// A movie of two spots side by side, one of which follows the other, which flees it, with the exact dS of
/// each step: the force that encloses area is as strong as the trap.
fn pair(frames: usize, seed: u64) -> (Video, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut kick = || (2.0 * STEP).sqrt() * Distribution::<f64>::sample(&StandardNormal, &mut random);
    let (mut x, mut y) = (kick(), kick());
    let mut step = || {
        let mut produced = 0.0;
        for _ in 0..STEPS {
            let (before_x, before_y) = (x, y);
            (x, y) = (x + (y - x) * STEP + kick(), y - (x + y) * STEP + kick());
            produced += 0.5 * ((before_y + y) * (x - before_x) - (before_x + x) * (y - before_y));
        }
        (x, y, produced)
    };
    let path: Vec<(f64, f64, f64)> = (0..frames).map(|_| step()).collect();
    let pixel = |(frame, row, column): (usize, usize, usize)| {
        let place = if column < EDGE { path[frame].0 } else { path[frame].1 };
        let across = (column % EDGE) as f64 - 0.5 * (EDGE - 1) as f64 - EXCURSION * place;
        let down = row as f64 - 0.5 * (EDGE - 1) as f64;
        (20.0 + 150.0 * (-(across * across + down * down) / 12.5).exp()).round() as u8
    };
    let pixels = Array3::from_shape_fn((frames, EDGE, 2 * EDGE), pixel);
    let video = Video::new(format!("pair {seed}"), Frames::U8(pixels), Calibration::default()).unwrap();
    (video, path[1..].iter().map(|of| of.2).collect())
}

fn trained() -> Estimator {
    let videos: Vec<Video> = (0..4).map(|seed| pair(1500, seed).0).collect();
    Estimator::train(&videos, &Training::single(EstimatorSettings::named("moments").unwrap())).unwrap()
}

/// Of spots that the border cuts off the centroid alone is the place: catches light that is not normalised.
/// What two frames cannot tell of the area enclosed between them is as large, beside what they can, as an
/// interval beside the relaxation time: R^2 is 0.98 at best.
#[test]
fn a_spot_that_is_cut_off_keeps_its_place() {
    let estimator = trained();
    let FitRecord::ClosedForm(ClosedFormRecord { plan: EstimatorPlan::Moments(plan), .. }) =
        &estimator.record().fit
    else {
        panic!("{:?}", estimator.record().fit)
    };
    assert!(!plan.members.is_empty() && plan.members.iter().all(|member| member.normalised), "{plan:?}");
    let (fresh, exact) = pair(4000, 99);
    let entropy = estimator.entropy_production(&fresh).unwrap().with_exact(&[exact]).unwrap();
    let comparison = entropy.comparison().unwrap();
    assert!(comparison.r_squared > 0.96, "{comparison:?}");
}

/// Reversal changes the sign bit for bit, maps sum to dS, and a folder gives back what was saved in it.
#[test]
fn moments_obey_the_laws() {
    let estimator = trained();
    let (fresh, _) = pair(300, 77);
    let forward = values(&estimator, &fresh);
    let mut backward = values(&estimator, &reversed(&fresh));
    backward.reverse();
    assert!(forward.iter().any(|value| *value != 0.0));
    assert!(forward.iter().zip(&backward).all(|(f, b)| f.to_bits() == (-b).to_bits()));
    let map = estimator.dissipation_map(&fresh).unwrap();
    for (sum, value) in map.entropy_production().iter().zip(&forward) {
        assert!((sum - value).abs() < 1e-4 * value.abs().max(1.0), "{sum} {value}");
    }
    let folder = tempfile::tempdir().unwrap();
    estimator.save(folder.path()).unwrap();
    assert_eq!(values(&Estimator::load(folder.path()).unwrap(), &fresh), forward);
}
