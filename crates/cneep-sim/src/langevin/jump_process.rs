//! Solves the master equation of a process that jumps between a few states.
//!
//! `dp/dt = W p`, with `W_ij` the rate from state j to state i. Flows from j to i and back, `f_ij` and
//! `f_ji`, make the entropy production rate `sum_{i<j} (f_ij - f_ji) ln(f_ij / f_ji)`. J. Schnakenberg, Rev.
//! Mod. Phys. 48, 571 (1976), doi:10.1103/RevModPhys.48.571.

use cneep_movie::error::{Error, Fault, Result};
use nalgebra::DMatrix;

/// Terms after which the series of a matrix exponential, for an exponent up to 1/2, has reached the last
/// digit.
const TERMS: usize = 16;

/// A stationary process of n states. Rates are in `k_B` per unit of time.
#[derive(Debug, Clone, PartialEq)]
pub struct JumpProcess {
    /// Rates from column to row; the columns sum to zero.
    rates: DMatrix<f64>,
    stationary: Vec<f64>,
}

impl JumpProcess {
    /// The process with these `rates` from column to row, whose diagonal is not read, in this `stationary`
    /// state.
    pub(super) fn new(mut rates: DMatrix<f64>, stationary: Vec<f64>) -> Self {
        rates.fill_diagonal(0.0);
        let exits = rates.row_sum();
        for (state, exit) in exits.iter().enumerate() {
            rates[(state, state)] = -exit;
        }
        Self { rates, stationary }
    }

    /// Rate of jumps from state j (column) to state i (row), n x n; minus the rate of leaving on the
    /// diagonal.
    pub fn rates(&self) -> &DMatrix<f64> {
        &self.rates
    }

    /// Stationary probability of each state.
    pub fn stationary_state(&self) -> &[f64] {
        &self.stationary
    }

    /// Entropy production rate of the whole process, every state and jump seen.
    pub fn exact_entropy_production_rate(&self) -> f64 {
        irreversibility(&self.flows(&self.rates))
    }

    /// Probability of state i (row) an `interval` after state j (column), n x n.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `interval` is positive, finite, and not beyond all jumps by far.
    pub fn transition_matrix(&self, interval: f64) -> Result<DMatrix<f64>> {
        let fastest = -self.rates.diagonal().min();
        if !(interval > 0.0 && fastest * interval < 1e100) {
            return Err(Error::Setting(Fault::new(
                "time between two states",
                "a positive time, comparable to that between jumps",
                interval.to_string(),
                "Give the time step or frame gap in the unit of the rates.",
            )));
        }
        // Jumps at the times of a clock that ticks at the fastest rate: only positive terms, so that small
        // chances keep all their digits.
        let size = self.stationary.len();
        let clock = &self.rates / fastest + DMatrix::identity(size, size);
        let halvings = (2.0 * fastest * interval).log2().ceil().max(0.0) as i32;
        let ticks = fastest * interval * 0.5f64.powi(halvings);
        let mut term = DMatrix::identity(size, size) * (-ticks).exp();
        let mut chances = term.clone();
        for tick in 1..=TERMS {
            term = &clock * term * (ticks / tick as f64);
            chances += &term;
        }
        for _ in 0..halvings {
            normalise(&mut chances);
            chances = &chances * &chances;
        }
        normalise(&mut chances);
        Ok(chances)
    }

    /// Rate at which pairs of states `gap` apart tell forwards from backwards: what an estimator of two
    /// frames can see at best, and what the chain of states `gap` apart produces. Falls from the entropy
    /// production rate to zero.
    ///
    /// # Errors
    /// Those of [`Self::transition_matrix`].
    pub fn exact_pair_rate(&self, gap: f64) -> Result<f64> {
        Ok(irreversibility(&self.flows(&self.transition_matrix(gap)?)) / gap)
    }

    /// [`Self::exact_pair_rate`] for an observer who sees only the group of each state (`groups`, counted
    /// from 0).
    ///
    /// Never more than that. The groups have a memory, so longer windows see more: this is the rate of pairs
    /// alone, not the entropy production rate of the groups, for which there is no closed form.
    ///
    /// # Errors
    /// Those of [`Self::transition_matrix`]; [`Error::Mismatch`] unless there is a group for every state.
    pub fn exact_grouped_pair_rate(&self, gap: f64, groups: &[usize]) -> Result<f64> {
        if groups.len() != self.stationary.len() {
            let expected = format!("a group for each of {} states", self.stationary.len());
            let remedy = "Say for every state what is seen of it.";
            return Err(Error::Mismatch(Fault::new("groups", expected, groups.len().to_string(), remedy)));
        }
        let flows = self.flows(&self.transition_matrix(gap)?);
        let count = groups.iter().max().map_or(0, |last| last + 1);
        let mut seen = DMatrix::zeros(count, count);
        for (to, from) in (0..groups.len()).flat_map(|to| (0..groups.len()).map(move |from| (to, from))) {
            seen[(groups[to], groups[from])] += flows[(to, from)];
        }
        Ok(irreversibility(&seen) / gap)
    }

