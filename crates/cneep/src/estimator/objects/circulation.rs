//! Finds the forces of linear Gaussian dynamics from the circulation between modes.
//!
//! Of coordinates with linear dynamics and Gaussian noise, the middle `m` and the change `d` of a step are
//! Gaussian, with the covariances C and D and, between them, the circulation `A = <m d^T>`, antisymmetric in
//! the steady state (area enclosing rates: Gonzalez, Neu and Teitsworth 2019, doi
//! 10.1103/PhysRevE.99.022143). Reversal changes the sign of A alone, so that to leading order in it
//! `dS = 2 m^T C^-1 A D^-1 d`. C and D are known from all frames, and only A costs data: one number for each
//! pair of modes, most of them zero. Each is shrunk by what those of all pairs tell that lie alike (empirical
//! Bayes with two groups: Efron 2008, doi 10.1214/07-STS236): objects that look alike share.

use nalgebra::{Cholesky, DMatrix, DVector};
use std::collections::BTreeMap;

/// Share of each variance that is added to it, which keeps matrices positive.
const FLOOR: f64 = 1e-3;
/// Distances, in those of nearest neighbours, from which on modes neither circulate nor are correlated.
const REACH: f64 = 2.3;
/// Classes of distance, in those of nearest neighbours.
const CLASS: f64 = 0.5;
/// Steps of the expectation maximisation.
const STEPS: usize = 50;
/// Scores that count as seen beforehand.
const FEW: f64 = 2.0;
/// Objects from which on they tell what they have in common.
const FEWEST: f64 = 10.0;

/// Sums over steps of the products of middles and changes.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub(super) count: f64,
    pub(super) middles: DMatrix<f64>,
    pub(super) changes: DMatrix<f64>,
    pub(super) across: DMatrix<f64>,
}

impl Sums {
    pub(super) fn zero(len: usize) -> Self {
        let zero = || DMatrix::zeros(len, len);
        Self { count: 0.0, middles: zero(), changes: zero(), across: zero() }
    }

    /// Adds steps with these middles and changes, shape (step, mode).
    pub(super) fn add(&mut self, middles: &DMatrix<f64>, changes: &DMatrix<f64>) {
        self.count += middles.nrows() as f64;
        self.middles.gemm_tr(1.0, middles, middles, 1.0);
        self.changes.gemm_tr(1.0, changes, changes, 1.0);
        self.across.gemm_tr(1.0, middles, changes, 1.0);
    }

    pub(super) fn plus(&self, other: &Self, sign: f64) -> Self {
        Self {
            count: self.count + sign * other.count,
            middles: &self.middles + sign * &other.middles,
            changes: &self.changes + sign * &other.changes,
            across: &self.across + sign * &other.across,
        }
    }
}

/// Which pairs of modes lie alike.
pub(super) struct Alike {
    modes: usize,
    /// Rows and columns of each object, in distances of nearest neighbours.
    centres: Vec<[f64; 2]>,
}

/// What pairs of modes that lie alike have in common: steps along rows and columns from one object to the
/// other, and the modes.
type Class = (i64, i64, usize, usize);

impl Alike {
    /// Of so many `modes` of each object at the `centres`.
    pub(super) fn new(centres: &[[f64; 2]], modes: usize) -> Self {
        let distance = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let nearest = |place: usize| {
            let others = centres.iter().enumerate().filter(|(other, _)| *other != place);
            others.map(|(_, other)| distance(&centres[place], other)).fold(f64::INFINITY, f64::min)
        };
        let mut all: Vec<f64> = (0..centres.len()).map(nearest).collect();
        all.sort_unstable_by(f64::total_cmp);
        let unit = all.get(all.len() / 2).copied().filter(|unit| unit.is_finite()).unwrap_or(1.0);
        Self { modes, centres: centres.iter().map(|at| at.map(|along| along / unit)).collect() }
    }

    /// The class of a pair of modes, and the sign with which an antisymmetric number enters it; none if they
    /// are too far apart.
    fn class(&self, i: usize, j: usize) -> Option<(Class, f64)> {
        let (one, other) = (self.centres[i / self.modes], self.centres[j / self.modes]);
        let along = [other[0] - one[0], other[1] - one[1]];
        if along[0].hypot(along[1]) > REACH {
            return None;
        }
        let steps = along.map(|along| (along / CLASS).round() as i64);
        let (a, b) = (i % self.modes, j % self.modes);
        // Each pair is named from one side: the one from which the other lies ahead.
        let ahead = (steps[0], steps[1], b, a) >= (0, 0, a, b);
        Some(if ahead { ((steps[0], steps[1], a, b), 1.0) } else { ((-steps[0], -steps[1], b, a), -1.0) })
    }
}

