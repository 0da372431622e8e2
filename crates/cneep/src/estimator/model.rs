//! States what every estimator's model can do, and how its parameters are found.

use super::candidate::Candidate;
use super::descent::{Coordinates, DescentSettings};
use super::normalisation::Normalisation;
use super::objective::loss_alpha;
use super::plans::EstimatorPlan;
use super::stack::Stack;
use super::windows::{WindowShape, Windows};
use crate::dissipation_map::MapGrid;
use crate::transition::{Run, Split};
use cneep_movie::error::Result;
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use cneep_nn::Tensor;
use ndarray::Array3;
use std::ops::Range;

/// A parametric estimate of entropy production, antisymmetric under reversal whatever its parameters.
///
/// Parameters are one flat vector, so that one optimiser, one checkpoint and one sum over processes serve
/// all.
pub(super) trait Model: Send + Sync {
    /// Names, shapes and places of the tensors in the flat vector.
    fn tensors(&self) -> &[Tensor];

    /// Length of the flat vector.
    fn parameter_count(&self) -> usize {
        self.tensors().last().map_or(0, |tensor| tensor.range.end)
    }

    /// Entropy production of every window, in `k_B`.
    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>>;

    /// Cells of the dissipation map.
    fn map_grid(&self) -> MapGrid;

    /// Dissipation map of every window in `k_B`, shape (window, row, column); each sums to the window's
    /// entropy production.
    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Result<Array3<f32>>;

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
pub(super) struct Beginning<'a> {
    /// All windows to train on.
    pub(super) train: Windows<'a>,
    /// Those on which parameters are chosen.
    pub(super) validation: Windows<'a>,
    /// Seed of what is random.
    pub(super) seed: u64,
}

/// Loss of a transition with dS, and its derivative with respect to dS.
pub(super) type Loss<'a> = dyn Fn(f32) -> (f64, f32) + Sync + 'a;

/// A model that the training loop can improve step by step.
pub(super) trait GradientModel: Model {
    /// How it is trained, as stated.
    fn descent(&self) -> &DescentSettings;

    /// What the model is made of, with nothing left open once it has begun.
    fn plan(&self) -> EstimatorPlan;

    /// Goes on with a `plan` that this model has begun with.
    fn resume(&mut self, plan: &EstimatorPlan);

    /// Parameters to start from.
    fn begin(&mut self, beginning: &Beginning) -> Result<Vec<f32>>;

    /// Whether the parameters to start from are an estimate that is worth keeping, as they are fitted in
    /// closed form.
    fn begins_fitted(&self) -> bool {
        false
    }

    /// Axes in which a first layer is trained; none if the parameters are trained as they are.
    fn coordinates(&self) -> Option<Coordinates> {
        None
    }

    /// L2 weight decay, added to the gradient.
    fn weight_decay(&self) -> f64 {
        0.0
    }

    /// Fills in what is [`Model::measured`] beside the `parameters` that are kept, on all windows to train
    /// on.
    fn finish(&self, parameters: &mut [f32], train: &Windows) -> Result<()> {
        let _ = (parameters, train);
        Ok(())
    }

    /// What a window with dS = `value` adds to the loss that is minimised, 1 where dS is 0, and its
    /// derivative: that of member `alpha` of the family of objectives.
    fn loss(&self, alpha: f64, value: f32) -> (f64, f32) {
        loss_alpha(alpha, value)
    }

    /// One less the best validation loss, in words.
    fn score_in_words(&self, score: f64) -> String {
        format!("bound {score:.5} k_B/transition")
    }

    /// dS of what the windows to validate on are judged by: of all their pixels, or of a part of each.
    fn validated(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
        self.entropy_production(parameters, windows)
    }

    /// Changes `parameters` so that every window gets an entropy production of zero.
    fn zero_output(&self, parameters: &mut [f32]);

    /// Mean of `loss` over the windows; its gradient, and that of what the model adds to keep coefficients
    /// small, goes into `gradient`.
    fn gradient(
        &self,
        parameters: &[f32],
        windows: &Windows,
        loss: &Loss,
        gradient: &mut [f32],
    ) -> Result<f64>;
}

/// What an estimator is fitted to.
pub(super) struct FitData<'a> {
    pub(super) videos: &'a [Video],
    pub(super) normalisation: Normalisation,
    /// Frames in a transition.
    pub(super) window: usize,
    pub(super) split: &'a Split,
    pub(super) progress: &'a dyn Progress,
}

impl FitData<'_> {
    /// Runs of all windows to fit to, those for training and for validation, in order of time.
    pub(super) fn runs(&self) -> Vec<Run> {
        let Split { train, validation, .. } = self.split;
        let mut runs: Vec<Run> = train.runs().iter().chain(validation.runs()).cloned().collect();
        runs.sort_by_key(|run| (run.movie, run.starts.start));
        runs
    }
}

/// An estimator that is fitted at once, by solving for its coefficients, rather than trained step by step.
pub(super) trait ClosedForm {
    /// Fits to the training and validation transitions together; what is left open is chosen by
    /// cross-validation between them.
    fn fit(&self, data: &FitData) -> Result<ClosedFit>;

    /// The model whose parameters, all zero, estimate zero.
    fn zero(&self, shape: WindowShape) -> Result<(EstimatorPlan, Box<dyn Model>)>;
}

/// What a fit in closed form has found.
pub(super) struct ClosedFit {
    pub(super) plan: EstimatorPlan,
    pub(super) model: Box<dyn Model>,
    pub(super) parameters: Vec<f32>,
    /// All trials, in their order, with their weights.
    pub(super) candidates: Vec<Candidate>,
    /// Their weighted sum on windows of folds, in order of time, by fits and weights without the fold.
    pub(super) stack: Stack,
}

/// How the parameters of a model are found.
pub(super) enum Method {
    /// Step by step along the gradient, by the training loop.
    Descent(Box<dyn GradientModel>),
    /// In closed form.
    ClosedForm(Box<dyn ClosedForm>),
}
