//! Spreads the cells of a map over the pixels of the frame.

use cneep::dissipation_map::MapGrid;
use ndarray::{Array2, ArrayView2};

/// A map of cells on the pixels of a frame of this `size` (rows, columns): each spread evenly over its own,
/// which of the last reach to the end of the frame. The sum stays.
pub(super) fn on_pixels<T: Copy + Into<f64>>(
    grid: MapGrid,
    map: &ArrayView2<T>,
    size: (usize, usize),
) -> Array2<f64> {
    let last = |cells: usize| cells - 1;
    let pixels_of = |cell: usize, cells: usize, length: usize| {
        let end = if cell == last(cells) { length } else { (cell + 1) * grid.cell };
        (end.min(length) - (cell * grid.cell).min(length)).max(1) as f64
    };
    Array2::from_shape_fn(size, |(row, column)| {
        let (of_row, of_column) =
            ((row / grid.cell).min(last(grid.rows)), (column / grid.cell).min(last(grid.columns)));
        let area = pixels_of(of_row, grid.rows, size.0) * pixels_of(of_column, grid.columns, size.1);
        map[[of_row, of_column]].into() / area
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches cells that lose a part at the border, and rows taken for columns.
    #[test]
    fn a_map_on_pixels_sums_to_the_same() {
        for (rows, columns, size) in [(2, 3, (8, 12)), (2, 3, (9, 13)), (5, 5, (18, 20))] {
            let grid = MapGrid { rows, columns, cell: 4 };
            let map = Array2::from_shape_fn((rows, columns), |(row, column)| (1 + row * 7 + column) as f64);
            let pixels = on_pixels(grid, &map.view(), size);
            assert!(
                (pixels.sum() / map.sum() - 1.0).abs() < 1e-12,
                "{size:?}: {} {}",
                pixels.sum(),
                map.sum()
            );
            assert!(pixels[[0, 4]] > pixels[[0, 3]] && pixels[[4, 0]] > pixels[[3, 0]]);
        }
    }
}
