//! Shrinks the coefficients that sampling noise would raise, and solves for those that are best for small dS.
//!
//! Over a stationary film the sum of a pair of features that is a total derivative has a mean of zero without
//! sampling noise. Noise enters through their difference only, the area enclosing rate, which a current makes
//! lean one way. So the antisymmetric part of the coefficients is shrunk, and more so where areas are small,
//! as these are many and each tells little; the areas themselves may then say how far each is shrunk
//! ([`super::relevance`]). The mean square of every feature times its coefficient is shrunk as well: what
//! hardly varies may have any coefficient for the same dS, but not for the same map.

use super::cholesky::Cholesky;
use super::features::LinearForm;
use super::moments::Moments;
use ndarray::Array2;

/// Share of every feature's own mean square, which keeps the matrix positive where features are alike.
const FLOOR: f64 = 1e-5;
/// Power of the largest area's mean square over an area's own by which that area is shrunk more: between 0
/// (all alike in their own scale) and 1 (all alike in pixels).
const FAINTNESS: f64 = 0.5;

/// `G + penalty` with `G = <psi psi^T>`, ready to be solved; each feature is measured in its own root mean
/// square.
pub(super) struct Ridge {
    /// Root mean square of each feature; 1 for one that never varies.
    scale: Vec<f64>,
    factor: Cholesky,
    /// Share of its mean square by which every coefficient is shrunk by itself.
    shares: Vec<f64>,
    pairs: Vec<Pair>,
}

impl Ridge {
    /// Both strengths are fractions: that on coefficients of the mean square of a feature, times the weights
    /// of `form`; that on areas of the mean square of the largest area. None without windows, or if the
    /// matrix is not positive to working precision.
    pub(super) fn new(
        moments: &Moments,
        form: &dyn LinearForm,
        on_coefficients: f64,
        on_areas: f64,
    ) -> Option<Self> {
        let squares: Vec<f64> = moments.second.diag().iter().map(|sum| sum / moments.count).collect();
        let root = |&square: &f64| if square > 0.0 { square.sqrt() } else { 1.0 };
        let scale: Vec<f64> = squares.iter().map(root).collect();
        let weights = form.ridge_weights(&squares);
        let shares: Vec<f64> = weights.iter().map(|weight| FLOOR + on_coefficients * weight).collect();
        let mut pairs: Vec<Pair> =
            form.total_derivatives().into_iter().filter_map(|places| Pair::of(moments, places)).collect();
        let strongest = pairs.iter().map(|pair| pair.square).fold(0.0, f64::max);
        for pair in &mut pairs {
            pair.weight = 0.25 * on_areas * pair.square * (strongest / pair.square).powf(FAINTNESS);
        }
        let factor = factor(moments, &scale, &shares, &pairs)?;
        Some(Self { scale, factor, shares, pairs })
    }

    /// The same, but for the pairs; none if the matrix is not positive to working precision.
    pub(super) fn with_pairs(self, moments: &Moments, pairs: Vec<Pair>) -> Option<Self> {
        let factor = factor(moments, &self.scale, &self.shares, &pairs)?;
        Some(Self { factor, pairs, ..self })
    }

    /// Pairs of features whose sum is a total derivative, and how far they are shrunk.
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

    /// `(e_i - e_j)^T (G + penalty)^-1 (e_i - e_j)` of each pair: how little the difference of its
    /// coefficients is determined.
    pub(super) fn squares_of_pairs(&self) -> Vec<f64> {
        let entries = |pair: &Pair| {
            let (i, j) = pair.places;
            [(i, 1.0 / self.scale[i]), (j, -1.0 / self.scale[j])]
        };
        self.factor.squares(&self.pairs.iter().map(entries).collect::<Vec<_>>())
    }

    /// What every coefficient costs by itself.
    #[cfg(test)]
    fn own_costs(&self) -> Vec<f64> {
        self.shares.iter().zip(&self.scale).map(|(share, scale)| share * scale * scale).collect()
    }

    /// The penalty's matrix times `coefficients`, for referees.
    #[cfg(test)]
    pub(super) fn penalty(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut product: Vec<f64> =
            self.own_costs().iter().zip(coefficients).map(|(force, b)| force * b).collect();
        self.pairs.iter().for_each(|pair| pair.add_penalty(coefficients, &mut product));
        product
    }

    /// `B = 2 (G + penalty)^-1 <psi>`: the maximum of `J = <dS - exp(-dS)>` to second order in dS.
    pub(super) fn small_entropy_optimum(&self, moments: &Moments) -> Vec<f64> {
        let side: Vec<f64> = moments.first.iter().map(|sum| 2.0 * sum / moments.count).collect();
        self.solve(&side)
    }
}

/// The factor of `G` with its penalty.
fn factor(moments: &Moments, scale: &[f64], shares: &[f64], pairs: &[Pair]) -> Option<Cholesky> {
    let len = scale.len();
    let square = |i: usize, j: usize| moments.second[[i, j]] / moments.count;
    let mut matrix = Array2::from_shape_fn((len, len), |(i, j)| square(i, j) / (scale[i] * scale[j]));
    matrix.diag_mut().iter_mut().zip(shares).for_each(|(diagonal, share)| *diagonal = 1.0 + share);
    for pair in pairs {
        pair.add_to(&mut matrix, scale);
    }
    Cholesky::new(matrix)
}

/// Two features whose sum is a total derivative, and how far they are shrunk.
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
    /// The pair at `places` among the features whose sums are `moments`, shrunk by nothing; none if it
    /// encloses no area.
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
    use super::super::scene::Bilinear;
    use super::*;

    /// Catches a penalty that the solved matrix has not, an area's on what is not an area (a change alone, a
    /// mode times its own change, a symmetric pair), and weights of the form that are lost.
    #[test]
    fn areas_and_coefficients_are_shrunk_by_what_is_solved() {
        let wave = |(i, j): (usize, usize)| ((i * 7 + j * j * 3) as f64).sin() * [1.0, 0.1, 3.0][j % 3];
        let scene = Bilinear {
            means: Array2::from_shape_fn((400, 4), |(i, j)| wave((i, j + 1))),
            changes: Array2::from_shape_fn((400, 4), |(i, j)| wave((i + 11, j + 2))),
        };
        let windows: Vec<usize> = (0..400).collect();
        let moments = Moments::of(&scene, &windows);
        let strong = Ridge::new(&moments, &scene, 3.0, 3.0).unwrap();
        let side: Vec<f64> = (0..scene.len()).map(|i| (i as f64).cos()).collect();
        let solved = strong.solve(&side);
        for (row, side) in side.iter().enumerate() {
            let of_matrix: f64 =
                (0..solved.len()).map(|i| moments.second[[row, i]] / moments.count * solved[i]).sum();
            assert!((of_matrix + strong.penalty(&solved)[row] - side).abs() < 1e-9, "{row}");
        }
        let mut equal = vec![1.0; scene.len()];
        assert_eq!(strong.penalty(&equal), strong.own_costs());
        let pairs = scene.total_derivatives();
        assert_eq!(pairs.len(), 6);
        let (i, j) = pairs[0];
        equal[i] = -1.0;
        let penalty = strong.penalty(&equal);
        assert!(penalty[i] < -strong.own_costs()[i] && penalty[j] > strong.own_costs()[j], "{penalty:?}");
        for (place, cost) in strong.own_costs().iter().enumerate() {
            let square = moments.second[[place, place]] / moments.count;
            let expected = (FLOOR + 3.0 * (1.0 + (place % 3) as f64)) * square;
            assert!((cost - expected).abs() < 1e-9 * expected, "{place}");
        }
    }
}
