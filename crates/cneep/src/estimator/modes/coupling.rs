//! Couples the even features of a window to its odd ones: `dS = sum_ij B_ij phi_i d_j`.

use crate::estimator::linear::LinearForm;
use std::collections::HashMap;
use std::ops::Range;

/// How much more the force on a faint mode is shrunk than the ridge says: dS hardly tells it, but the map, in
/// which it meets the changes of all pixels, would differ from one set of movies to the next.
const FAINT_FORCES: f64 = 30.0;

/// What features a step has: of each patch its modes, once as they drive and once as they are driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeatureShape {
    pub(super) patches: usize,
    /// Modes of each patch.
    pub(super) modes: usize,
}

impl FeatureShape {
    /// Driving features: one, then the place of every mode, patch by patch.
    pub(super) fn even(&self) -> usize {
        1 + self.patches * self.modes
    }

    /// Driven features: the change of every mode, patch by patch.
    pub(super) fn odd(&self) -> usize {
        self.patches * self.modes
    }
}

/// The products of features that have a coefficient, in rectangular blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coupling {
    pub(super) shape: FeatureShape,
    blocks: Vec<Block>,
    len: usize,
}

/// Every even feature of one range times every odd feature of another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    even: Range<usize>,
    odd: Range<usize>,
    /// Place of the first coefficient; (even, odd) in row-major order.
    start: usize,
}

impl Coupling {
    /// A constant force on every driven feature, then the modes of patch p driving those of patch q for each
    /// pair of `neighbours` (p, q); those that patch p drives side by side make one block.
    pub(super) fn new(shape: FeatureShape, neighbours: &[(usize, usize)]) -> Self {
        let FeatureShape { modes, .. } = shape;
        let mut blocks = vec![Block { even: 0..1, odd: 0..shape.odd(), start: 0 }];
        let mut len = shape.odd();
        for driven in neighbours.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1) {
            let (p, first) = driven[0];
            let even = 1 + p * modes..1 + (p + 1) * modes;
            let odd = first * modes..(first + driven.len()) * modes;
            let (start, size) = (len, even.len() * odd.len());
            blocks.push(Block { even, odd, start });
            len += size;
        }
        Self { shape, blocks, len }
    }

    /// Writes the force on every driven feature, `f_j = sum_i B_ij phi_i`.
    pub(super) fn forces(&self, coefficients: &[f64], even: &[f64], forces: &mut [f64]) {
        forces.fill(0.0);
        for block in &self.blocks {
            let width = block.odd.len();
            let forces = &mut forces[block.odd.clone()];
            let rows = coefficients[block.start..].chunks_exact(width);
            for (&feature, row) in even[block.even.clone()].iter().zip(rows) {
                forces.iter_mut().zip(row).for_each(|(force, coefficient)| *force += coefficient * feature);
            }
        }
    }

    /// Adds `weight` times every product of features, in the order of the coefficients.
    pub(super) fn add_products(&self, weight: f64, even: &[f64], odd: &[f64], sums: &mut [f64]) {
        for block in &self.blocks {
            let odd = &odd[block.odd.clone()];
            let rows = sums[block.start..].chunks_exact_mut(odd.len());
            for (&feature, row) in even[block.even.clone()].iter().zip(rows) {
                let weight = weight * feature;
                row.iter_mut().zip(odd).for_each(|(sum, change)| *sum += weight * change);
            }
        }
    }

    /// Places, among the coefficients of `larger`, of this coupling's own: it has the first modes of the same
    /// patches.
    pub(super) fn places_within(&self, larger: &Self) -> Vec<usize> {
        let places: HashMap<(usize, usize), usize> =
            larger.products().enumerate().map(|(place, product)| (product, place)).collect();
        let (own, other) = (self.shape.modes, larger.shape.modes);
        let moved = |index: usize| index / own * other + index % own;
        self.products()
            .map(|(even, odd)| places[&(even.min(1) * (1 + moved(even.max(1) - 1)), moved(odd))])
            .collect()
    }

    /// (even, odd) features of every coefficient, in order.
    pub(super) fn products(&self) -> impl Iterator<Item = (usize, usize)> {
        self.blocks.iter().flat_map(|block| {
            block.even.clone().flat_map(|even| block.odd.clone().map(move |odd| (even, odd)))
        })
    }
}

impl LinearForm for Coupling {
    fn len(&self) -> usize {
        self.len
    }

