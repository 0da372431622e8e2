//! Judges ways to fit by windows that they were not fitted to.

use super::features::{LinearFeatures, LinearForm};
use super::folds::windows_of_folds;
use super::moments::Moments;
use super::trial::{Shrunk, Trial, trials};
use ndarray::{Array2, Axis, aview1, s};
use rayon::prelude::*;

/// Windows whose dS is found by one thread at a time; fixed, so that the bits do not depend on the threads.
const WINDOWS_AT_ONCE: usize = 1024;

/// Moments of each fold, of windows of no fold, and of all windows.
pub(in crate::estimator) struct FoldedMoments {
    of_folds: Vec<Moments>,
    outside: Moments,
    pub(in crate::estimator) total: Moments,
}

impl FoldedMoments {
    /// Of the windows of `features`, dealt to `folds`.
    pub(in crate::estimator) fn of(features: &dyn LinearFeatures, folds: &[Option<usize>]) -> Self {
        let (of_folds, outside) = windows_of_folds(folds);
        let of_folds: Vec<Moments> = of_folds.iter().map(|windows| Moments::of(features, windows)).collect();
        let outside = Moments::of(features, &outside);
        let total = match of_folds.split_first() {
            Some((first, others)) => others.iter().chain([&outside]).fold(first.clone(), Moments::plus),
            None => outside.clone(),
        };
        Self { of_folds, outside, total }
    }

    /// Moments of the features at `places` alone.
    pub(in crate::estimator) fn select(&self, places: &[usize]) -> Self {
        Self {
            of_folds: self.of_folds.iter().map(|moments| moments.select(places)).collect(),
            outside: self.outside.select(places),
            total: self.total.select(places),
        }
    }

    fn without(&self, fold: usize) -> Moments {
        self.total.minus(&self.of_folds[fold]).minus(&self.outside)
    }
}

/// A form with its features, their moments, and the folds of its windows.
pub(in crate::estimator) struct Folded<'a> {
    pub(in crate::estimator) form: &'a dyn LinearForm,
    pub(in crate::estimator) features: &'a dyn LinearFeatures,
    pub(in crate::estimator) moments: &'a FoldedMoments,
    pub(in crate::estimator) folds: &'a [Option<usize>],
}

/// Trials of all `specifications` of a form: coefficients are fitted to all folds but one, and tried on that
/// one. Those are left out whose matrix cannot be solved.
pub(in crate::estimator) fn cross_validate<S: Shrunk>(
    folded: &Folded,
    specifications: &[S],
) -> Vec<Trial<S>> {
    let (fold_count, len) = (folded.moments.of_folds.len(), folded.form.len());
    let solved: Vec<Vec<Option<Vec<f64>>>> = (0..fold_count)
        .into_par_iter()
        .map(|fold| {
            let others = folded.moments.without(fold);
            let solve = |of: &S| of.shrinkage().optimum(&others, folded.form);
            specifications.par_iter().map(solve).collect()
        })
        .collect();
    let mut coefficients = Array2::zeros((len, fold_count * specifications.len()));
    for (mut column, solved) in coefficients.columns_mut().into_iter().zip(solved.iter().flatten()) {
        column.assign(&aview1(solved.as_deref().unwrap_or(&vec![0.0; len])));
    }
    let values = values_by_fold(folded, &coefficients, specifications.len());
    let is_solved = |place: usize| solved.iter().all(|of_fold| of_fold[place].is_some());
    let tried = (0..specifications.len()).filter(|&place| is_solved(place));
    trials(tried.map(|place| (specifications[place], values.column(place).to_vec())).collect(), folded.folds)
}

/// dS of every window with the coefficients that belong to its fold, shape (window, specification);
/// `coefficients` has the columns (fold, specification). Zero where there is no fold.
fn values_by_fold(folded: &Folded, coefficients: &Array2<f64>, count: usize) -> Array2<f64> {
    let mut values = Array2::zeros((folded.features.window_count(), count));
    let chunks: Vec<_> = values.axis_chunks_iter_mut(Axis(0), WINDOWS_AT_ONCE).collect();
    chunks.into_par_iter().enumerate().for_each(|(chunk, mut values)| {
        let windows: Vec<usize> = (chunk * WINDOWS_AT_ONCE..).take(values.nrows()).collect();
        let all = folded.features.features(&windows).dot(coefficients);
        for ((window, all), mut values) in windows.iter().zip(all.outer_iter()).zip(values.outer_iter_mut()) {
            if let Some(fold) = folded.folds[*window] {
                values.assign(&all.slice(s![fold * count..(fold + 1) * count]));
            }
        }
    });
    values
}
