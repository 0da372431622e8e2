//! Changes how much light there is: labels that bleach, a lamp that warms up or flickers, automatic exposure.
//!
//! Light has the shape (frame, row, column).

use super::wander::wander;
use ndarray::{Array3, Axis};
use rand::Rng;
use std::f64::consts::{SQRT_2, TAU};

/// Multiplies the light of every frame by its factor.
fn multiply(light: &mut Array3<f64>, factor: impl Fn(usize) -> f64) {
    for (frame, mut light) in light.outer_iter_mut().enumerate() {
        light *= factor(frame);
    }
}

/// Fades exponentially by `share` over the movie.
pub(super) fn bleach(light: &mut Array3<f64>, share: f64) {
    let last = (light.len_of(Axis(0)) - 1) as f64;
    multiply(light, |frame| (1.0 - share).powf(frame as f64 / last));
}

/// Lacks `share` at first, and less by e every `frames`.
pub(super) fn warm_up(light: &mut Array3<f64>, share: f64, frames: f64) {
    multiply(light, |frame| 1.0 - share * (-(frame as f64) / frames).exp());
}

/// Flickers by a standard deviation of `share`: half the variance wanders with this correlation time, half is
/// a sine of the mains.
pub(super) fn flicker(
    light: &mut Array3<f64>,
    share: f64,
    correlation_frames: f64,
    cycles_per_frame: f64,
    random: &mut impl Rng,
) {
    let slow = wander(light.len_of(Axis(0)), correlation_frames, random);
    let phase = f64::from(random.next_u32()) / f64::from(u32::MAX);
    multiply(light, |frame| {
        let mains = SQRT_2 * (TAU * (cycles_per_frame * frame as f64 + phase)).sin();
        (1.0 + share * (slow[frame] + mains) / SQRT_2).max(0.0)
    });
}

/// Adds light that grows evenly along the rows and flickers, with this standard deviation where it is
/// brightest.
pub(super) fn flicker_unevenly(
    light: &mut Array3<f64>,
    deviation: f64,
    correlation_frames: f64,
    random: &mut impl Rng,
) {
    let slow = wander(light.len_of(Axis(0)), correlation_frames, random);
    let last = (light.len_of(Axis(2)) - 1).max(1) as f64;
    for ((frame, _, column), light) in light.indexed_iter_mut() {
        *light = (*light + deviation * slow[frame] * column as f64 / last).max(0.0);
    }
}

/// Exposes each frame longer by `step` if the one before was darker than the first, and shorter if it was
/// brighter.
pub(super) fn follow_brightness(light: &mut Array3<f64>, step: f64) {
    let (mut gain, mut target) = (1.0, None);
    for mut frame in light.outer_iter_mut() {
        frame *= gain;
        let mean = frame.sum();
        let target = *target.get_or_insert(mean);
        // Within half a step there is nothing to mend.
        if mean > target * (1.0 + 0.5 * step) {
            gain /= 1.0 + step;
        } else if mean < target / (1.0 + 0.5 * step) {
            gain *= 1.0 + step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn light(frames: usize) -> Array3<f64> {
        Array3::from_elem((frames, 2, 3), 0.5)
    }

    /// Light of the first pixel of every frame.
    fn series(light: &Array3<f64>) -> Vec<f64> {
        light.outer_iter().map(|frame| frame[[0, 0]]).collect()
    }

    /// Catches shares that are lost per frame, times in other units, and lamps that warm down.
    #[test]
    fn light_fades_and_warms_up_by_its_share() {
        let (mut bleached, mut warm) = (light(101), light(101));
        bleach(&mut bleached, 0.36);
        warm_up(&mut warm, 0.05, 80.0);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        close(series(&bleached)[100], 0.32);
        close(series(&bleached)[50], 0.4);
        close(series(&warm)[0], 0.475);
        close(series(&warm)[80], 0.5 * (1.0 - 0.05 / std::f64::consts::E));
    }

    /// Catches a variance in place of a deviation, and mains that are not at their frequency.
    #[test]
    fn the_lamp_flickers_as_much_as_it_says() {
        let mut flickering = light(20_000);
        flicker(&mut flickering, 0.02, 10.0, 0.25, &mut ChaCha8Rng::seed_from_u64(6));
        let series: Vec<f64> = series(&flickering).iter().map(|light| light / 0.5 - 1.0).collect();
        let mean = |by: usize| {
            series.iter().zip(&series[by..]).map(|(a, b)| a * b).sum::<f64>() / series.len() as f64
        };
        assert!((mean(0).sqrt() - 0.02).abs() < 0.001, "{}", mean(0).sqrt());
        // Two frames are half a cycle of the mains, and exp(-0.2) of the slow part.
        let expected = 0.0002 * ((-0.2_f64).exp() - 1.0);
        assert!((mean(2) - expected).abs() < 2e-5, "{} {expected}", mean(2));
    }

    /// Catches flicker that is the same all over.
    #[test]
    fn background_flickers_at_one_edge() {
        let mut flickering = light(5000);
        flicker_unevenly(&mut flickering, 0.02, 10.0, &mut ChaCha8Rng::seed_from_u64(6));
        let deviation = |column: usize| {
            let square = flickering.outer_iter().map(|frame| (frame[[1, column]] - 0.5).powi(2)).sum::<f64>();
            (square / 5000.0).sqrt()
        };
        assert_eq!(deviation(0), 0.0);
        assert!((deviation(2) - 0.02).abs() < 0.002, "{}", deviation(2));
        assert!((deviation(1) / deviation(2) - 0.5).abs() < 1e-12);
    }

    /// Catches an exposure that runs away: it must hold brightness within a step of its start.
    #[test]
    fn automatic_exposure_holds_the_brightness() {
        let mut fading = light(300);
        bleach(&mut fading, 0.5);
        follow_brightness(&mut fading, 0.03);
        let series = series(&fading);
        assert!(series.iter().all(|light| (light / 0.5 - 1.0).abs() < 0.03), "{series:?}");
        assert!(series.windows(2).any(|pair| pair[1] / pair[0] > 1.02));
    }
}
