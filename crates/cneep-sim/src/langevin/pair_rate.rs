//! Computes exactly how irreversible pairs of stationary states are.
//!
//! For positions x, x' one interval apart, jointly Gaussian, the rate is KL(p(x, x') || p(x', x)) per unit of
//! time. Exchanging the two states keeps their sum p and flips their difference m. With covariances P of p
//! and W of m, and R between m and p, the divergence is 2 tr (W - g)⁻¹ g, where g = R P⁻¹ Rᵀ: no difference
//! of nearly equal numbers, so that the digits survive short intervals.

use super::lyapunov;
use super::steady_state::SteadyState;
use cneep_movie::error::{Error, Fault, Result};
use nalgebra::{Cholesky, DMatrix, Dyn};

/// How a stationary state goes on to the next one, an interval later.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PairDensity {
    /// Mean of the next state per component of the present one, n x n.
    pub(super) propagator: DMatrix<f64>,
    /// Lower triangular factor of the covariance of what is added.
    pub(super) noise: DMatrix<f64>,
    /// G of the entropy production of the pair, (x' - x) G (x + x')/2: the logarithm of its density over that
    /// of the exchanged pair. Tends to the thermodynamic force as the interval goes to zero.
    pub(super) force: DMatrix<f64>,
}

impl SteadyState {
    /// The density of pairs of states `gap` apart.
    ///
    /// # Errors
    /// [`Error::Setting`] for a gap that is not positive and finite; [`Error::NotConverged`] if it is so
    /// short or long that rounding leaves no digits.
    pub(super) fn pair_density(&self, gap: f64) -> Result<PairDensity> {
        let exponent = self.drift() * gap;
        if !(gap > 0.0 && exponent.norm() < 1e100) {
            return Err(wrong_gap(gap));
        }
        let (change, covariance) = (exponential_less_one(&exponent), self.covariance());
        let product = &change * covariance;
        let propagator = &change + DMatrix::identity(change.nrows(), change.nrows());
        // What the mean keeps of the covariance, C - (1 + c) C (1 + c)^T, without cancellation.
        let lost = -(&product + product.transpose() + &product * change.transpose());
        let halves = Halves::of(&product, covariance);
        let force = || Some(halves.unexplained()?.solve(&halves.per_sum()?) * 2.0);
        lost.cholesky()
            .zip(force())
            .map(|(noise, force)| PairDensity { propagator, noise: noise.unpack(), force })
            .ok_or_else(|| lost_digits(gap))
    }

    /// Rate at which pairs of states `gap` apart tell forwards from backwards, in the continuous process:
    /// what an estimator of two frames can see at best. Falls from the entropy production rate to zero as
    /// `gap` grows.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `gap` is positive, finite, and not beyond all relaxation times by far.
    pub fn exact_pair_rate(&self, gap: f64) -> Result<f64> {
        let all: Vec<usize> = (0..self.drift().nrows()).collect();
        self.exact_seen_pair_rate(gap, &all)
    }

    /// [`Self::exact_pair_rate`] for an observer who sees only these `coordinates`, each once: that of their
    /// marginal density, which is Gaussian as well. Never more than that of all, and zero for a single
    /// coordinate. What is seen has a memory of what is not, so that longer windows show more.
    ///
    /// # Errors
    /// Those of [`Self::exact_pair_rate`]; [`Error::Mismatch`] for a coordinate that is not there, or is
    /// named twice.
    pub fn exact_seen_pair_rate(&self, gap: f64, coordinates: &[usize]) -> Result<f64> {
        let size = self.drift().nrows();
        let mut seen = vec![false; size];
        for &coordinate in coordinates {
            match seen.get_mut(coordinate) {
                Some(seen) if !*seen => *seen = true,
                _ => return Err(not_seen(size, coordinate)),
            }
        }
        let exponent = self.drift() * gap;
        if !(gap > 0.0 && exponent.norm() < 1e100) {
            return Err(wrong_gap(gap));
        }
        irreversibility(&exponential_less_one(&exponent), self.covariance(), gap, coordinates)
            .ok_or_else(|| lost_digits(gap))
    }

