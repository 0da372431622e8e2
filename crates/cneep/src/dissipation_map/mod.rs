//! Holds the result in space: where on the picture entropy is produced.

mod false_discovery;
mod mean;
mod parts;
mod sign_flips;
mod significance;

pub use mean::MeanMap;
pub use parts::PartComparison;
pub use significance::SignificanceMap;

use cneep_movie::units::Calibration;
use ndarray::{Array2, Array3, Axis};
use serde::{Deserialize, Serialize};

/// How the cells of a map lie on the frame, from its first row and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapGrid {
    /// Rows of cells.
    pub rows: usize,
    /// Columns of cells.
    pub columns: usize,
    /// Edge of a cell, in pixels of the movie.
    pub cell: usize,
}

/// Dissipation maps of every transition of one movie; each sums to that transition's entropy production.
#[derive(Debug, Clone, PartialEq)]
pub struct DissipationMap {
    /// What the movie is called.
    pub name: String,
    /// Cells on the frame.
    pub grid: MapGrid,
    /// Frames in a transition.
    pub window: usize,
    /// Frame interval and pixel size of the movie.
    pub calibration: Calibration,
    /// Entropy production per cell in `k_B`, shape (transition, row, column).
    pub transitions: Array3<f32>,
}

impl DissipationMap {
    /// Duration of a transition, in seconds with a known frame interval, otherwise in frames.
    pub fn transition_time(&self) -> f64 {
        (self.window - 1) as f64 * self.calibration.interval_or_frame()
    }

    /// Entropy production of every transition, in `k_B`: the sum over its map.
    pub fn entropy_production(&self) -> Vec<f64> {
        self.transitions.outer_iter().map(|map| map.iter().map(|&cell| f64::from(cell)).sum()).collect()
    }

    /// Entropy production of every transition at each of the parts that rest at `places` ([column, row], in pixels), shape
    /// (transition, part), in `k_B`: of the cells whose middles are nearest to it.
    pub fn part_sums(&self, places: &[[f64; 2]]) -> Array2<f64> {
        let owners = self.grid.owners(places);
        let mut sums = Array2::zeros((self.transitions.len_of(Axis(0)), places.len()));
        for (mut sums, map) in sums.outer_iter_mut().zip(self.transitions.outer_iter()) {
            for (&owner, &cell) in owners.iter().zip(&map) {
                sums[owner] += f64::from(cell);
            }
        }
        sums
    }
}

impl MapGrid {
    /// The place nearest to the middle of each cell, in the order of the cells.
    fn owners(self, places: &[[f64; 2]]) -> Vec<usize> {
        let middle = |index: usize| (index as f64 + 0.5) * self.cell as f64 - 0.5;
        let cells = (0..self.rows * self.columns).map(|cell| [cell % self.columns, cell / self.columns]);
        let nearest = |[x, y]: [f64; 2]| {
            let distance = |place: &[f64; 2]| (place[0] - x).hypot(place[1] - y);
            let order = |a: &usize, b: &usize| distance(&places[*a]).total_cmp(&distance(&places[*b]));
            (0..places.len()).min_by(order).unwrap_or(0)
        };
        cells.map(|cell| nearest(cell.map(middle))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let parts = map.part_sums(&PLACES);
        assert_eq!(parts.row(3).to_vec(), [12.0, -4.0]);
        let per_transition = map.transitions.sum_axis(Axis(2)).sum_axis(Axis(1));
        for (parts, total) in parts.rows().into_iter().zip(per_transition) {
            assert!((parts.sum() - f64::from(total)).abs() < 1e-9);
        }
    }

    /// Catches rows taken for columns, and cells that fall to a farther part.
    #[test]
    fn every_cell_belongs_to_the_nearest_part() {
        let grid = MapGrid { rows: 2, columns: 3, cell: 4 };
        assert_eq!(grid.owners(&[[1.5, 1.5], [9.5, 1.5], [1.5, 5.5]]), [0, 0, 1, 2, 2, 1]);
    }

    /// Two intervals of 0.5 s a window: catches a mean per frame sold as a mean per second.
    #[test]
    fn the_mean_map_is_per_unit_of_time() {
        let mean = MeanMap::of(&[map(), map()]).unwrap();
        assert_eq!((mean.rates[[0, 0]], mean.rates[[1, 3]], mean.transitions), (2.0, -1.0, 10));
        assert_eq!(mean.rate(), 4.0 * 2.0 - 4.0);
        assert!(MeanMap::of(&[]).is_none());
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
