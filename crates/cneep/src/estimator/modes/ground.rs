//! Holds the coordinates of all frames a fit may use, in modes of patches of one size.

use super::basis::Basis;
use super::candidates::{Candidate, Tried};
use super::coupling::{Coupling, FeatureShape};
use super::features::Features;
use super::folds;
use super::layout::Layout;
use super::moments::Moments;
use super::principal::{Principal, principal_components, sample};
use super::projection::Projection;
use super::statistics::Statistics;
use crate::estimator::normalisation::Normalisation;
use crate::estimator::objective::objective;
use crate::estimator::stretches::stretches;
use crate::transition::Run;
use cneep_movie::video::Video;
use ndarray::{Array2, ArrayView1, aview1};
use rayon::prelude::*;

/// Coordinates, folds and moments for patches of one size, with as many modes as any candidate takes.
pub(super) struct Ground {
    pub(super) basis: Basis,
    coordinates: Vec<Array2<f64>>,
    window: usize,
    folds: Vec<Option<usize>>,
    /// Sums of the products of the largest candidate over each fold, then over windows of no fold.
    moments: Vec<Moments>,
}

/// One candidate's features with their sums.
pub(super) struct Trial<'a> {
    pub(super) coupling: Coupling,
    features: Features<'a>,
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
        let shape = FeatureShape { patches: patches.count(), modes };
        let largest = Coupling::new(shape, &patches.neighbours(radius));
        let folds = folds::deal(runs, window);
        let statistics = Statistics::of(&coordinates);
        let features = Features::new(&coordinates, window, shape, (modes, &statistics));
        let groups = (0..folds::count(&folds)).map(Some).chain([None]);
        let moments: Vec<Moments> = groups
            .map(|group| {
                let members: Vec<usize> = (0..folds.len()).filter(|&window| folds[window] == group).collect();
                Moments::of(&features, &largest, &members)
            })
            .collect();
        let total = moments.iter().skip(1).fold(moments[0].clone(), Moments::plus);
        let basis = Basis { patches, modes: modes_of, centres, statistics, largest, total };
        Self { basis, coordinates, window, folds, moments }
    }

    fn features(&self, shape: FeatureShape) -> Features<'_> {
        let basis = &self.basis;
        Features::new(&self.coordinates, self.window, shape, (basis.largest_modes(), &basis.statistics))
    }

    /// The first `modes` of each patch, coupled up to `radius` patches apart.
    pub(super) fn trial(&self, modes: usize, radius: usize) -> Trial<'_> {
        let coupling = self.basis.coupling(modes, radius);
        let places = coupling.places_within(&self.basis.largest);
        let moments: Vec<Moments> = self.moments.iter().map(|moments| moments.select(&places)).collect();
        let total = self.basis.total.select(&places);
        Trial { features: self.features(coupling.shape), coupling, moments, total }
    }

    /// `candidates`, all with the terms of `trial`, with their bounds: coefficients are fitted to all folds but one, and tried on that
    /// one. Those are left out whose matrix cannot be solved.
    pub(super) fn cross_validate(&self, trial: &Trial, candidates: &[Candidate]) -> Vec<Tried> {
        let fold_count = self.moments.len() - 1;
        let solved: Vec<Vec<Option<Vec<f64>>>> = (0..fold_count)
            .into_par_iter()
            .map(|fold| {
                let others = trial.total.minus(&trial.moments[fold]).minus(&trial.moments[fold_count]);
                candidates
                    .par_iter()
                    .map(|candidate| candidate.small_entropy_optimum(&others, &trial.coupling))
                    .collect()
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
                let values = values.column(place);
                let of_folds = self.in_folds().map(|window| values[window] as f32).collect();
                Tried::new(candidates[place], of_folds, &self.stretches(&values))
            })
            .collect()
    }

    /// Windows that belong to a fold.
    fn in_folds(&self) -> impl Iterator<Item = usize> {
        (0..self.folds.len()).filter(|&window| self.folds[window].is_some())
    }

    /// Fold of every window that belongs to one.
    pub(super) fn folds(&self) -> Vec<usize> {
        self.folds.iter().copied().flatten().collect()
    }

    /// Sum of `1 + dS - exp(-dS)` over the windows of each stretch that belong to a fold, with their number.
    fn stretches(&self, values: &ArrayView1<f64>) -> Vec<(f64, f64)> {
        let objectives = self.in_folds().map(|window| (window, 1.0 + objective(values[window])));
        stretches(objectives, values.len())
    }
}
