//! Sums products of features with coefficients, or with weights of windows; holds the products in memory where there is room.

use super::coupling::Coupling;
use super::features::Features;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, aview1};
use rayon::prelude::*;

/// Products that are held at most: 1 gigabyte.
const MOST_HELD: usize = 1 << 27;
/// Windows whose products are formed, or summed, by one thread at a time; fixed, so that the bits do not depend on the threads.
const WINDOWS_AT_ONCE: usize = 1024;

/// The products of features of all windows that have a coefficient.
pub(super) enum Products<'a> {
    /// Shape (window, coefficient).
    Held(Array2<f64>),
    /// Formed whenever they are needed.
    Formed(&'a Features<'a>, &'a Coupling),
}

impl<'a> Products<'a> {
    /// Held if there is room for them.
    pub(super) fn of(features: &'a Features<'a>, coupling: &'a Coupling) -> Self {
        if features.len() * coupling.len() > MOST_HELD {
            return Self::Formed(features, coupling);
        }
        let mut products = Array2::zeros((features.len(), coupling.len()));
        let chunks: Vec<_> = products.axis_chunks_iter_mut(Axis(0), WINDOWS_AT_ONCE).collect();
        chunks.into_par_iter().enumerate().for_each(|(chunk, mut rows)| {
            let windows: Vec<usize> = (chunk * WINDOWS_AT_ONCE..).take(rows.nrows()).collect();
            rows.assign(&features.products(coupling, &windows));
        });
        Self::Held(products)
    }

    /// Entropy production of every window with these `coefficients`.
    pub(super) fn values(&self, coefficients: &[f64]) -> Vec<f64> {
        match self {
            Self::Formed(features, coupling) => features.entropy_production(coupling, coefficients),
            Self::Held(products) => {
                let chunks: Vec<_> = products.axis_chunks_iter(Axis(0), WINDOWS_AT_ONCE).collect();
                let parts: Vec<Vec<f64>> =
                    chunks.into_par_iter().map(|rows| rows.dot(&aview1(coefficients)).to_vec()).collect();
                parts.concat()
            }
        }
    }

    /// Sum over the windows of `weights` times their products.
    pub(super) fn weighted_sum(&self, weights: &[f64]) -> Vec<f64> {
        match self {
            Self::Formed(features, coupling) => features.weighted_products(coupling, weights),
            Self::Held(products) => {
                let rows = products.axis_chunks_iter(Axis(0), WINDOWS_AT_ONCE);
                let chunks: Vec<_> = rows.zip(weights.chunks(WINDOWS_AT_ONCE)).collect();
                let part = |(rows, weights): (ArrayView2<f64>, &[f64])| ArrayView1::from(weights).dot(&rows);
                let parts: Vec<Array1<f64>> = chunks.into_par_iter().map(part).collect();
                let zero = Array1::zeros(products.ncols());
                parts.into_iter().fold(zero, |total, part| total + part).to_vec()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::coupling::FeatureShape;
    use super::super::features::tests::free;
    use super::*;

    /// Catches windows lost at the edge of a chunk, in either way of summing.
    #[test]
    fn products_that_are_held_and_formed_agree() {
        let frames = Array2::from_shape_fn((2600, 2), |(i, j)| ((i * (j + 2)) as f64 * 0.7).sin());
        let (stretches, shape) = ([frames], FeatureShape { patches: 1, modes: 2 });
        let features = free(&stretches, 4, shape);
        let coupling = Coupling::new(shape, &[(0, 0)]);
        let (held, formed) = (Products::of(&features, &coupling), Products::Formed(&features, &coupling));
        assert!(matches!(held, Products::Held(_)));
        let close = |a: Vec<f64>, b: Vec<f64>| {
            assert_eq!(a.len(), b.len());
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-9), "{a:?} {b:?}");
        };
        let coefficients = [0.3, -0.2, 0.5, 0.9, -0.4, 0.1];
        close(held.values(&coefficients), formed.values(&coefficients));
        let weights: Vec<f64> = (0..features.len()).map(|i| (i as f64).cos()).collect();
        close(held.weighted_sum(&weights), formed.weighted_sum(&weights));
    }
}
