//! States what every estimator's model can do.

use super::convolutional::Convolutional;
use super::force::Force;
use super::modes::Modes;
use super::settings::{EstimatorKind, Training};
use super::windows::Windows;
use crate::dissipation_map::MapGrid;
use cneep_movie::error::{Error, Fault, Result};
use cneep_nn::Tensor;
use ndarray::Array3;
use std::ops::Range;

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

    /// Places of parameters that are zero until [`GradientModel::finish`].
    fn measured(&self) -> Range<usize> {
        0..0
    }

    /// Whether the parameters serve frames of any size; another size needs a model of its own.
    fn is_for_any_frame(&self) -> bool {
        false
    }
}

/// What a model may look at before its first step.
pub struct Beginning<'a> {
    /// All windows to train on.
    pub train: Windows<'a>,
    /// Those on which parameters are chosen.
    pub validation: Windows<'a>,
    /// Seed of what is random.
    pub seed: u64,
}

/// Loss of a transition with dS, and its derivative with respect to dS.
pub type Loss<'a> = dyn Fn(f32) -> (f64, f32) + Sync + 'a;

/// A model that the training loop can improve step by step.
pub trait GradientModel: Model {
    /// Parameters to start from.
    fn begin(&mut self, beginning: &Beginning) -> Vec<f32>;

    /// Whether the parameters to start from are an estimate that is worth keeping, as they are fitted in closed form.
    fn begins_fitted(&self) -> bool {
        false
    }

    /// Writes into `settings` what the model has chosen at its beginning.
    fn complete(&self, settings: &mut Training) {
        let _ = settings;
    }

    /// The weight of a first convolution that is trained by its responses to frames and to changes; none if the model's parameters
    /// are trained as they are.
    fn first_layer(&self) -> Option<&Tensor> {
        None
    }

    /// Fills in what is [`Model::measured`] beside the `parameters` that are kept, on all windows to train on.
    fn finish(&self, parameters: &mut [f32], train: &Windows) {
        let _ = (parameters, train);
    }

    /// Changes `parameters` so that every window gets an entropy production of zero.
    fn silence(&self, parameters: &mut [f32]);

    /// Mean of `loss` over the windows; its gradient, and that of what the model adds to keep coefficients small, goes into
    /// `gradient`.
    fn gradient(&self, parameters: &[f32], windows: &Windows, loss: &Loss, gradient: &mut [f32]) -> f64;
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
            EstimatorKind::Force => Ok(Self::Descent(Box::new(Force::new(settings, rows, columns)?))),
            EstimatorKind::Modes => Ok(Self::ClosedForm),
            EstimatorKind::Auto => Err(Error::Setting(Fault::new(
                "estimator",
                "one estimator",
                "auto, which compares several",
                "Name one, or load the run as a whole.",
            ))),
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
