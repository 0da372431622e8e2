//! Finds coefficients from covariances of modes alone, as those of their products follow from them.
//!
//! Middles m and changes d of modes of linear dynamics are Gaussian, and by Isserlis' theorem (Isserlis 1918,
//! doi 10.1093/biomet/12.1-2.134) `cov(m_i d_j, m_k d_l) = <m_i m_k> <d_j d_l>`, but for terms that vanish
//! with the interval of frames. With the circulation `A_ij`, the antisymmetric part of `<m_i d_j>`, the
//! coefficients of neighbouring modes solve `[C W D]_ij + ridge = 2 A_ij`. Nothing larger than covariances is
//! summed, none is asked of patches far apart, and time and memory grow with the area. The covariance has
//! taken the place of the second moment: the optimum does not shrink with the size of the field.

use super::band::{Band, Grid};
use super::coupling::Coupling;
use super::features::Features;
use crate::estimator::linear::{Limits, shifted_systems};

/// Patches that covariances of middles and of changes reach, along rows and along columns.
const REACH_OF_MIDDLES: usize = 4;
const REACH_OF_CHANGES: usize = 2;
/// Steps whose products are summed together.
const STEPS_AT_ONCE: usize = 256;
/// Share of a circulation that chance leaves: this many variances of it, over its square, are taken off.
const CHANCE: f64 = 2.0;
/// Share of the mean square of all modes up to which one does not count: a patch in which nothing but
/// rounding was seen would show forces without measure where something enters it later.
const FAINT: f64 = 1e-4;
/// When equations are solved: the scores of a fold tell no less of a remainder.
const LIMITS: Limits = Limits { directions: 20, remainder: 1e-3 };

/// Numbers that are summed of the modes of such a `grid`, coupled up to `radius` patches apart.
pub(super) fn numbers(grid: Grid, radius: usize) -> f64 {
    let of_mode = square(REACH_OF_MIDDLES) + square(REACH_OF_CHANGES) + square(radius);
    (grid.len() * grid.modes) as f64 * of_mode
}

/// Multiply-adds of solving for the coefficients of one ridge.
pub(super) fn work(grid: Grid, radius: usize) -> f64 {
    let of_mode = square(radius) * (square(REACH_OF_CHANGES) + square(REACH_OF_MIDDLES));
    LIMITS.directions as f64 * (grid.len() * grid.modes.pow(2)) as f64 * of_mode
}

/// Patches up to `reach` away along rows and along columns.
fn square(reach: usize) -> f64 {
    (2 * reach + 1).pow(2) as f64
}

/// Sums over the steps of windows of products of middles and changes of neighbouring modes.
#[derive(Debug, Clone)]
pub(super) struct GaussianSums {
    windows: f64,
    steps: f64,
    middles: Band,
    changes: Band,
    /// Of the middle of the first with the change of the second.
    crossed: Band,
}

impl GaussianSums {
    /// Sums over the `windows` named of `features`, whose patches lie on such a `grid`, coupled up to
    /// `radius` patches apart.
    pub(super) fn of(features: &Features, windows: &[usize], grid: Grid, radius: usize) -> Self {
        let mut sums = Self {
            windows: windows.len() as f64,
            steps: (windows.len() * features.steps()) as f64,
            middles: Band::zero(grid, REACH_OF_MIDDLES),
            changes: Band::zero(grid, REACH_OF_CHANGES),
            crossed: Band::zero(grid, radius),
        };
        for windows in windows.chunks((STEPS_AT_ONCE / features.steps()).max(1)) {
            let [middles, changes] = features.middles_and_changes(windows);
            sums.middles.add_products(&middles, &middles);
            sums.changes.add_products(&changes, &changes);
            sums.crossed.add_products(&middles, &changes);
        }
        sums
    }

    /// These sums and `sign` times those of other windows.
    pub(super) fn plus(mut self, other: &Self, sign: f64) -> Self {
        self.windows += sign * other.windows;
        self.steps += sign * other.steps;
        let bands = [&mut self.middles, &mut self.changes, &mut self.crossed];
        for (own, other) in bands.into_iter().zip([&other.middles, &other.changes, &other.crossed]) {
            own.numbers.iter_mut().zip(&other.numbers).for_each(|(own, other)| *own += sign * other);
        }
        self
    }

    /// Those of the first `modes` of each patch, coupled up to `radius` patches apart.
    pub(super) fn of_first(&self, modes: usize, radius: usize) -> Self {
        Self {
            middles: self.middles.of_first(modes, self.middles.reach),
            changes: self.changes.of_first(modes, self.changes.reach),
            crossed: self.crossed.of_first(modes, radius),
            ..*self
        }
    }

