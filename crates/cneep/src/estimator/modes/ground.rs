//! Holds the coordinates of all frames a fit may use, in modes of patches of one size.

use super::Modes;
use super::candidates::{Candidate, Tried};
use super::coupling::{Coupling, FeatureShape};
use super::features::Features;
use super::folds;
use super::layout::Layout;
use super::moments::Moments;
use super::newton::{Objective, objective};
use super::patches::Patches;
use super::principal::{Principal, principal_components, sample};
use super::projection::Projection;
use super::reach::Reach;
use super::ridge::Ridge;
use crate::estimator::normalisation::Normalisation;
use crate::transition::Run;
use crate::video::Video;
use ndarray::{Array2, ArrayView1, aview1, s};
use rayon::prelude::*;

/// Stretches of windows whose scatter gives the error of a bound.
const STRETCHES: usize = 20;

/// Coordinates, folds and moments for patches of one size, with as many modes as any candidate takes.
pub(super) struct Ground {
    patches: Patches,
    /// Modes as they will be stored (32 bits), one matrix a patch, shape (pixel, mode).
    modes: Vec<Array2<f64>>,
    /// Centre of each mode, patch by patch.
    centres: Vec<f64>,
    coordinates: Vec<Array2<f64>>,
    /// Of the features of all these modes.
    reach: Reach,
    window: usize,
    folds: Vec<Option<usize>>,
    /// Products of features of the largest candidate, and their sums over each fold, then over windows of no fold.
    largest: Coupling,
    moments: Vec<Moments>,
}

/// One candidate's features with their sums.
pub(super) struct Trial {
    pub(super) coupling: Coupling,
    features: Features,
    moments: Vec<Moments>,
    total: Moments,
}

impl Ground {
    /// Projects the frames of `runs` (of windows of `window` frames) on the principal components of the patches of `layout`,
    /// and sums the products of its largest candidate.
    pub(super) fn new(
        (videos, normalisation): (&[Video], Normalisation),
        (runs, window): (&[Run], usize),
        layout: &Layout,
    ) -> Self {
        let most = |numbers: &[usize]| numbers.iter().copied().max().unwrap_or(0);
        let (patches, modes, radius) = (layout.patches.clone(), most(&layout.modes), most(&layout.radii));
        let frames = |run: &Run| run.starts.start..run.starts.end + window - 1;
        let frame_runs: Vec<Run> =
            runs.iter().map(|run| Run { movie: run.movie, starts: frames(run) }).collect();
        let (_, rows, columns) = videos[0].frames().shape();
        let sampled = sample(&frame_runs, rows * columns);
        let principal: Vec<Principal> = (0..patches.count())
            .into_par_iter()
            .map(|patch| principal_components(videos, normalisation, &sampled, (&patches, patch), modes))
            .collect();
        let rounded = |x: f64| f64::from(x as f32);
        let centre = |p: &Principal| p.components.t().dot(&p.mean).mapv(rounded).to_vec();
        let centres: Vec<f64> = principal.iter().flat_map(centre).collect();
        let modes_of = principal.iter().map(|p| p.components.mapv(rounded)).collect();
        let projection =
            Projection { patches: &patches, normalisation, modes: modes_of, centres: centres.clone() };
        let coordinates: Vec<Array2<f64>> = frame_runs
            .iter()
            .map(|run| projection.coordinates(&videos[run.movie], run.starts.clone()))
            .collect();
        let modes_of = projection.modes;
        let shape = FeatureShape { patches: patches.count(), modes, pairs: window / 2 };
        let largest = Coupling::new(shape, &patches.neighbours(radius));
        let folds = folds::deal(runs, window);
        let mut ground = Self {
            patches,
            modes: modes_of,
            centres,
            reach: Reach::unlimited(shape),
            coordinates,
            window,
            folds,
            largest,
            moments: Vec::new(),
        };
        ground.reach = Reach::of(&ground.features(shape));
        let features = ground.features(shape);
        let count = folds::count(&ground.folds);
        let groups = (0..count).map(Some).chain([None]);
        ground.moments = groups
            .map(|group| {
                let members: Vec<usize> =
                    (0..ground.folds.len()).filter(|&window| ground.folds[window] == group).collect();
                Moments::of(&features, &ground.largest, &members)
            })
            .collect();
        ground
    }

    fn features(&self, shape: FeatureShape) -> Features {
        Features::of(&self.coordinates, self.window, shape, (self.largest_modes(), &self.reach))
    }

    fn largest_modes(&self) -> usize {
        self.modes[0].ncols()
    }

