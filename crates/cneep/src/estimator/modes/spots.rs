//! Shares what a moving spot produces among the pixels of its light.
//!
//! A moment weighs the change of a pixel by a polynomial, say its distance from the middle of the frame. When
//! a spot moves, the pixels that it leaves and those that it enters get large terms of opposite sign, whose
//! difference alone counts, at its rim. Of light above the noise it is known which pixels are one spot.

use ndarray::{Array2, ArrayView2, ArrayViewMut2};

/// Gives every spot the sum of its own `density`, each pixel as the square of its `light`, so that it counts
/// at its middle; both of shape (row, column). A spot is a set of pixels with light that touch.
pub(super) fn share_by_light(density: &mut ArrayViewMut2<f64>, light: &ArrayView2<f64>) {
    let mut is_seen = light.mapv(|light| light <= 0.0);
    for start in ndarray::indices(light.dim()) {
        if is_seen[start] {
            continue;
        }
        let spot = spot_at(start, &mut is_seen);
        let total: f64 = spot.iter().map(|&pixel| density[pixel]).sum();
        let squares: f64 = spot.iter().map(|&pixel| light[pixel].powi(2)).sum();
        for pixel in spot {
            density[pixel] = total * light[pixel].powi(2) / squares;
        }
    }
}

/// All pixels that touch each other, from `start` on, marked as seen.
fn spot_at(start: (usize, usize), is_seen: &mut Array2<bool>) -> Vec<(usize, usize)> {
    let (rows, columns) = is_seen.dim();
    is_seen[start] = true;
    let mut spot = vec![start];
    let mut next = 0;
    while next < spot.len() {
        let (row, column) = spot[next];
        next += 1;
        for row in row.saturating_sub(1)..(row + 2).min(rows) {
            for column in column.saturating_sub(1)..(column + 2).min(columns) {
                if !std::mem::replace(&mut is_seen[[row, column]], true) {
                    spot.push((row, column));
                }
            }
        }
    }
    spot
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::s;

    /// Two spots of which one moves, far from the middle: catches a density at the rim of the spot or at the
    /// other one, and a sum that is lost.
    #[test]
    fn the_density_lies_in_the_middle_of_its_own_spot() {
        let spot = |column: f64| {
            Array2::from_shape_fn((24, 60), |(r, c)| {
                let distance = (r as f64 - 11.0).powi(2) + (c as f64 - column).powi(2);
                ((-distance / 18.0).exp() - 0.1).max(0.0)
            })
        };
        let (before, after) = (spot(11.0) + spot(44.0), spot(11.0) + spot(45.0));
        let force = Array2::from_shape_fn((24, 60), |(_, c)| c as f64 - 20.0);
        let plain = &force * &(&after - &before);
        let mut density = plain.clone();
        share_by_light(&mut density.view_mut(), &(&before + &after).view());
        assert!((density.sum() - plain.sum()).abs() < 1e-9 * plain.mapv(f64::abs).sum());
        assert!(plain.mapv(f64::abs).sum() > 5.0 * density.mapv(f64::abs).sum());
        assert!(density.slice(s![.., ..30]).iter().all(|value| *value == 0.0));
        let brightest = density.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        assert_eq!(brightest.0, 11);
        assert!((44..=45).contains(&brightest.1));
    }
}