/// The matrix B of `dS = m^T B d`; none if the covariances cannot be solved.
pub(super) fn coupling(sums: &Sums, alike: &Alike) -> Option<DMatrix<f64>> {
    let len = sums.middles.nrows();
    let mean = |of: &DMatrix<f64>, i: usize, j: usize| of[(i, j)] / sums.count;
    let changes = sums.changes.map(|sum| sum / sums.count);
    let middles = covariance(&sums.middles.map(|sum| sum / sums.count), alike, Some(&changes));
    let changes = covariance(&changes, alike, None);
    let mut classes: BTreeMap<Class, Vec<Scored>> = BTreeMap::new();
    for i in 0..len {
        for j in i + 1..len {
            let Some((class, sign)) = alike.class(i, j) else { continue };
            let area = 0.5 * (mean(&sums.across, i, j) - mean(&sums.across, j, i));
            let of = |matrix: &DMatrix<f64>, a: usize, b: usize| mean(matrix, a, b);
            let variance = 0.25 / sums.count
                * (of(&sums.middles, i, i) * of(&sums.changes, j, j)
                    + of(&sums.middles, j, j) * of(&sums.changes, i, i)
                    - 2.0 * of(&sums.middles, i, j) * of(&sums.changes, i, j));
            let error = variance.max(0.0).sqrt();
            if error > 0.0 {
                classes.entry(class).or_default().push(Scored {
                    at: (i, j),
                    score: sign * area / error,
                    unit: sign * error,
                });
            }
        }
    }
    let mut circulation = DMatrix::zeros(len, len);
    for scored in classes.values() {
        for (at, kept) in expected(scored) {
            circulation[at] = kept;
            circulation[(at.1, at.0)] = -kept;
        }
    }
    let left = factor(&middles)?.solve(&circulation);
    // D is symmetric: A D^-1 is the transpose of D^-1 A^T.
    Some(factor(&changes)?.solve(&left.transpose()).transpose() * 2.0)
}

/// A number of a pair of modes, in units of its error.
struct Scored {
    at: (usize, usize),
    score: f64,
    unit: f64,
}

/// What is expected of each number, given all that lie alike.
fn expected(scored: &[Scored]) -> Vec<((usize, usize), f64)> {
    let prior = TwoGroups::of(&scored.iter().map(|of| of.score).collect::<Vec<_>>());
    scored.iter().map(|of| (of.at, prior.expected(of.score) * of.unit)).collect()
}

/// `matrix` of which correlations are shrunk by what those of all modes that lie alike tell. What chance
/// gives is seen on modes that are too far apart to know of each other, be it correlated in time or not.
/// Variances of what is slow are known far less than those of its changes, and are shrunk towards what these
/// tell, if there are `changes`.
fn covariance(matrix: &DMatrix<f64>, alike: &Alike, changes: Option<&DMatrix<f64>>) -> DMatrix<f64> {
    let len = matrix.nrows();
    let size = |i: usize, j: usize| (matrix[(i, i)] * matrix[(j, j)]).sqrt();
    let mut classes: BTreeMap<Class, Vec<Scored>> = BTreeMap::new();
    let (mut squares, mut count) = (0.0, 0.0);
    for i in 0..len {
        for j in i + 1..len {
            let unit = size(i, j);
            if unit <= 0.0 {
                continue;
            }
            let found = matrix[(i, j)] / unit;
            if let Some((class, _)) = alike.class(i, j) {
                classes.entry(class).or_default().push(Scored { at: (i, j), score: found, unit });
            } else {
                squares += found * found;
                count += 1.0;
            }
        }
    }
    let chance = if count > 0.0 { (squares / count).sqrt().max(1e-9) } else { 0.0 };
    let own = matrix.diagonal();
    let shrunk =
        changes.map_or_else(|| own.clone(), |changes| variances(&own, &changes.diagonal(), chance, alike));
    // Roots of what variances are shrunk by.
    let raised: Vec<f64> =
        shrunk.iter().zip(&own).map(|(new, old)| if *old > 0.0 { (new / old).sqrt() } else { 1.0 }).collect();
    let mut kept = DMatrix::from_diagonal(&shrunk);
    for scored in classes.values_mut() {
        let known: Vec<((usize, usize), f64)> = if count > 0.0 {
            for of in scored.iter_mut() {
                (of.score, of.unit) = (of.score / chance, of.unit * chance);
            }
            expected(scored)
        } else {
            scored.iter().map(|of| (of.at, of.score * of.unit)).collect()
        };
        for (at, value) in known {
            kept[at] = value * raised[at.0] * raised[at.1];
            kept[(at.1, at.0)] = kept[at];
        }
    }
    kept
}

