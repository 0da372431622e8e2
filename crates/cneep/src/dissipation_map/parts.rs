//! Compares a map's share of each part of the system with the part's exact local entropy production.

use super::DissipationMap;
use crate::entropy_production::Comparison;
use ndarray::{ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// One part (bead) of a chain: its vertical strip of the map against its exact local rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PartComparison {
    /// Entropy production rate of the part's strip of the map.
    pub map_rate: f64,
    /// Mean exact local rate of the same transitions.
    pub realised_rate: f64,
    /// Pearson correlation of the strip's series with the part's exact local series.
    pub correlation: f64,
}

impl PartComparison {
    /// One comparison a part. `exact` holds, one array a map, the exact local entropy production of every step, shape
    /// (step, part), in `k_B`; a transition of n frames takes the sum over its n - 1 steps.
    ///
    /// # Panics
    /// If `exact` has not one array a map with a row for every step.
    pub fn of(maps: &[DissipationMap], exact: &[ArrayView2<f64>]) -> Vec<Self> {
        assert_eq!(maps.len(), exact.len(), "one array of exact values a map");
        let part_count = exact.first().map_or(0, |steps| steps.len_of(Axis(1)));
        let mut pairs: Vec<Vec<(f64, f64)>> = vec![Vec::new(); part_count];
        for (map, steps) in maps.iter().zip(exact) {
            let strips = map.strip_sums(part_count);
            let windows = steps.axis_windows(Axis(0), map.window - 1);
            for (strip, window) in strips.outer_iter().zip(windows) {
                let local = window.sum_axis(Axis(0));
                for (pairs, pair) in pairs.iter_mut().zip(strip.iter().copied().zip(local)) {
                    pairs.push(pair);
                }
            }
        }
        let time = maps.first().map_or(1.0, DissipationMap::transition_time);
        pairs.iter().map(|pairs| Self::of_series(pairs, time)).collect()
    }

    fn of_series(pairs: &[(f64, f64)], time: f64) -> Self {
        let Comparison { r_squared, slope, realised_rate } = Comparison::of(pairs, time);
        let map_rate = pairs.iter().map(|(strip, _)| strip).sum::<f64>() / (pairs.len() as f64 * time);
        Self { map_rate, realised_rate, correlation: r_squared.sqrt().copysign(slope) }
    }
}
