//! Tests whether series that were recorded together are independent of each other.

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Shifts of the series against each other that are tried.
const SHIFTS: usize = 199;
/// Products that one comparison of all pairs may take.
const MOST_PRODUCTS: usize = 20_000_000;

/// Probability, if the series are independent, of correlations as large as these between them, or between
/// their squares.
///
/// The statistic is the sum of the squared correlation coefficients of all pairs. Each series is shifted in
/// a circle against the others by a random time, within each of its stretches, which keeps its own
/// correlations and takes away those with others. `series` gives the stretches of each, as many and as long
/// for all; of long ones the beginning is taken. The same seed gives the same bits.
///
/// What neither shows in the values nor in their squares at the same time is not tested.
pub(crate) fn dependence_p_value(series: &[Vec<Vec<f64>>], seed: u64) -> f64 {
    let most = (MOST_PRODUCTS / (series.len() * series.len()).max(1)).max(200);
    let series: Vec<Vec<&[f64]>> = series.iter().map(|stretches| beginning(stretches, most)).collect();
    let observed = statistic(&series, None);
    let larger = (0..SHIFTS as u64).into_par_iter().filter(|&shift| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(shift);
        statistic(&series, Some(&mut random)) >= observed
    });
    (1 + larger.count()) as f64 / (1 + SHIFTS) as f64
}

/// The first stretches, `most` values in all.
fn beginning(stretches: &[Vec<f64>], most: usize) -> Vec<&[f64]> {
    let mut left = most;
    let take = |stretch: &'_ Vec<f64>| {
        let length = stretch.len().min(left);
        left -= length;
        length
    };
    let lengths: Vec<usize> = stretches.iter().map(take).collect();
    stretches.iter().zip(lengths).map(|(stretch, length)| &stretch[..length]).collect()
}

/// Sum over all pairs of the squared correlations of the values and of their squares; each series is shifted
/// by `random`, if there is one.
fn statistic(series: &[Vec<&[f64]>], mut random: Option<&mut ChaCha8Rng>) -> f64 {
    let count: usize = series.first().map_or(0, |stretches| stretches.iter().map(|s| s.len()).sum());
    let mut values = Array2::<f64>::zeros((series.len(), count));
    for (stretches, mut row) in series.iter().zip(values.outer_iter_mut()) {
        let shifted = stretches.iter().flat_map(|stretch| {
            let shift = match &mut random {
                Some(random) if !stretch.is_empty() => random.random_range(0..stretch.len()),
                _ => 0,
            };
            stretch[shift..].iter().chain(&stretch[..shift])
        });
        row.iter_mut().zip(shifted).for_each(|(slot, &value)| *slot = value);
    }
    standardise(&mut values);
    let of_values = squared_correlations(&values);
    values.mapv_inplace(|value| value * value);
    standardise(&mut values);
    of_values + squared_correlations(&values)
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

fn squared_correlations(values: &Array2<f64>) -> f64 {
    let correlations = values.dot(&values.t());
    let squares = |matrix: &Array2<f64>| matrix.iter().map(|r| r * r).sum::<f64>();
    let own: f64 = correlations.diag().iter().map(|r| r * r).sum();
    0.5 * (squares(&correlations) - own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    /// Slow series, in two stretches, with what they have in common.
    fn series(seed: u64, common: impl Fn(usize, f64, f64) -> f64) -> Vec<Vec<Vec<f64>>> {
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
        let stretch = |slow: &mut dyn FnMut(usize) -> Vec<f64>, k: usize, shared: &[f64]| {
            slow(shared.len()).into_iter().zip(shared).map(|(own, &shared)| common(k, own, shared)).collect()
        };
        (0..5).map(|k| shared.iter().map(|shared| stretch(&mut slow, k, shared)).collect()).collect()
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