    /// Coefficients in the order of `coupling`, which has no constant force, for each of the `ridges`,
    /// fractions of the mean square of each product.
    pub(super) fn optima(&self, ridges: &[f64], coupling: &Coupling) -> Vec<Vec<f64>> {
        let count = self.steps.max(1.0);
        let (rows, columns) =
            (inverse_deviations(&self.middles, count), inverse_deviations(&self.changes, count));
        let correlations = |of: &Band, units: &[f64]| {
            let mut scaled = of.clone();
            scaled.for_each(|i, j, number| *number *= units[i] * units[j] / count);
            scaled.tapered()
        };
        let (middles, changes) = (correlations(&self.middles, &rows), correlations(&self.changes, &columns));
        let mut side = self.circulation();
        side.for_each(|i, j, number| *number *= 2.0 * rows[i] * columns[j]);
        let (grid, reach) = (side.grid, side.reach);
        let matrix = |numbers: &[f64]| {
            let band = Band { grid, reach, numbers: numbers.to_vec() };
            middles.times(&band.times(&changes, reach + changes.reach), reach).numbers
        };
        let coefficients = |numbers: Vec<f64>| {
            let mut forces = Band { grid, reach, numbers };
            forces.for_each(|i, j, number| *number *= rows[i] * columns[j]);
            let of = |(even, odd): (usize, usize)| even.checked_sub(1).map_or(0.0, |m| forces.at(m, odd));
            coupling.products().map(of).collect()
        };
        shifted_systems(&side.numbers, ridges, LIMITS, matrix).into_iter().map(coefficients).collect()
    }

    /// As [`Self::optima`], for one ridge.
    pub(super) fn optimum(&self, ridge: f64, coupling: &Coupling) -> Vec<f64> {
        self.optima(&[ridge], coupling).swap_remove(0)
    }

    /// The antisymmetric part of the mean product of middles and changes, but for what chance gives it.
    fn circulation(&self) -> Band {
        let count = self.steps.max(1.0);
        let square = |band: &Band, mode: usize| band.at(mode, mode) / count;
        let mut circulation = self.crossed.clone();
        circulation.for_each(|i, j, number| {
            let area = 0.5 * (self.crossed.at(i, j) - self.crossed.at(j, i)) / count;
            let variance = 0.25 / self.windows.max(1.0)
                * (square(&self.middles, i) * square(&self.changes, j)
                    + square(&self.middles, j) * square(&self.changes, i)
                    - 2.0 * self.middles.at(i, j) * self.changes.at(i, j) / count.powi(2));
            let noise = CHANCE * variance.max(0.0) / (area * area).max(f64::MIN_POSITIVE);
            *number = area * (1.0 - noise).max(0.0);
        });
        circulation
    }
}

/// One over the standard deviation of every mode, of sums over so many steps; 0 of one that is [`FAINT`].
fn inverse_deviations(sums: &Band, count: f64) -> Vec<f64> {
    let squares: Vec<f64> = (0..sums.grid.len()).map(|mode| sums.at(mode, mode) / count).collect();
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    let inverse = |square: f64| if square > FAINT * mean { square.sqrt().recip() } else { 0.0 };
    squares.into_iter().map(inverse).collect()
}

