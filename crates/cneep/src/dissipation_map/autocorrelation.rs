//! Sums products of the cells of a map at one distance.

use ndarray::{Array2, ArrayView2, s};

/// All displacements of about one length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ring {
    /// Mean length, in cells.
    pub(super) distance: f64,
    /// Rows and columns from one cell to the other, each pair of cells once.
    displacements: Vec<(usize, isize)>,
}

/// Rings of displacements, of lengths that round to 0, 1, 2 and so on up to `farthest`, in a map of this
/// `shape`.
pub(super) fn rings(shape: (usize, usize), farthest: usize) -> impl Iterator<Item = Ring> {
    let reach = |length: usize| farthest.min(length.saturating_sub(1));
    let (rows, columns) = (reach(shape.0), reach(shape.1).cast_signed());
    (0..=farthest).filter_map(move |radius| {
        let half = |row: usize| if row == 0 { 0 } else { -columns };
        let all = (0..=rows).flat_map(|row| (half(row)..=columns).map(move |column| (row, column)));
        let length = |(row, column): (usize, isize)| (row as f64).hypot(column as f64);
        let displacements: Vec<_> = all.filter(|&of| length(of).round() as usize == radius).collect();
        let pairs =
            |&(row, column): &(usize, isize)| ((shape.0 - row) * (shape.1 - column.unsigned_abs())) as f64;
        let count: f64 = displacements.iter().map(pairs).sum();
        let sum: f64 = displacements.iter().map(|of| pairs(of) * length(*of)).sum();
        (count > 0.0).then(|| Ring { distance: sum / count, displacements })
    })
}

/// Mean product of all pairs of cells of `map` that lie a displacement of `ring` apart.
pub(super) fn products(map: &Array2<f64>, ring: &Ring) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for &(row, column) in &ring.displacements {
        let [here, there] = displaced(map, row, column);
        count += here.len();
        for (here, there) in here.rows().into_iter().zip(there.rows()) {
            sum += here.dot(&there);
        }
    }
    sum / count as f64
}

/// The cells of `map` that have another at this displacement, and those others.
fn displaced(map: &Array2<f64>, row: usize, column: isize) -> [ArrayView2<'_, f64>; 2] {
    let (rows, columns) = map.dim();
    let (left, width) = (column.unsigned_abs(), columns - column.unsigned_abs());
    let [from, to] = if column < 0 { [left, 0] } else { [0, left] };
    [map.slice(s![..rows - row, from..from + width]), map.slice(s![row.., to..to + width])]
}

/// The map at half the resolution: sums over 2 x 2 cells; an odd last row or column is left out.
pub(super) fn coarser(map: &Array2<f64>) -> Array2<f64> {
    let half = |length: usize| (length / 2).max(1);
    let (rows, columns) = map.dim();
    Array2::from_shape_fn((half(rows), half(columns)), |(row, column)| {
        map.slice(s![2 * row..(2 * row + 2).min(rows), 2 * column..(2 * column + 2).min(columns)]).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Referee: all pairs of cells, one by one. Catches pairs that are left out at an edge or counted in one
    /// direction only.
    #[test]
    fn products_are_those_of_all_pairs() {
        let map = Array2::from_shape_fn((5, 7), |(row, column)| ((row * 13 + column * 5) as f64).sin());
        for (radius, ring) in rings(map.dim(), 4).enumerate() {
            let (mut sum, mut count, mut lengths) = (0.0, 0.0, 0.0);
            for (a, x) in map.indexed_iter() {
                for (b, y) in map.indexed_iter() {
                    let length = (a.0 as f64 - b.0 as f64).hypot(a.1 as f64 - b.1 as f64);
                    if length.round() as usize == radius {
                        sum += x * y;
                        count += 1.0;
                        lengths += length;
                    }
                }
            }
            assert!((products(&map, &ring) - sum / count).abs() < 1e-12, "{radius}");
            assert!((ring.distance - lengths / count).abs() < 1e-12, "{radius}");
        }
        assert_eq!(rings((1, 3), 5).count(), 3);
    }

    #[test]
    fn a_coarser_map_has_the_same_sum() {
        let map = Array2::from_shape_fn((4, 6), |(row, column)| (row * 6 + column) as f64);
        let coarse = coarser(&map);
        assert_eq!((coarse.dim(), coarse.sum()), ((2, 3), map.sum()));
        assert_eq!(coarse[[1, 0]], 12.0 + 13.0 + 18.0 + 19.0);
    }
}
