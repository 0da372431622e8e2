//! Tells what a fit has tried, with the bound that each trial reached on data held out from it.

use serde::{Deserialize, Serialize};

/// One trial of a fit of modes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Edge of the patches, in pixels; 0 for one patch, the whole frame.
    pub patch: usize,
    /// Distance of neighbouring patches at most, in pixels.
    pub spacing: usize,
    /// Principal modes of each patch.
    pub modes: usize,
    /// How many patches away the modes lie that drive a mode.
    pub radius: usize,
    /// Ridge, as a fraction of the mean square of each product of features.
    pub ridge: f64,
    /// Whether the exact objective was maximised, rather than its form for small dS.
    pub exact: bool,
    /// Cross-validated bound `1 + J`, in `k_B` per transition.
    pub bound: f64,
    /// Its standard error, from the scatter between stretches of time.
    pub standard_error: f64,
}

impl Candidate {
    /// Whether both have the same patches, modes and radius.
    pub(super) fn has_terms_of(&self, other: &Self) -> bool {
        let terms = |c: &Self| (c.patch, c.spacing, c.modes, c.radius);
        terms(self) == terms(other)
    }
}

/// A candidate with what the choice between candidates needs.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    pub(super) candidate: Candidate,
    /// Number of its coefficients.
    pub(super) coefficients: usize,
    /// Sum of `1 + dS - exp(-dS)`, and number of windows, in each stretch of held-out windows; the same for all candidates.
    stretches: Vec<(f64, f64)>,
}

impl Tried {
    /// `candidate` with its bound and the error of that; none with fewer than two stretches.
    pub(super) fn new(
        candidate: Candidate,
        coefficients: usize,
        mut stretches: Vec<(f64, f64)>,
    ) -> Option<Self> {
        stretches.retain(|stretch| stretch.1 > 0.0);
        let (bound, standard_error) = mean_and_error(&stretches)?;
        Some(Self { candidate: Candidate { bound, standard_error, ..candidate }, coefficients, stretches })
    }

    /// How much the bound of `better` exceeds this one, and the standard error of that: scatter that both share does not
    /// count.
    fn shortfall(&self, better: &Self) -> Option<(f64, f64)> {
        let pairs = better.stretches.iter().zip(&self.stretches);
        mean_and_error(&pairs.map(|(of, over)| (of.0 - over.0, of.1)).collect::<Vec<_>>())
    }
}

/// Place of the candidate to keep: of those whose bounds are within one paired standard error of the highest, the ones with
/// the fewest coefficients, and of these the one with the highest bound. None without candidates.
pub(super) fn choose(tried: &[Tried]) -> Option<usize> {
    let highest = tried.iter().max_by(|a, b| a.candidate.bound.total_cmp(&b.candidate.bound))?;
    let as_good = |tried: &Tried| {
        tried.candidate.bound == highest.candidate.bound
            || tried.shortfall(highest).is_some_and(|(mean, error)| mean <= error)
    };
    (0..tried.len()).filter(|&place| as_good(&tried[place])).min_by(|&a, &b| {
        let (a, b) = (&tried[a], &tried[b]);
        a.coefficients.cmp(&b.coefficients).then(b.candidate.bound.total_cmp(&a.candidate.bound))
    })
}

/// Mean per window over stretches given as (sum, number of windows), and its standard error.
fn mean_and_error(stretches: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count: f64 = stretches.iter().map(|stretch| stretch.1).sum();
    let mean = stretches.iter().map(|stretch| stretch.0).sum::<f64>() / count;
    let squares = stretches.iter().map(|(sum, windows)| ((sum - windows * mean) / count).powi(2));
    let number = stretches.len() as f64;
    let error = (squares.sum::<f64>() * number / (number - 1.0)).sqrt();
    (stretches.len() > 1).then_some((mean, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(coefficients: usize, sums: &[f64]) -> Tried {
        let candidate = Candidate {
            patch: 0,
            spacing: 0,
            modes: 1,
            radius: 0,
            ridge: 1.0,
            exact: false,
            bound: 0.0,
            standard_error: 0.0,
        };
        Tried::new(candidate, coefficients, sums.iter().map(|&sum| (sum, 10.0)).collect()).unwrap()
    }

    /// Four equal stretches: mean and s / sqrt(4); catches an error that does not shrink with their number.
    #[test]
    fn the_error_is_that_of_the_mean_over_stretches() {
        let found = tried(1, &[10.0, 20.0, 30.0, 40.0]).candidate;
        assert!((found.bound - 2.5).abs() < 1e-12);
        assert!((found.standard_error - (5.0_f64 / 3.0).sqrt() / 2.0).abs() < 1e-12);
        assert!(mean_and_error(&[(1.0, 3.0)]).is_none());
    }

    /// The common scatter is a hundred times the difference: catches a choice by unpaired errors, which would take the one
    /// coefficient, or by the bound alone, which would take the nine.
    #[test]
    fn the_simplest_of_equals_is_kept() {
        let scatter = [10.0, 500.0, -300.0, 20.0];
        let raised = |by: [f64; 4]| -> Vec<f64> { scatter.iter().zip(by).map(|(a, b)| a + b).collect() };
        let trials = [
            tried(1, &raised([0.0, 0.1, -0.1, 0.0])),
            tried(4, &raised([9.0, 12.0, 10.0, 8.0])),
            tried(4, &raised([10.0, 11.0, 10.0, 8.5])),
            tried(9, &raised([9.0, 10.0, 12.0, 9.0])),
        ];
        assert_eq!(choose(&trials), Some(2));
        assert_eq!(choose(&[]), None);
    }
}