    /// Entropy production rate of the Euler chain with this `time_step`, `x' = x + A x time_step + noise`, in
    /// its own stationary state: what a simulation realises. Tends to the rate of the continuous process.
    ///
    /// # Errors
    /// [`Error::Setting`] for a `time_step` that is not positive and finite, or too long for the chain to be
    /// stable.
    pub fn exact_chain_rate(&self, time_step: f64) -> Result<f64> {
        self.check_time_step(time_step)?;
        let size = self.drift().nrows();
        let change = self.drift() * time_step;
        let noise = lyapunov::scaled_diagonal(self.diffusion(), 2.0 * time_step);
        let all: Vec<usize> = (0..size).collect();
        lyapunov::discrete(&(&change + DMatrix::identity(size, size)), &noise)
            .and_then(|covariance| irreversibility(&change, &covariance, time_step, &all))
            .ok_or_else(|| lost_digits(time_step))
    }

    /// Refuses a time step at which Euler's rule does not settle, and names the limit.
    pub(super) fn check_time_step(&self, time_step: f64) -> Result<()> {
        let size = self.drift().nrows();
        let positive = time_step.is_finite() && time_step > 0.0;
        if positive && lyapunov::settles(&(self.drift() * time_step + DMatrix::identity(size, size))) {
            return Ok(());
        }
        let expected = self
            .longest_time_step()
            .map_or("a positive time step, short enough to be stable".to_string(), |limit| {
                format!("a positive time step below {limit:.4}, where the integration is stable")
            });
        Err(Error::Setting(Fault::new(
            "time_step",
            expected,
            time_step.to_string(),
            "Take a hundredth of that limit, and more steps per frame.",
        )))
    }

    /// The time step at which some mode of Euler's chain stops decaying.
    fn longest_time_step(&self) -> Option<f64> {
        let iterations = 100 * self.drift().nrows();
        let schur = nalgebra::Schur::try_new(self.drift().clone(), f64::EPSILON, iterations)?;
        let limits = schur.complex_eigenvalues().map(|rate| -2.0 * rate.re / rate.norm_sqr());
        limits.iter().copied().reduce(f64::min)
    }
}

/// The matrix exp(`exponent`) - 1 without cancellation: a Taylor series of the exponent halved until it is
/// small, then e²ˣ - 1 = 2 (eˣ - 1) + (eˣ - 1)² as often.
fn exponential_less_one(exponent: &DMatrix<f64>) -> DMatrix<f64> {
    let halvings = (2.0 * exponent.norm()).log2().ceil().max(0.0) as i32;
    let small = exponent * 0.5f64.powi(halvings);
    let mut term = small.clone();
    let mut sum = small.clone();
    for order in 2..=18 {
        term = &term * &small / f64::from(order);
        sum += &term;
    }
    for _ in 0..halvings {
        sum = &sum * 2.0 + &sum * &sum;
    }
    sum
}

/// Divergence per unit of time of pairs whose second state is (1 + `change`) times the first plus noise,
/// `interval` later, with stationary `covariance`, of which these coordinates are `seen`. Nothing if rounding
/// left no positive definite matrix.
fn irreversibility(
    change: &DMatrix<f64>,
    covariance: &DMatrix<f64>,
    interval: f64,
    seen: &[usize],
) -> Option<f64> {
    let of_seen = |matrix: &DMatrix<f64>| matrix.select_rows(seen).select_columns(seen);
    let halves = Halves::of(&of_seen(&(change * covariance)), &of_seen(covariance));
    Some(2.0 * halves.unexplained()?.solve(&halves.explained()?).trace() / interval)
}

/// Half the covariances of m = x' - x, of m with p = x' + x, and of p; the common factor cancels.
struct Halves {
    difference: DMatrix<f64>,
    cross: DMatrix<f64>,
    sum: DMatrix<f64>,
}

impl Halves {
    /// From the covariance of x' - x with x, and that of x.
    fn of(product: &DMatrix<f64>, covariance: &DMatrix<f64>) -> Self {
        let difference = (product + product.transpose()) * -0.5;
        let cross = (product - product.transpose()) * 0.5;
        Self { sum: covariance * 2.0 - &difference, difference, cross }
    }

