//! Holds down the coefficients that sampling noise would raise, and solves for those that are best for small dS.
//!
//! Over a stationary film the products `m_i d_j + m_j d_i` of means and changes sum to what the modes are at its ends less what they
//! are at its start, whatever is between: their mean is zero without sampling noise, and so is that of the changes alone. Noise
//! enters through the areas `m_i d_j - m_j d_i` only, which a current makes lean one way. So the antisymmetric part of the
//! coefficients is held down, and more so where modes are faint, as faint modes are many and each tells little; between modes of the whole
//! frame the areas themselves then say how far each is held down ([`super::relevance`]). The mean square of the
//! force is held down as well: on a mode that hardly changes any force gives the same dS, but not the same map.

use super::cholesky::Cholesky;
use super::coupling::Coupling;
use super::moments::Moments;
use ndarray::Array2;

/// Share of every product's own mean square, which keeps the matrix positive where modes of overlapping patches are the same.
const FLOOR: f64 = 1e-5;
/// How much more the force on a faint mode is held down than the ridge says: dS hardly tells it, but the map, in which it meets the changes of
/// all pixels, would differ from one set of movies to the next.
const FAINT_FORCES: f64 = 30.0;
/// Power of the strongest area's mean square over an area's own by which that area is held down more: between 0 (all alike in their
/// own scale) and 1 (all alike in pixels).
const FAINTNESS: f64 = 0.5;

/// `G + penalty` with `G = <psi psi^T>`, ready to be solved; each product is measured in its own root mean square.
pub(super) struct Ridge {
    /// Root mean square of each product; 1 for one that never varies.
    scale: Vec<f64>,
    factor: Cholesky,
    /// Share of its mean square by which every coefficient is held down as a force.
    shares: Vec<f64>,
    pairs: Vec<Pair>,
}

impl Ridge {
    /// Both strengths are fractions. That on forces is one of the mean square of a product, and [`FAINT_FORCES`] times that
    /// of what the product would have more if its mode changed as much as the liveliest one of its patch; that on areas one of the mean
    /// square of the strongest area. None without windows, or if the matrix is not positive to working precision.
    pub(super) fn new(
        moments: &Moments,
        coupling: &Coupling,
        (on_forces, on_areas): (f64, f64),
    ) -> Option<Self> {
        let squares: Vec<f64> = moments.second.diag().iter().map(|sum| sum / moments.count).collect();
        let root = |&square: &f64| if square > 0.0 { square.sqrt() } else { 1.0 };
        let scale: Vec<f64> = squares.iter().map(root).collect();
        let shares = shares(moments, coupling, on_forces);
        let mut pairs: Vec<Pair> =
            coupling.mirrored().into_iter().filter_map(|places| Pair::of(moments, places)).collect();
        let strongest = pairs.iter().map(|pair| pair.square).fold(0.0, f64::max);
        for pair in &mut pairs {
            pair.weight = 0.25 * on_areas * pair.square * (strongest / pair.square).powf(FAINTNESS);
        }
        let factor = factor(moments, (&scale, &shares), &pairs)?;
        Some(Self { scale, factor, shares, pairs })
    }

    /// The same, but for the pairs; none if the matrix is not positive to working precision.
    pub(super) fn with_pairs(self, moments: &Moments, pairs: Vec<Pair>) -> Option<Self> {
        let factor = factor(moments, (&self.scale, &self.shares), &pairs)?;
        Some(Self { factor, pairs, ..self })
    }

    /// Products that exchange their modes, and how far they are held down.
    pub(super) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// `(G + penalty)^-1` times `side`.
    pub(super) fn solve(&self, side: &[f64]) -> Vec<f64> {
        let side: Vec<f64> = side.iter().zip(&self.scale).map(|(value, scale)| value / scale).collect();
        let mut solved = self.factor.solve(&side);
        solved.iter_mut().zip(&self.scale).for_each(|(value, scale)| *value /= scale);
        solved
    }

    /// What every coefficient costs by itself, as a force.
    #[cfg(test)]
    fn forces(&self) -> Vec<f64> {
        self.shares.iter().zip(&self.scale).map(|(share, scale)| share * scale * scale).collect()
    }

    /// The penalty's matrix times `coefficients`, for referees.
    #[cfg(test)]
    pub(super) fn penalty(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut product: Vec<f64> =
            self.forces().iter().zip(coefficients).map(|(force, b)| force * b).collect();
        self.pairs.iter().for_each(|pair| pair.add_penalty(coefficients, &mut product));
        product
    }

    /// `B = 2 (G + penalty)^-1 <psi>`: the maximum of `J = <dS - exp(-dS)>` to second order in dS.
    pub(super) fn small_entropy_optimum(&self, moments: &Moments) -> Vec<f64> {
        let side: Vec<f64> = moments.first.iter().map(|sum| 2.0 * sum / moments.count).collect();
        self.solve(&side)
    }
}

/// The factor of `G` with what is held down.
fn factor(moments: &Moments, (scale, shares): (&[f64], &[f64]), pairs: &[Pair]) -> Option<Cholesky> {
    let len = scale.len();
    let square = |i: usize, j: usize| moments.second[[i, j]] / moments.count;
    let mut matrix = Array2::from_shape_fn((len, len), |(i, j)| square(i, j) / (scale[i] * scale[j]));
    matrix.diag_mut().iter_mut().zip(shares).for_each(|(diagonal, share)| *diagonal = 1.0 + share);
    for pair in pairs {
        pair.add_to(&mut matrix, scale);
    }
    Cholesky::new(matrix)
}

