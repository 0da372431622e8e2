//! Adds the noise of photons and of read-out.
//!
//! Every frame draws from a place of its own in a stream, which its movie and its number alone decide: the
//! same noise for any number of threads, movies and frames. The key is made of the seed and of a word for
//! each purpose, so that noise has nothing in common with the motion simulated from the same seed, nor shot
//! noise with read noise.

use ndarray::ArrayViewMut2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};

/// What distinguishes the key of shot noise from others of the same seed.
const PHOTONS: &[u8; 24] = b"cneep/microscope/photons";
/// What distinguishes the key of read noise from others of the same seed.
const READOUT: &[u8; 24] = b"cneep/microscope/readout";

/// Where in a set of movies a frame stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) movie: u64,
    pub(crate) frame: u64,
}

/// Replaces light by what a count of photons says of it, `photons` being counted at full scale: Poisson, so
/// that the variance is the mean.
pub(super) fn count_photons(light: &mut ArrayViewMut2<f64>, photons: f64, seed: u64, place: Place) {
    let mut random = stream(seed, PHOTONS, place);
    for pixel in light.iter_mut() {
        // No distribution exists where there is no light.
        *pixel = Poisson::new(photons * *pixel).map_or(0.0, |counts| counts.sample(&mut random) / photons);
    }
}

/// Adds Gaussian noise of standard deviation `deviation`, in units of full scale.
pub(super) fn add_read_noise(light: &mut ArrayViewMut2<f64>, deviation: f64, seed: u64, place: Place) {
    let mut random = stream(seed, READOUT, place);
    for pixel in light.iter_mut() {
        let noise: f64 = StandardNormal.sample(&mut random);
        *pixel += deviation * noise;
    }
}

/// The numbers of a `seed` for a `purpose` at a `place`.
pub(crate) fn stream(seed: u64, purpose: &[u8; 24], place: Place) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..].copy_from_slice(purpose);
    let mut random = ChaCha8Rng::from_seed(key);
    random.set_stream(place.movie);
    // 2^40 words a frame: a thousand for every pixel of the largest.
    random.set_word_pos(u128::from(place.frame) << 40);
    random
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::Rng;

    /// Catches a stream that two frames, movies, purposes or seeds share, or one that the simulator draws
    /// from.
    #[test]
    fn every_frame_movie_and_purpose_has_numbers_of_its_own() {
        let first = |seed, purpose, movie, frame| stream(seed, purpose, Place { movie, frame }).next_u64();
        let mut simulator = ChaCha8Rng::seed_from_u64(7);
        let numbers = [
            simulator.next_u64(),
            first(7, PHOTONS, 0, 0),
            first(8, PHOTONS, 0, 0),
            first(7, READOUT, 0, 0),
            first(7, PHOTONS, 1, 0),
            first(7, PHOTONS, 0, 1),
            first(7, PHOTONS, 0, 1 << 24),
        ];
        for (i, number) in numbers.iter().enumerate() {
            assert!(!numbers[..i].contains(number), "{numbers:x?}");
        }
    }

    fn moments(light: &Array2<f64>) -> (f64, f64) {
        let count = light.len() as f64;
        let mean = light.sum() / count;
        (mean, light.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0))
    }

    /// Catches noise of the wrong strength on either side of the sampler's change of method, and photons in
    /// fractions.
    #[test]
    fn photons_scatter_by_the_square_root_of_their_number() {
        for (level, photons) in [(0.02, 100.0), (0.5, 10.0), (0.5, 60.0), (0.9, 5000.0)] {
            let mut light = Array2::from_elem((300, 300), level);
            count_photons(&mut light.view_mut(), photons, 3, Place { movie: 0, frame: 5 });
            light *= photons;
            assert!(light.iter().all(|count| (count - count.round()).abs() < 1e-9));
            let ((mean, variance), expected) = (moments(&light), photons * level);
            // Standard errors over 90,000 pixels: sqrt(m / N) of the mean m, sqrt((m + 2 m^2) / N) of the
            // variance.
            let errors = [expected, expected + 2.0 * expected * expected].map(|v| (v / 90_000.0).sqrt());
            assert!((mean - expected).abs() < 4.0 * errors[0], "mean {mean} of {expected}");
            assert!((variance - expected).abs() < 4.0 * errors[1], "variance {variance} of {expected}");
        }
        let mut dark = Array2::zeros((5, 5));
        count_photons(&mut dark.view_mut(), 100.0, 3, Place { movie: 0, frame: 0 });
        assert_eq!(dark.sum(), 0.0);
    }

    /// Catches a variance taken for a deviation, and noise that shifts the mean.
    #[test]
    fn read_noise_has_the_stated_deviation() {
        for deviation in [0.02, 0.1] {
            let mut light = Array2::from_elem((300, 300), 0.25);
            add_read_noise(&mut light.view_mut(), deviation, 3, Place { movie: 2, frame: 0 });
            let (mean, variance) = moments(&light);
            assert!((mean - 0.25).abs() < 4.0 * deviation / 300.0, "{mean}");
            assert!((variance.sqrt() / deviation - 1.0).abs() < 4.0 / (2.0 * 90_000.0_f64).sqrt());
        }
    }
}
