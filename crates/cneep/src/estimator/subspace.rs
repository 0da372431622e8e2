//! Finds the leading eigenvectors of a covariance that is known by its products alone.

use cneep_movie::error::Result;
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Directions followed beside those wanted.
const SPARE: usize = 8;

/// Directions that are turned towards the leading eigenvectors, product by product.
///
/// Subspace iteration from a random start under a fixed seed (Halko, Martinsson and Tropp 2011, doi
/// 10.1137/090771806): the first product finds the range, the others sharpen it.
pub(super) struct Subspace {
    basis: DMatrix<f64>,
    product: DMatrix<f64>,
}

impl Subspace {
    /// So many `directions` of so many `pixels`, more than are wanted: the faster the convergence. `stream`
    /// tells one start from another.
    pub(super) fn new(pixels: usize, directions: usize, stream: u64) -> Self {
        let followed = directions.min(pixels);
        let mut random = ChaCha8Rng::seed_from_u64(0);
        random.set_stream(stream);
        let product = DMatrix::from_fn(pixels, followed, |_, _| StandardNormal.sample(&mut random));
        Self { basis: product.clone(), product }
    }

    /// Orthonormal directions, to be multiplied with the covariance; shape (pixel, direction).
    pub(super) fn basis(&mut self) -> &DMatrix<f64> {
        self.basis = std::mem::take(&mut self.product).qr().q();
        &self.basis
    }

    /// Takes the product of the covariance and the last basis.
    pub(super) fn multiplied(&mut self, product: DMatrix<f64>) {
        self.product = product;
    }

    /// Variances, in falling order, and orthonormal components, shape (pixel, component): the first `count`,
    /// or as many as there can be.
    pub(super) fn components(self, count: usize) -> (Vec<f64>, DMatrix<f64>) {
        let ritz = self.basis.tr_mul(&self.product);
        let eigen = SymmetricEigen::new((&ritz + ritz.transpose()) * 0.5);
        let mut order = falling(&eigen.eigenvalues);
        order.truncate(count);
        let rotation = DMatrix::from_fn(ritz.nrows(), order.len(), |i, j| eigen.eigenvectors[(i, order[j])]);
        (order.iter().map(|&place| eigen.eigenvalues[place]).collect(), self.basis * rotation)
    }
}

/// What [`Subspace::components`] finds after so many `products` with a covariance, by which `times`
/// multiplies.
pub(super) fn leading_components(
    pixels: usize,
    count: usize,
    products: usize,
    stream: u64,
    mut times: impl FnMut(&DMatrix<f64>) -> Result<DMatrix<f64>>,
) -> Result<(Vec<f64>, DMatrix<f64>)> {
    let mut space = Subspace::new(pixels, count + SPARE, stream);
    for _ in 0..products {
        let product = times(space.basis())?;
        space.multiplied(product);
    }
    Ok(space.components(count))
}

/// Places of `eigenvalues`, from that of the largest to that of the smallest.
pub(super) fn falling(eigenvalues: &DVector<f64>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..eigenvalues.len()).collect();
    order.sort_by(|&a, &b| eigenvalues[b].total_cmp(&eigenvalues[a]));
    order
}
