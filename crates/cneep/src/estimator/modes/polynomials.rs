//! Makes polynomial moments of patches: sums of pixels times powers of their place.
//!
//! The place of a spot is linear in the pixels, `sum r I(r)` over their sum, however far it wanders, where
//! principal components would need one for every place that it visits.

use super::patches::Patches;
use ndarray::{Array1, Array2};

/// Powers of row and column, by rising degree.
const POWERS: [(i32, i32); 6] = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)];

/// Most moments of a patch.
pub(super) const MOST: usize = POWERS.len();

/// The first `count` polynomials on a patch, orthonormal over its pixels, shape (pixel, polynomial). Those
/// that a patch is too narrow for are zero.
pub(super) fn polynomials(patches: &Patches, count: usize) -> Array2<f64> {
    let along = |place: usize, length: usize| (2.0 * place as f64 + 1.0) / length as f64 - 1.0;
    let mut found = Array2::zeros((patches.pixels(), count));
    for (number, (of_row, of_column)) in POWERS.into_iter().take(count).enumerate() {
        let mut polynomial: Array1<f64> = (0..patches.pixels())
            .map(|pixel| {
                let (row, column) = (pixel / patches.columns, pixel % patches.columns);
                along(row, patches.rows).powi(of_row) * along(column, patches.columns).powi(of_column)
            })
            .collect();
        let before = polynomial.dot(&polynomial);
        for other in 0..number {
            let share = polynomial.dot(&found.column(other));
            polynomial.scaled_add(-share, &found.column(other));
        }
        let left = polynomial.dot(&polynomial);
        if left > 1e-9 * before {
            found.column_mut(number).assign(&(polynomial / left.sqrt()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches polynomials that are not orthonormal, and a patch of one row that makes numbers out of
    /// rounding.
    #[test]
    fn polynomials_are_orthonormal() {
        let found = polynomials(&Patches::new(7, 11, 0, 0), 6);
        let products = found.t().dot(&found);
        for ((i, j), product) in products.indexed_iter() {
            assert!((product - f64::from(u8::from(i == j))).abs() < 1e-12, "{i} {j} {product}");
        }
        let line = polynomials(&Patches::new(1, 11, 0, 0), 6);
        let sizes: Vec<f64> = line.columns().into_iter().map(|column| column.dot(&column)).collect();
        assert!(sizes.iter().zip([1.0, 0.0, 1.0, 0.0, 0.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}
