//! Tries all specifications of some forms, each on windows that it was not fitted to, and weighs them.

use super::trial::{Specification, Trial, forget_others, weighed};
use crate::estimator::stack::Stack;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::Array2;

/// What trying the specifications of one form leaves behind.
pub(in crate::estimator) struct Fitted<S, B> {
    pub(in crate::estimator) trials: Vec<Trial<S>>,
    /// What coefficients are found from once the windows are gone.
    pub(in crate::estimator) basis: B,
    /// Fold of every window that belongs to one.
    pub(in crate::estimator) folds: Vec<usize>,
}

/// What trying all forms leaves behind.
pub(in crate::estimator) struct Search<S, B> {
    pub(in crate::estimator) trials: Vec<Trial<S>>,
    /// One a form, in their order.
    pub(in crate::estimator) bases: Vec<B>,
    folds: Vec<usize>,
}

impl<S: Specification, B> Search<S, B> {
    /// Gathers what the forms leave behind, which are `fitted` one after another; windows of one at a time
    /// are held.
    pub(in crate::estimator) fn new(fitted: impl Iterator<Item = Result<Fitted<S, B>>>) -> Result<Self> {
        let mut search = Self { trials: Vec::new(), bases: Vec::new(), folds: Vec::new() };
        for form in fitted {
            let Fitted { trials, basis, folds } = form?;
            search.trials.extend(trials);
            forget_others(&mut search.trials);
            search.bases.push(basis);
            search.folds = folds;
        }
        if search.trials.is_empty() { Err(unsolved()) } else { Ok(search) }
    }

    /// Weighs the trials by the values that they gave to windows of the folds.
    pub(in crate::estimator) fn weigh(&mut self) -> Option<Stack> {
        let places = weighed(&self.trials);
        let values = Array2::from_shape_fn((places.len(), self.folds.len()), |(row, window)| {
            f64::from(self.trials[places[row]].values[window])
        });
        let stack = Stack::of(&values, &self.folds)?;
        for (&place, &weight) in places.iter().zip(&stack.weights) {
            self.trials[place].weight = weight;
        }
        Some(stack)
    }
}

/// What to say if nothing can be solved for.
pub(in crate::estimator) fn unsolved() -> Error {
    let remedy = "Give more movies, or state a larger ridge or fewer features.";
    Error::NotConverged(Fault::new("fit in closed form", "moments that can be solved", "none", remedy))
}
