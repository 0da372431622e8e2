//! Runs the one training loop: draw, step, validate, keep the best, stop with a reason.

use super::plan::DescentPlan;
use super::state::{CurvePoint, State, StopReason};
use crate::estimator::model::GradientModel;
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
    let objective = |value: f32| model.loss(plan.alpha, value);
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
        let train_loss = model.gradient(&state.parameters, &batch, &objective, &mut gradient)?;
        if is_beyond(&gradient) {
            break StopReason::Diverged;
        }
        state.loss_sum += train_loss;
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
            progress.note(&model.score_in_words(1.0 - state.best_loss));
            keep(state)?;
        }
    };
    progress.end();
    keep(state)?;
    Ok(reason)
}

/// Whether 32 bits do not hold the square of an entry: its parameter would never move again.
fn is_beyond(gradient: &[f32]) -> bool {
    gradient.iter().any(|entry| !(entry * entry).is_finite())
}

fn out_of_patience(state: &State, plan: &DescentPlan) -> bool {
    let since_best = state.curve.iter().filter(|point| point.iteration > state.best_iteration).count();
    plan.patience > 0 && since_best as u64 >= plan.patience
}

/// Loss of every window.
fn losses(model: &dyn GradientModel, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
    let values = model.validated(parameters, windows)?;
    Ok(values.into_iter().map(|value| model.loss(0.0, value as f32).0).collect())
}

fn negated(losses: &[f64]) -> Vec<f64> {
    losses.iter().map(|loss| -loss).collect()
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}