/// Share of its mean square by which each product is held down as a force.
fn shares(moments: &Moments, coupling: &Coupling, ridge: f64) -> Vec<f64> {
    // The changes alone, times a constant force, are the first products.
    let modes = coupling.shape.modes;
    let changes: Vec<f64> =
        (0..coupling.shape.odd()).map(|odd| moments.second[[odd, odd]] / moments.count).collect();
    let liveliest: Vec<f64> =
        changes.chunks_exact(modes).map(|of_patch| of_patch.iter().copied().fold(0.0, f64::max)).collect();
    let faintness =
        |odd: usize| if changes[odd] > 0.0 { liveliest[odd / modes] / changes[odd] - 1.0 } else { 0.0 };
    let share = |odd: usize| FLOOR + ridge * (1.0 + FAINT_FORCES * faintness(odd));
    coupling.products().map(|(_, odd)| share(odd)).collect()
}

/// Two products that exchange their modes, `m_i d_j` and `m_j d_i`, and how far they are held down.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) places: (usize, usize),
    /// Mean square of the area, their difference.
    pub(super) square: f64,
    /// Mean square of their sum.
    pub(super) square_of_sum: f64,
    /// Weight of the square of the coefficients' difference.
    pub(super) weight: f64,
    /// Weight of the square of the coefficients' sum.
    pub(super) weight_of_sum: f64,
}

impl Pair {
    /// The pair at `places` among the products whose sums are `moments`, held down by nothing; none if it sweeps no area.
    fn of(moments: &Moments, places: (usize, usize)) -> Option<Self> {
        let (i, j) = places;
        let mean = |i: usize, j: usize| moments.second[[i, j]] / moments.count;
        let (apart, across) = (mean(i, i) + mean(j, j), 2.0 * mean(i, j));
        let (square, square_of_sum) = (apart - across, apart + across);
        (square > 0.0).then_some(Self { places, square, square_of_sum, weight: 0.0, weight_of_sum: 0.0 })
    }

    /// Adds the penalty's matrix to `matrix`, whose coefficients are measured in `scale`.
    fn add_to(&self, matrix: &mut Array2<f64>, scale: &[f64]) {
        let (i, j) = self.places;
        let (own, across) = (self.weight + self.weight_of_sum, self.weight_of_sum - self.weight);
        matrix[[i, i]] += own / (scale[i] * scale[i]);
        matrix[[j, j]] += own / (scale[j] * scale[j]);
        matrix[[i, j]] += across / (scale[i] * scale[j]);
        matrix[[j, i]] += across / (scale[i] * scale[j]);
    }

    /// Adds the penalty's matrix times `coefficients` to `product`.
    #[cfg(test)]
    fn add_penalty(&self, coefficients: &[f64], product: &mut [f64]) {
        let (i, j) = self.places;
        let apart = self.weight * (coefficients[i] - coefficients[j]);
        let together = self.weight_of_sum * (coefficients[i] + coefficients[j]);
        product[i] += together + apart;
        product[j] += together - apart;
    }
}

#[cfg(test)]
mod tests {
    use super::super::coupling::FeatureShape;
    use super::super::features::tests::{free, pairs};
    use super::*;

    fn moments(coupling: &Coupling) -> Moments {
        let wave = |(i, j): (usize, usize)| ((i * 7 + j * j * 3) as f64).sin() * [1.0, 0.1, 3.0][j % 3];
        let means = Array2::from_shape_fn((400, 4), |(i, j)| wave((i, j + 1)));
        let changes = Array2::from_shape_fn((400, 4), |(i, j)| wave((i + 11, j + 2)));
        let windows: Vec<usize> = (0..400).collect();
        let stretches = pairs(&means, &changes);
        Moments::of(&free(&stretches, 2, coupling.shape), coupling, &windows)
    }

    /// Catches a penalty that the solved matrix has not, an area's on what is not an area (constant force, square of a mode, symmetric
    /// pair), and a faint mode whose force is free.
    #[test]
    fn areas_and_forces_are_held_down_by_what_is_solved() {
        let shape = FeatureShape { patches: 2, modes: 2 };
        let coupling = Coupling::new(shape, &[(0, 0), (0, 1), (1, 0), (1, 1)]);
        let moments = moments(&coupling);
        let strong = Ridge::new(&moments, &coupling, (3.0, 3.0)).unwrap();
        let side: Vec<f64> = (0..coupling.len()).map(|i| (i as f64).cos()).collect();
        let solved = strong.solve(&side);
        for (row, side) in side.iter().enumerate() {
            let of_matrix: f64 =
                (0..solved.len()).map(|i| moments.second[[row, i]] / moments.count * solved[i]).sum();
            assert!((of_matrix + strong.penalty(&solved)[row] - side).abs() < 1e-9, "{row}");
        }
        let mut equal = vec![1.0; coupling.len()];
        assert_eq!(coupling.mirrored().len(), 6);
        assert_eq!(strong.penalty(&equal), strong.forces());
        let (i, j) = coupling.mirrored()[0];
        equal[i] = -1.0;
        let penalty = strong.penalty(&equal);
        assert!(penalty[i] < -strong.forces()[i] && penalty[j] > strong.forces()[j], "{penalty:?}");
        // Constant forces on the two modes of the first patch, of which one changes more.
        let change = |odd: usize| moments.second[[odd, odd]] / moments.count;
        let liveliest = change(0).max(change(1));
        for odd in [0, 1] {
            let held = 3.0 * (change(odd) + FAINT_FORCES * (liveliest - change(odd)));
            assert!((strong.forces()[odd] - held).abs() < 1e-3 * held, "{odd}");
        }
        assert!((change(0) - change(1)).abs() > 0.01 * liveliest, "two modes of a liveliness show nothing");
    }
}
