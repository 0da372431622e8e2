//! Tests whether things that were recorded together are independent of each other.

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Shifts of the things against each other that are tried.
const SHIFTS: usize = 199;

/// Probability, if `things` are independent, of correlations as large as these between what was measured of
/// them at the same time.
///
/// Of each thing some quantities were measured, as many of all, in stretches that are as long for all: the
/// order is `things[thing][quantity][stretch][time]`. The statistic is the sum of the squared correlation
/// coefficients of all pairs of quantities of different things. All that belongs to a thing is shifted in a
/// circle against the others by a random time, within each stretch, which keeps its own correlations and
/// takes away those with others. The same seed gives the same bits.
pub(crate) fn dependence_p_value(things: &[Vec<Vec<Vec<f64>>>], seed: u64) -> f64 {
    let observed = statistic(things, None);
    let larger = (0..SHIFTS as u64).into_par_iter().filter(|&shift| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(shift);
        // Sums of the same numbers in another order differ by rounding.
        statistic(things, Some(&mut random)) >= observed * (1.0 - 1e-9)
    });
    (1 + larger.count()) as f64 / (1 + SHIFTS) as f64
}

/// Sum of the squared correlations between different things; each is shifted by `random`, if there is one.
fn statistic(things: &[Vec<Vec<Vec<f64>>>], mut random: Option<&mut ChaCha8Rng>) -> f64 {
    let Some(first) = things.first().and_then(|quantities| quantities.first()) else { return 0.0 };
    let count: usize = first.iter().map(Vec::len).sum();
    let per_thing = things[0].len();
    let mut values = Array2::<f64>::zeros((things.len() * per_thing, count));
    for (thing, quantities) in things.iter().enumerate() {
        let mut shift_of = |stretch: &Vec<f64>| match &mut random {
            Some(random) if !stretch.is_empty() => random.random_range(0..stretch.len()),
            _ => 0,
        };
        let shifts: Vec<usize> = first.iter().map(&mut shift_of).collect();
        for (index, stretches) in quantities.iter().enumerate() {
            let shifted = stretches.iter().zip(&shifts);
            let shifted = shifted.flat_map(|(of, &shift)| of[shift..].iter().chain(&of[..shift]));
            let row = values.row_mut(thing * per_thing + index);
            row.into_iter().zip(shifted).for_each(|(slot, &value)| *slot = value);
        }
    }
    standardise(&mut values);
    let correlations = values.dot(&values.t());
    let between = correlations.indexed_iter().filter(|((a, b), _)| a / per_thing < b / per_thing);
    between.map(|(_, r)| r * r).sum()
}

/// Mean 0 and sum of squares 1 for each row; a row that does not change is zero.
fn standardise(values: &mut Array2<f64>) {
    for mut row in values.outer_iter_mut() {
        let mean = row.mean().unwrap_or(0.0);
        row -= mean;
        let norm = row.dot(&row).sqrt();
        row.mapv_inplace(|value| if norm > 0.0 { value / norm } else { 0.0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    /// Slow series and their squares, in two stretches, with what they have in common.
    fn series(seed: u64, common: impl Fn(usize, f64, f64) -> f64) -> Vec<Vec<Vec<Vec<f64>>>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut slow = |count: usize| -> Vec<f64> {
            let mut state = 0.0;
            let next = |_| {
                let kick: f64 = StandardNormal.sample(&mut random);
                state = 0.8 * state + kick;
                state
            };
            (0..count).map(next).collect()
        };
        let shared = [slow(300), slow(200)];
        let mut stretch = |k: usize, shared: &[f64]| -> Vec<f64> {
            slow(shared.len()).into_iter().zip(shared).map(|(own, &shared)| common(k, own, shared)).collect()
        };
        let square = |stretch: &Vec<f64>| stretch.iter().map(|value| value * value).collect();
        let mut thing = |k: usize| {
            let values: Vec<Vec<f64>> = shared.iter().map(|shared| stretch(k, shared)).collect();
            let squares = values.iter().map(square).collect();
            vec![values, squares]
        };
        (0..5).map(&mut thing).collect()
    }

    /// 300 sets of slow independent series: 3 to 28 have p < 0.05 (three standard deviations about 15).
    /// Catches shifts that break the series' own correlations, for which far more would.
    #[test]
    fn independent_series_are_seldom_called_dependent() {
        let p = |seed| dependence_p_value(&series(seed, |_, own, _| own), 0);
        let rejected = (0..300).filter(|&seed| p(seed) < 0.05).count();
        assert!((3..=28).contains(&rejected), "{rejected}");
    }

    /// A common part, of either sign, and a common size without a common sign.
    #[test]
    fn common_parts_and_common_sizes_are_found() {
        let sign = |k: usize| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
        for seed in 0..5 {
            let added = series(seed, |k, own, shared| own + sign(k) * shared);
            let scaled = series(seed, |_, own, shared| own * shared);
            for of in [added, scaled] {
                let p = dependence_p_value(&of, 0);
                assert!(p < 0.05, "{p}");
                assert_eq!(p, dependence_p_value(&of, 0));
            }
        }
    }
}
