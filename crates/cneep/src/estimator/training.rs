//! Runs the one training loop: draw, step, validate, keep the best, stop with a reason.

use super::coordinates::Coordinates;
use super::mean_error::mean_and_error;
use super::model::{GradientModel, Model};
use super::objective::{loss, loss_alpha};
use super::plan::Plan;
use super::settings::Training;
use super::windows::Windows;
use crate::transition::{Sampler, Transition};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;
use cneep_nn::{Adam, AdamSettings};
use serde::{Deserialize, Serialize};

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// All iterations were done.
    Finished,
    /// The validation loss had been above the lowest by more than its error for `patience` validations.
    NoImprovement,
    /// The user asked to stop; the run can be resumed.
    Interrupted,
}

impl std::fmt::Display for StopReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Finished => "all iterations done",
            Self::NoImprovement => "validation stopped improving",
            Self::Interrupted => "interrupted; can be resumed",
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

/// Everything that a run needs to go on as if it had never stopped.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) iteration: u64,
    pub(super) parameters: Vec<f32>,
    pub(super) adam: Adam,
    /// Running average of the parameters (the parameters themselves where `averaging` is 0).
    pub(super) averaged: Vec<f32>,
    /// Parameters that are kept: the latest whose validation loss is as good as the lowest within `tolerance` paired
    /// standard errors. An estimate of zero is the first candidate, a beginning that is fitted the second, and later
    /// ones must be strictly better than these.
    pub(super) best: Vec<f32>,
    pub(super) best_iteration: u64,
    pub(super) best_loss: f64,
    /// Parameters with the lowest validation loss.
    pub(super) lowest: Vec<f32>,
    pub(super) lowest_iteration: u64,
    pub(super) lowest_loss: f64,
    /// Sum of training losses since the last validation.
    pub(super) loss_sum: f64,
    pub(super) curve: Vec<CurvePoint>,
}

impl State {
    pub(super) fn new(model: &dyn GradientModel, settings: &Training, parameters: Vec<f32>) -> Self {
        let mut silent = parameters.clone();
        model.silence(&mut silent);
        Self {
            iteration: 0,
            adam: Adam::new(parameters.len(), adam_settings(settings)),
            averaged: parameters.clone(),
            best: silent.clone(),
            best_iteration: 0,
            best_loss: loss(0.0).0,
            lowest: silent,
            lowest_iteration: 0,
            lowest_loss: loss(0.0).0,
            loss_sum: 0.0,
            curve: Vec::new(),
            parameters,
        }
    }

    /// The running average follows the parameters with memory `averaging`, shorter at the start.
    fn average(&mut self, averaging: f64) {
        let young = self.iteration as f64 / (self.iteration as f64 + 10.0);
        let memory = averaging.min(young) as f32;
        for (average, &parameter) in self.averaged.iter_mut().zip(&self.parameters) {
            *average = memory * *average + (1.0 - memory) * parameter;
        }
    }
}

pub(super) fn adam_settings(settings: &Training) -> AdamSettings {
    AdamSettings {
        learning_rate: settings.learning_rate as f32,
        l2: settings.weight_decay_used() as f32,
        ..AdamSettings::default()
    }
}

/// What a run trains and validates on.
pub(super) struct Material<'a> {
    /// Windows of a list of transitions.
    pub(super) windows: &'a dyn Fn(Vec<Transition>) -> Windows<'a>,
    pub(super) train: &'a crate::transition::Transitions,
    pub(super) validation: Vec<Transition>,
}

