//! Tells the order in which the faults of a camera act on the light from the counts that they leave.

use cneep_movie::video::Frames;
use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile, Trajectory};
use cneep_sim::microscope::{Body, Camera, Coordinate, Drawing, Point, Rectangle};
use ndarray::Array3;

/// Light of the lamp that fills the frame.
const LEVEL: f64 = 0.4;

fn path() -> Vec<Trajectory> {
    let row = BeadSpring::new(2, TemperatureProfile::linear(1.0, 10.0)).expect("a row");
    row.simulate(&Simulation { movies: 1, frames: 400, ..Simulation::default() }, 1).expect("a path")
}

/// Counts of 16 bits, in units of full scale, of a frame that is evenly lit, or of a fine checkerboard of
/// light.
fn film(camera: &Camera, checkered: bool) -> Array3<f64> {
    let at = |x: f64, y: f64| Point { x: Coordinate::still(x), y: Coordinate::still(y) };
    let blob =
        |x: f64, y: f64, width: f64| Body::Blob { at: at(x, y), width, brightness: LEVEL, lit_by: None };
    let bodies = if checkered {
        let places = (0..24).flat_map(|row| (0..24).map(move |column| (row, column)));
        let lit = places.filter(|(row, column)| (row + column) % 2 == 0);
        lit.map(|(row, column)| blob(f64::from(column), f64::from(row), 0.1)).collect()
    } else {
        vec![blob(12.0, 12.0, 1e6)]
    };
    let drawing = Drawing { rows: 24, columns: 24, bodies };
    let camera = Camera { bit_depth: 16, ..camera.clone() };
    match camera.film(&drawing, &path()).expect("a movie").remove(0).frames() {
        Frames::U16(counts) => counts.mapv(|count| f64::from(count) / 65_535.0),
        _ => panic!("16 bits"),
    }
}

fn moments(light: &Array3<f64>) -> (f64, f64) {
    let mean = light.mean().expect("pixels");
    (mean, light.mapv(|value| (value - mean).powi(2)).mean().expect("pixels").sqrt())
}

fn close(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 0.03, "{found} against {expected}");
}

/// Catches noise of pixels that is averaged away by binning, or photons counted before it: binned pixels
/// count as many photons as their mean light says, and are read out once.
#[test]
fn binning_comes_before_all_noise() {
    let shot = Camera { binning: 4, photons: Some(1000.0), ..Camera::default() };
    close(moments(&film(&shot, false)).1, (LEVEL / 1000.0).sqrt());
    let read = Camera { binning: 4, read_noise: 0.02, ..Camera::default() };
    close(moments(&film(&read, false)).1, 0.02);
}

/// Catches pixels that saturate before they are binned: only the mean of a square is held against the limit.
#[test]
fn saturation_comes_after_binning() {
    let camera = Camera { binning: 2, saturation: 0.25, ..Camera::default() };
    let (mean, _) = moments(&film(&camera, true));
    close(mean, 0.5 * LEVEL);
}

/// Catches a background added after the photons are counted: its light scatters like any other.
#[test]
fn photons_are_counted_with_the_background() {
    let camera = Camera { background: 0.2, photons: Some(500.0), ..Camera::default() };
    let (mean, deviation) = moments(&film(&camera, false));
    close(mean, LEVEL + 0.2);
    close(deviation, ((LEVEL + 0.2) / 500.0).sqrt());
}

/// Catches read noise that is counted as photons, or dark pixels that take up photons from it.
#[test]
fn read_noise_adds_to_shot_noise() {
    let camera = Camera { photons: Some(500.0), read_noise: 0.05, ..Camera::default() };
    close(moments(&film(&camera, false)).1, (LEVEL / 500.0 + 0.05_f64.powi(2)).sqrt());
}

/// Catches noise on top of a saturated pixel, and noise or background in a masked one.
#[test]
fn saturation_and_masks_come_after_the_noise() {
    let mask = Rectangle { row: 2, column: 3, rows: 4, columns: 5 };
    let camera = Camera {
        background: 0.3,
        photons: Some(100.0),
        read_noise: 0.1,
        saturation: 0.6,
        masks: vec![mask],
        ..Camera::default()
    };
    let light = film(&camera, false);
    let limit = (65_535.0 * 0.6_f64).floor() / 65_535.0;
    assert!(light.iter().all(|value| *value <= limit));
    let saturated = light.iter().filter(|value| **value == limit).count();
    // Of a mean of 0.7 scattered by 0.13 three quarters lie above 0.6.
    assert!((0.6..0.9).contains(&(saturated as f64 / light.len() as f64)), "{saturated}");
    for ((_, row, column), value) in light.indexed_iter() {
        let masked = (2..6).contains(&row) && (3..8).contains(&column);
        assert!(!masked || *value == 0.0, "{value} at {row}, {column}");
    }
}
