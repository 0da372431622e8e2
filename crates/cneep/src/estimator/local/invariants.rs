//! Makes scalars of a frame's derivatives that rotation leaves as they are.
//!
//! Every product of two tensors of derivatives that is a scalar, at three scales and between them: an active
//! field theory writes its entropy production in such terms (Nardini et al. 2017, doi
//! 10.1103/PhysRevX.7.021007). What tells the direction of a bright spot is the same however bright it is,
//! and however many lie near: so each scalar is also taken over the light at its place, and over its square.

use super::image::{Sharpness, laplacian, slope};
use ndarray::Array2;

/// How finely the frame is seen.
const SCALES: [Sharpness; 3] = [Sharpness::Sharpened(2.0), Sharpness::Blurred(1.0), Sharpness::Blurred(2.0)];
/// Of these the one whose light others are divided by.
const LIGHT: usize = 1;
/// What is added to that light, in standard deviations of the pixels: where it is dark nothing diverges.
const DARK: f32 = 0.5;
/// Powers of the light that scalars are divided by.
const POWERS: usize = 3;
/// Scalars of one scale, and of two.
const OWN: usize = 5;
const BETWEEN: usize = 6;

/// Number of fields.
pub(super) const COUNT: usize =
    POWERS * (SCALES.len() * OWN + SCALES.len() * (SCALES.len() - 1) / 2 * BETWEEN);

/// An image with its first and second derivatives.
struct Derivatives {
    m: Array2<f32>,
    laplacian: Array2<f32>,
    slopes: [Array2<f32>; 2],
    /// Along rows, along columns, and mixed.
    second: [Array2<f32>; 3],
}

impl Derivatives {
    fn of(m: Array2<f32>) -> Self {
        let slopes = [slope(&m, 0), slope(&m, 1)];
        let second = [slope(&slopes[0], 0), slope(&slopes[1], 1), slope(&slopes[0], 1)];
        Self { laplacian: laplacian(&m), slopes, second, m }
    }

    /// Scalar products with those of `other`: of values, gradients, Hessians and Laplacians, and of its
    /// Laplacian with the own value.
    fn products(&self, other: &Self) -> [Array2<f32>; 5] {
        let [x, y] = &self.slopes;
        let [xx, yy, xy] = &self.second;
        let [of_x, of_y] = &other.slopes;
        let [of_xx, of_yy, of_xy] = &other.second;
        [
            &self.m * &other.m,
            x * of_x + y * of_y,
            xx * of_xx + yy * of_yy + 2.0 * (xy * of_xy),
            &self.laplacian * &other.laplacian,
            &self.m * &other.laplacian,
        ]
    }
}

/// Pixels away that they depend on: those of a scale, and two for second derivatives.
pub(super) fn reach() -> usize {
    SCALES.map(Sharpness::reach).into_iter().max().unwrap_or(0) + 2
}

/// All scalars of the frame `m`, shape (row, column) each.
pub(super) fn invariants(m: &Array2<f32>) -> Vec<Array2<f32>> {
    let scales = SCALES.map(|sharpness| Derivatives::of(sharpness.apply(m)));
    let share = scales[LIGHT].m.mapv(|light| 1.0 / (light.abs() + DARK));
    let mut fields = Vec::with_capacity(COUNT);
    for (place, one) in scales.iter().enumerate() {
        fields.extend(one.products(one));
        for other in &scales[place + 1..] {
            fields.extend(one.products(other));
            fields.push(&other.m * &one.laplacian);
        }
    }
    for _ in 1..POWERS {
        let last = fields[fields.len() - COUNT / POWERS..].iter();
        let divided: Vec<Array2<f32>> = last.map(|field| field * &share).collect();
        fields.extend(divided);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame that is turned by a quarter, or mirrored, has the same scalars at the places turned: catches a
    /// product that knows a direction, and a wrong count.
    #[test]
    fn rotation_leaves_scalars_as_they_are() {
        let m = Array2::from_shape_fn((24, 24), |(r, c)| {
            let at = |y: f32, x: f32| (-0.1 * ((r as f32 - y).powi(2) + (c as f32 - x).powi(2))).exp();
            2.0 * at(9.0, 12.0) + at(13.0, 15.0)
        });
        let of = invariants(&m);
        assert_eq!(of.len(), COUNT);
        let mirrored = m.t().as_standard_layout().to_owned();
        let mut turned = m.t().as_standard_layout().to_owned();
        turned.invert_axis(ndarray::Axis(0));
        let turned = turned.as_standard_layout().to_owned();
        for (place, field) in of.iter().enumerate() {
            let size = field.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            assert!(size > 1e-4, "{place}");
            let mut of_turned = invariants(&turned)[place].clone();
            of_turned.invert_axis(ndarray::Axis(0));
            let of_mirrored = &invariants(&mirrored)[place];
            for other in [of_turned.t(), of_mirrored.t()] {
                assert!((&other - field).iter().all(|d| d.abs() < 1e-5 * size.max(1.0)), "{place}");
            }
        }
    }
}
