//! Centres forces at the light that moves, so that a map shows the place of a spot and not its lever arm.
//!
//! A moment weighs the change of a pixel by a polynomial, say its distance from the middle of the frame. When
//! a spot far off moves, the pixels that it leaves and those that it enters get large terms of opposite sign,
//! whose difference alone counts. As light is hardly lost from frame to frame, a force that is the same on all
//! pixels around the spot adds nothing, and may be taken off there.

use crate::estimator::local::blurred;
use ndarray::{Array2, ArrayView2, Zip, s};

/// Standard deviation of the Gaussian within which forces are centred, in pixels.
const AROUND: f64 = 3.0;

/// The density of `force` times `change`, shape (row, column) all: of each pixel the force less its mean,
/// weighted with the size of changes, over the pixels around it. What light is gained or lost around a place
/// times its force is laid on the changes there, so that the sum stays as it is.
pub(super) fn centred(force: &ArrayView2<f64>, change: &ArrayView2<f64>) -> Array2<f64> {
    let size = change.mapv(f64::abs);
    let around = spread(&size);
    let over = |numerator: &Array2<f64>| {
        Zip::from(numerator).and(&around).map_collect(|n, a| if *a > 0.0 { n / a } else { 0.0 })
    };
    let weighted = force * &size;
    let mean = over(&spread(&weighted));
    let gained = spread(&over(&change.to_owned()));
    let mut density = (force - &mean) * change + &weighted * &gained;
    let total = size.sum();
    if total > 0.0 {
        // Rounding of the blur.
        let missing = (force * change).sum() - density.sum();
        density.scaled_add(missing / total, &size);
    }
    density
}

/// The `density` laid where the `light` is, all of shape (row, column): that around a place is shared by the
/// pixels around it as the square of their light, so that a large spot counts at its middle and not at its
/// rim. The sum stays as it is.
pub(super) fn placed(density: Array2<f64>, light: &ArrayView2<f64>) -> Array2<f64> {
    let weight = light.mapv(|light| light * light);
    let total = weight.sum();
    if total <= 0.0 {
        return density;
    }
    let around = spread(&weight);
    let shared = Zip::from(&density).and(&around).map_collect(|d, a| if *a > 0.0 { d / a } else { 0.0 });
    let mut placed = spread(&shared) * &weight;
    // Where no light is near, and rounding of the blur.
    let missing = density.sum() - placed.sum();
    placed.scaled_add(missing / total, &weight);
    placed
}

/// `of` blurred, with nothing beyond the edges: as a matrix, symmetric.
fn spread(of: &Array2<f64>) -> Array2<f64> {
    let border = (3.0 * AROUND).ceil() as usize;
    let (rows, columns) = of.dim();
    let mut padded = Array2::zeros((rows + 2 * border, columns + 2 * border));
    let own = s![border..border + rows, border..border + columns];
    padded.slice_mut(own).assign(&of.mapv(|value| value as f32));
    blurred(&padded, AROUND).slice(own).mapv(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spot far from the middle that moves by a pixel under a force that grows with the distance: catches a
    /// map with large lobes, one that loses the sum, and one that is not at the spot.
    #[test]
    fn the_density_lies_at_the_spot() {
        let spot = |column: f64| {
            Array2::from_shape_fn((20, 60), |(r, c)| {
                (-0.125 * ((r as f64 - 9.0).powi(2) + (c as f64 - column).powi(2))).exp()
            })
        };
        let force = Array2::from_shape_fn((20, 60), |(_, c)| c as f64 - 20.0);
        let change = spot(45.5) - spot(44.5);
        let density = centred(&force.view(), &change.view());
        let plain = &force * &change;
        assert!((density.sum() - plain.sum()).abs() < 1e-9 * plain.mapv(f64::abs).sum());
        assert!(plain.mapv(f64::abs).sum() > 10.0 * density.mapv(f64::abs).sum());
        assert!(density.iter().all(|value| *value > -0.02 * plain.sum()));
        assert!(density.slice(s![.., 38..52]).sum() > 0.98 * plain.sum());
    }

    /// Two spots of which one alone moves: catches a density at the rim of the spot, at the other one, and one
    /// that loses its sum.
    #[test]
    fn a_density_is_placed_at_its_own_spot() {
        let spot = |column: f64| {
            Array2::from_shape_fn((24, 60), |(r, c)| {
                (-((r as f64 - 11.0).powi(2) + (c as f64 - column).powi(2)) / 18.0).exp()
            })
        };
        let force = Array2::from_shape_fn((24, 60), |(_, c)| c as f64 - 20.0);
        let (before, after) = (spot(11.0) + spot(44.0), spot(11.0) + spot(45.0));
        let density = centred(&force.view(), &(&after - &before).view());
        let light = 0.5 * (&before + &after);
        let placed = placed(density.clone(), &light.view());
        assert!((placed.sum() - density.sum()).abs() < 1e-9 * density.sum());
        assert!(placed.slice(s![.., 41..49]).sum() > 0.9 * placed.sum());
        assert!(placed.slice(s![.., ..30]).sum().abs() < 0.01 * placed.sum());
        let brightest = placed.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        assert_eq!(brightest.0, 11);
        assert!((44..=45).contains(&brightest.1));
    }

    /// Light that is gained: catches a sum that holds for conserved light alone, and a division by nothing.
    #[test]
    fn the_sum_is_kept_whatever_the_light_does() {
        let force = Array2::from_shape_fn((9, 11), |(r, c)| (r as f64 - 3.0) + 0.3 * c as f64);
        let change = Array2::from_shape_fn((9, 11), |(r, c)| if r + c < 7 { (r * c) as f64 } else { 0.0 });
        let density = centred(&force.view(), &change.view());
        assert!((density.sum() - (&force * &change).sum()).abs() < 1e-9 * density.mapv(f64::abs).sum());
        assert!(centred(&force.view(), &Array2::zeros((9, 11)).view()).iter().all(|value| *value == 0.0));
    }
}
