//! Finds the few combinations of many principal modes whose areas lean one way the most.
//!
//! Principal modes are in order of how much they vary, which need not be how much they dissipate (dissipative component analysis: Gnesotto et
//! al. 2020, doi 10.1038/s41467-020-18796-9). With every mode in units of its own root mean square, the mean areas `<m_i d_j - m_j d_i>` make an
//! antisymmetric matrix, whose singular vectors belong in pairs to planes in which the modes turn. The first few span the components;
//! the others may neither drive nor be driven. They are tried on request only: on two beads chance picks planes too, and the sum of
//! candidates does worse with them than without. Components know the direction of time, so every fold finds its own.

use super::coupling::{Coupling, FeatureShape};
use super::moments::Moments;
use super::ridge::Ridge;
use crate::estimator::subspace::falling;
use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::Array2;

/// Coefficients on the principal modes of `coupling`, all of one patch, that are best for small dS among those that act between `count`
/// dissipative components. None if the matrix cannot be solved.
pub(super) fn small_entropy_optimum(
    moments: &Moments,
    coupling: &Coupling,
    (count, ridge): (usize, f64),
) -> Option<Vec<f64>> {
    let components = components(moments, coupling, count)?;
    let reduced = Coupling::new(FeatureShape { patches: 1, modes: count }, &[(0, 0)]);
    let into: Array2<f64> = products_of_components(coupling, &reduced, &components);
    let own = Moments {
        count: moments.count,
        overlap: moments.overlap,
        first: moments.first.dot(&into),
        second: into.t().dot(&moments.second).dot(&into),
    };
    let found = Ridge::new(&own, &reduced, (ridge, ridge))?.small_entropy_optimum(&own);
    Some(into.dot(&ndarray::Array1::from(found)).to_vec())
}

/// The components, shape (mode, component). None if modes never vary.
fn components(moments: &Moments, coupling: &Coupling, count: usize) -> Option<DMatrix<f64>> {
    let modes = coupling.shape.modes;
    let places: Vec<(usize, usize)> = coupling.products().collect();
    let mut sums = DMatrix::zeros(modes, modes);
    let mut scales = vec![0.0; modes];
    for (place, &(even, odd)) in places.iter().enumerate() {
        let square = moments.second[[place, place]] / moments.count;
        match even {
            // The changes alone, which come first.
            0 => scales[odd] = square,
            _ => sums[(even - 1, odd)] = moments.first[place] / moments.count,
        }
    }
    for (place, &(even, odd)) in places.iter().enumerate() {
        if even == odd + 1 {
            scales[odd] = (moments.second[[place, place]] / moments.count / scales[odd]).sqrt();
        }
    }
    if scales.iter().any(|scale| !(scale.is_finite() && *scale > 0.0)) {
        return None;
    }
    let areas =
        DMatrix::from_fn(modes, modes, |i, j| (sums[(i, j)] - sums[(j, i)]) / (scales[i] * scales[j]));
    let eigen = SymmetricEigen::new(&areas * areas.transpose());
    let order = falling(&eigen.eigenvalues);
    Some(DMatrix::from_fn(modes, count, |mode, component| {
        eigen.eigenvectors[(mode, order[component])] / scales[mode]
    }))
}

/// What each product of components is in products of modes, shape (product of modes, product of components).
fn products_of_components(coupling: &Coupling, reduced: &Coupling, components: &DMatrix<f64>) -> Array2<f64> {
    let of = |feature: usize, component: usize| match (feature, component) {
        (0, 0) => 1.0,
        (0, _) | (_, 0) => 0.0,
        (feature, component) => components[(feature - 1, component - 1)],
    };
    let mut into = Array2::zeros((coupling.len(), reduced.len()));
    for (row, (even, odd)) in coupling.products().enumerate() {
        for (column, (driving, driven)) in reduced.products().enumerate() {
            into[[row, column]] = of(even, driving) * components[(odd, driven)];
        }
    }
    into
}

#[cfg(test)]
mod tests {
    use super::super::features::tests::{free, pairs};
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Eight modes of falling strength, of which the two faintest turn: catches components in order of variance, a plane mixed with others by
    /// their strength, and coefficients that are not carried back to the modes they came from.
    #[test]
    fn the_faintest_modes_are_found_if_they_turn() {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let scale = |mode: usize| [1.0, 0.5, 0.25, 0.125, 0.06, 0.03, 0.015, 0.008][mode];
        let count = 20_000;
        let (mut means, mut changes) = (Array2::zeros((count, 8)), Array2::zeros((count, 8)));
        for window in 0..count {
            let places: [f64; 8] = std::array::from_fn(|_| draw());
            let mut turned: [f64; 8] = std::array::from_fn(|_| draw());
            turned[6] -= 0.2 * places[7];
            turned[7] += 0.2 * places[6];
            for mode in 0..8 {
                means[[window, mode]] = scale(mode) * places[mode];
                changes[[window, mode]] = scale(mode) * turned[mode];
            }
        }
        let stretches = pairs(&means, &changes);
        let shape = FeatureShape { patches: 1, modes: 8 };
        let coupling = Coupling::new(shape, &[(0, 0)]);
        let features = free(&stretches, 2, shape);
        let windows: Vec<usize> = (0..count).collect();
        let moments = Moments::of(&features, &coupling, &windows);
        let found = small_entropy_optimum(&moments, &coupling, (2, 1e-4)).unwrap();
        // In units of the modes <x dy> = 0.2 = -<y dx>, <(x dy)^2> = 1.12 and <x dy y dx> = -0.04: 2 * 0.2 / (1.12 + 0.04).
        let exact = 0.4 / 1.16;
        for ((even, odd), coefficient) in coupling.products().zip(found) {
            let expected = match (even, odd) {
                (7, 7) => exact / (scale(6) * scale(7)),
                (8, 6) => -exact / (scale(6) * scale(7)),
                _ => 0.0,
            };
            let unit = if even == 0 { 1.0 } else { scale(even - 1) } * scale(odd);
            assert!(
                ((coefficient - expected) * unit).abs() < 0.03,
                "{even} {odd}: {} for {}",
                coefficient * unit,
                expected * unit
            );
        }
    }
}
