//! Tests a sum against its negative by flipping the signs of its parts at random.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const FLIPS: usize = 9999;

/// One-sided p-value of the sum of `block_sums` under the null hypothesis that each is as likely
/// as its negative, which equilibrium implies for any antisymmetric estimate on data that did not
/// choose it: reversing time maps one sign onto the other. Flipped sums count `widened` times, for sums whose
/// scatter is larger than that of their parts (1 where these are independent).
///
/// Random flips (9,999 of them, plus the sample itself) keep the level exact for any number of blocks
/// (Phipson and Smyth 2010, doi 10.2202/1544-6115.1585).
pub(crate) fn sign_flip_p_value(block_sums: &[f64], widened: f64, seed: u64) -> f64 {
    let observed: f64 = block_sums.iter().sum();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let as_large = (0..FLIPS)
        .filter(|_| {
            let flipped: f64 = block_sums.iter().map(|sum| if random.random() { *sum } else { -sum }).sum();
            widened * flipped >= observed
        })
        .count();
    (as_large + 1) as f64 / (FLIPS + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    fn rejections(shift: f64) -> usize {
        (0..200)
            .filter(|&seed| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let sums: Vec<f64> = (0..20)
                    .map(|_| shift + Distribution::<f64>::sample(&StandardNormal, &mut random))
                    .collect();
                sign_flip_p_value(&sums, 1.0, seed) <= 0.05
            })
            .count()
    }

    /// 200 tests at 5 %: 10 expected, 2 to 19 within three standard deviations.
    #[test]
    fn the_level_is_held_in_equilibrium_and_a_shift_is_found() {
        let false_alarms = rejections(0.0);
        assert!((2..=19).contains(&false_alarms), "{false_alarms}");
        assert!(rejections(1.0) > 190);
    }
}
