//! Finds the forces of linear Gaussian dynamics from the circulation between modes.
//!
//! Of coordinates with linear dynamics and Gaussian noise, the middle `m` and the change `d` of a step are
//! Gaussian, with the covariances C and D and, between them, the circulation `A = <m d^T>`, antisymmetric in
//! the steady state (area enclosing rates: Gonzalez, Neu and Teitsworth 2019, doi
//! 10.1103/PhysRevE.99.022143). Reversal changes the sign of A alone, so that to leading order in it
//! `dS = 2 m^T C^-1 A D^-1 d`. Each number of a pair of modes costs data, most of them are zero, and each is
//! shrunk by what those of all pairs tell that lie alike: objects that look alike share.

use super::coupling::Coupling;
use super::neighbours::{Member, Neighbours};
use super::precision::Precision;
use super::sums::Sums;
use super::two_groups::TwoGroups;

/// Objects from which on they tell what they have in common.
const FEWEST: f64 = 10.0;

/// The forces that `sums` tell of, between modes that are such `neighbours`.
///
/// Two modes know of each other or do not: circulation and both correlations tell this together, given those
/// of all pairs that lie alike. What chance gives a correlation is seen on modes that are too far apart to
/// know of each other, be it correlated in time or not.
pub(super) fn coupling(sums: &Sums, neighbours: &Neighbours) -> Coupling {
    let measured = [0, 1].map(|which| Measured::of(sums, neighbours, which));
    let [middles, changes] = &measured;
    let mut circulation = vec![0.0; neighbours.pairs.len()];
    let mut correlations = measured.each_ref().map(|of| of.correlations.clone());
    for class in &neighbours.alike {
        let scored: Vec<([f64; 3], f64)> = class
            .iter()
            .map(|&Member { pair, sign }| {
                let (i, j) = neighbours.pairs[pair];
                let area = 0.5 * (sums.pairs[pair][2] - sums.pairs[pair][3]) / sums.count;
                let variance = 0.25 / sums.count
                    * (middles.variances[i] * changes.variances[j]
                        + middles.variances[j] * changes.variances[i]
                        - 2.0 * sums.pairs[pair][0] * sums.pairs[pair][1] / sums.count.powi(2));
                let error = variance.max(0.0).sqrt();
                let score = if error > 0.0 { sign * area / error } else { 0.0 };
                ([score, middles.score(pair), changes.score(pair)], sign * error)
            })
            .collect();
        let prior = TwoGroups::of(&scored.iter().map(|of| of.0).collect::<Vec<_>>());
        for (&Member { pair, .. }, (scores, unit)) in class.iter().zip(&scored) {
            let kept = prior.expected(scores);
            circulation[pair] = kept[0] * unit;
            for (which, of) in measured.iter().enumerate().filter(|(_, of)| of.chance > 0.0) {
                correlations[which][pair] = kept[1 + which] * of.chance;
            }
        }
    }
    let variances = variances(&middles.variances, &changes.variances, middles.chance, neighbours.modes);
    let precision = |which: usize, variances: &[f64]| {
        Precision::new(variances, &neighbours.pairs, &correlations[which], measured[which].chance)
    };
    Coupling {
        pairs: neighbours.pairs.clone(),
        precisions: [precision(0, &variances), precision(1, &changes.variances)],
        circulation,
    }
}

/// A covariance as far as it is measured.
struct Measured {
    variances: Vec<f64>,
    /// Of neighbours.
    correlations: Vec<f64>,
    /// Size of the correlations of modes beyond reach; 0 if there are none.
    chance: f64,
}

