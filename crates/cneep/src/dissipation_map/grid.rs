//! Lays the cells of a map over the frame.

use ndarray::{Array2, ArrayView2, s};
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

impl MapGrid {
    /// The place ([column, row], in pixels) nearest to the middle of each cell, in the order of the cells.
    pub(super) fn owners(self, places: &[[f64; 2]]) -> Vec<usize> {
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

/// A `map` of the cells of `grid` on the pixels of a frame of this `size` (rows, columns), each spread evenly
/// over its own; zero where no cell is. The sum stays.
pub fn on_pixels<T: Copy + Into<f64>>(
    grid: MapGrid,
    map: &ArrayView2<T>,
    size: (usize, usize),
) -> Array2<f64> {
    let mut pixels = Array2::zeros(size);
    for ((row, column), &value) in map.indexed_iter() {
        let within = |place: usize, length: usize| {
            let start = (place * grid.cell).min(length - 1);
            start..(start + grid.cell).min(length)
        };
        let mut part = pixels.slice_mut(s![within(row, size.0), within(column, size.1)]);
        let share = value.into() / part.len() as f64;
        part += share;
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rows taken for columns, and cells that fall to a farther part.
    #[test]
    fn every_cell_belongs_to_the_nearest_part() {
        let grid = MapGrid { rows: 2, columns: 3, cell: 4 };
        assert_eq!(grid.owners(&[[1.5, 1.5], [9.5, 1.5], [1.5, 5.5]]), [0, 0, 1, 2, 2, 1]);
    }

    /// Catches a border that takes nothing, and a sum that is not that of the cells.
    #[test]
    fn cells_are_spread_over_their_pixels() {
        let grid = MapGrid { rows: 2, columns: 3, cell: 4 };
        let map = Array2::from_shape_fn((2, 3), |(row, column)| (1 + row * 3 + column) as f32);
        let pixels = on_pixels(grid, &map.view(), (10, 11));
        assert!((pixels.sum() - 21.0).abs() < 1e-12);
        assert_eq!((pixels[[0, 3]], pixels[[7, 10]], pixels[[9, 0]]), (1.0 / 16.0, 6.0 / 12.0, 0.0));
        for (rows, columns, size) in [(2, 3, (8, 12)), (2, 3, (9, 13)), (5, 5, (18, 20))] {
            let grid = MapGrid { rows, columns, cell: 4 };
            let map = Array2::from_shape_fn((rows, columns), |(row, column)| (1 + row * 7 + column) as f64);
            let pixels = on_pixels(grid, &map.view(), size);
            assert!((pixels.sum() / map.sum() - 1.0).abs() < 1e-12, "{size:?}: {}", pixels.sum());
            assert!(pixels[[0, 4]] > pixels[[0, 3]] && pixels[[4, 0]] > pixels[[3, 0]]);
        }
    }
}
