//! Tells what a fit has tried, with the bound that each trial reached on data held out from it.

use super::coupling::Coupling;
use super::moments::Moments;
use super::relevance;
use super::ridge::Ridge;
use crate::estimator::stretches::mean_and_error;
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
    /// Whether pairs of modes that turn no more than chance would are uncoupled.
    #[serde(default)]
    pub uncoupled: bool,
    /// How many patches away the modes lie that drive a mode.
    pub radius: usize,
    /// Ridge, as a fraction of the mean square of each product of features.
    pub ridge: f64,
    /// Cross-validated bound `1 + J`, in `k_B` per transition.
    pub bound: f64,
    /// Its standard error, from the scatter between stretches of time.
    pub standard_error: f64,
    /// Weight in the sum that is the estimate; 0 if it has no part in it.
    pub weight: f64,
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { patch, spacing, modes, radius, ridge, .. } = self;
        match patch {
            0 if self.uncoupled => {
                write!(f, "{modes} modes of the whole frame, pairs that do not turn uncoupled")
            }
            0 => write!(f, "{modes} modes of the whole frame, ridge {ridge}"),
            _ => write!(
                f,
                "{modes} modes in each patch of {patch} px, one every {spacing} px, coupled {radius} patches far, ridge {ridge}"
            ),
        }
    }
}

impl Candidate {
    /// Coefficients on the products of `coupling`, whose sums are `moments`, that are best for small dS; none if the matrix cannot be solved.
    pub(super) fn small_entropy_optimum(&self, moments: &Moments, coupling: &Coupling) -> Option<Vec<f64>> {
        Some(self.ridge(moments, coupling)?.small_entropy_optimum(moments))
    }

    /// What holds its coefficients down; none if the matrix cannot be solved.
    pub(super) fn ridge(&self, moments: &Moments, coupling: &Coupling) -> Option<Ridge> {
        if self.uncoupled {
            relevance::hold_down(moments, coupling, self.ridge)
        } else {
            Ridge::new(moments, coupling, (self.ridge, self.ridge))
        }
    }

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
    /// dS that it gave to every window of a fold, when it was not fitted to that fold; forgotten where no weight is asked for.
    pub(super) values: Vec<f32>,
}

impl Tried {
    /// `candidate` with its bound and the error of that, from the sum of `1 + dS - exp(-dS)`
    /// and the number of windows in each stretch of held-out windows; none with fewer than two stretches.
    pub(super) fn new(candidate: Candidate, values: Vec<f32>, stretches: &[(f64, f64)]) -> Option<Self> {
        let (bound, standard_error) = mean_and_error(stretches)?;
        Some(Self { candidate: Candidate { bound, standard_error, ..candidate }, values })
    }
}

/// The candidate with the highest bound.
pub(super) fn best(tried: &[Tried]) -> Option<&Candidate> {
    tried.iter().map(|tried| &tried.candidate).max_by(|a, b| a.bound.total_cmp(&b.bound))
}

/// Forgets the values of those that are not [`contenders`].
pub(super) fn forget_others(tried: &mut [Tried]) {
    let places = contenders(tried);
    let others = tried.iter_mut().enumerate().filter(|(place, _)| !places.contains(place));
    others.for_each(|(_, tried)| tried.values = Vec::new());
}

/// Places of the candidates that are weighed: of those with the same terms the two with the highest bounds, as the others differ from them
/// by their ridge alone.
pub(super) fn contenders(tried: &[Tried]) -> Vec<usize> {
    // Of equals the first is taken for better.
    let beats = |rival: usize, own: usize| {
        let (rival_bound, own_bound) = (tried[rival].candidate.bound, tried[own].candidate.bound);
        rival_bound > own_bound || (rival_bound == own_bound && rival < own)
    };
    let better = |own: usize| {
        let has_its_terms = |rival: &usize| tried[*rival].candidate.has_terms_of(&tried[own].candidate);
        (0..tried.len()).filter(has_its_terms).filter(|&rival| beats(rival, own)).count()
    };
    // One that alone does worse than nothing has no part in a sum, unless all do.
    let counts = |place: usize| tried[place].candidate.bound > 0.0;
    let any_counts = (0..tried.len()).any(counts);
    (0..tried.len()).filter(|&place| better(place) < 2 && (counts(place) || !any_counts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(ridge: f64, modes: usize, sums: &[f64]) -> Tried {
        let candidate = Candidate {
            patch: 0,
            spacing: 0,
            modes,
            uncoupled: false,
            radius: 0,
            ridge,
            bound: 0.0,
            standard_error: 0.0,
            weight: 0.0,
        };
        Tried::new(candidate, Vec::new(), &sums.iter().map(|&sum| (sum, 10.0)).collect::<Vec<_>>()).unwrap()
    }

    /// Catches a third ridge of the same terms, the lower of two, one of equals counted against itself, and one that is worse than nothing.
    #[test]
    fn two_ridges_of_the_same_terms_contend() {
        let with = |modes, bound: f64| tried(bound, modes, &[bound, bound]);
        let trials = [
            with(1, 3.0),
            with(1, 5.0),
            with(1, 4.0),
            with(2, 1.0),
            with(3, 2.0),
            with(3, 2.0),
            with(3, 2.0),
        ];
        assert_eq!(contenders(&trials).len(), 5);
        assert_eq!(contenders(&trials)[..3], [1, 2, 3]);
        assert_eq!(contenders(&[with(1, 3.0), with(2, -0.1)]), [0]);
        assert_eq!(contenders(&[with(1, -3.0), with(2, -0.1)]), [0, 1]);
    }
}