/// Keeps the parameters to start from, if they beat an estimate of zero: training need not improve them.
fn keep_beginning(
    model: &dyn GradientModel,
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
    model: &dyn GradientModel,
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

#[cfg(test)]
mod tests {
    use super::super::settings::{DescentSettings, Schedule};
    use super::*;
    use crate::dissipation_map::MapGrid;
    use crate::estimator::model::{Beginning, Loss, Model};
    use crate::estimator::normalisation::Normalisation;
    use crate::estimator::plans::EstimatorPlan;
    use crate::transition::Run;
    use cneep_movie::progress::Silent;
    use cneep_nn::Tensor;
    use ndarray::Array3;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// Windows from this one on are to validate on; those before it are to train on.
    const VALIDATION: usize = 100_000;
    const TRAINING: usize = 20_000;

    /// dS with mean 0.2 and variance 0.4, which obeys the fluctuation theorem, times the one parameter: 1 is
    /// best.
    struct Scale {
        tensors: Vec<Tensor>,
        settings: DescentSettings,
        /// Taken from the dS of the windows to validate on, which chance has made poorer.
        poorer: f64,
        /// Of so many windows to train on the last has a dS that no other has.
        outlier_every: usize,
    }

    impl Scale {
        fn new(settings: DescentSettings, poorer: f64) -> Self {
            let tensors = vec![Tensor { name: "scale".into(), shape: vec![1], range: 0..1 }];
            Self { tensors, settings, poorer, outlier_every: usize::MAX }
        }

        fn exact(&self, start: usize) -> f64 {
            if start < TRAINING && (start + 1).is_multiple_of(self.outlier_every) {
                return -1e4;
            }
            let mut random = ChaCha8Rng::seed_from_u64(start as u64);
            let draw: f64 = StandardNormal.sample(&mut random);
            0.2 + 0.4_f64.sqrt() * draw - if start < VALIDATION { 0.0 } else { self.poorer }
        }
    }

    impl Model for Scale {
        fn tensors(&self) -> &[Tensor] {
            &self.tensors
        }

        fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
            let exact = (0..windows.len()).map(|index| self.exact(windows.transition(index).start));
            Ok(exact.map(|exact| f64::from(parameters[0]) * exact).collect())
        }

        fn map_grid(&self) -> MapGrid {
            unreachable!("nothing is mapped")
        }

        fn dissipation_maps(&self, _: &[f32], _: &Windows) -> Result<Array3<f32>> {
            unreachable!("nothing is mapped")
        }
    }

    impl GradientModel for Scale {
        fn descent(&self) -> &DescentSettings {
            &self.settings
        }

        fn plan(&self) -> EstimatorPlan {
            unreachable!("nothing is recorded")
        }

        fn resume(&mut self, _: &EstimatorPlan) {}

        fn begin(&mut self, _: &Beginning) -> Result<Vec<f32>> {
            Ok(vec![0.0])
        }

        fn zero_output(&self, parameters: &mut [f32]) {
            parameters[0] = 0.0;
        }

        fn gradient(
            &self,
            parameters: &[f32],
            windows: &Windows,
            loss: &Loss,
            gradient: &mut [f32],
        ) -> Result<f64> {
            let (mut sum, mut slope) = (0.0, 0.0);
            for index in 0..windows.len() {
                let exact = self.exact(windows.transition(index).start);
                let (value, derivative) = loss((f64::from(parameters[0]) * exact) as f32);
                sum += value;
                slope += f64::from(derivative) * exact;
            }
            gradient[0] = (slope / windows.len() as f64) as f32;
            Ok(sum / windows.len() as f64)
        }
    }

    /// The state at the end of a training, validated on so many windows.
    fn trained(settings: DescentSettings, poorer: f64, validation: usize) -> State {
        let (state, reason) = run(&Scale::new(settings, poorer), validation);
        reason.unwrap();
        state
    }

    /// The last state of a training, and how it ended.
    fn run(model: &Scale, validation: usize) -> (State, Result<StopReason>) {
        let plan = DescentPlan::new(&model.settings, TRAINING);
        let normalisation = Normalisation { mean: 0.0, std: 1.0 };
        let windows = |transitions| Windows::new(&[], normalisation, 2, transitions);
        let material = Material {
            windows: &windows,
            train: &Transitions::of_runs(2, [Run { movie: 0, starts: 0..TRAINING }]),
            validation: Run { movie: 0, starts: VALIDATION..VALIDATION + validation }.transitions(),
            seed: 1,
        };
        let mut state = State::new(model, &plan, vec![0.0]);
        let reason = train(model, &material, &plan, &mut state, &mut |_| Ok(()), &Silent);
        (state, reason)
    }

    fn constant(learning_rate: f64) -> DescentSettings {
        DescentSettings {
            iterations: Some(3000),
            batch: Some(4),
            validate_every: Some(100),
            learning_rate,
            schedule: Schedule::Constant,
            patience: 0,
            ..DescentSettings::default()
        }
    }

    /// Batches of four windows shake the parameter about its best value for ever: catches a validation of the
    /// parameters themselves, an average that never follows, and one that is on although it is switched off.
    #[test]
    fn averaging_stills_the_noise_of_batches() {
        let [shaken, still] = [0.0, 0.995].map(|averaging| {
            let state = trained(DescentSettings { averaging, ..constant(0.05) }, 0.0, 5000);
            assert_eq!(state.averaged == state.parameters, averaging == 0.0);
            let late = &state.curve[state.curve.len() / 2..];
            let losses: Vec<f64> = late.iter().map(|point| point.validation_loss).collect();
            let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
            losses.iter().map(|loss| loss - best).sum::<f64>() / losses.len() as f64
        });
        assert!(still < 0.4 * shaken, "excess {still} with averaging, {shaken} without");
    }

    /// The parameter passes what is best for the windows to validate on, by chance, on its way to what is
    /// best for all: catches a choice of the lowest loss whatever its error (tolerance 0), and one that takes
    /// the last whatever it loses.
    #[test]
    fn later_parameters_are_kept_within_the_tolerance() {
        let kept = |tolerance: f64, poorer: f64| {
            let state = trained(DescentSettings { tolerance, ..constant(0.002) }, poorer, 400);
            assert!(state.lowest_iteration > 0 && state.lowest_iteration < 2000, "{:?}", state.curve);
            state
        };
        let (later, lowest, far) = (kept(2.0, 0.08), kept(0.0, 0.08), kept(2.0, 0.15));
        assert_eq!(later.best_iteration, 3000, "{:?}", later.curve);
        assert!((later.best[0] - 1.0).abs() < 0.1, "{:?}", later.best);
        assert_eq!(lowest.best_iteration, lowest.lowest_iteration);
        assert!(lowest.best[0] < 0.9, "{:?}", lowest.best);
        assert!(far.best_iteration < 3000, "{:?}", far.curve);
    }

    /// Catches a window that fills the second moments with infinities, from where no parameter ever moves and
    /// nothing can be read back: what was best is kept, be it an estimate of zero.
    #[test]
    fn one_window_ends_a_descent_that_cannot_go_on() {
        let rare = Scale { outlier_every: 10_000, ..Scale::new(constant(0.002), 0.0) };
        let (state, reason) = run(&rare, 5000);
        assert_eq!(reason.unwrap(), StopReason::Diverged);
        assert!(state.iteration < 3000 && state.best_iteration > 0 && state.best[0] > 0.1, "{state:?}");
        assert!(state.adam.state().1.iter().all(|moment| moment.is_finite()));
        let (state, reason) = run(&Scale::new(constant(1e4), 0.0), 5000);
        assert_eq!((reason.unwrap(), state.best_iteration, state.best[0]), (StopReason::Diverged, 0, 0.0));
    }
}
