//! Holds the coordinates of all frames a fit may use, in modes of patches of one size.

use super::basis::{Basis, PatchModes, Sums};
use super::coupled_modes::{CoupledModes, ModeBasis, ProductCovariance};
use super::coupling::{Coupling, FeatureShape};
use super::features::{CoupledFeatures, Features};
use super::gaussian::GaussianSums;
use super::layout::Layout;
use super::polynomials::polynomials;
use super::principal::{Principal, mean_light, principal_components, principal_mean, sample};
use super::projection::Projection;
use super::statistics::Statistics;
use super::threshold::Threshold;
use crate::estimator::linear::{
    Fitted, Folded, FoldedMoments, Trial, cross_validate, deal, trials, windows_of_folds,
};
use crate::estimator::model::FitData;
use crate::transition::Run;
use cneep_movie::error::{Error, Result};
use cneep_movie::progress::Progress;
use ndarray::Array2;
use rayon::prelude::*;

/// Coordinates, folds and moments for patches of one size, with as many modes as any form takes.
pub(super) struct FitWorkspace {
    of: PatchModes,
    coordinates: Vec<Array2<f64>>,
    kind: ModeBasis,
    window: usize,
    folds: Vec<Option<usize>>,
    sums: SumsOfFolds,
}

/// Sums by which specifications are tried.
enum SumsOfFolds {
    /// Products of the features of the largest form, and their moments.
    Products { largest: Coupling, moments: Box<FoldedMoments> },
    /// Covariances of neighbouring modes: of each fold, and of all windows.
    Gaussian { of_folds: Vec<GaussianSums>, total: GaussianSums },
}

impl FitWorkspace {
    /// Projects the frames of `runs` (of windows of `window` frames) on the modes of the patches of `layout`,
    /// of this `kind`, and sums the products of its largest form.
    pub(super) fn new(
        data: &FitData,
        runs: &[Run],
        layout: &Layout,
        kind: ModeBasis,
        threshold: Option<&Threshold>,
    ) -> Result<Self> {
        let FitData { videos, normalisation, window, .. } = *data;
        let most = |numbers: &[usize]| numbers.iter().copied().max().unwrap_or(0);
        let (patches, modes, radius) = (layout.patches.clone(), most(&layout.modes), most(&layout.radii));
        let frame_runs: Vec<Run> =
            runs.iter().map(|run| Run { movie: run.movie, starts: run.frames(window) }).collect();
        let (_, rows, columns) = videos[0].frames().shape();
        let sampled = sample(&frame_runs, rows * columns);
        let threshold = match threshold {
            Some(threshold) if kind == ModeBasis::PolynomialsOfNormalisedLight => {
                Some(&threshold.clone().normalised(mean_light(data, &sampled, &patches, threshold)?))
            }
            as_it_is => as_it_is,
        };
        let principal: Result<Vec<Principal>> = (0..patches.count())
            .into_par_iter()
            .map(|patch| {
                if kind == ModeBasis::Principal {
                    return principal_components(videos, normalisation, &sampled, &patches, patch, modes);
                }
                principal_mean(data, &sampled, &patches, patch, threshold, polynomials(&patches, modes))
            })
            .collect();
        let principal = principal?;
        let rounded = |x: f64| f64::from(x as f32);
        let centre = |p: &Principal| p.components.t().dot(&p.mean).mapv(rounded).to_vec();
        let centres: Vec<f64> = principal.iter().flat_map(centre).collect();
        let modes_of: Vec<Array2<f64>> = principal.iter().map(|p| p.components.mapv(rounded)).collect();
        let projection =
            Projection { patches: &patches, threshold, normalisation, modes: &modes_of, centres: &centres };
        let coordinates: Result<Vec<Array2<f64>>> = frame_runs
            .iter()
            .map(|run| projection.coordinates(&videos[run.movie], run.starts.clone()))
            .collect();
        let coordinates = coordinates?;
        let shape = FeatureShape { patches: patches.count(), modes };
        let folds = deal(runs, window);
        let statistics = Statistics::of(&coordinates);
        let features = Features::new(&coordinates, window, shape, modes, &statistics);
        let sums = match layout.covariance {
            ProductCovariance::Measured => {
                let largest = Coupling::new(shape, &patches.neighbours(radius));
                let moments = FoldedMoments::of(&CoupledFeatures { features, coupling: &largest }, &folds);
                SumsOfFolds::Products { largest, moments: Box::new(moments) }
            }
            ProductCovariance::Gaussian => {
                let grid = patches.grid(modes);
                let of = |windows: &Vec<usize>| GaussianSums::of(&features, windows, grid, radius);
                let (of_folds, outside) = windows_of_folds(&folds);
                let of_folds: Vec<GaussianSums> = of_folds.iter().map(of).collect();
                let total = of_folds.iter().fold(of(&outside), |total, own| total.plus(own, 1.0));
                SumsOfFolds::Gaussian { of_folds, total }
            }
        };
        let threshold = threshold.cloned();
        let of = PatchModes { patches, threshold, modes: modes_of, centres, statistics, shape };
        Ok(Self { of, coordinates, kind, window, folds, sums })
    }