/// Variances, shrunk towards a power of those of the changes that is common to all objects. Their logarithms
/// have twice the square of the error that `chance` gives a correlation.
fn variances(own: &DVector<f64>, changes: &DVector<f64>, chance: f64, alike: &Alike) -> DVector<f64> {
    let mut found = own.clone();
    for mode in 0..alike.modes {
        let places: Vec<usize> = (mode..own.len())
            .step_by(alike.modes)
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

/// The factor of a covariance with as small a share of its variances added as makes it positive.
fn factor(matrix: &DMatrix<f64>) -> Option<Cholesky<f64, nalgebra::Dyn>> {
    let mut share = FLOOR;
    while share < 10.0 {
        let mut raised = matrix.clone();
        for place in 0..raised.nrows() {
            raised[(place, place)] *= 1.0 + share;
        }
        if let Some(factor) = Cholesky::new(raised) {
            return Some(factor);
        }
        share *= 3.0;
    }
    None
}

/// Scores of which some are chance, N(0, 1), and some N(mean, 1 + variance).
#[derive(Debug, Clone, Copy, PartialEq)]
struct TwoGroups {
    share: f64,
    mean: f64,
    variance: f64,
}

impl TwoGroups {
    /// The most likely, by expectation maximisation from a few of large variance.
    fn of(scores: &[f64]) -> Self {
        let count = scores.len() as f64;
        let mut found = Self { share: 0.1, mean: 0.0, variance: 10.0 };
        for _ in 0..STEPS {
            let (mut weight, mut sum, mut squares) = (0.0, 0.0, 0.0);
            for &score in scores {
                let own = found.probability(score);
                weight += own;
                sum += own * score;
                squares += own * score * score;
            }
            // As if a few more scores had been seen: chance, and of zero mean.
            found.share = (weight / (count + 1.0)).clamp(1e-6, 1.0);
            found.mean = sum / (weight + FEW);
            let spread =
                squares / weight.max(1e-9) - found.mean * (2.0 * sum / weight.max(1e-9) - found.mean);
            found.variance = ((weight * spread + FEW * 10.0) / (weight + FEW) - 1.0).clamp(1e-3, 1e6);
        }
        found
    }

    /// That a score is no chance.
    fn probability(&self, score: f64) -> f64 {
        let density = |apart: f64, variance: f64| (-0.5 * apart * apart / variance).exp() / variance.sqrt();
        let some = self.share * density(score - self.mean, 1.0 + self.variance);
        let none = (1.0 - self.share) * density(score, 1.0);
        if some + none > 0.0 { some / (some + none) } else { 1.0 }
    }

    /// What is expected of a score if it is seen again.
    fn expected(&self, score: f64) -> f64 {
        let real = (self.variance * score + self.mean) / (1.0 + self.variance);
        self.probability(score) * real
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// One score in ten is real: catches real ones that are shrunk, and chance that is not.
    #[test]
    fn chance_is_told_from_what_is_found_again() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let scores: Vec<f64> =
            (0..2000).map(|place| draw() + if place % 10 == 0 { 6.0 * draw() } else { 0.0 }).collect();
        let prior = TwoGroups::of(&scores);
        assert!((prior.share - 0.1).abs() < 0.03, "{prior:?}");
        assert!((prior.variance / 36.0).ln().abs() < 0.4, "{prior:?}");
        assert!(prior.expected(12.0) > 10.0 && prior.expected(1.0) < 0.15);
        let chance: Vec<f64> = (0..2000).map(|_| draw()).collect();
        let prior = TwoGroups::of(&chance);
        assert!(
            chance.iter().map(|score| prior.expected(*score).powi(2)).sum::<f64>() < 0.03 * 2000.0,
            "{prior:?}"
        );
    }

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
        let row = |t: usize, i: usize| 0.5 * (frames[t][i] + frames[t + 1][i]);
        let middles = DMatrix::from_fn(59_999, 3, row);
        let changes = DMatrix::from_fn(59_999, 3, |t, i| frames[t + 1][i] - frames[t][i]);
        let mut sums = Sums::zero(3);
        sums.add(&middles, &changes);
        let centres = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]];
        let found = coupling(&sums, &Alike::new(&centres, 1)).unwrap();
        // dS = turn (x dy - y dx) at temperature 1.
        assert!(
            (found[(0, 1)] - turn).abs() < 0.1 * turn && (found[(1, 0)] + turn).abs() < 0.1 * turn,
            "{found}"
        );
        assert!(found[(0, 2)].abs() < 0.05 && found[(2, 1)].abs() < 0.05, "{found}");
    }
}