    /// The best guess of m per component of p.
    fn per_sum(&self) -> Option<DMatrix<f64>> {
        Some(self.sum.clone().cholesky()?.solve(&self.cross.transpose()).transpose())
    }

    /// What p says of m.
    fn explained(&self) -> Option<DMatrix<f64>> {
        Some(&self.cross * self.sum.clone().cholesky()?.solve(&self.cross.transpose()))
    }

    /// What is left of m.
    fn unexplained(&self) -> Option<Cholesky<f64, Dyn>> {
        (&self.difference - self.explained()?).cholesky()
    }
}

fn wrong_gap(gap: f64) -> Error {
    Error::Setting(Fault::new(
        "frame gap",
        "a positive time, comparable to the relaxation times",
        gap.to_string(),
        "Give the time between the two frames of a pair.",
    ))
}

fn not_seen(size: usize, coordinate: usize) -> Error {
    Error::Mismatch(Fault::new(
        "seen coordinates",
        format!("different coordinates below {size}"),
        coordinate.to_string(),
        "Count the coordinates from 0, and name each once.",
    ))
}

fn lost_digits(interval: f64) -> Error {
    Error::NotConverged(Fault::new(
        "exact rate of pairs",
        "a positive definite covariance",
        format!("one lost to rounding at an interval of {interval}"),
        "Take a longer interval.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::{BeadSpring, LangevinSystem, TemperatureProfile};

    fn chain(beads: usize, hot: f64) -> LangevinSystem {
        BeadSpring::new(beads, TemperatureProfile::linear(1.0, hot)).unwrap().system().unwrap()
    }

    /// The divergence from the two joint covariances of 2n states, as it is defined.
    fn naive_irreversibility(step: &DMatrix<f64>, covariance: &DMatrix<f64>, interval: f64) -> f64 {
        let later = step * covariance;
        let earlier = later.transpose();
        let size = later.nrows();
        let blocks = |below: &DMatrix<f64>, above: &DMatrix<f64>| {
            DMatrix::from_fn(2 * size, 2 * size, |i, j| match (i < size, j < size) {
                (true, false) => above[(i, j - size)],
                (false, true) => below[(i - size, j)],
                _ => covariance[(i % size, j % size)],
            })
        };
        let (joint, exchanged) = (blocks(&later, &earlier), blocks(&earlier, &later));
        let ratio = exchanged.lu().solve(&joint).unwrap().trace();
        0.5 * (ratio - joint.nrows() as f64) / interval
    }

    /// Catches a wrong factor or a chain given the continuous covariance.
    #[test]
    fn euler_chains_have_the_published_rates() {
        let table = [
            (2, 2.0, 0.12594),
            (2, 5.0, 0.80605),
            (2, 10.0, 2.04030),
            (5, 2.0, 0.04111),
            (5, 5.0, 0.25609),
            (5, 10.0, 0.63419),
        ];
        for (beads, hot, expected) in table {
            let rate = chain(beads, hot).steady_state().exact_chain_rate(0.01).unwrap();
            assert!((rate - expected).abs() < 5e-6, "{rate} against {expected}");
        }
    }

    /// Catches a gap measured in steps, or the matrix exponential of a transposed drift.
    #[test]
    fn pairs_show_less_the_further_apart_they_are() {
        let system = chain(2, 10.0);
        let table = [(0.01, 1.985), (0.05, 1.826), (0.1, 1.636), (0.2, 1.289), (0.5, 0.567), (1.0, 0.132)];
        for (gap, expected) in table {
            let rate = system.steady_state().exact_pair_rate(gap).unwrap();
            assert!((rate - expected).abs() < 5e-4, "{rate} against {expected}");
        }
        for gap in [100.0, 1e9, 1e90] {
            assert!(system.steady_state().exact_pair_rate(gap).unwrap().abs() < 1e-20);
        }
    }

    /// Catches an algebra slip in the sum and difference form, on forces and frictions without symmetry.
    #[test]
    fn the_short_form_agrees_with_the_definition() {
        let forces = DMatrix::from_row_slice(3, 3, &[-2.0, 1.5, 0.0, -0.5, -3.0, 1.0, 0.7, 0.2, -1.0]);
        let system = LangevinSystem::new(forces, vec![1.0, 0.5, 2.0], vec![1.0, 4.0, 2.0], vec![0, 1, 2]);
        let system = system.unwrap();
        let exact = system.steady_state();
        let (gap, identity) = (0.3, DMatrix::<f64>::identity(3, 3));
        let naive = naive_irreversibility(&(exact.drift() * gap).exp(), exact.covariance(), gap);
        let rate = exact.exact_pair_rate(gap).unwrap();
        assert!((rate - naive).abs() < 1e-11 * naive, "{rate} against {naive}");

        let step = exact.drift() * 0.05 + identity;
        let noise = lyapunov::scaled_diagonal(exact.diffusion(), 0.1);
        let naive = naive_irreversibility(&step, &lyapunov::discrete(&step, &noise).unwrap(), 0.05);
        let rate = exact.exact_chain_rate(0.05).unwrap();
        assert!((rate - naive).abs() < 1e-11 * naive, "{rate} against {naive}");
    }

    /// Catches rows of the wrong coordinates, and hidden ones that still show: against the definition with
    /// the blocks of what is seen; one coordinate alone is reversible; all of them in another order are all
    /// of them.
    #[test]
    fn what_is_hidden_shows_nothing() {
        let system = chain(4, 10.0);
        let (exact, gap) = (system.steady_state(), 0.3);
        let rate = |seen: &[usize]| exact.exact_seen_pair_rate(gap, seen).unwrap();
        let (step, seen) = ((exact.drift() * gap).exp(), [0, 3]);
        let of_seen = |matrix: &DMatrix<f64>| matrix.select_rows(&seen).select_columns(&seen);
        let (later, covariance) = (of_seen(&(step * exact.covariance())), of_seen(exact.covariance()));
        let step = later * covariance.clone().try_inverse().unwrap();
        let naive = naive_irreversibility(&step, &covariance, gap);
        assert!((rate(&seen) - naive).abs() < 1e-11, "{} against {naive}", rate(&seen));
        assert_eq!([rate(&[]), rate(&[2])], [0.0; 2]);
        let all = exact.exact_pair_rate(gap).unwrap();
        assert!((rate(&[3, 1, 0, 2]) - all).abs() < 1e-12 * all);
        assert!(naive > 0.0 && naive < rate(&[0, 1, 3]) && rate(&[0, 1, 3]) < all);
        for wrong in [[0, 4], [1, 1]] {
            assert!(exact.exact_seen_pair_rate(gap, &wrong).is_err());
        }
    }

    /// Catches cancellation: at intervals a million times shorter than a relaxation both rates reach the
    /// limit.
    #[test]
    fn short_intervals_reach_the_continuous_rate() {
        let system = chain(5, 10.0);
        let exact = system.steady_state();
        let limit = exact.exact_entropy_production_rate();
        for rate in [exact.exact_pair_rate(1e-6).unwrap(), exact.exact_chain_rate(1e-6).unwrap()] {
            assert!((rate - limit).abs() < 1e-5 * limit, "{rate} against {limit}");
        }
    }

    /// Catches a chain simulated beyond its stability: two beads with rates 1 and 3 are stable below 2/3.
    #[test]
    fn an_unstable_time_step_is_refused_with_the_limit() {
        let system = chain(2, 10.0);
        let error = system.steady_state().exact_chain_rate(0.7).unwrap_err().to_string();
        assert!(error.contains("below 0.6667"), "{error}");
        assert!(system.steady_state().exact_chain_rate(0.66).is_ok());
        assert!(system.steady_state().exact_chain_rate(f64::NAN).is_err());
        assert!(system.steady_state().exact_pair_rate(-1.0).is_err());
        assert!(system.steady_state().exact_pair_rate(f64::INFINITY).is_err());
    }
}