    /// Products that exchange their modes, `m_i d_j` and `m_j d_i`.
    fn total_derivatives(&self) -> Vec<(usize, usize)> {
        let places: HashMap<(usize, usize), usize> =
            self.products().enumerate().map(|(place, product)| (product, place)).collect();
        let mirror = |(even, odd): (usize, usize)| places.get(&(odd + 1, even.checked_sub(1)?)).copied();
        let mirrored =
            self.products().enumerate().filter_map(|(place, product)| Some((place, mirror(product)?)));
        mirrored.filter(|(place, other)| place < other).collect()
    }

    /// The force on a mode that changes less than the liveliest one of its patch is shrunk more.
    fn ridge_weights(&self, mean_squares: &[f64]) -> Vec<f64> {
        // The changes alone, times a constant force, are the first products.
        let changes = &mean_squares[..self.shape.odd()];
        let of_patches = changes.chunks_exact(self.shape.modes);
        let liveliest: Vec<f64> =
            of_patches.map(|of_patch| of_patch.iter().copied().fold(0.0, f64::max)).collect();
        let faintness = |odd: usize| {
            if changes[odd] > 0.0 { liveliest[odd / self.shape.modes] / changes[odd] - 1.0 } else { 0.0 }
        };
        self.products().map(|(_, odd)| 1.0 + FAINT_FORCES * faintness(odd)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coupling(modes: usize) -> Coupling {
        let shape = FeatureShape { patches: 3, modes };
        Coupling::new(shape, &[(0, 0), (1, 0), (1, 1), (2, 1)])
    }

    /// Force and products must be two sides of the same sum; catches blocks that overlap or leave gaps.
    #[test]
    fn forces_and_products_agree() {
        let coupling = coupling(2);
        assert_eq!(coupling.len(), 6 + 4 * 4);
        let numbers = |count: usize, phase: f64| -> Vec<f64> {
            (0..count).map(|i| (i as f64 * 1.7 + phase).sin()).collect()
        };
        let (even, odd) = (numbers(7, 0.1), numbers(6, 0.2));
        let coefficients = numbers(coupling.len(), 0.3);
        let mut forces = vec![9.0; 6];
        coupling.forces(&coefficients, &even, &mut forces);
        let mut products = vec![0.0; coupling.len()];
        coupling.add_products(1.0, &even, &odd, &mut products);
        let by_force: f64 = forces.iter().zip(&odd).map(|(f, d)| f * d).sum();
        let by_product: f64 = products.iter().zip(&coefficients).map(|(p, b)| p * b).sum();
        assert!((by_force - by_product).abs() < 1e-12);
    }

    /// Catches a mode taken for its own mirror, and a patch for its neighbour.
    #[test]
    fn mirrored_products_exchange_their_modes() {
        let shape = FeatureShape { patches: 2, modes: 2 };
        let coupling = Coupling::new(shape, &[(0, 0), (0, 1), (1, 0), (1, 1)]);
        let products: Vec<(usize, usize)> = coupling.products().collect();
        let mirrored = coupling.total_derivatives();
        assert_eq!(mirrored.len(), 4 * 3 / 2, "of four modes, each pair");
        for (a, b) in mirrored {
            let ((even_a, odd_a), (even_b, odd_b)) = (products[a], products[b]);
            assert_eq!((even_a - 1, odd_a), (odd_b, even_b - 1));
        }
        assert!(self::coupling(2).total_derivatives().iter().all(|(a, b)| a != b));
    }

    #[test]
    fn fewer_modes_are_found_within_more() {
        let (small, large) = (coupling(2), coupling(5));
        let places = small.places_within(&large);
        let large: Vec<(usize, usize)> = large.products().collect();
        let mode = |odd: usize, modes: usize| (odd / modes, odd % modes);
        for ((even, odd), place) in small.products().zip(places) {
            assert_eq!(mode(odd, 2), mode(large[place].1, 5));
            assert_eq!(even == 0, large[place].0 == 0);
            assert!(even == 0 || mode(even - 1, 2) == mode(large[place].0 - 1, 5));
        }
    }

    /// Catches a mode compared with the liveliest of another patch, and weights in another order than the
    /// products'.
    #[test]
    fn forces_on_faint_modes_are_shrunk_more() {
        let shape = FeatureShape { patches: 2, modes: 2 };
        let coupling = Coupling::new(shape, &[(0, 0), (0, 1), (1, 0), (1, 1)]);
        let mut squares = vec![5.0; coupling.len()];
        squares[..4].copy_from_slice(&[4.0, 1.0, 100.0, 0.0]);
        let weights = coupling.ridge_weights(&squares);
        let expected = [1.0, 1.0 + FAINT_FORCES * 3.0, 1.0, 1.0];
        for ((_, odd), weight) in coupling.products().zip(&weights) {
            assert!((weight - expected[odd]).abs() < 1e-12, "{odd}: {weight}");
        }
    }
}
