//! Draws series in time: random values that forget themselves, two states that take turns.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1, StandardNormal};

/// Gaussian values of mean 0 and variance 1 whose correlation falls by e in `correlation_frames`.
pub(super) fn wander(frames: usize, correlation_frames: f64, random: &mut impl Rng) -> Vec<f64> {
    let memory = (-1.0 / correlation_frames).exp();
    let kick = (1.0 - memory * memory).sqrt();
    let mut value: f64 = StandardNormal.sample(random);
    (0..frames)
        .map(|_| {
            let noise: f64 = StandardNormal.sample(random);
            let now = value;
            value = memory * value + kick * noise;
            now
        })
        .collect()
}

/// Whether the second of two states holds, each of which lasts `mean_frames` on average.
pub(super) fn telegraph(frames: usize, mean_frames: f64, random: &mut impl Rng) -> Vec<bool> {
    let mut state = random.random::<bool>();
    let wait = |random: &mut _| {
        let wait: f64 = Exp1.sample(random);
        mean_frames * wait
    };
    let mut until = wait(random);
    (0..frames)
        .map(|frame| {
            while until <= frame as f64 {
                state = !state;
                until += wait(random);
            }
            state
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Catches a correlation time off by a factor, and a variance that starts or ends elsewhere.
    #[test]
    fn a_wandering_value_has_unit_variance_and_the_stated_memory() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let series: Vec<Vec<f64>> = (0..4000).map(|_| wander(6, 5.0, &mut random)).collect();
        let mean = |a: usize, b: usize| series.iter().map(|x| x[a] * x[b]).sum::<f64>() / 4000.0;
        assert!((mean(0, 0) - 1.0).abs() < 0.1 && (mean(5, 5) - 1.0).abs() < 0.1);
        assert!((mean(0, 5) - (-1.0_f64).exp()).abs() < 0.07, "{}", mean(0, 5));
    }

    /// Catches rates per two states, or one state that lasts longer.
    #[test]
    fn a_telegraph_switches_at_its_rate() {
        let states = telegraph(100_000, 20.0, &mut ChaCha8Rng::seed_from_u64(2));
        let switches = states.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64;
        // Twice within a frame is not seen: the chance of a switch is (1 - exp(-2 / 20)) / 2.
        let expected = 1e5 * (1.0 - (-0.1_f64).exp()) / 2.0;
        assert!((switches / expected - 1.0).abs() < 0.06, "{switches} of {expected}");
        let on = states.iter().filter(|on| **on).count() as f64 / 1e5;
        assert!((on - 0.5).abs() < 0.05, "{on}");
    }
}
