//! Compares a map's share of each part of the system with the part's exact local entropy production.

use super::grid::MapGrid;
use super::map::DissipationMap;
use crate::entropy_production::Comparison;
use ndarray::{ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// One part of a system: its share of the map against its exact local rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartComparison {
    /// Entropy production rate of the part's share of the map.
    pub map_rate: f64,
    /// Mean exact local rate of the same transitions.
    pub realised_rate: f64,
    /// Pearson correlation of the share's series with the part's exact local series.
    pub correlation: f64,
}

/// Entropy production along some movies at each of the parts that rest at given places: of the cells whose
/// middles are nearest to it.
#[derive(Debug, Clone)]
pub struct PartSeries {
    /// The part of each cell.
    owners: Vec<usize>,
    part_count: usize,
    /// Of every movie, in `k_B`: all parts of its first transition, then all of the next.
    movies: Vec<Vec<f64>>,
}

impl PartSeries {
    /// No transition yet of `movies` movies; the parts rest at `places` ([column, row], in pixels).
    pub fn new(grid: MapGrid, places: &[[f64; 2]], movies: usize) -> Self {
        Self { owners: grid.owners(places), part_count: places.len(), movies: vec![Vec::new(); movies] }
    }

    /// Shares out the map of the next transition of `movie`, shape (row, column), in `k_B`.
    ///
    /// # Panics
    /// If there is no such movie.
    pub fn add(&mut self, movie: usize, map: &ArrayView2<f32>) {
        let series = &mut self.movies[movie];
        let start = series.len();
        series.resize(start + self.part_count, 0.0);
        for (&owner, &cell) in self.owners.iter().zip(map) {
            series[start + owner] += f64::from(cell);
        }
    }

    /// One comparison a part. `exact` holds, one array a movie, the exact local entropy production of every
    /// step, shape (step, part), in `k_B`; a transition of `window` frames takes the sum over its `window -
    /// 1` steps, and lasts `transition_time`.
    ///
    /// # Panics
    /// If `exact` has not one array a movie with a row for every step.
    pub fn compare(
        &self,
        exact: &[ArrayView2<f64>],
        window: usize,
        transition_time: f64,
    ) -> Vec<PartComparison> {
        assert_eq!(self.movies.len(), exact.len(), "one array of exact values a movie");
        let mut pairs: Vec<Vec<(f64, f64)>> = vec![Vec::new(); self.part_count];
        for (series, steps) in self.movies.iter().zip(exact) {
            let windows = steps.axis_windows(Axis(0), window - 1);
            for (shares, window) in series.chunks_exact(self.part_count.max(1)).zip(windows) {
                let local = window.sum_axis(Axis(0));
                for (pairs, pair) in pairs.iter_mut().zip(shares.iter().copied().zip(local)) {
                    pairs.push(pair);
                }
            }
        }
        pairs.iter().map(|pairs| PartComparison::of_series(pairs, transition_time)).collect()
    }
}

impl PartComparison {
    /// As [`PartSeries::compare`], of maps that are held.
    ///
    /// # Panics
    /// If `exact` has not one array a map with a row for every step.
    pub fn of(maps: &[DissipationMap], exact: &[ArrayView2<f64>], places: &[[f64; 2]]) -> Vec<Self> {
        let Some(first) = maps.first() else { return Vec::new() };
        let mut series = PartSeries::new(first.grid, places, maps.len());
        for (movie, maps) in maps.iter().enumerate() {
            maps.transitions.outer_iter().for_each(|map| series.add(movie, &map));
        }
        series.compare(exact, first.window, first.transition_time())
    }

    fn of_series(pairs: &[(f64, f64)], time: f64) -> Self {
        let comparison = Comparison::of(pairs, time);
        let map_rate = pairs.iter().map(|(share, _)| share).sum::<f64>() / (pairs.len() as f64 * time);
        let (realised_rate, correlation) = (comparison.realised_rate, comparison.correlation());
        Self { map_rate, realised_rate, correlation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::units::Calibration;
    use ndarray::{Array2, Array3};

    /// The middles of the left and the right half of the map.
    const PLACES: [[f64; 2]; 2] = [[3.5, 3.5], [11.5, 3.5]];

    fn map() -> DissipationMap {
        DissipationMap {
            name: "movie".into(),
            grid: MapGrid { rows: 2, columns: 4, cell: 4 },
            window: 3,
            calibration: Calibration { frame_interval: Some(0.5), ..Calibration::default() },
            transitions: Array3::from_shape_fn((5, 2, 4), |(t, _, c)| if c < 2 { t as f32 } else { -1.0 }),
        }
    }

    #[test]
    fn parts_share_the_whole_map_out() {
        let map = map();
        let mut series = PartSeries::new(map.grid, &PLACES, 2);
        map.transitions.outer_iter().for_each(|map| series.add(1, &map));
        assert_eq!(series.movies[1][6..8], [12.0, -4.0]);
        let per_transition = map.transitions.sum_axis(Axis(2)).sum_axis(Axis(1));
        for (parts, total) in series.movies[1].chunks(2).zip(per_transition) {
            assert!((parts.iter().sum::<f64>() - f64::from(total)).abs() < 1e-9);
        }
        assert!(series.movies[0].is_empty());
    }

    /// The left part follows 4 t, the sum of two steps of 2 t; the right one is constant and follows nothing.
    #[test]
    fn parts_are_held_against_the_sum_of_their_steps() {
        let steps =
            Array2::from_shape_fn((6, 2), |(t, part)| if part == 0 { 2.0 * t as f64 - 1.0 } else { 3.0 });
        let parts = PartComparison::of(&[map()], &[steps.view()], &PLACES);
        assert!((parts[0].correlation - 1.0).abs() < 1e-12);
        assert!((parts[0].map_rate - 8.0).abs() < 1e-12 && (parts[0].realised_rate - 8.0).abs() < 1e-12);
        assert_eq!((parts[1].correlation, parts[1].realised_rate), (0.0, 6.0));
    }
}