/// Trains from `state` to the end; `keep` is called after every validation and at the end.
pub(super) fn train(
    model: &dyn GradientModel,
    material: &Material,
    (settings, plan): (&Training, &Plan),
    state: &mut State,
    keep: &mut dyn FnMut(&State) -> Result<()>,
    progress: &dyn Progress,
) -> Result<StopReason> {
    let sampler = Sampler::new(material.train.len(), settings.seed);
    let validation = (material.windows)(material.validation.clone());
    let mut lowest_losses = losses(model, &state.lowest, &validation);
    if state.iteration == 0 && model.begins_fitted() {
        keep_beginning(model, &validation, state, &mut lowest_losses);
    }
    let mut gradient = vec![0.0; model.parameter_count()];
    let coordinates = model.first_layer().and_then(|weight| Coordinates::new(weight, plan.increment_gain));
    let objective = |value: f32| loss_alpha(settings.alpha, value);
    progress.begin("training (iterations)", plan.iterations);
    progress.advance(state.iteration);
    let reason = loop {
        if state.iteration >= plan.iterations {
            break StopReason::Finished;
        }
        if out_of_patience(state, settings) {
            break StopReason::NoImprovement;
        }
        if progress.stop_requested() {
            break StopReason::Interrupted;
        }
        let batch = sampler.draw(state.iteration, plan.batch);
        let batch = (material.windows)(batch.into_iter().map(|index| material.train.get(index)).collect());
        state.loss_sum += model.gradient(&state.parameters, &batch, &objective, &mut gradient);
        state.adam.set_learning_rate(plan.learning_rate_at(state.iteration) as f32);
        if let Some(coordinates) = &coordinates {
            coordinates.enter_gradient(&mut gradient);
            coordinates.enter(&mut state.parameters);
        }
        state.adam.step(&mut state.parameters, &gradient);
        if let Some(coordinates) = &coordinates {
            coordinates.leave(&mut state.parameters);
        }
        state.iteration += 1;
        state.average(settings.averaging);
        progress.advance(1);
        if state.iteration.is_multiple_of(plan.validate_every) || state.iteration == plan.iterations {
            validate(model, &validation, state, settings, &mut lowest_losses)?;
            progress.note(&format!("bound {:.5} k_B/transition", 1.0 - state.best_loss));
            keep(state)?;
        }
    };
    progress.end();
    keep(state)?;
    Ok(reason)
}

fn out_of_patience(state: &State, settings: &Training) -> bool {
    let since_best = state.curve.iter().filter(|point| point.iteration > state.best_iteration).count();
    settings.patience > 0 && since_best as u64 >= settings.patience
}

/// Loss of every window.
fn losses(model: &dyn Model, parameters: &[f32], windows: &Windows) -> Vec<f64> {
    model.entropy_production(parameters, windows).into_iter().map(|value| loss(value).0).collect()
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}

/// Keeps the parameters to start from, if they beat an estimate of zero: training need not improve them.
fn keep_beginning(model: &dyn Model, windows: &Windows, state: &mut State, lowest_losses: &mut Vec<f64>) {
    let found = losses(model, &state.parameters, windows);
    let validation_loss = mean(&found);
    if validation_loss < state.lowest_loss {
        (state.best_loss, state.lowest_loss) = (validation_loss, validation_loss);
        state.best.clone_from(&state.parameters);
        state.lowest.clone_from(&state.parameters);
        *lowest_losses = found;
    }
}

/// Judges the averaged parameters on `windows`.
fn validate(
    model: &dyn Model,
    windows: &Windows,
    state: &mut State,
    settings: &Training,
    lowest_losses: &mut Vec<f64>,
) -> Result<()> {
    let found = losses(model, &state.averaged, windows);
    let validation_loss = mean(&found);
    let since = state.iteration - state.curve.last().map_or(0, |point| point.iteration);
    let train_loss = state.loss_sum / since as f64;
    if !(validation_loss.is_finite() && train_loss.is_finite()) {
        return Err(Error::NotConverged(Fault::new(
            "training",
            "a finite loss",
            format!("{train_loss} in training, {validation_loss} in validation at {}", state.iteration),
            format!("Lower the learning rate (now {}).", settings.learning_rate),
        )));
    }
    state.loss_sum = 0.0;
    state.curve.push(CurvePoint { iteration: state.iteration, train_loss, validation_loss });
    // Pair by pair: scatter that both share does not count.
    let (excess, error) = mean_and_error(found.iter().zip(&*lowest_losses).map(|(of, over)| of - over));
    if excess < 0.0 {
        state.lowest_loss = validation_loss;
        state.lowest_iteration = state.iteration;
        state.lowest.clone_from(&state.averaged);
        *lowest_losses = found;
    }
    // A candidate that fails by far on a few transitions has a paired error as large as its failure.
    let margin = settings.tolerance * error.min(mean_and_error(lowest_losses.iter().copied()).1);
    let is_as_good = excess < 0.0 || (state.lowest_iteration > 0 && excess <= margin);
    if is_as_good {
        state.best_loss = validation_loss;
        state.best_iteration = state.iteration;
        state.best.clone_from(&state.averaged);
    }
    Ok(())
}
