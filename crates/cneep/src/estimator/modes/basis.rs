//! Keeps what a fit needs of patches of one size once their windows are gone: modes, limits, sums of
//! products.

use super::coupled_modes::CoupledModes;
use super::coupling::{Coupling, FeatureShape};
use super::gaussian::GaussianSums;
use super::model::Modes;
use super::patches::Patches;
use super::statistics::Statistics;
use super::threshold::Threshold;
use crate::estimator::linear::{Moments, Shrunk};
use ndarray::{Array2, s};

/// Patches of one size, each with its modes, as many as any form takes.
pub(super) struct PatchModes {
    pub(super) patches: Patches,
    /// Below which pixels do not count, if there is one.
    pub(super) threshold: Option<Threshold>,
    /// Modes as they will be stored (32 bits), one matrix a patch, shape (pixel, mode).
    pub(super) modes: Vec<Array2<f64>>,
    /// Centre of each mode, patch by patch.
    pub(super) centres: Vec<f64>,
    /// Of all these modes.
    pub(super) statistics: Statistics,
    /// Of the largest form.
    pub(super) shape: FeatureShape,
}

/// Modes with the sums that coefficients are solved from.
pub(super) struct Basis {
    pub(super) of: PatchModes,
    pub(super) sums: Sums,
}

/// Sums over all windows.
pub(super) enum Sums {
    /// Products of the features of the largest form, and their moments.
    Products { largest: Coupling, total: Moments },
    /// Covariances of neighbouring modes.
    Gaussian(GaussianSums),
}

impl PatchModes {
    pub(super) fn largest_modes(&self) -> usize {
        self.shape.modes
    }

    /// The first `modes` of each patch, coupled up to `radius` patches apart.
    pub(super) fn coupling(&self, modes: usize, radius: usize) -> Coupling {
        let shape = FeatureShape { modes, ..self.shape };
        Coupling::new(shape, &self.patches.neighbours(radius))
    }

    /// The flat vector of parameters with the first `modes` of each patch and these `coefficients`.
    pub(super) fn parameters(&self, modes: usize, coefficients: &[f64]) -> Vec<f32> {
        let kept: Vec<Array2<f64>> =
            self.modes.iter().map(|all| all.slice(s![.., ..modes]).to_owned()).collect();
        let centres = self.centres.chunks_exact(self.largest_modes()).flat_map(|all| &all[..modes]).copied();
        let statistics = self.statistics.of_first(modes, self.largest_modes());
        let mut parameters =
            Modes::parameters(&kept, &centres.collect::<Vec<_>>(), &statistics, coefficients);
        if let Some(threshold) = &self.threshold {
            parameters.extend(&threshold.level);
            parameters.extend(threshold.total.iter().flatten());
        }
        parameters
    }
}

impl Basis {
    /// Coefficients of `specification`, which has the products of `coupling`, that are best on all windows
    /// for small dS; none if the matrix cannot be solved.
    pub(super) fn small_entropy_optimum(
        &self,
        coupling: &Coupling,
        specification: &CoupledModes,
    ) -> Option<Vec<f64>> {
        match &self.sums {
            Sums::Products { largest, total } => {
                let moments = total.select(&coupling.places_within(largest));
                specification.shrinkage().optimum(&moments, coupling)
            }
            Sums::Gaussian(sums) => {
                let of_form = sums.of_first(specification.modes, specification.radius);
                Some(of_form.optimum(specification.ridge, coupling))
            }
        }
    }
}
