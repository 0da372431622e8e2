//! Tests a sum against its negative by counting all flips of the signs of a few parts.

/// Room for the partial sums of one test, so that thousands of them allocate nothing.
#[derive(Debug, Default)]
pub(crate) struct AllSignFlips {
    halves: [Vec<f64>; 2],
    merged: Vec<f64>,
}

impl AllSignFlips {
    /// One-sided p-value of the sum of `sums`, if each were as likely as its negative: the share of all `2^n`
    /// choices of signs whose sum is no smaller. It is exact, and `2^-n` at least.
    ///
    /// The sums of either half are listed in order and paired from opposite ends: some `2^(n / 2)` steps
    /// instead of `2^n` (Horowitz and Sahni 1974, doi 10.1145/321812.321823).
    pub(crate) fn p_value(&mut self, sums: &[f64]) -> f64 {
        let observed: f64 = sums.iter().sum();
        // Equal sums must count as equal, in whatever order they were added.
        let least = observed - 1e-12 * sums.iter().map(|sum| sum.abs()).sum::<f64>();
        let (left, right) = sums.split_at(sums.len() / 2);
        for (half, sums) in self.halves.iter_mut().zip([left, right]) {
            list(half, &mut self.merged, sums);
        }
        let [left, right] = &self.halves;
        let (mut from, mut as_large) = (right.len(), 0_u64);
        for &partial in left {
            while from > 0 && partial + right[from - 1] >= least {
                from -= 1;
            }
            as_large += (right.len() - from) as u64;
        }
        as_large as f64 / (left.len() * right.len()) as f64
    }
}

/// Lists the sums of `sums` under all signs in ascending order.
fn list(all: &mut Vec<f64>, merged: &mut Vec<f64>, sums: &[f64]) {
    all.clear();
    all.push(0.0);
    for size in sums.iter().map(|sum| sum.abs()) {
        merged.clear();
        let mut higher = 0;
        for &lower in all.iter() {
            while all[higher] + size < lower - size {
                merged.push(all[higher] + size);
                higher += 1;
            }
            merged.push(lower - size);
        }
        merged.extend(all[higher..].iter().map(|sum| sum + size));
        std::mem::swap(all, merged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive_p_value(sums: &[f64]) -> f64 {
        let observed: f64 = sums.iter().sum();
        let count = 1_u32 << sums.len();
        let flipped = |signs: u32| -> f64 {
            sums.iter().enumerate().map(|(i, s)| if signs >> i & 1 == 1 { -s } else { *s }).sum()
        };
        (0..count).filter(|&signs| flipped(signs) >= observed - 1e-9).count() as f64 / f64::from(count)
    }

    #[test]
    fn the_fast_count_is_the_slow_one() {
        let mut flips = AllSignFlips::default();
        for seed in 0..40 {
            let at = |i: usize| ((seed * 31 + i * 17) as f64 * 0.7).sin() + 0.02 * (seed % 9) as f64;
            let sums: Vec<f64> = (0..=(seed % 13)).map(at).collect();
            assert!((flips.p_value(&sums) - naive_p_value(&sums)).abs() < 1e-12, "{sums:?}");
        }
    }

    /// Catches ties that rounding breaks, and an empty cell that counts as dissipating.
    #[test]
    fn sums_of_one_sign_and_of_zero_have_their_extreme_values() {
        let mut flips = AllSignFlips::default();
        assert_eq!(flips.p_value(&[0.1, 0.2, 0.3, 0.7]), 1.0 / 16.0);
        assert_eq!(flips.p_value(&[-0.1, -0.2, -0.3]), 1.0);
        assert_eq!(flips.p_value(&[0.0; 20]), 1.0);
    }
}
