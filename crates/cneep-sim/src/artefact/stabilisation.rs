//! Shifts frames on to each other, as registration programs do.
//!
//! The shift is that of least squares for small ones, found in a few steps: B. D. Lucas, T. Kanade, Proc. 7th
//! Int. Joint Conf. on Artificial Intelligence, 674 (1981).

use ndarray::{Array2, Array3, ArrayView2, Axis};

const STEPS: usize = 4;

/// Shifts every frame on to the first one.
pub(super) fn on_first(counts: &mut Array3<f64>) {
    let first = counts.index_axis(Axis(0), 0).to_owned();
    for mut frame in counts.outer_iter_mut().skip(1) {
        let shift = shift(&first.view(), &frame.view());
        let still = moved(&frame.view(), shift);
        frame.assign(&still);
    }
}

/// Shifts every frame on to the one before, as that was before its own shift: shifts add up.
pub(super) fn on_previous(counts: &mut Array3<f64>) {
    let mut before = counts.index_axis(Axis(0), 0).to_owned();
    let mut way = [0.0; 2];
    for mut frame in counts.outer_iter_mut().skip(1) {
        let [rows, columns] = shift(&before.view(), &frame.view());
        way = [way[0] + rows, way[1] + columns];
        before.assign(&frame);
        let still = moved(&frame.view(), way);
        frame.assign(&still);
    }
}

/// (rows, columns) by which `frame` lies ahead of `reference`.
fn shift(reference: &ArrayView2<f64>, frame: &ArrayView2<f64>) -> [f64; 2] {
    let (rows, columns) = reference.dim();
    let mut way = [0.0; 2];
    for _ in 0..STEPS {
        let there = moved(frame, way);
        let (mut normal, mut right) = ([[0.0; 2]; 2], [0.0; 2]);
        for row in 1..rows.saturating_sub(1) {
            for column in 1..columns.saturating_sub(1) {
                let slope = [
                    (reference[[row + 1, column]] - reference[[row - 1, column]]) / 2.0,
                    (reference[[row, column + 1]] - reference[[row, column - 1]]) / 2.0,
                ];
                let change = reference[[row, column]] - there[[row, column]];
                for i in 0..2 {
                    right[i] += slope[i] * change;
                    (0..2).for_each(|j| normal[i][j] += slope[i] * slope[j]);
                }
            }
        }
        let determinant = normal[0][0] * normal[1][1] - normal[0][1] * normal[1][0];
        if determinant <= 0.0 {
            return way;
        }
        way[0] += (normal[1][1] * right[0] - normal[0][1] * right[1]) / determinant;
        way[1] += (normal[0][0] * right[1] - normal[1][0] * right[0]) / determinant;
    }
    way
}

/// `frame` moved back by `way`, between pixels linearly, the edges repeated beyond the frame.
fn moved(frame: &ArrayView2<f64>, way: [f64; 2]) -> Array2<f64> {
    let (rows, columns) = frame.dim();
    let place = |at: usize, by: f64, count: usize| {
        let place = (at as f64 + by).clamp(0.0, (count - 1) as f64);
        let low = (place as usize).min(count.saturating_sub(2));
        (low, (low + 1).min(count - 1), place - low as f64)
    };
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let (top, bottom, down) = place(row, way[0], rows);
        let (left, right, along) = place(column, way[1], columns);
        let line = |row: usize| (1.0 - along) * frame[[row, left]] + along * frame[[row, right]];
        (1.0 - down) * line(top) + down * line(bottom)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blob in the middle of a frame, moved by `way` (rows, columns).
    fn blob(way: [f64; 2]) -> Array2<f64> {
        Array2::from_shape_fn((24, 24), |(row, column)| {
            let square = (row as f64 - 12.0 - way[0]).powi(2) + (column as f64 - 12.0 - way[1]).powi(2);
            100.0 + 50.0 * (-square / 18.0).exp()
        })
    }

    fn movie(ways: &[[f64; 2]]) -> Array3<f64> {
        let frames: Vec<Array2<f64>> = ways.iter().map(|way| blob(*way)).collect();
        let views: Vec<ArrayView2<f64>> = frames.iter().map(|frame| frame.view()).collect();
        ndarray::stack(Axis(0), &views).unwrap()
    }

    /// Catches rows taken for columns, shifts of the wrong sign, and shifts that are forgotten after a frame.
    #[test]
    fn what_moved_together_stands_still_again() {
        let ways = [[0.0, 0.0], [0.7, -0.3], [1.1, -0.9], [0.2, 0.4]];
        for stabilise in [on_first as fn(&mut Array3<f64>), on_previous] {
            let mut counts = movie(&ways);
            stabilise(&mut counts);
            for frame in counts.outer_iter() {
                let worst = (&frame - &blob([0.0; 2])).iter().fold(0.0_f64, |most, d| most.max(d.abs()));
                assert!(worst < 1.5, "{worst}");
            }
        }
        let found = shift(&blob([0.0; 2]).view(), &blob([0.7, -0.3]).view());
        assert!((found[0] - 0.7).abs() < 0.02 && (found[1] + 0.3).abs() < 0.02, "{found:?}");
    }
}
