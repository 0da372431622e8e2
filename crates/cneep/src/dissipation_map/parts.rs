//! Compares a map's share of each part of the system with the part's exact local entropy production.

use super::DissipationMap;
use crate::entropy_production::Comparison;
use ndarray::{ArrayView2, Axis};
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
    /// One comparison a part, which rests at one of the `places` ([column, row], in pixels). `exact` holds, one array a map, the
    /// exact local entropy production of every step, shape (step, part), in `k_B`; a transition of n frames takes the sum over
    /// its n - 1 steps.
    ///
    /// # Panics
    /// If `exact` has not one array a map with a row for every step.
    pub fn of(maps: &[DissipationMap], exact: &[ArrayView2<f64>], places: &[[f64; 2]]) -> Vec<Self> {
        assert_eq!(maps.len(), exact.len(), "one array of exact values a map");
        let mut pairs: Vec<Vec<(f64, f64)>> = vec![Vec::new(); places.len()];
        for (map, steps) in maps.iter().zip(exact) {
            let shares = map.part_sums(places);
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
