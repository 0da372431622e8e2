//! Tries all forms of some layouts, each on windows that it was not fitted to.

use super::basis::Basis;
use super::layout::Layout;
use super::trial::{Form, Trial, best, forget_others, weighed};
use super::workspace::FitWorkspace;
use crate::estimator::model::FitData;
use crate::estimator::stack::Stack;
use crate::transition::Run;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::Array2;

/// What trying all forms leaves behind.
pub(super) struct Search {
    pub(super) trials: Vec<Trial>,
    /// One a layout, in their order.
    pub(super) bases: Vec<Basis>,
    /// Of every window that belongs to one.
    folds: Vec<usize>,
}

impl Search {
    /// Tries all forms of `layouts` on the windows of `runs`.
    pub(super) fn new(data: &FitData, runs: &[Run], layouts: &[Layout]) -> Result<Self> {
        let mut trials: Vec<Trial> = Vec::new();
        let mut bases: Vec<Basis> = Vec::new();
        let mut folds = Vec::new();
        for layout in layouts {
            // Coordinates of one layout at a time are held.
            let workspace = FitWorkspace::new(data, runs, layout)?;
            trials.extend(try_forms(data, &workspace, layout)?);
            forget_others(&mut trials);
            folds = workspace.folds();
            bases.push(workspace.basis);
        }
        if best(&trials).is_none() {
            return Err(unsolved());
        }
        Ok(Self { trials, bases, folds })
    }

    /// Weighs the trials by the values that they gave to windows of the folds.
    pub(super) fn weigh(&mut self) -> Option<Stack> {
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

/// The bound of every form of one layout.
fn try_forms(data: &FitData, workspace: &FitWorkspace, layout: &Layout) -> Result<Vec<Trial>> {
    let mut found = Vec::new();
    for &modes in &layout.modes {
        for &radius in &layout.radii {
            if data.progress.stop_requested() {
                return Err(Error::Stopped { what: "the fit of modes".into() });
            }
            let coupled = workspace.coupled(modes, radius);
            let Layout { patch, spacing, pruned, .. } = *layout;
            let form = |ridge| Form { patch, spacing, modes, pruned, radius, ridge };
            let forms: Vec<Form> = layout.ridges.iter().copied().map(form).collect();
            found.extend(workspace.cross_validate(&coupled, &forms));
            data.progress.advance(forms.len() as u64);
        }
    }
    Ok(found)
}

/// What to say if no form can be solved for.
pub(super) fn unsolved() -> Error {
    let remedy = "Give more movies, or state a larger ridge or fewer modes.";
    Error::NotConverged(Fault::new("modes", "moments that can be solved", "none", remedy))
}
