//! Dims single blobs, as labels that bleach in steps or blink do.

use super::wander::telegraph;
use rand::Rng;
use rand_distr::{Distribution, Exp1};

/// Takes a `share` of the light from every blob at once, after an exponential time of this mean. `brightness`
/// has the shape (frame, body).
pub(super) fn bleaching_steps(brightness: &mut [Vec<f64>], share: f64, lifetime: f64, random: &mut impl Rng) {
    let bodies = brightness.first().map_or(0, Vec::len);
    for body in 0..bodies {
        let wait: f64 = Exp1.sample(random);
        let first = (lifetime * wait).ceil() as usize;
        brightness.iter_mut().skip(first).for_each(|frame| frame[body] *= 1.0 - share);
    }
}

/// Takes a `share` of the light from every blob while it is in the second of two states.
pub(super) fn blinking(brightness: &mut [Vec<f64>], share: f64, mean_frames: f64, random: &mut impl Rng) {
    let bodies = brightness.first().map_or(0, Vec::len);
    for body in 0..bodies {
        let dimmed = telegraph(brightness.len(), mean_frames, random);
        for (frame, _) in brightness.iter_mut().zip(dimmed).filter(|(_, dimmed)| *dimmed) {
            frame[body] *= 1.0 - share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Catches light that comes back, all bodies at once, and a lifetime that is a rate.
    #[test]
    fn every_blob_takes_one_step_down() {
        let mut brightness = vec![vec![1.0; 500]; 400];
        bleaching_steps(&mut brightness, 0.3, 100.0, &mut ChaCha8Rng::seed_from_u64(4));
        assert!(brightness.windows(2).all(|pair| pair[0].iter().zip(&pair[1]).all(|(a, b)| a >= b)));
        assert!(brightness.iter().flatten().all(|light| [1.0, 0.7].contains(light)));
        let bright = brightness[100].iter().filter(|light| **light == 1.0).count() as f64 / 500.0;
        assert!((bright - (-1.0_f64).exp()).abs() < 0.08, "{bright}");
    }

    /// Catches blobs that blink together.
    #[test]
    fn blobs_blink_each_for_itself() {
        let mut brightness = vec![vec![1.0; 2]; 20_000];
        blinking(&mut brightness, 0.5, 20.0, &mut ChaCha8Rng::seed_from_u64(4));
        let both = brightness.iter().filter(|frame| frame[0] < 1.0 && frame[1] < 1.0).count();
        assert!((both as f64 / 20_000.0 - 0.25).abs() < 0.04, "{both}");
    }
}
