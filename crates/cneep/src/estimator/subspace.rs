//! Finds the leading eigenvectors of a covariance that is known by its products alone.

use cneep_movie::error::Result;
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Directions followed beside those wanted: the faster the convergence.
const SPARE: usize = 8;

/// Variances, in falling order, and orthonormal components, shape (pixel, component): the first `count`, or
/// as many as there can be.
///
/// Subspace iteration from a random start under a fixed seed, of which `stream` tells one start from another
/// (Halko, Martinsson and Tropp 2011, doi 10.1137/090771806). `times` multiplies the covariance with a basis:
/// the first of the `products` finds the range, the others sharpen it.
pub(super) fn leading_components(
    pixels: usize,
    count: usize,
    products: usize,
    stream: u64,
    mut times: impl FnMut(&DMatrix<f64>) -> Result<DMatrix<f64>>,
) -> Result<(Vec<f64>, DMatrix<f64>)> {
    let followed = (count + SPARE).min(pixels);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    random.set_stream(stream);
    let mut basis = DMatrix::from_fn(pixels, followed, |_, _| StandardNormal.sample(&mut random));
    let mut ritz = DMatrix::zeros(followed, followed);
    let mut before = basis.clone();
    for _ in 0..products {
        before = basis.qr().q();
        basis = times(&before)?;
        ritz = before.tr_mul(&basis);
    }
    let eigen = SymmetricEigen::new((&ritz + ritz.transpose()) * 0.5);
    let mut order = falling(&eigen.eigenvalues);
    order.truncate(count);
    let rotation = DMatrix::from_fn(followed, order.len(), |i, j| eigen.eigenvectors[(i, order[j])]);
    Ok((order.iter().map(|&place| eigen.eigenvalues[place]).collect(), before * rotation))
}

/// Places of `eigenvalues`, from that of the largest to that of the smallest.
pub(super) fn falling(eigenvalues: &DVector<f64>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..eigenvalues.len()).collect();
    order.sort_by(|&a, &b| eigenvalues[b].total_cmp(&eigenvalues[a]));
    order
}
