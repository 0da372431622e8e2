//! Lays the cells of a map over the frame.

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rows taken for columns, and cells that fall to a farther part.
    #[test]
    fn every_cell_belongs_to_the_nearest_part() {
        let grid = MapGrid { rows: 2, columns: 3, cell: 4 };
        assert_eq!(grid.owners(&[[1.5, 1.5], [9.5, 1.5], [1.5, 5.5]]), [0, 0, 1, 2, 2, 1]);
    }
}