impl Measured {
    /// That of middles, or of changes if `which` is 1.
    fn of(sums: &Sums, neighbours: &Neighbours, which: usize) -> Self {
        let variances: Vec<f64> = sums.squares.iter().map(|of| of[which] / sums.count).collect();
        let correlation = |sum: f64, (i, j): (usize, usize)| {
            let size = (variances[i] * variances[j]).sqrt();
            if size > 0.0 { sum / (sums.count * size) } else { 0.0 }
        };
        let of_pairs = sums.pairs.iter().zip(&neighbours.pairs);
        let correlations = of_pairs.map(|(of, &pair)| correlation(of[which], pair)).collect();
        let of_far = sums.far.iter().zip(&neighbours.far);
        let squares: f64 = of_far.map(|(of, &pair)| correlation(of[which], pair).powi(2)).sum();
        let chance = (squares / (sums.far.len() as f64).max(1.0)).sqrt();
        Self { variances, correlations, chance }
    }

    /// The correlation of a pair in units of chance; 0 if that is not known.
    fn score(&self, pair: usize) -> f64 {
        if self.chance > 0.0 { self.correlations[pair] / self.chance } else { 0.0 }
    }
}

/// Variances, shrunk towards a power of those of the changes that is common to all objects, for each of their
/// `modes`: those of what is slow are known far less than those of its changes. Their logarithms have twice
/// the square of the error that `chance` gives a correlation.
fn variances(own: &[f64], changes: &[f64], chance: f64, modes: usize) -> Vec<f64> {
    let mut found = own.to_vec();
    for mode in 0..modes {
        let places: Vec<usize> = (mode..own.len())
            .step_by(modes)
            .filter(|&place| own[place] > 0.0 && changes[place] > 0.0)
            .collect();
        let count = places.len() as f64;
        if count < FEWEST {
            continue;
        }
        let x = |place: usize| changes[place].ln();
        let y = |place: usize| own[place].ln();
        let mean = |of: &dyn Fn(usize) -> f64| places.iter().map(|&place| of(place)).sum::<f64>() / count;
        let (mean_x, mean_y) = (mean(&x), mean(&y));
        let squares = mean(&|place| (x(place) - mean_x).powi(2));
        let slope = mean(&|place| (x(place) - mean_x) * (y(place) - mean_y)) / squares.max(1e-12);
        let line = |place: usize| mean_y + slope * (x(place) - mean_x);
        let scatter = mean(&|place| (y(place) - line(place)).powi(2));
        let kept = (1.0 - 2.0 * chance * chance / scatter.max(1e-12)).max(0.0);
        for &place in &places {
            found[place] = (line(place) + kept * (y(place) - line(place))).exp();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sums::Steps;
    use super::*;
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Three coordinates, two of which circulate: the sign, the size (twice the rate is the variance), and
    /// nothing else.
    #[test]
    fn the_matrix_is_that_of_linear_dynamics() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let (stiffness, turn, step) = (1.0_f64, 0.6_f64, 0.05_f64);
        let mut x = [0.0; 3];
        let mut frames = Vec::new();
        for _ in 0..60_000 {
            let forces =
                [-stiffness * x[0] - turn * x[1], -stiffness * x[1] + turn * x[0], -stiffness * x[2]];
            for (x, force) in x.iter_mut().zip(forces) {
                *x += force * step + (2.0 * step).sqrt() * draw();
            }
            frames.push(x);
        }
        let shape = (3, 59_999);
        let steps = Steps {
            middles: Array2::from_shape_fn(shape, |(i, t)| 0.5 * (frames[t][i] + frames[t + 1][i])),
            changes: Array2::from_shape_fn(shape, |(i, t)| frames[t + 1][i] - frames[t][i]),
        };
        let neighbours = Neighbours::new(&[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]], 1);
        let mut sums = Sums::zero(&neighbours);
        sums.add(&steps, &neighbours);
        // Row i: forces on all changes from a middle that is 1 in coordinate i alone.
        let found = coupling(&sums, &neighbours).forces(Array2::eye(3)).reversed_axes();
        // dS = turn (x dy - y dx) at temperature 1.
        assert!(
            (found[[0, 1]] - turn).abs() < 0.1 * turn && (found[[1, 0]] + turn).abs() < 0.1 * turn,
            "{found}"
        );
        assert!(found[[0, 2]].abs() < 0.05 && found[[2, 1]].abs() < 0.05, "{found}");
    }
}
