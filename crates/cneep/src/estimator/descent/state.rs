//! Holds everything that a descent needs to go on as if it had never stopped.

use super::plan::DescentPlan;
use crate::estimator::model::GradientModel;
use crate::estimator::objective::loss;
use cneep_nn::{Adam, AdamSettings};
use serde::{Deserialize, Serialize};

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// All was done.
    Finished,
    /// The validation loss had been above the lowest by more than its error for `patience` validations.
    NoImprovement,
    /// It was asked to stop, by the user or as its time was over; what was complete by then is kept.
    Interrupted,
    /// A gradient came that 32 bits cannot square, as single windows carried it; what was best by then is
    /// kept.
    Diverged,
}

impl std::fmt::Display for StopReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Finished => "all iterations done",
            Self::NoImprovement => "validation stopped improving",
            Self::Interrupted => "stopped on request",
            Self::Diverged => "diverged",
        })
    }
}

/// One validation along the run; losses are `-J` per transition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Iterations done.
    pub iteration: u64,
    /// Mean training loss since the point before; that of the `alpha` of the settings.
    pub train_loss: f64,
    /// Loss on the validation transitions.
    pub validation_loss: f64,
}

/// Parameters on their way, with what was best of them.
#[derive(Debug, Clone)]
pub(in crate::estimator) struct State {
    pub(in crate::estimator) iteration: u64,
    pub(in crate::estimator) parameters: Vec<f32>,
    pub(super) adam: Adam,
    /// Running average of the parameters (the parameters themselves where `averaging` is 0).
    pub(in crate::estimator) averaged: Vec<f32>,
    /// Parameters that are kept: the latest whose validation loss is as good as the lowest within `tolerance`
    /// paired standard errors. An estimate of zero is the first candidate, a beginning that is fitted the
    /// second, and later ones must be strictly better than these.
    pub(in crate::estimator) best: Vec<f32>,
    pub(in crate::estimator) best_iteration: u64,
    pub(in crate::estimator) best_loss: f64,
    /// Parameters with the lowest validation loss.
    pub(super) lowest: Vec<f32>,
    pub(super) lowest_iteration: u64,
    pub(super) lowest_loss: f64,
    /// Sum of training losses since the last validation.
    pub(super) loss_sum: f64,
    pub(in crate::estimator) curve: Vec<CurvePoint>,
}

impl State {
    pub(in crate::estimator) fn new(
        model: &dyn GradientModel,
        plan: &DescentPlan,
        parameters: Vec<f32>,
    ) -> Self {
        let mut zero = parameters.clone();
        model.zero_output(&mut zero);
        Self {
            iteration: 0,
            adam: Adam::new(parameters.len(), adam_settings(model, plan)),
            averaged: parameters.clone(),
            best: zero.clone(),
            best_iteration: 0,
            best_loss: loss(0.0).0,
            lowest: zero,
            lowest_iteration: 0,
            lowest_loss: loss(0.0).0,
            loss_sum: 0.0,
            curve: Vec::new(),
            parameters,
        }
    }

    /// The running average follows the parameters with memory `averaging`, shorter at the start.
    pub(super) fn average(&mut self, averaging: f64) {
        let young = self.iteration as f64 / (self.iteration as f64 + 10.0);
        let memory = averaging.min(young) as f32;
        for (average, &parameter) in self.averaged.iter_mut().zip(&self.parameters) {
            *average = memory * *average + (1.0 - memory) * parameter;
        }
    }
}

pub(super) fn adam_settings(model: &dyn GradientModel, plan: &DescentPlan) -> AdamSettings {
    AdamSettings {
        learning_rate: plan.learning_rate as f32,
        l2: model.weight_decay() as f32,
        ..AdamSettings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of parameters 1 for a long time the average is 1, of a jump to 2 it has gone a tenth of the way after
    /// a tenth of its memory: catches an average that stands still, one that forgets at once, and a start
    /// that counts for ever.
    #[test]
    fn the_average_follows_with_its_memory() {
        let mut state = State {
            iteration: 0,
            parameters: vec![1.0],
            adam: Adam::new(1, AdamSettings::default()),
            averaged: vec![-50.0],
            best: vec![0.0],
            best_iteration: 0,
            best_loss: 0.0,
            lowest: vec![0.0],
            lowest_iteration: 0,
            lowest_loss: 0.0,
            loss_sum: 0.0,
            curve: Vec::new(),
        };
        let go = |iterations: u64, state: &mut State| {
            for _ in 0..iterations {
                state.average(0.99);
                state.iteration += 1;
            }
        };
        go(2000, &mut state);
        assert!((state.averaged[0] - 1.0).abs() < 1e-3, "{:?}", state.averaged);
        state.parameters[0] = 2.0;
        go(10, &mut state);
        assert!((state.averaged[0] - 1.0 - (1.0 - 0.99_f32.powi(10))).abs() < 1e-3, "{:?}", state.averaged);
    }
}