    /// Tries every specification of `layout`.
    pub(super) fn try_all(
        self,
        layout: &Layout,
        progress: &dyn Progress,
    ) -> Result<Fitted<CoupledModes, Basis>> {
        let mut trials = Vec::new();
        for (&modes, &radius) in layout.modes.iter().flat_map(|m| layout.radii.iter().map(move |r| (m, r))) {
            if progress.stop_requested() {
                return Err(Error::stopped("the fit of modes"));
            }
            let Layout { patch, spacing, pruned, covariance, .. } = *layout;
            let basis = self.kind;
            let with = |&ridge: &f64| CoupledModes {
                basis,
                patch,
                spacing,
                modes,
                pruned,
                radius,
                covariance,
                ridge,
            };
            let specifications: Vec<CoupledModes> = layout.ridges.iter().map(with).collect();
            trials.extend(self.cross_validate(modes, radius, &specifications));
            progress.advance(specifications.len() as u64);
        }
        let folds = self.folds.iter().copied().flatten().collect();
        let sums = match self.sums {
            SumsOfFolds::Products { largest, moments } => Sums::Products { largest, total: moments.total },
            SumsOfFolds::Gaussian { total, .. } => Sums::Gaussian(total),
        };
        Ok(Fitted { trials, basis: Basis { of: self.of, sums }, folds })
    }

    /// Trials of `specifications`, all with the first `modes` of each patch, coupled up to `radius` patches
    /// apart.
    fn cross_validate(
        &self,
        modes: usize,
        radius: usize,
        specifications: &[CoupledModes],
    ) -> Vec<Trial<CoupledModes>> {
        let coupling = self.of.coupling(modes, radius);
        let (available, statistics) = (self.of.largest_modes(), &self.of.statistics);
        let features = Features::new(&self.coordinates, self.window, coupling.shape, available, statistics);
        match &self.sums {
            SumsOfFolds::Products { largest, moments } => {
                let moments = moments.select(&coupling.places_within(largest));
                let features = CoupledFeatures { features, coupling: &coupling };
                let folds = &self.folds;
                let folded = Folded { form: &coupling, features: &features, moments: &moments, folds };
                cross_validate(&folded, specifications)
            }
            SumsOfFolds::Gaussian { of_folds, total } => {
                let total = total.of_first(modes, radius);
                let ridges: Vec<f64> = specifications.iter().map(|of| of.ridge).collect();
                let mut values = vec![vec![0.0; self.folds.len()]; specifications.len()];
                for (own, windows) in of_folds.iter().zip(windows_of_folds(&self.folds).0) {
                    let others = total.clone().plus(&own.of_first(modes, radius), -1.0);
                    for (values, coefficients) in values.iter_mut().zip(others.optima(&ridges, &coupling)) {
                        let found = features.entropy_production_of(&windows, &coupling, &coefficients);
                        windows.iter().zip(found).for_each(|(&window, value)| values[window] = value);
                    }
                }
                trials(specifications.iter().copied().zip(values).collect(), &self.folds)
            }
        }
    }
}
