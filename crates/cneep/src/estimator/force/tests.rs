//! Checks slopes of the force estimator against finite differences.

use super::*;
use crate::estimator::objective::loss_alpha;
use crate::estimator::{EstimatorKind, Normalisation};
use crate::transition::Transitions;
use crate::units::Calibration;
use crate::video::{Frames, Video};

/// So strong that dS stays small, and its loss smooth.
const RIDGE: f64 = 4.0;

/// Two waves that travel apart, on frames whose cells hang over.
fn movies() -> Vec<Video> {
    let pixel = |(frame, row, column): (usize, usize, usize)| {
        let (t, r, c) = (frame as f64, row as f64, column as f64);
        (120.0 + 40.0 * (0.5 * c - 0.7 * t).sin() + 30.0 * (0.6 * r + 0.4 * t + 0.1 * c * r).cos()) as u8
    };
    let frames = Frames::U8(Array3::from_shape_fn((40, 11, 14), pixel));
    vec![Video::new("waves", frames, Calibration::default()).unwrap()]
}

fn settings(window: usize, invariant: bool, own_kernels: bool) -> Training {
    let force = ForceSettings {
        cell: Some(6),
        stride: Some(4),
        components: Some(5),
        hidden: Some(3),
        reach: Some(1 + usize::from(own_kernels)),
        ridge: Some(RIDGE),
        invariant: Some(invariant),
        own_kernels: Some(own_kernels),
        ..ForceSettings::default()
    };
    Training { estimator: EstimatorKind::Force, window, force, ..Training::default() }
}

/// Along kernels, coefficients of every kind and hidden weights, for odd and even windows: catches a pass back that is not the
/// derivative of the pass forth, and a ridge that pulls on what carries no noise.
#[test]
fn slopes_are_those_of_loss_and_ridge() {
    let videos = movies();
    let normalisation = Normalisation { mean: 120.0, std: 35.0 };
    for (window, invariant, own) in [(2, false, false), (3, true, false), (5, false, false), (3, false, true)]
    {
        let settings = settings(window, invariant, own);
        let windows = |count| {
            let transitions = Transitions::all(&videos, window).unwrap().evenly(count);
            Windows::new(&videos, normalisation, window, transitions)
        };
        let mut model = Force::new(&settings, 11, 14).unwrap();
        let mut parameters = model.begin(&Beginning { train: windows(40), validation: windows(20), seed: 1 });
        let trained = 0..model.places.offsets.end;
        for place in trained.clone() {
            parameters[place] += 0.02 * (place as f32 * 1.7).sin();
        }
        let batch = windows(20);
        let noisy = model.coupling.kinds()[0].len();
        let objective = |parameters: &[f32]| -> f64 {
            let values = model.entropy_production(parameters, &batch);
            let loss = values.iter().map(|&value| loss_alpha(-0.3, value).0).sum::<f64>() / 20.0;
            let pulled = &parameters[model.places.coefficients.start..][..noisy];
            loss + 0.5 * RIDGE * pulled.iter().map(|z| f64::from(PACE * z).powi(2)).sum::<f64>()
        };
        let mut gradient = vec![1.0; parameters.len()];
        model.gradient(&parameters, &batch, &|value| loss_alpha(-0.3, value), &mut gradient);
        assert!(gradient[trained.end..].iter().all(|slope| *slope == 0.0), "what is fixed stays");
        let steepest = gradient.iter().fold(0.0_f32, |most, slope| most.max(slope.abs()));
        for place in trained.step_by(3) {
            let moved = |by: f32| {
                let mut parameters = parameters.clone();
                parameters[place] += by;
                objective(&parameters)
            };
            let numeric = ((moved(5e-4) - moved(-5e-4)) / 1e-3) as f32;
            let apart = (numeric - gradient[place]).abs();
            assert!(
                apart < 0.02 * (numeric.abs() + 0.1 * steepest),
                "{place}: {numeric} {}",
                gradient[place]
            );
        }
    }
}
