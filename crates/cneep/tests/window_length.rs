//! Checks that the loss by which parameters are chosen means the same for windows of any length.

use cneep::estimator::{DescentSettings, Estimator, EstimatorSettings, NetworkSettings, Training};
use cneep::transition::Split;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::Array3;

/// Waves that travel to the right: so far from equilibrium that a few iterations beat an estimate of zero.
fn driven() -> Vec<Video> {
    let wave = |movie: usize| {
        move |(frame, row, column): (usize, usize, usize)| {
            let phase = column as f64 * 0.6 - frame as f64 * 0.8 + movie as f64 + row as f64 * 0.05;
            (128.0 + 90.0 * phase.sin()) as u8
        }
    };
    let movie = |movie| Frames::U8(Array3::from_shape_fn((40, 20, 40), wave(movie)));
    let video = |i| Video::new(format!("wave {i}"), movie(i), Calibration::default());
    (0..6).map(|i| video(i).expect("a movie")).collect()
}

/// Catches a sum over windows divided by a number that is not theirs, which for pairs alone comes out right:
/// the published sampler shrinks the validation loss to 0.50, 0.34 and 0.15 of itself for windows of 3, 4 and
/// 8 frames.
#[test]
fn validation_loss_is_the_mean_over_the_windows_set_aside() {
    let videos = driven();
    for window in [2, 3, 4, 8] {
        let descent = DescentSettings {
            iterations: Some(30),
            batch: Some(32),
            validate_every: Some(30),
            ..DescentSettings::default()
        };
        let network = NetworkSettings { descent, ..NetworkSettings::default() };
        let settings = Training::single(EstimatorSettings::Convolutional(network)).with_window(window);
        let estimator = Estimator::train(videos.clone(), &settings).expect("a training");
        let [point] = estimator.curve() else { panic!("one validation") };
        let split = Split::new(&videos, window, settings.split, settings.seed).expect("a split");
        let entropy = estimator.entropy_production(&videos).expect("an estimate");
        let set_aside = (0..split.validation.len()).map(|index| split.validation.get(index));
        let losses: Vec<f64> = set_aside
            .map(|transition| entropy.movies[transition.movie].values[transition.start])
            .map(|dissipated| (-dissipated).exp() - dissipated)
            .collect();
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        assert_eq!(losses.len(), 41 - window, "one movie of 40 frames is set aside");
        assert!(mean < 0.95, "window {window}: an estimate of zero was kept, {mean}");
        let found = point.validation_loss;
        assert!((found - mean).abs() < 1e-5, "window {window}: {found} against {mean}");
    }
}
