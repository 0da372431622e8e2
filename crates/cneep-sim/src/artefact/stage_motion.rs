//! Moves everything together, as a stage that drifts, wanders, is set back or vibrates does.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::TAU;

/// Adds an even drift by `way` over the movie.
pub(super) fn drift(shift: &mut [[f64; 2]], way: [f64; 2]) {
    let last = (shift.len() - 1) as f64;
    for (frame, shift) in shift.iter_mut().enumerate() {
        (0..2).for_each(|axis| shift[axis] += way[axis] * frame as f64 / last);
    }
}

/// Adds Brownian motion whose way over the movie is `deviation` along each axis, in root mean square.
pub(super) fn wander(shift: &mut [[f64; 2]], deviation: f64, random: &mut impl Rng) {
    let step = deviation / ((shift.len() - 1) as f64).sqrt();
    let mut place = [0.0; 2];
    for shift in shift {
        for axis in 0..2 {
            shift[axis] += place[axis];
            let noise: f64 = StandardNormal.sample(random);
            place[axis] += step * noise;
        }
    }
}

/// Adds a drift along columns by `way` that is set back every `period` frames.
pub(super) fn saw_tooth(shift: &mut [[f64; 2]], way: f64, period: usize, random: &mut impl Rng) {
    let phase = random.next_u32() as usize;
    for (frame, shift) in shift.iter_mut().enumerate() {
        shift[0] += way * (frame.wrapping_add(phase) % period) as f64 / (period - 1) as f64;
    }
}

/// Adds a vibration of these `amplitudes`, a quarter of a cycle apart, at a phase of its own.
pub(super) fn vibration(
    shift: &mut [[f64; 2]],
    amplitudes: [f64; 2],
    cycles_per_frame: f64,
    random: &mut impl Rng,
) {
    let phase = f64::from(random.next_u32()) / f64::from(u32::MAX);
    for (frame, shift) in shift.iter_mut().enumerate() {
        let (sine, cosine) = (TAU * (cycles_per_frame * frame as f64 + phase)).sin_cos();
        shift[0] += amplitudes[0] * cosine;
        shift[1] += amplitudes[1] * sine;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn random() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(3)
    }

    /// Catches a drift per frame in place of per movie.
    #[test]
    fn a_drift_ends_where_it_says() {
        let mut shift = vec![[1.0, 0.0]; 11];
        drift(&mut shift, [3.0, -1.0]);
        assert_eq!((shift[0], shift[5], shift[10]), ([1.0, 0.0], [2.5, -0.5], [4.0, -1.0]));
    }

    /// Catches a way that grows as time, or with the number of frames.
    #[test]
    fn a_wandering_stage_gets_as_far_as_it_says() {
        let mut random = random();
        let ways: Vec<[f64; 2]> = (0..2000)
            .map(|_| {
                let mut shift = vec![[0.0; 2]; 50];
                wander(&mut shift, 1.0, &mut random);
                shift[49]
            })
            .collect();
        for axis in 0..2 {
            let square = ways.iter().map(|way| way[axis].powi(2)).sum::<f64>() / 2000.0;
            assert!((square - 1.0).abs() < 0.13, "{square}");
        }
    }

    /// Catches a triangle in place of a saw tooth: it must jump back, once a period.
    #[test]
    fn a_saw_tooth_jumps_back_once_a_period() {
        let mut shift = vec![[0.0; 2]; 100];
        saw_tooth(&mut shift, 2.0, 20, &mut random());
        let falls: Vec<f64> =
            shift.windows(2).map(|pair| pair[1][0] - pair[0][0]).filter(|step| *step < 0.0).collect();
        assert!(falls.len() >= 4 && falls.iter().all(|fall| (fall + 2.0).abs() < 1e-12), "{falls:?}");
    }

    /// Catches both axes in phase, which enclose no area: an ellipse of area pi a b a cycle.
    #[test]
    fn an_elliptic_vibration_encloses_its_area() {
        let area = |amplitudes| {
            let mut shift = vec![[0.0; 2]; 1001];
            vibration(&mut shift, amplitudes, 0.01, &mut random());
            shift.windows(2).map(|p| p[0][0] * p[1][1] - p[0][1] * p[1][0]).sum::<f64>() / 2.0
        };
        let expected = 10.0 * std::f64::consts::PI * 0.2 * 0.1;
        assert!((area([0.2, 0.1]) / expected - 1.0).abs() < 0.01);
        assert!(area([0.2, 0.0]).abs() < 1e-12);
    }
}
