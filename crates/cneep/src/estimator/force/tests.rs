//! Checks slopes of the force estimator against finite differences.

use super::model::{Force, PACE};
use super::pixel_response_covariance;
use super::settings::ForceSettings;
use crate::estimator::model::{Beginning, GradientModel, Model};
use crate::estimator::normalisation::Normalisation;
use crate::estimator::objective::loss_alpha;
use crate::estimator::windows::{WindowShape, Windows};
use crate::transition::Transitions;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use ndarray::Array3;

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

fn model(window: usize, invariant: bool, own_kernels: bool) -> Force {
    let settings = ForceSettings {
        cell: Some(6),
        stride: Some(4),
        components: Some(5),
        reach: 1 + usize::from(own_kernels),
        ridge: Some(RIDGE),
        invariant,
        own_kernels,
        ..ForceSettings::default()
    };
    Force::new(&settings, WindowShape { window, rows: 11, columns: 14 }).unwrap()
}

/// Along kernels and coefficients of every kind, for odd and even windows: catches a pass back that is not
/// the derivative of the forward pass, and a ridge that pulls on what carries no noise.
#[test]
fn slopes_are_those_of_loss_and_ridge() {
    let videos = movies();
    let normalisation = Normalisation { mean: 120.0, std: 35.0 };
    for (window, invariant, own) in [(2, false, false), (3, true, false), (5, false, false), (3, false, true)]
    {
        let windows = |count| {
            let transitions = Transitions::all(&videos, window).unwrap().evenly(count);
            Windows::new(&videos, normalisation, window, transitions)
        };
        let mut model = model(window, invariant, own);
        let mut parameters =
            model.begin(&Beginning { train: windows(40), validation: windows(20), seed: 1 }).unwrap();
        let trained = 0..model.places.coefficients.end;
        for place in trained.clone() {
            parameters[place] += 0.02 * (place as f32 * 1.7).sin();
        }
        let batch = windows(20);
        let noisy = model.coupling.kinds()[0].len();
        let objective = |parameters: &[f32]| -> f64 {
            let values = model.entropy_production(parameters, &batch).unwrap();
            let loss = values.iter().map(|&value| loss_alpha(-0.3, value as f32).0).sum::<f64>() / 20.0;
            let pulled = &parameters[model.places.coefficients.start..][..noisy];
            loss + 0.5 * RIDGE * pulled.iter().map(|z| f64::from(PACE * z).powi(2)).sum::<f64>()
        };
        let mut gradient = vec![1.0; parameters.len()];
        model.gradient(&parameters, &batch, &|value| loss_alpha(-0.3, value), &mut gradient).unwrap();
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

/// Against the definition, pixel by pixel, for cells at edges too: catches pixels out of place, frames out of
/// order and a wrong mean.
#[test]
fn the_covariance_is_the_mean_product_of_changes_of_pixels_and_responses() {
    let videos = movies();
    let normalisation = Normalisation { mean: 120.0, std: 35.0 };
    let mut model = model(5, false, true);
    let windows = || {
        let transitions = Transitions::all(&videos, 5).unwrap().evenly(36);
        Windows::new(&videos, normalisation, 5, transitions)
    };
    let begun = model.begin(&Beginning { train: windows(), validation: windows(), seed: 1 }).unwrap();
    let mut finished = begun.clone();
    model.finish(&mut finished, &windows()).unwrap();
    let places = &model.places;
    assert_eq!(
        begun[..places.pixel_response_covariance.start],
        finished[..places.pixel_response_covariance.start]
    );
    let grid = &model.coupling.grid;
    let kernels = model.shared(&finished, &windows()).kernels;
    let [cells, channels, rows, columns] = pixel_response_covariance::shape(grid, model.coupling.channels);
    let pixel = |frame: usize, row: usize, column: usize| {
        let Frames::U8(pixels) = videos[0].frames() else { unreachable!("bytes were given") };
        f64::from(pixels[[frame, row, column]]) / 35.0
    };
    let ((top, left), (patch, stride)) = (grid.frame_origin(), (grid.patch, grid.stride));
    let on_frame = |row: usize, column: usize| {
        let (row, column) = (row.checked_sub(top)?, column.checked_sub(left)?);
        (row < 11 && column < 14).then_some((row, column))
    };
    let change = |start: usize, pair: usize, (row, column)| {
        pixel(start + 4 - pair, row, column) - pixel(start + pair, row, column)
    };
    for (cell, channel) in (0..cells).flat_map(|cell| (0..channels).map(move |channel| (cell, channel))) {
        let (down, across) = (cell / grid.across * stride, cell % grid.across * stride);
        let kernel = &kernels.of(cell)[channel * patch * grid.padded_patch()..];
        let response = |start: usize, pair: usize| -> f64 {
            let all = (0..patch).flat_map(|row| (0..patch).map(move |column| (row, column)));
            let seen = all.filter_map(|(row, column)| {
                let weight = f64::from(kernel[row * grid.padded_patch() + column]);
                Some(weight * change(start, pair, on_frame(down + row, across + column)?))
            });
            seen.sum()
        };
        for (row, column) in [(0, 0), (stride, stride), (stride + 2, 1), (rows - 1, columns - 1)] {
            let place = (down + row).checked_sub(stride).zip((across + column).checked_sub(stride));
            let place = place.and_then(|(row, column)| on_frame(row, column));
            let expected = place.map_or(0.0, |place| {
                let products = (0..36).flat_map(|start| {
                    (0..2).map(move |pair| response(start, pair) * change(start, pair, place))
                });
                products.sum::<f64>() / 72.0
            });
            let at = ((cell * channels + channel) * rows + row) * columns + column;
            let found = f64::from(finished[places.pixel_response_covariance.start + at]);
            assert!((found - expected).abs() < 1e-4, "{cell} {channel} {row} {column}: {found} {expected}");
        }
    }
}
