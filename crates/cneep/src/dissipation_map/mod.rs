//! Holds the result in space: where on the picture entropy is produced.

mod mean;
mod parts;

pub use mean::MeanMap;
pub use parts::PartComparison;

use crate::units::Calibration;
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

    /// Entropy production of every transition within each of `part_count` equal vertical strips of the
    /// frame, shape (transition, strip), in `k_B`: the beads of a chain lie in such strips.
    pub fn strip_sums(&self, part_count: usize) -> Array2<f64> {
        let mut sums = Array2::zeros((self.transitions.len_of(Axis(0)), part_count));
        for (transition, map) in self.transitions.outer_iter().enumerate() {
            for ((_, column), &cell) in map.indexed_iter() {
                let strip = (2 * column + 1) * part_count / (2 * self.grid.columns);
                sums[[transition, strip]] += f64::from(cell);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn strips_share_the_whole_map_out() {
        let map = map();
        let strips = map.strip_sums(2);
        assert_eq!(strips.row(3).to_vec(), [12.0, -4.0]);
        let per_transition = map.transitions.sum_axis(Axis(2)).sum_axis(Axis(1));
        for (strip, total) in strips.rows().into_iter().zip(per_transition) {
            assert!((strip.sum() - f64::from(total)).abs() < 1e-9);
        }
    }

    /// Two intervals of 0.5 s a window: catches a mean per frame sold as a mean per second.
    #[test]
    fn the_mean_map_is_per_unit_of_time() {
        let mean = MeanMap::of(&[map(), map()]).unwrap();
        assert_eq!((mean.rates[[0, 0]], mean.rates[[1, 3]], mean.transitions), (2.0, -1.0, 10));
        assert_eq!(mean.rate(), 4.0 * 2.0 - 4.0);
        assert!(MeanMap::of(&[]).is_none());
    }

    /// The left strip follows 4 t, the sum of two steps of 2 t; the right one is constant and follows nothing.
    #[test]
    fn strips_are_held_against_the_sum_of_their_steps() {
        let steps =
            Array2::from_shape_fn((6, 2), |(t, part)| if part == 0 { 2.0 * t as f64 - 1.0 } else { 3.0 });
        let parts = PartComparison::of(&[map()], &[steps.view()]);
        assert!((parts[0].correlation - 1.0).abs() < 1e-12);
        assert!((parts[0].map_rate - 8.0).abs() < 1e-12 && (parts[0].realised_rate - 8.0).abs() < 1e-12);
        assert_eq!((parts[1].correlation, parts[1].realised_rate), (0.0, 6.0));
    }
}
