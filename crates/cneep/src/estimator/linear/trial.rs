//! Holds the trials of a fit, with the bound that each reached on windows that it was not fitted to.

use super::shrinkage::Shrinkage;
use crate::estimator::candidate::Candidate;
use crate::estimator::criterion::Criterion;
use crate::estimator::stack::bound_of;
use std::fmt::Display;

/// What is tried: which features have coefficients, in words, and how these are shrunk.
pub(in crate::estimator) trait Specification: Copy + Display + Send + Sync {
    /// Its strength, for the record.
    fn ridge(&self) -> f64;

    /// Whether both have coefficients for the same features.
    fn has_terms_of(&self, other: &Self) -> bool;
}

/// A specification whose coefficients are those of a [`super::LinearForm`].
pub(in crate::estimator) trait Shrunk: Specification {
    /// How coefficients are shrunk.
    fn shrinkage(&self) -> Shrinkage;
}

/// A specification that was tried, with what the choice between them needs.
#[derive(Debug, Clone)]
pub(in crate::estimator) struct Trial<S> {
    pub(in crate::estimator) specification: S,
    /// Cross-validated mean of the [`Criterion`].
    pub(in crate::estimator) height: f64,
    /// Cross-validated bound `1 + J`, in `k_B` per transition.
    pub(in crate::estimator) bound: f64,
    /// Its standard error, from the scatter between blocks of time.
    pub(in crate::estimator) standard_error: f64,
    /// Weight in the sum that is the estimate; 0 if it has no part in it.
    pub(in crate::estimator) weight: f64,
    /// dS that it gave to every window of a fold, when it was not fitted to that fold; forgotten where no
    /// weight is asked for.
    pub(in crate::estimator) values: Vec<f32>,
}

impl<S: Specification> Trial<S> {
    /// `specification` with what it reaches on windows with these `values` in these `folds`, in order of
    /// time; none with windows in fewer than two blocks, nor with values that are no numbers.
    fn new(specification: S, values: &[f64], folds: &[usize], criterion: Criterion) -> Option<Self> {
        let (bound, standard_error) =
            bound_of(values).filter(|_| values.iter().all(|value| value.is_finite()))?;
        let height = criterion.mean(values, folds);
        let values = values.iter().map(|&value| value as f32).collect();
        Some(Self { specification, height, bound, standard_error, weight: 0.0, values })
    }

    /// What the record tells of it.
    pub(in crate::estimator) fn candidate(&self) -> Candidate {
        Candidate {
            form: self.specification.to_string(),
            ridge: self.specification.ridge(),
            bound: self.bound,
            standard_error: self.standard_error,
            weight: self.weight,
        }
    }
}

/// Trials of specifications by the dS that each gave to every window, fitted without its fold: all by the
/// criterion that the best by cumulants allows.
pub(in crate::estimator) fn trials<S: Specification>(
    tried: Vec<(S, Vec<f64>)>,
    folds: &[Option<usize>],
) -> Vec<Trial<S>> {
    let in_folds: Vec<usize> = (0..folds.len()).filter(|&window| folds[window].is_some()).collect();
    let folds: Vec<usize> = folds.iter().copied().flatten().collect();
    let held_out: Vec<(S, Vec<f64>)> = tried
        .into_iter()
        .map(|(of, values)| (of, in_folds.iter().map(|&window| values[window]).collect()))
        .collect();
    let by_cumulants =
        held_out.iter().map(|(_, values)| (Criterion::SecondCumulant.mean(values, &folds), values));
    let best = by_cumulants.max_by(|one, other| one.0.total_cmp(&other.0));
    let criterion = best.map_or(Criterion::Likelihood, |(_, values)| Criterion::of(values));
    held_out.into_iter().filter_map(|(of, values)| Trial::new(of, &values, &folds, criterion)).collect()
}

/// Forgets the values of those that are not [`weighed`].
pub(super) fn forget_others<S: Specification>(trials: &mut [Trial<S>]) {
    let places = weighed(trials);
    let others = trials.iter_mut().enumerate().filter(|(place, _)| !places.contains(place));
    others.for_each(|(_, trial)| trial.values = Vec::new());
}

/// Places of the candidates that are weighed: of those with the same terms the two that reach most, as the
/// others differ from them by their ridge alone.
pub(super) fn weighed<S: Specification>(trials: &[Trial<S>]) -> Vec<usize> {
    // Of equals the first is taken for better.
    let beats = |rival: usize, own: usize| {
        let (of_rival, of_own) = (trials[rival].height, trials[own].height);
        of_rival > of_own || (of_rival == of_own && rival < own)
    };
    let better = |own: usize| {
        let has_its_terms =
            |rival: &usize| trials[*rival].specification.has_terms_of(&trials[own].specification);
        (0..trials.len()).filter(has_its_terms).filter(|&rival| beats(rival, own)).count()
    };
    // One that alone does worse than nothing has no part in a sum, unless all do.
    let counts = |place: usize| trials[place].height > 0.0;
    let any_counts = (0..trials.len()).any(counts);
    (0..trials.len()).filter(|&place| better(place) < 2 && (counts(place) || !any_counts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy)]
    struct Modes(usize, f64);

    impl Display for Modes {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{} modes", self.0)
        }
    }

    impl Specification for Modes {
        fn ridge(&self) -> f64 {
            self.1
        }

        fn has_terms_of(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }

    fn trial(modes: usize, height: f64) -> Trial<Modes> {
        let values = [height; 40];
        Trial {
            height,
            ..Trial::new(Modes(modes, height), &values, &[0; 40], Criterion::Likelihood).unwrap()
        }
    }

    /// What cannot be told must not reach a record, which has no number for it.
    #[test]
    fn values_that_are_no_numbers_are_no_trial() {
        let mut values = vec![0.1; 40];
        assert!(Trial::new(Modes(1, 1.0), &values, &[0; 40], Criterion::Likelihood).is_some());
        values[7] = f64::NAN;
        assert!(Trial::new(Modes(1, 1.0), &values, &[0; 40], Criterion::Likelihood).is_none());
        values[7] = f64::INFINITY;
        assert!(Trial::new(Modes(1, 1.0), &values, &[0; 40], Criterion::Likelihood).is_none());
    }

    /// Catches a third ridge of the same terms, the lower of two, one of equals counted against itself, and
    /// one that is worse than nothing.
    #[test]
    fn two_ridges_of_the_same_terms_contend() {
        let with = trial;
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
