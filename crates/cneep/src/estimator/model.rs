//! States what every estimator's model can do.

use super::convolutional::Convolutional;
use super::modes::Modes;
use super::settings::{EstimatorKind, Training};
use super::windows::Windows;
use crate::dissipation_map::MapGrid;
use crate::error::Result;
use cneep_nn::Tensor;
use ndarray::Array3;

/// A parametric estimate of entropy production, antisymmetric under reversal whatever its parameters.
///
/// Parameters are one flat vector, so that one optimiser, one checkpoint and one sum over processes serve all.
pub trait Model: Send + Sync {
    /// Names, shapes and places of the tensors in the flat vector.
    fn tensors(&self) -> &[Tensor];

    /// Length of the flat vector.
    fn parameter_count(&self) -> usize;

    /// Entropy production of every window, in `k_B`.
    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Vec<f32>;

    /// Cells of the dissipation map.
    fn map_grid(&self) -> MapGrid;

    /// Dissipation map of every window in `k_B`, shape (window, row, column); each sums to the window's
    /// entropy production.
    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Array3<f32>;
}

/// A model that the training loop can improve step by step.
pub trait GradientModel: Model {
    /// Parameters to start from.
    fn initial_parameters(&self, seed: u64) -> Vec<f32>;

    /// Changes `parameters` so that every window gets an entropy production of zero.
    fn silence(&self, parameters: &mut [f32]);

    /// Mean loss over the windows; its gradient goes into `gradient`.
    fn gradient(&self, parameters: &[f32], windows: &Windows, gradient: &mut [f32]) -> f64;
}

/// How the parameters of a model are found.
pub(super) enum Method {
    /// Step by step along the gradient, by the training loop.
    Descent(Box<dyn GradientModel>),
    /// In closed form: [`super::modes::fit`].
    ClosedForm,
}

impl Method {
    /// That of the estimator that `settings` name, for frames of `rows` x `columns` pixels.
    pub(super) fn of(settings: &Training, rows: usize, columns: usize) -> Result<Self> {
        match settings.estimator {
            EstimatorKind::Convolutional => {
                Ok(Self::Descent(Box::new(Convolutional::new(settings, rows, columns)?)))
            }
            EstimatorKind::Modes => Ok(Self::ClosedForm),
        }
    }
}

/// The model that complete `settings` describe, for frames of `rows` x `columns` pixels.
pub(super) fn build(settings: &Training, rows: usize, columns: usize) -> Result<Box<dyn Model>> {
    match Method::of(settings, rows, columns)? {
        Method::Descent(model) => Ok(model),
        Method::ClosedForm => Ok(Box::new(Modes::new(settings, rows, columns)?)),
    }
}
