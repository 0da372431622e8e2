//! Tests a sum by flipping the signs of its parts at random.

use ndarray::{Array1, Array2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const FLIPS: usize = 9999;
/// The least p-value that so many flips allow.
pub(crate) const LEAST_P_VALUE_OF_FLIPS: f64 = 1.0 / (FLIPS + 1) as f64;

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

/// One-sided p-value of the squared length of a sum of vectors with these scalar `products`, if each vector
/// were as likely as its negative. Squares of flipped sums count `widened` times; see [`sign_flip_p_value`].
pub(crate) fn quadratic_sign_flip_p_value(products: &Array2<f64>, widened: f64, seed: u64) -> f64 {
    let square = |signs: &Array1<f64>| signs.dot(&products.dot(signs));
    let mut signs = Array1::ones(products.nrows());
    let observed = square(&signs);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let as_large = (0..FLIPS)
        .filter(|_| {
            signs.mapv_inplace(|_| if random.random() { 1.0 } else { -1.0 });
            widened * square(&signs) >= observed
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

    /// Vectors of three numbers in 16 blocks. Catches a square that counts each vector with itself alone, and
    /// a level that is not held.
    #[test]
    fn squares_of_sums_hold_the_level_and_find_a_shared_part() {
        let rejections = |shared: f64| {
            let p_value = |seed: u64| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let vectors = Array2::from_shape_simple_fn((16, 3), || {
                    shared + Distribution::<f64>::sample(&StandardNormal, &mut random)
                });
                quadratic_sign_flip_p_value(&vectors.dot(&vectors.t()), 1.0, seed)
            };
            (0..200).filter(|&seed| p_value(seed) <= 0.05).count()
        };
        let false_alarms = rejections(0.0);
        assert!((2..=19).contains(&false_alarms), "{false_alarms}");
        assert!(rejections(1.0) > 190);
    }
}
