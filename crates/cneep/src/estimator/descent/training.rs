//! Runs the one training loop: draw, step, validate, keep the best, stop with a reason.

use super::plan::DescentPlan;
use super::state::{CurvePoint, State, StopReason};
use crate::estimator::model::{GradientModel, Model};
use crate::estimator::objective::{loss, loss_alpha};
use crate::estimator::paired_gain::{is_as_good, paired_difference};
use crate::estimator::windows::Windows;
use crate::transition::{Sampler, Transition, Transitions};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;

/// What a run trains and validates on.
pub(in crate::estimator) struct Material<'a> {
    /// Windows of a list of transitions.
    pub(in crate::estimator) windows: &'a dyn Fn(Vec<Transition>) -> Windows<'a>,
    pub(in crate::estimator) train: &'a Transitions,
    pub(in crate::estimator) validation: Vec<Transition>,
    /// Seed of the draws.
    pub(in crate::estimator) seed: u64,
}

/// Trains from `state` to the end; `keep` is called after every validation and at the end.
pub(in crate::estimator) fn train(
    model: &dyn GradientModel,
    material: &Material,
    plan: &DescentPlan,
    state: &mut State,
    keep: &mut dyn FnMut(&State) -> Result<()>,
    progress: &dyn Progress,
) -> Result<StopReason> {
    let sampler = Sampler::new(material.train.len(), material.seed);
    let validation = (material.windows)(material.validation.clone());
    let mut lowest_losses = losses(model, &state.lowest, &validation)?;
    if state.iteration == 0 && model.begins_fitted() {
        keep_beginning(model, &validation, state, &mut lowest_losses)?;
    }
    let mut gradient = vec![0.0; model.parameter_count()];
    let coordinates = model.coordinates();
    let objective = |value: f32| loss_alpha(plan.alpha, value);
    progress.begin("training (iterations)", plan.iterations);
    progress.advance(state.iteration);
    let reason = loop {
        if state.iteration >= plan.iterations {
            break StopReason::Finished;
        }
        if out_of_patience(state, plan) {
            break StopReason::NoImprovement;
        }
        if progress.stop_requested() {
            break StopReason::Interrupted;
        }
        let batch = sampler.draw(state.iteration, plan.batch);
        let batch = (material.windows)(batch.into_iter().map(|index| material.train.get(index)).collect());
        state.loss_sum += model.gradient(&state.parameters, &batch, &objective, &mut gradient)?;
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
        state.average(plan.averaging);
        progress.advance(1);
        if state.iteration.is_multiple_of(plan.validate_every) || state.iteration == plan.iterations {
            validate(model, &validation, state, plan, &mut lowest_losses)?;
            progress.note(&format!("bound {:.5} k_B/transition", 1.0 - state.best_loss));
            keep(state)?;
        }
    };
    progress.end();
    keep(state)?;
    Ok(reason)
}

fn out_of_patience(state: &State, plan: &DescentPlan) -> bool {
    let since_best = state.curve.iter().filter(|point| point.iteration > state.best_iteration).count();
    plan.patience > 0 && since_best as u64 >= plan.patience
}

/// Loss of every window.
fn losses(model: &dyn Model, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
    let values = model.entropy_production(parameters, windows)?;
    Ok(values.into_iter().map(|value| loss(value as f32).0).collect())
}

fn negated(losses: &[f64]) -> Vec<f64> {
    losses.iter().map(|loss| -loss).collect()
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}

/// Keeps the parameters to start from, if they beat an estimate of zero: training need not improve them.
fn keep_beginning(
    model: &dyn Model,
    windows: &Windows,
    state: &mut State,
    lowest_losses: &mut Vec<f64>,
) -> Result<()> {
    let found = losses(model, &state.parameters, windows)?;
    let validation_loss = mean(&found);
    if validation_loss < state.lowest_loss {
        (state.best_loss, state.lowest_loss) = (validation_loss, validation_loss);
        state.best.clone_from(&state.parameters);
        state.lowest.clone_from(&state.parameters);
        *lowest_losses = found;
    }
    Ok(())
}

/// Judges the averaged parameters on `windows`.
fn validate(
    model: &dyn Model,
    windows: &Windows,
    state: &mut State,
    plan: &DescentPlan,
    lowest_losses: &mut Vec<f64>,
) -> Result<()> {
    let found = losses(model, &state.averaged, windows)?;
    let validation_loss = mean(&found);
    let since = state.iteration - state.curve.last().map_or(0, |point| point.iteration);
    let train_loss = state.loss_sum / since as f64;
    if !(validation_loss.is_finite() && train_loss.is_finite()) {
        return Err(Error::NotConverged(Fault::new(
            "training",
            "a finite loss",
            format!("{train_loss} in training, {validation_loss} in validation at {}", state.iteration),
            format!("Lower the learning rate (now {}).", plan.learning_rate),
        )));
    }
    state.loss_sum = 0.0;
    state.curve.push(CurvePoint { iteration: state.iteration, train_loss, validation_loss });
    let (excess, _) = paired_difference(&found, lowest_losses);
    let is_as_good = excess < 0.0
        || (state.lowest_iteration > 0
            && is_as_good(&negated(&found), &negated(lowest_losses), plan.tolerance));
    if excess < 0.0 {
        state.lowest_loss = validation_loss;
        state.lowest_iteration = state.iteration;
        state.lowest.clone_from(&state.averaged);
        *lowest_losses = found;
    }
    if is_as_good {
        state.best_loss = validation_loss;
        state.best_iteration = state.iteration;
        state.best.clone_from(&state.averaged);
    }
    Ok(())
}
