//! Lays nodes over a frame, between which coefficients are interpolated.

use ndarray::{Array2, ArrayView2};

/// Nodes on a regular grid, the first and the last on the edges of the frame; or a single one, for
/// coefficients that all places share.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nodes {
    rows: Axis,
    columns: Axis,
}

#[derive(Debug, Clone, PartialEq)]
struct Axis {
    count: usize,
    /// Of every pixel the node at or before it, and the share of the next one.
    places: Vec<(usize, f32)>,
}

/// Nodes along a row that are near one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeRun {
    /// The one.
    pub(super) node: usize,
    /// The first of those near it.
    pub(super) first: usize,
    /// Their number.
    pub(super) len: usize,
}

impl Axis {
    fn new(pixels: usize, spacing: usize) -> Self {
        if spacing == 0 || pixels < 2 {
            return Self { count: 1, places: vec![(0, 0.0); pixels] };
        }
        let gaps = ((pixels - 1) as f64 / spacing as f64).round().max(1.0);
        let place = |pixel: usize| {
            let along = pixel as f64 * gaps / (pixels - 1) as f64;
            let node = along.floor().min(gaps - 1.0);
            (node as usize, (along - node) as f32)
        };
        Self { count: gaps as usize + 1, places: (0..pixels).map(place).collect() }
    }
}

impl Nodes {
    /// Nodes about `spacing` pixels apart over a frame of `rows` x `columns`; 0 for a single one.
    pub(super) fn new(rows: usize, columns: usize, spacing: usize) -> Self {
        Self { rows: Axis::new(rows, spacing), columns: Axis::new(columns, spacing) }
    }

    /// Number of nodes.
    pub(super) fn count(&self) -> usize {
        self.rows.count * self.columns.count
    }

    /// Number of rows and of columns of nodes.
    pub(super) fn grid(&self) -> (usize, usize) {
        (self.rows.count, self.columns.count)
    }

    /// Of every node those at most `reach` nodes apart along rows and along columns, and not before it.
    pub(super) fn runs(&self, reach: usize) -> Vec<NodeRun> {
        let columns = self.columns.count;
        let of_node = |node: usize| {
            let (row, column) = (node / columns, node % columns);
            (row..(row + reach + 1).min(self.rows.count)).map(move |other_row| {
                let first = if other_row == row { column } else { column.saturating_sub(reach) };
                let len = (column + reach + 1).min(columns) - first;
                NodeRun { node, first: other_row * columns + first, len }
            })
        };
        (0..self.count()).flat_map(of_node).collect()
    }

    /// Sums of pixels weighted by the nodes' tents, one a node; `write` gives the pixels of a row, in order.
    pub(super) fn sums(&self, mut write: impl FnMut(usize, &mut [f32]), sums: &mut [f32]) {
        sums.fill(0.0);
        let width = self.columns.places.len();
        let mut pixels = vec![0.0; width];
        // What belongs to the nodes before a row, and to those behind it.
        let (mut before, mut behind) = (vec![0.0; width], vec![0.0; width]);
        let mut current = 0;
        for (row, &(node, share)) in self.rows.places.iter().enumerate() {
            while current < node {
                self.add_columns(&before, current, sums);
                std::mem::swap(&mut before, &mut behind);
                behind.fill(0.0);
                current += 1;
            }
            write(row, &mut pixels);
            for ((before, behind), value) in before.iter_mut().zip(&mut behind).zip(&pixels) {
                let part = share * value;
                *before += value - part;
                *behind += part;
            }
        }
        self.add_columns(&before, current, sums);
        if self.rows.count > 1 {
            self.add_columns(&behind, current + 1, sums);
        }
    }

    fn add_columns(&self, pixels: &[f32], row: usize, sums: &mut [f32]) {
        let columns = self.columns.count;
        let sums = &mut sums[row * columns..(row + 1) * columns];
        if columns == 1 {
            sums[0] += pixels.iter().sum::<f32>();
            return;
        }
        for (value, &(node, share)) in pixels.iter().zip(&self.columns.places) {
            let part = share * value;
            sums[node] += value - part;
            sums[node + 1] += part;
        }
    }

    /// Coefficients of the nodes interpolated to all pixels, shape (row, column).
    pub(super) fn interpolated(&self, coefficients: &[f32]) -> Array2<f32> {
        let columns = self.columns.count;
        let of_nodes = ArrayView2::from_shape((self.rows.count, columns), coefficients).expect("one a node");
        let along = |(node, share): (usize, f32), of: &dyn Fn(usize) -> f32| {
            if share == 0.0 { of(node) } else { (1.0 - share) * of(node) + share * of(node + 1) }
        };
        let shape = (self.rows.places.len(), self.columns.places.len());
        Array2::from_shape_fn(shape, |(row, column)| {
            let in_row = |row: usize| along(self.columns.places[column], &|column| of_nodes[[row, column]]);
            along(self.rows.places[row], &in_row)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches tents that do not sum to one at every pixel, nodes past the edge, and sums that are not the
    /// transpose of the interpolation.
    #[test]
    fn sums_over_tents_are_the_transpose_of_the_interpolation() {
        for (rows, columns, spacing) in [(9, 14, 4), (1, 6, 3), (7, 7, 0), (5, 5, 20), (2, 3, 1)] {
            let nodes = Nodes::new(rows, columns, spacing);
            let pixel = |row: usize, column: usize| ((row * 31 + column * 7) as f32).sin();
            let mut sums = vec![0.0; nodes.count()];
            let write = |row: usize, line: &mut [f32]| {
                line.iter_mut().enumerate().for_each(|(column, value)| *value = pixel(row, column));
            };
            nodes.sums(write, &mut sums);
            for node in 0..nodes.count() {
                let mut one = vec![0.0; nodes.count()];
                one[node] = 1.0;
                let tent = nodes.interpolated(&one);
                let expected: f32 = tent.indexed_iter().map(|((r, c), w)| w * pixel(r, c)).sum();
                assert!((sums[node] - expected).abs() < 1e-4, "{rows} {columns} {spacing}");
            }
            assert!(nodes.interpolated(&vec![1.0; nodes.count()]).iter().all(|one| (one - 1.0).abs() < 1e-6));
        }
    }

    /// Catches a pair left out, named twice, or named of nodes too far apart.
    #[test]
    fn near_pairs_are_named_once() {
        let nodes = Nodes::new(17, 25, 4);
        let runs = nodes.runs(2);
        let (rows, columns) = nodes.grid();
        assert_eq!((nodes.count(), rows, columns), (35, 5, 7));
        for one in 0..35_usize {
            for other in one..35 {
                let (down, right) =
                    ((one / columns).abs_diff(other / columns), (one % columns).abs_diff(other % columns));
                let names =
                    |run: &&NodeRun| run.node == one && (run.first..run.first + run.len).contains(&other);
                let count = runs.iter().filter(names).count();
                assert_eq!(count, usize::from(down <= 2 && right <= 2));
            }
        }
    }
}
