//! Traces the edges between marked cells and the others.

use ndarray::{Array2, ArrayView2};

/// More lines than this are no outline but a tangle; the cells are then joined into coarser ones.
const MOST_LINES: usize = 800;

/// Straight lines about the marked cells of a mask, from corner to corner (row, column), in cells; the edges
/// of the map count as edges of its marked cells. A mask of very many small pieces is outlined by square
/// blocks of cells at least half of which are marked. Beside the lines stands the edge of these blocks, 1 for
/// single cells.
pub(crate) fn outlines(mask: &ArrayView2<bool>) -> (usize, Vec<[(usize, usize); 2]>) {
    let mut size = 1;
    loop {
        let lines = edges(&coarsened(mask, size));
        if lines.len() <= MOST_LINES || size >= mask.nrows().max(mask.ncols()) {
            let corner = |(row, column): (usize, usize)| {
                ((row * size).min(mask.nrows()), (column * size).min(mask.ncols()))
            };
            return (size, lines.into_iter().map(|ends| ends.map(corner)).collect());
        }
        size *= 2;
    }
}

/// Blocks of `size` by `size` cells, marked if at least half of their cells are.
fn coarsened(mask: &ArrayView2<bool>, size: usize) -> Array2<bool> {
    let (rows, columns) = mask.dim();
    Array2::from_shape_fn((rows.div_ceil(size), columns.div_ceil(size)), |(row, column)| {
        let lines = row * size..(row * size + size).min(rows);
        let block = mask.slice(ndarray::s![lines, column * size..(column * size + size).min(columns)]);
        2 * block.iter().filter(|&&marked| marked).count() >= block.len()
    })
}

/// Edges of the marked cells, those in one line joined.
fn edges(mask: &Array2<bool>) -> Vec<[(usize, usize); 2]> {
    let (rows, columns) = mask.dim();
    let marked = |row: usize, column: usize| mask.get([row, column]).copied().unwrap_or(false);
    let above = |row: usize, column: usize| row > 0 && marked(row - 1, column);
    let before = |row: usize, column: usize| column > 0 && marked(row, column - 1);
    let mut lines = Vec::new();
    for row in 0..=rows {
        let runs = runs(columns, |column| marked(row, column) != above(row, column));
        lines.extend(runs.into_iter().map(|[from, to]| [(row, from), (row, to)]));
    }
    for column in 0..=columns {
        let runs = runs(rows, |row| marked(row, column) != before(row, column));
        lines.extend(runs.into_iter().map(|[from, to]| [(from, column), (to, column)]));
    }
    lines
}

/// Half-open runs of places below `count` that are `set`.
fn runs(count: usize, set: impl Fn(usize) -> bool) -> Vec<[usize; 2]> {
    let mut runs: Vec<[usize; 2]> = Vec::new();
    for place in (0..count).filter(|&place| set(place)) {
        match runs.last_mut() {
            Some(run) if run[1] == place => run[1] += 1,
            _ => runs.push([place, place + 1]),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches rows taken for columns, and a patch at the edge of the map that is left open.
    #[test]
    fn a_patch_has_four_edges_wherever_it_lies() {
        let mut mask = Array2::from_elem((4, 6), false);
        mask.slice_mut(ndarray::s![1..3, 2..5]).fill(true);
        let expected = [[(1, 2), (1, 5)], [(3, 2), (3, 5)], [(1, 2), (3, 2)], [(1, 5), (3, 5)]];
        assert_eq!(outlines(&mask.view()), (1, expected.to_vec()));
        assert_eq!(outlines(&Array2::from_elem((3, 3), true).view()).1.len(), 4);
        assert!(outlines(&Array2::from_elem((3, 3), false).view()).1.is_empty());
    }

    #[test]
    fn a_tangle_is_outlined_coarsely_within_the_map() {
        let mask = Array2::from_shape_fn((511, 300), |(row, column)| row < 256 && (row + column) % 2 == 0);
        let (size, lines) = outlines(&mask.view());
        assert!(size > 1 && !lines.is_empty() && lines.len() <= MOST_LINES, "{}", lines.len());
        assert!(lines.iter().flatten().all(|&(row, column)| row <= 511 && column <= 300));
    }
}