#[cfg(test)]
mod tests {
    use super::super::coupling::FeatureShape;
    use super::super::features::tests::free;
    use super::super::patches::Patches;
    use super::*;
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A lattice of `side` x `side` places without bonds, each with two modes that turn about each other at
    /// this rate: coordinates, frame by frame.
    fn turning(side: usize, turn: f64, frames: usize, seed: u64) -> Array2<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let step = 0.05_f64;
        let mut x = vec![[0.0; 2]; side * side];
        let mut all = Array2::zeros((frames, 2 * side * side));
        for frame in 0..frames + 100 {
            for [one, other] in &mut x {
                let forces = [-*one - turn * *other, turn * *one - *other];
                *one += forces[0] * step + (2.0 * step).sqrt() * draw();
                *other += forces[1] * step + (2.0 * step).sqrt() * draw();
            }
            if frame >= 100 {
                let flat: Vec<f64> = x.iter().flatten().copied().collect();
                all.row_mut(frame - 100).assign(&ndarray::aview1(&flat));
            }
        }
        all
    }

    fn rate(side: usize, turn: f64, seed: u64) -> f64 {
        let patches = Patches::new(10 * side, 10 * side, 10, 10);
        let shape = FeatureShape { patches: patches.count(), modes: 2 };
        let coupling = Coupling::new(shape, &patches.neighbours(2));
        let train = [turning(side, turn, 4000, seed)];
        let features = free(&train, 2, shape);
        let windows: Vec<usize> = (0..features.len()).collect();
        let sums = GaussianSums::of(&features, &windows, patches.grid(2), 2);
        let coefficients = sums.optimum(0.01, &coupling);
        let fresh = [turning(side, turn, 4000, seed + 100)];
        let values = free(&fresh, 2, shape).entropy_production(&coupling, &coefficients);
        values.iter().sum::<f64>() / values.len() as f64 / (side * side) as f64
    }

    /// The rate of each place is 2 turn^2 at temperature 1, here 0.036 a step, in a small field as in one
    /// nine times as large: catches an optimum that shrinks with the field, a wrong scale, and pairs of modes
    /// that are mixed up.
    #[test]
    fn the_rate_is_extensive_and_right() {
        let exact = 2.0 * 0.6_f64.powi(2) * 0.05;
        for (side, seed) in [(2, 1), (6, 2)] {
            let found = rate(side, 0.6, seed) / exact;
            assert!((0.85..1.1).contains(&found), "{side}: {found}");
        }
    }

    /// Without circulation the mean over fresh frames is zero, of either sign, within its scatter: there is
    /// no force to find, and what chance makes of it tells nothing of other frames.
    #[test]
    fn equilibrium_shows_nothing_on_fresh_frames() {
        let rates: Vec<f64> = (0..12).map(|seed| rate(3, 0.0, 10 + seed)).collect();
        let above = rates.iter().filter(|rate| **rate > 0.0).count();
        // Binomial, twelve tosses: 2 to 10 with 99.4 %.
        assert!((2..=10).contains(&above), "{rates:?}");
        assert!(rates.iter().all(|rate| *rate != 0.0 && rate.abs() < 0.003), "{rates:?}");
    }

    /// A place that has stood all but still gets no force from what it does later, nor gives one: catches a
    /// map without measure where something enters it.
    #[test]
    fn a_place_that_stood_still_has_no_force() {
        let patches = Patches::new(30, 30, 10, 10);
        let shape = FeatureShape { patches: 9, modes: 2 };
        let coupling = Coupling::new(shape, &patches.neighbours(2));
        let mut train = [turning(3, 0.6, 2000, 3)];
        train[0].slice_mut(ndarray::s![.., 8..10]).mapv_inplace(|x| 1e-7 * x);
        let features = free(&train, 2, shape);
        let windows: Vec<usize> = (0..features.len()).collect();
        let sums = GaussianSums::of(&features, &windows, patches.grid(2), 2);
        let coefficients = sums.optimum(0.01, &coupling);
        let is_still =
            |(even, odd): (usize, usize)| [even, odd + 1].iter().any(|mode| (9..11).contains(mode));
        let pairs = coupling.products().zip(&coefficients);
        let of_still: Vec<f64> = pairs.filter(|(pair, _)| is_still(*pair)).map(|(_, w)| *w).collect();
        assert!(of_still.len() > 30 && of_still.iter().all(|w| *w == 0.0));
        assert!(coefficients.iter().any(|w| w.abs() > 0.1));
    }

    /// Sums of folds add up, and what is taken of the first modes is what they alone would give.
    #[test]
    fn sums_add_up() {
        let data = [turning(3, 0.6, 300, 7)];
        let (one, two) = (FeatureShape { patches: 9, modes: 1 }, FeatureShape { patches: 9, modes: 2 });
        let patches = Patches::new(30, 30, 10, 10);
        let first_modes =
            [data[0].select(ndarray::Axis(1), &(0..9).map(|patch| 2 * patch).collect::<Vec<_>>())];
        let sums = |shape: FeatureShape, windows: std::ops::Range<usize>, radius: usize| {
            let features = free(if shape == two { &data } else { &first_modes }, 2, shape);
            GaussianSums::of(&features, &windows.collect::<Vec<_>>(), patches.grid(shape.modes), radius)
        };
        let all = sums(two, 0..299, 2);
        let parts = sums(two, 0..100, 2).plus(&sums(two, 100..299, 2), 1.0);
        let coupling = Coupling::new(two, &patches.neighbours(2));
        let close = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(close(all.optimum(0.1, &coupling), parts.optimum(0.1, &coupling)));
        let first = Coupling::new(one, &patches.neighbours(1));
        assert!(close(all.of_first(1, 1).optimum(0.1, &first), sums(one, 0..299, 1).optimum(0.1, &first)));
    }
}