    /// Entropy production `ln(f_ij / f_ji)` of a step from state j (column) to state i (row) of the chain of
    /// states `interval` apart, n x n, antisymmetric to the last bit.
    ///
    /// # Errors
    /// Those of [`Self::transition_matrix`].
    pub fn exact_step_entropy(&self, interval: f64) -> Result<DMatrix<f64>> {
        let flows = self.flows(&self.transition_matrix(interval)?);
        Ok(DMatrix::from_fn(flows.nrows(), flows.ncols(), |to, from| match to.cmp(&from) {
            std::cmp::Ordering::Equal => 0.0,
            std::cmp::Ordering::Greater => log_ratio(flows[(to, from)], flows[(from, to)]),
            std::cmp::Ordering::Less => -log_ratio(flows[(from, to)], flows[(to, from)]),
        }))
    }

    /// Each column of `matrix` times the stationary probability of its state.
    fn flows(&self, matrix: &DMatrix<f64>) -> DMatrix<f64> {
        DMatrix::from_fn(matrix.nrows(), matrix.ncols(), |to, from| {
            matrix[(to, from)] * self.stationary[from]
        })
    }
}

/// Columns of chances that sum to 1.
fn normalise(chances: &mut DMatrix<f64>) {
    for mut column in chances.column_iter_mut() {
        let sum = column.sum();
        column /= sum;
    }
}

fn irreversibility(flows: &DMatrix<f64>) -> f64 {
    let above = (0..flows.nrows()).flat_map(|j| (0..j).map(move |i| (flows[(i, j)], flows[(j, i)])));
    above.map(|(there, back)| (there - back) * log_ratio(there, back)).sum()
}

/// ln(there / back), and 0 for a jump that never happens either way.
fn log_ratio(there: f64, back: f64) -> f64 {
    if there == back { 0.0 } else { (there / back).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three states in a ring, one step at rate `forth` and back at rate `back`.
    fn ring(forth: f64, back: f64) -> JumpProcess {
        let rate = |to: usize, from: usize| if (from + 1) % 3 == to { forth } else { back };
        JumpProcess::new(DMatrix::from_fn(3, 3, rate), vec![1.0 / 3.0; 3])
    }

    /// Catches a factor of two, or a diagonal that is counted: a ring turns at (forth - back)/3 and each turn
    /// of three jumps produces 3 ln(forth / back).
    #[test]
    fn a_ring_produces_its_closed_form() {
        let exact = ring(2.0, 0.5).exact_entropy_production_rate();
        assert!((exact - 1.5 * 4f64.ln()).abs() < 1e-14, "{exact}");
        assert_eq!(ring(2.0, 2.0).exact_entropy_production_rate(), 0.0);
    }

    /// Catches a series cut short, one halving too many and a transposed matrix, against another algorithm.
    #[test]
    fn the_transition_matrix_is_the_exponential_of_the_rates() {
        let process = ring(3.0, 0.2);
        for interval in [1e-6, 0.01, 0.2, 1.0, 7.0] {
            let chances = process.transition_matrix(interval).unwrap();
            assert!((&chances - (process.rates() * interval).exp()).norm() < 1e-14, "at {interval}");
        }
        // Two jumps in a millionth of the time: (forth interval)² / 2 to all digits, beyond those of an
        // exponential.
        let back_and_forth = process.transition_matrix(1e-9).unwrap()[(2, 0)];
        assert!((back_and_forth / 0.2e-9 - 1.0).abs() < 1e-7, "{back_and_forth}");
        assert!(process.transition_matrix(0.0).is_err());
        assert!(process.transition_matrix(f64::INFINITY).is_err());
    }

    /// Catches pairs that show more than there is, and a limit missed at either end.
    #[test]
    fn pairs_show_less_the_further_apart_they_are() {
        let process = ring(2.0, 0.5);
        let rate = |gap: f64| process.exact_pair_rate(gap).unwrap();
        assert!((rate(1e-7) / process.exact_entropy_production_rate() - 1.0).abs() < 1e-5);
        let rates = [0.01, 0.1, 0.3, 1.0, 3.0].map(rate);
        assert!(rates.windows(2).all(|pair| pair[1] < pair[0]), "{rates:?}");
        assert!(rate(1000.0) < 1e-20);
    }

    /// Catches flows added to the wrong group: nothing merged changes nothing, and two groups cannot circle.
    #[test]
    fn groups_see_what_their_states_do() {
        let process = ring(2.0, 0.5);
        let whole = process.exact_grouped_pair_rate(0.3, &[2, 0, 1]).unwrap();
        assert!((whole - process.exact_pair_rate(0.3).unwrap()).abs() < 1e-14);
        assert!(process.exact_grouped_pair_rate(0.3, &[0, 1, 1]).unwrap() < 1e-28);
        assert!(process.exact_grouped_pair_rate(0.3, &[0, 1]).is_err());
    }

    /// Catches a table that is odd only to rounding, and entropies whose mean is not the rate of pairs.
    #[test]
    fn step_entropies_are_odd_and_average_to_the_pair_rate() {
        let process = ring(2.0, 0.5);
        let entropy = process.exact_step_entropy(0.3).unwrap();
        assert_eq!(entropy, -entropy.transpose());
        let flows = process.flows(&process.transition_matrix(0.3).unwrap());
        let mean = entropy.component_mul(&flows).sum();
        assert!((mean - 0.3 * process.exact_pair_rate(0.3).unwrap()).abs() < 1e-14);
    }
}