    /// The first `modes` of each patch, coupled up to `radius` patches apart.
    pub(super) fn trial(&self, modes: usize, radius: usize) -> Trial {
        let shape = FeatureShape { modes, ..self.largest.shape };
        let coupling = Coupling::new(shape, &self.patches.neighbours(radius));
        let places = coupling.places_within(&self.largest);
        let moments: Vec<Moments> = self.moments.iter().map(|moments| moments.select(&places)).collect();
        let total = moments.iter().skip(1).fold(moments[0].clone(), Moments::plus);
        Trial { features: self.features(shape), coupling, moments, total }
    }

    /// `candidates`, all with the terms of `trial`, with their bounds: coefficients are fitted to all folds but one, and tried on that
    /// one. Those are left out whose matrix cannot be solved.
    pub(super) fn cross_validate(&self, trial: &Trial, candidates: &[Candidate]) -> Vec<Tried> {
        let fold_count = self.moments.len() - 1;
        let solved: Vec<Vec<Option<Vec<f64>>>> = (0..fold_count)
            .into_par_iter()
            .map(|fold| {
                let others = trial.total.minus(&trial.moments[fold]).minus(&trial.moments[fold_count]);
                let weight = |of: &Option<usize>| {
                    if of.is_some_and(|of| of != fold) { 1.0 / others.count } else { 0.0 }
                };
                let weights = || self.folds.iter().map(weight).collect();
                candidates.par_iter().map(|candidate| trial.solve(&others, *candidate, weights)).collect()
            })
            .collect();
        let mut coefficients = Array2::zeros((trial.coupling.len(), fold_count * candidates.len()));
        for (mut column, solved) in coefficients.columns_mut().into_iter().zip(solved.iter().flatten()) {
            column.assign(&aview1(solved.as_deref().unwrap_or(&vec![0.0; trial.coupling.len()])));
        }
        let values = trial.features.entropy_production_by_fold(
            &trial.coupling,
            &coefficients,
            &self.folds,
            candidates.len(),
        );
        let solvable = |place: &usize| solved.iter().all(|of_fold| of_fold[*place].is_some());
        (0..candidates.len())
            .filter(solvable)
            .filter_map(|place| {
                let stretches = self.stretches(&values.column(place));
                Tried::new(candidates[place], trial.coupling.len(), stretches)
            })
            .collect()
    }

    /// Sum of `1 + dS - exp(-dS)` over the windows of each stretch that belong to a fold, with their number.
    fn stretches(&self, values: &ArrayView1<f64>) -> Vec<(f64, f64)> {
        let mut stretches = vec![(0.0, 0.0); STRETCHES];
        for (window, value) in values.iter().enumerate().filter(|(window, _)| self.folds[*window].is_some()) {
            let stretch = &mut stretches[window * STRETCHES / values.len()];
            stretch.0 += 1.0 + objective(*value);
            stretch.1 += 1.0;
        }
        stretches
    }

    /// The flat vector of parameters with the first `modes` of each patch and these `coefficients`.
    pub(super) fn parameters(&self, modes: usize, coefficients: &[f64]) -> Vec<f32> {
        let kept: Vec<Array2<f64>> =
            self.modes.iter().map(|all| all.slice(s![.., ..modes]).to_owned()).collect();
        let centres = self.centres.chunks_exact(self.largest_modes()).flat_map(|all| &all[..modes]).copied();
        let reach = self.reach.of_first(modes, self.largest_modes());
        Modes::parameters(&kept, &centres.collect::<Vec<_>>(), &reach, coefficients)
    }

    /// Coefficients of `candidate` fitted to all windows.
    pub(super) fn fit(&self, trial: &Trial, candidate: Candidate) -> Option<Vec<f64>> {
        let count = self.folds.len();
        trial.solve(&trial.total, candidate, || vec![1.0 / count as f64; count])
    }
}

impl Trial {
    /// Best coefficients on the windows of `moments`, whose `weights` are asked for if the objective is to be exact.
    fn solve(
        &self,
        moments: &Moments,
        candidate: Candidate,
        weights: impl FnOnce() -> Vec<f64>,
    ) -> Option<Vec<f64>> {
        let ridge = Ridge::new(moments, candidate.ridge)?;
        let optimum = ridge.small_entropy_optimum(moments);
        if !candidate.exact {
            return Some(optimum);
        }
        let weights = weights();
        let objective = Objective {
            features: &self.features,
            coupling: &self.coupling,
            weights: &weights,
            ridge: &ridge,
        };
        Some(objective.maximise(optimum))
    }
}
