//! Compares a map's share of each part of the system with the part's exact local entropy production.

use super::DissipationMap;
use crate::entropy_production::Comparison;
use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// One part of a system: its share of the map against its exact local rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PartComparison {
    /// Entropy production rate of the part's share of the map.
    pub map_rate: f64,
    /// Mean exact local rate of the same transitions.
    pub realised_rate: f64,
    /// Pearson correlation of the share's series with the part's exact local series.
    pub correlation: f64,
}

impl PartComparison {
    /// One comparison a bead of a row, whose share is its vertical strip of the map; otherwise as [`Self::of_shares`].
    ///
    /// # Panics
    /// If `exact` has not one array a map with a row for every step.
    pub fn of(maps: &[DissipationMap], exact: &[ArrayView2<f64>]) -> Vec<Self> {
        let part_count = exact.first().map_or(0, |steps| steps.len_of(Axis(1)));
        Self::of_shares(maps, exact, |map| map.strip_sums(part_count))
    }

    /// One comparison a part. `exact` holds, one array a map, the exact local entropy production of every step, shape
    /// (step, part), in `k_B`; a transition of n frames takes the sum over its n - 1 steps. `shares` gives those of the parts in
    /// every transition of a map, shape (transition, part), in `k_B`.
    ///
    /// # Panics
    /// If `exact` has not one array a map with a row for every step.
    pub fn of_shares(
        maps: &[DissipationMap],
        exact: &[ArrayView2<f64>],
        shares: impl Fn(&DissipationMap) -> Array2<f64>,
    ) -> Vec<Self> {
        assert_eq!(maps.len(), exact.len(), "one array of exact values a map");
        let part_count = exact.first().map_or(0, |steps| steps.len_of(Axis(1)));
        let mut pairs: Vec<Vec<(f64, f64)>> = vec![Vec::new(); part_count];
        for (map, steps) in maps.iter().zip(exact) {
            let shares = shares(map);
            let windows = steps.axis_windows(Axis(0), map.window - 1);
            for (shares, window) in shares.outer_iter().zip(windows) {
                let local = window.sum_axis(Axis(0));
                for (pairs, pair) in pairs.iter_mut().zip(shares.iter().copied().zip(local)) {
                    pairs.push(pair);
                }
            }
        }
        let time = maps.first().map_or(1.0, DissipationMap::transition_time);
        pairs.iter().map(|pairs| Self::of_series(pairs, time)).collect()
    }

    fn of_series(pairs: &[(f64, f64)], time: f64) -> Self {
        let comparison = Comparison::of(pairs, time);
        let map_rate = pairs.iter().map(|(share, _)| share).sum::<f64>() / (pairs.len() as f64 * time);
        let (realised_rate, correlation) = (comparison.realised_rate, comparison.correlation());
        Self { map_rate, realised_rate, correlation }
    }
}
