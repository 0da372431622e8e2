//! Holds the trials of a fit of modes, with the bound that each reached on windows that it was not fitted to.

use super::coupling::Coupling;
use super::moments::Moments;
use super::relevance;
use super::ridge::Ridge;
use crate::estimator::candidate::Candidate;
use crate::estimator::time_blocks::mean_and_error;

/// Which modes are coupled, and how their coefficients are held small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Form {
    /// Edge of the patches, in pixels; 0 for one patch, the whole frame.
    pub(super) patch: usize,
    /// Distance of neighbouring patches at most, in pixels.
    pub(super) spacing: usize,
    /// Principal modes of each patch.
    pub(super) modes: usize,
    /// Whether pairs of modes without significant circulation are pruned.
    pub(super) pruned: bool,
    /// How many patches away the modes lie that drive a mode.
    pub(super) radius: usize,
    /// Ridge, as a fraction of the mean square of each product of features.
    pub(super) ridge: f64,
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { patch, spacing, modes, radius, .. } = self;
        match patch {
            0 if self.pruned => {
                write!(f, "{modes} modes of the whole frame, pairs without circulation pruned")
            }
            0 => write!(f, "{modes} modes of the whole frame"),
            _ => write!(
                f,
                "{modes} modes in each patch of {patch} px, one every {spacing} px, coupled {radius} patches far"
            ),
        }
    }
}

impl Form {
    /// Coefficients on the products of `coupling`, whose sums are `moments`, that are best for small dS; none if the matrix cannot be solved.
    pub(super) fn small_entropy_optimum(&self, moments: &Moments, coupling: &Coupling) -> Option<Vec<f64>> {
        Some(self.ridge(moments, coupling)?.small_entropy_optimum(moments))
    }

    /// What holds its coefficients down; none if the matrix cannot be solved.
    pub(super) fn ridge(&self, moments: &Moments, coupling: &Coupling) -> Option<Ridge> {
        if self.pruned {
            relevance::prune_by_relevance(moments, coupling, self.ridge)
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

/// A form that was tried, with what the choice between forms needs.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) form: Form,
    /// Cross-validated bound `1 + J`, in `k_B` per transition.
    pub(super) bound: f64,
    /// Its standard error, from the scatter between blocks of time.
    pub(super) standard_error: f64,
    /// Weight in the sum that is the estimate; 0 if it has no part in it.
    pub(super) weight: f64,
    /// dS that it gave to every window of a fold, when it was not fitted to that fold; forgotten where no weight is asked for.
    pub(super) values: Vec<f32>,
}

impl Trial {
    /// `form` with its bound and the error of that, from the sum of `1 + dS - exp(-dS)` and the number of windows in
    /// each block of time; none with fewer than two blocks.
    pub(super) fn new(form: Form, values: Vec<f32>, blocks: &[(f64, f64)]) -> Option<Self> {
        let (bound, standard_error) = mean_and_error(blocks)?;
        Some(Self { form, bound, standard_error, weight: 0.0, values })
    }

    /// What the record tells of it.
    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            form: self.form.to_string(),
            ridge: self.form.ridge,
            bound: self.bound,
            standard_error: self.standard_error,
            weight: self.weight,
        }
    }
}

/// The trial with the highest bound.
pub(super) fn best(trials: &[Trial]) -> Option<&Trial> {
    trials.iter().max_by(|a, b| a.bound.total_cmp(&b.bound))
}

/// Forgets the values of those that are not [`weighed`].
pub(super) fn forget_others(trials: &mut [Trial]) {
    let places = weighed(trials);
    let others = trials.iter_mut().enumerate().filter(|(place, _)| !places.contains(place));
    others.for_each(|(_, trial)| trial.values = Vec::new());
}

/// Places of the candidates that are weighed: of those with the same terms the two with the highest bounds, as the others differ from them
/// by their ridge alone.
pub(super) fn weighed(trials: &[Trial]) -> Vec<usize> {
    // Of equals the first is taken for better.
    let beats = |rival: usize, own: usize| {
        let (rival_bound, own_bound) = (trials[rival].bound, trials[own].bound);
        rival_bound > own_bound || (rival_bound == own_bound && rival < own)
    };
    let better = |own: usize| {
        let has_its_terms = |rival: &usize| trials[*rival].form.has_terms_of(&trials[own].form);
        (0..trials.len()).filter(has_its_terms).filter(|&rival| beats(rival, own)).count()
    };
    // One that alone does worse than nothing has no part in a sum, unless all do.
    let counts = |place: usize| trials[place].bound > 0.0;
    let any_counts = (0..trials.len()).any(counts);
    (0..trials.len()).filter(|&place| better(place) < 2 && (counts(place) || !any_counts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(ridge: f64, modes: usize, sums: &[f64]) -> Trial {
        let form = Form { patch: 0, spacing: 0, modes, pruned: false, radius: 0, ridge };
        Trial::new(form, Vec::new(), &sums.iter().map(|&sum| (sum, 10.0)).collect::<Vec<_>>()).unwrap()
    }

    /// Catches a third ridge of the same terms, the lower of two, one of equals counted against itself, and one that is worse than nothing.
    #[test]
    fn two_ridges_of_the_same_terms_contend() {
        let with = |modes, bound: f64| trial(bound, modes, &[bound, bound]);
        let trials = [
            with(1, 3.0),
            with(1, 5.0),
            with(1, 4.0),
            with(2, 1.0),
            with(3, 2.0),
            with(3, 2.0),
            with(3, 2.0),
        ];
        assert_eq!(weighed(&trials).len(), 5);
        assert_eq!(weighed(&trials)[..3], [1, 2, 3]);
        assert_eq!(weighed(&[with(1, 3.0), with(2, -0.1)]), [0]);
        assert_eq!(weighed(&[with(1, -3.0), with(2, -0.1)]), [0, 1]);
    }
}
