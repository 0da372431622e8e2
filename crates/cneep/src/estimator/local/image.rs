//! Makes a frame ready: background taken off, sharpened or blurred, and differentiated.

use ndarray::{Array2, Axis, Zip, s};

/// How fine a frame is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sharpness {
    /// `m - a lap m`, a in pixels squared: overlapping images are told apart.
    Sharpened(f64),
    /// As it was recorded.
    Recorded,
    /// Blurred by a Gaussian of this standard deviation, in pixels.
    Blurred(f64),
}

impl Sharpness {
    /// The frame `m` as finely as this, shape (row, column).
    pub(super) fn apply(self, m: &Array2<f32>) -> Array2<f32> {
        match self {
            Self::Sharpened(share) => {
                let mut sharp = laplacian(m);
                Zip::from(&mut sharp).and(m).for_each(|s, m| *s = m - share as f32 * *s);
                sharp
            }
            Self::Recorded => m.clone(),
            Self::Blurred(deviation) => blurred(m, deviation),
        }
    }

    /// Pixels away that it depends on.
    pub(super) fn reach(self) -> usize {
        match self {
            Self::Sharpened(_) => 1,
            Self::Recorded => 0,
            Self::Blurred(deviation) => reach_of_blur(deviation),
        }
    }

    /// In one number, for referees: the share of the Laplacian that is taken off, zero, or minus the standard
    /// deviation.
    #[cfg(test)]
    pub(super) fn number(self) -> f64 {
        match self {
            Self::Sharpened(share) => share,
            Self::Recorded => 0.0,
            Self::Blurred(deviation) => -deviation,
        }
    }

    /// That of this [`Self::number`].
    pub(super) fn of_number(number: f64) -> Self {
        if number > 0.0 {
            Self::Sharpened(number)
        } else if number < 0.0 {
            Self::Blurred(-number)
        } else {
            Self::Recorded
        }
    }
}

/// Central differences along `axis`; beyond the edge pixels are as at the edge.
pub(in crate::estimator) fn slope(m: &Array2<f32>, axis: usize) -> Array2<f32> {
    neighbours(m, axis, |before, _, after| 0.5 * (after - before))
}

/// Sum of both second differences; beyond the edge pixels are as at the edge.
pub(super) fn laplacian(m: &Array2<f32>) -> Array2<f32> {
    let second = |axis| neighbours(m, axis, |before, own, after| before - 2.0 * own + after);
    second(0) + second(1)
}

fn neighbours(m: &Array2<f32>, axis: usize, of: impl Fn(f32, f32, f32) -> f32) -> Array2<f32> {
    let (rows, columns) = m.dim();
    let mut out = Array2::zeros((rows, columns));
    if axis == 0 {
        for row in 0..rows {
            let (before, after) = (row.saturating_sub(1), (row + 1).min(rows - 1));
            Zip::from(out.row_mut(row))
                .and(m.row(before))
                .and(m.row(row))
                .and(m.row(after))
                .for_each(|out, a, b, c| *out = of(*a, *b, *c));
        }
        return out;
    }
    for (mut out, m) in out.outer_iter_mut().zip(m.outer_iter()) {
        let (out, m) = (out.as_slice_mut().expect("standard order"), m.to_slice().expect("standard order"));
        for column in 1..columns.saturating_sub(1) {
            out[column] = of(m[column - 1], m[column], m[column + 1]);
        }
        for column in [0, columns - 1] {
            out[column] = of(m[column.saturating_sub(1)], m[column], m[(column + 1).min(columns - 1)]);
        }
    }
    out
}

fn reach_of_blur(deviation: f64) -> usize {
    (3.0 * deviation).ceil() as usize
}

/// `m` after a Gaussian of this standard deviation, cut at three of them; beyond the edge pixels are as at
/// the edge.
pub(in crate::estimator) fn blurred(m: &Array2<f32>, deviation: f64) -> Array2<f32> {
    let reach = reach_of_blur(deviation);
    let weight = |distance: usize| (-0.5 * (distance as f64 / deviation).powi(2)).exp();
    let total = weight(0) + 2.0 * (1..=reach).map(weight).sum::<f64>();
    let weights: Vec<f32> = (0..=reach).map(|distance| (weight(distance) / total) as f32).collect();
    let along_rows = convolved(m, &weights);
    convolved(&along_rows.reversed_axes().as_standard_layout().to_owned(), &weights)
        .reversed_axes()
        .as_standard_layout()
        .to_owned()
}

/// Rows mixed with those up to as many rows away as there are `weights`.
fn convolved(m: &Array2<f32>, weights: &[f32]) -> Array2<f32> {
    let rows = m.nrows();
    let mut out = m * weights[0];
    for row in 0..rows {
        let mut line = out.index_axis_mut(Axis(0), row);
        for (distance, &weight) in weights.iter().enumerate().skip(1) {
            let (before, after) = (row.saturating_sub(distance), (row + distance).min(rows - 1));
            Zip::from(&mut line)
                .and(m.slice(s![before, ..]))
                .and(m.slice(s![after, ..]))
                .for_each(|out, a, b| *out += weight * (a + b));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a parabola: catches a wrong factor, axes mistaken, and a blur that does not keep the sum.
    #[test]
    fn derivatives_and_blur_are_those_of_a_parabola() {
        let m = Array2::from_shape_fn((15, 17), |(r, c)| {
            (r as f32).powi(2) + 3.0 * (c as f32).powi(2) + c as f32
        });
        assert_eq!(slope(&m, 0)[[5, 7]], 10.0);
        assert_eq!(slope(&m, 1)[[5, 7]], 43.0);
        assert_eq!(laplacian(&m)[[5, 7]], 8.0);
        let blurred = blurred(&m, 1.0);
        // Each second moment of the cut Gaussian is 0.96.
        assert!((blurred[[7, 8]] - m[[7, 8]] - 4.0).abs() < 0.2, "{}", blurred[[7, 8]] - m[[7, 8]]);
        let sharp = Sharpness::Sharpened(0.5).apply(&m);
        assert_eq!(sharp[[7, 8]], m[[7, 8]] - 4.0);
        for sharpness in [Sharpness::Sharpened(2.0), Sharpness::Recorded, Sharpness::Blurred(1.5)] {
            assert_eq!(Sharpness::of_number(sharpness.number()), sharpness);
        }
    }
}
