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

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { patch, spacing, modes, radius, ridge, .. } = self;
        match patch {
            0 => write!(f, "{modes} modes of the whole frame, ridge {ridge}"),
            _ => write!(
                f,
                "{modes} modes in each patch of {patch} px, one every {spacing} px, coupled {radius} patches far, ridge {ridge}"
            ),
        }
    }
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

/// Place of the candidate whose terms are kept: of those as good as the best, the ones with the fewest coefficients, and of these
/// the one with the highest bound. None without candidates.
pub(super) fn simplest(tried: &[Tried]) -> Option<usize> {
    as_good_as_the_best(tried, |_| true).into_iter().min_by(|&a, &b| {
        let (a, b) = (&tried[a], &tried[b]);
        a.coefficients.cmp(&b.coefficients).then(b.candidate.bound.total_cmp(&a.candidate.bound))
    })
}

/// The candidates with the terms of `kept` that are as good as the best of these: those for which the exact objective is worth its
/// time.
pub(super) fn finalists(tried: &[Tried], kept: &Candidate) -> Vec<Candidate> {
    let places = as_good_as_the_best(tried, |candidate| candidate.has_terms_of(kept));
    places.into_iter().map(|place| tried[place].candidate).collect()
}

/// Place of the candidate that is kept, among those with the terms of `kept`: of those as good as the best, the ones with the least
/// ridge, as a ridge shrinks the estimate, and of these the one with the highest bound.
pub(super) fn least_shrunk(tried: &[Tried], kept: &Candidate) -> Option<usize> {
    as_good_as_the_best(tried, |candidate| candidate.has_terms_of(kept)).into_iter().min_by(|&a, &b| {
        let (a, b) = (&tried[a].candidate, &tried[b].candidate);
        a.ridge.total_cmp(&b.ridge).then(b.bound.total_cmp(&a.bound))
    })
}

/// Places of the candidates in question whose bounds are within one paired standard error of the highest among them, and within that
/// one's own error: a candidate that fails by far on a single stretch has a paired error as large as its failure.
fn as_good_as_the_best(tried: &[Tried], in_question: impl Fn(&Candidate) -> bool) -> Vec<usize> {
    let mut places: Vec<usize> =
        (0..tried.len()).filter(|&place| in_question(&tried[place].candidate)).collect();
    let bound = |place: &usize| tried[*place].candidate.bound;
    let Some(best) = places.iter().copied().max_by(|a, b| bound(a).total_cmp(&bound(b))) else {
        return places;
    };
    places.retain(|&place| {
        let shortfall = tried[place].shortfall(&tried[best]);
        let own = tried[best].candidate.standard_error;
        place == best || shortfall.is_some_and(|(mean, error)| mean <= error.min(own))
    });
    places
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
        shrunk(1.0, coefficients, sums)
    }

    fn shrunk(ridge: f64, coefficients: usize, sums: &[f64]) -> Tried {
        let candidate = Candidate {
            patch: 0,
            spacing: 0,
            modes: 1,
            radius: 0,
            ridge,
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
        assert_eq!(simplest(&trials), Some(2));
        assert_eq!(simplest(&[]), None);
    }

    /// Catches a choice of the strongest ridge, which shrinks the estimate, of one that is clearly worse or fails on one stretch alone,
    /// and of other terms.
    #[test]
    fn the_least_ridge_among_equals_is_kept() {
        let trials = [
            shrunk(1e-3, 4, &[5.0, 6.0, 4.0, 5.0]),
            shrunk(1e-2, 4, &[9.0, 12.0, 10.0, 8.0]),
            shrunk(1e-1, 4, &[9.5, 11.0, 10.5, 8.5]),
            shrunk(1.0, 4, &[4.0, 5.0, 4.5, 4.0]),
            shrunk(1e-4, 4, &[9.0, -1e60, 10.0, 8.0]),
        ];
        assert_eq!(least_shrunk(&trials, &trials[3].candidate), Some(1));
        let other = Candidate { modes: 7, ..trials[0].candidate };
        assert_eq!(least_shrunk(&trials, &other), None);
    }
}
