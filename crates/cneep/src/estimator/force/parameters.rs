//! Lays the parameters of the force estimator out in one flat vector.

use super::coupling::Coupling;
use super::pixel_response_covariance;
use super::settings::ForcePlan;
use cneep_nn::Tensor;
use std::ops::Range;

/// Places of the tensors, in their order. Those after the coefficients are set before or after training,
/// which leaves them as they are.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) tensors: Vec<Tensor>,
    /// Kernels as mixtures of components, shape (kernel, component), or (cell, kernel, component).
    pub(super) mixture: Range<usize>,
    /// Coefficients in units of `scale`: noisy ones, symmetric ones, constant forces.
    pub(super) coefficients: Range<usize>,
    /// Components of which kernels are made, shape (component, row, column).
    pub(super) components: Range<usize>,
    /// Mean of each pixel, or one number for all.
    pub(super) background: Range<usize>,
    /// Units of the coefficients.
    pub(super) scale: Range<usize>,
    /// Covariances of pixels and responses, which maps need: zero until training has ended, none where all
    /// cells are alike.
    pub(super) pixel_response_covariance: Range<usize>,
}

impl Places {
    pub(super) fn new(coupling: &Coupling, plan: &ForcePlan) -> Self {
        let (grid, channels) = (&coupling.grid, coupling.channels);
        let [noisy, symmetric, constant] = coupling.kinds();
        let mixture = if plan.own_kernels {
            vec![grid.cells(), channels, plan.components]
        } else {
            vec![channels, plan.components]
        };
        let background = if plan.invariant { vec![1] } else { vec![grid.rows, grid.columns] };
        let covariance =
            if plan.invariant { vec![0] } else { pixel_response_covariance::shape(grid, channels).to_vec() };
        let sizes: [(&str, Vec<usize>); 8] = [
            ("mixture", mixture),
            ("noisy", vec![noisy.len()]),
            ("symmetric", vec![symmetric.len()]),
            ("constant", vec![constant.len()]),
            ("components", vec![plan.components, grid.patch, grid.patch]),
            ("background", background),
            ("scale", vec![coupling.len()]),
            ("pixel_response_covariance", covariance),
        ];
        let (mut tensors, mut ranges, mut end) = (Vec::new(), Vec::new(), 0);
        for (name, shape) in sizes {
            let range = end..end + shape.iter().product::<usize>();
            end = range.end;
            ranges.push(range.clone());
            if !range.is_empty() {
                tensors.push(Tensor { name: name.into(), shape, range });
            }
        }
        Self {
            tensors,
            mixture: ranges[0].clone(),
            coefficients: ranges[1].start..ranges[3].end,
            components: ranges[4].clone(),
            background: ranges[5].clone(),
            scale: ranges[6].clone(),
            pixel_response_covariance: ranges[7].clone(),
        }
    }
}
