//! Fits modes to movies: takes the better of two plans of forms, and sums what is weighed in it.

use super::basis::Basis;
use super::coupled_modes::{CoupledModes, ModeBasis};
use super::gaussian_layouts::{LEAST_SCALE, gaussian_layouts, has_open_edges};
use super::layout::{Layout, layouts};
use super::model::Modes;
use super::scale_of_changes::scale_of_changes;
use super::settings::{Member, ModesPlan, ModesSettings};
use super::threshold::Threshold;
use super::workspace::FitWorkspace;
use crate::estimator::background::Background;
use crate::estimator::linear::{LinearForm, Search, Trial, unsolved};
use crate::estimator::model::{ClosedFit, ClosedForm, FitData, Model};
use crate::estimator::plans::EstimatorPlan;
use crate::estimator::stack::Stack;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

impl ClosedForm for ModesSettings {
    /// Principal components are those of all frames of the fit: they know no direction of time.
    ///
    /// Modes of the whole frame are fitted twice: with pairs without circulation pruned, which knows most
    /// where each current stands out of chance, and with all pairs under ridges of every strength, which
    /// knows more of many faint ones. The second is taken if it is clearly better.
    fn fit(&self, data: &FitData) -> Result<ClosedFit> {
        let split = data.split;
        let shape = WindowShape::of(data.videos, data.window);
        let scale = if has_open_edges(self, shape) {
            scale_of_changes(data.videos, &data.runs())?.unwrap_or(LEAST_SCALE)
        } else {
            LEAST_SCALE
        };
        let plans = plans(self, shape, split.train.len() + split.validation.len(), scale)?;
        fit_plans(data, &plans, &[ModeBasis::Principal], EstimatorPlan::Modes)
    }

    fn zero(&self, shape: WindowShape) -> Result<(EstimatorPlan, Box<dyn Model>)> {
        zero(shape, EstimatorPlan::Modes)
    }
}

/// The model without members.
pub(super) fn zero(
    shape: WindowShape,
    kind: impl Fn(ModesPlan) -> EstimatorPlan,
) -> Result<(EstimatorPlan, Box<dyn Model>)> {
    let plan = ModesPlan::default();
    let model = Modes::new(&plan, shape)?;
    Ok((kind(plan), Box::new(model)))
}

/// Fits all layouts of each of the `plans` in each of the `bases`, and takes the best, a later one if it is
/// clearly better.
pub(super) fn fit_plans(
    data: &FitData,
    plans: &[Vec<Layout>],
    bases: &[ModeBasis],
    kind: impl Fn(ModesPlan) -> EstimatorPlan,
) -> Result<ClosedFit> {
    let runs = data.runs();
    let shape = WindowShape::of(data.videos, data.window);
    let trials = bases.len() * plans.iter().flatten().map(Layout::trial_count).sum::<usize>();
    // The last is the plainest, of which the others are kinds.
    let name = bases[bases.len() - 1];
    data.progress.begin(&format!("fitting {name} (candidates)"), trials as u64);
    let mut best: Option<(&[Layout], Search<CoupledModes, Basis>, Stack)> = None;
    let above_noise = bases.iter().any(|basis| basis.is_above_noise());
    let background = above_noise.then(|| Background::of(data.videos, &runs, data.window));
    let threshold = background.as_ref().map(Threshold::above).transpose()?;
    for (layouts, &basis) in plans.iter().flat_map(|layouts| bases.iter().map(move |basis| (layouts, basis)))
    {
        let threshold = threshold.as_ref().filter(|_| basis.is_above_noise());
        let fitted =
            |layout| FitWorkspace::new(data, &runs, layout, basis, threshold)?.try_all(layout, data.progress);
        let mut search = Search::new(layouts.iter().map(fitted))?;
        let stack = search.weigh().ok_or_else(unsolved)?;
        if best.as_ref().is_none_or(|(_, _, best)| stack.is_clearly_better_than(best)) {
            best = Some((layouts, search, stack));
        }
    }
    data.progress.end();
    let (layouts, search, stack) = best.ok_or_else(unsolved)?;
    sum_of_weighed(layouts, &search, stack, shape, kind)
}

/// The plans of forms that are tried one after another for this number of windows, whose changes reach so
/// many pixels.
pub(super) fn plans(
    settings: &ModesSettings,
    shape: WindowShape,
    count: usize,
    scale: f64,
) -> Result<Vec<Vec<Layout>>> {
    let mut plans = vec![layouts(settings, shape, count, true)?];
    plans[0].extend(gaussian_layouts(settings, shape, count, scale)?);
    if plans[0].iter().all(|layout| layout.patches.count() == 1) {
        plans.push(layouts(settings, shape, count, false)?);
    }
    plans.retain(|layouts| !layouts.is_empty());
    Ok(plans)
}

/// The model that sums what is weighed in `search` of these `layouts`.
fn sum_of_weighed(
    layouts: &[Layout],
    search: &Search<CoupledModes, Basis>,
    stack: Stack,
    shape: WindowShape,
    kind: impl Fn(ModesPlan) -> EstimatorPlan,
) -> Result<ClosedFit> {
    let mut plan = ModesPlan::default();
    let mut parameters = Vec::new();
    for (layout, basis) in layouts.iter().zip(&search.bases) {
        let is_weighed =
            |trial: &&Trial<CoupledModes>| trial.weight > 0.0 && layout.is_of(&trial.specification);
        let weighed: Vec<&Trial<CoupledModes>> = search.trials.iter().filter(is_weighed).collect();
        let modes = weighed.iter().map(|trial| trial.specification.modes).max();
        let radius = weighed.iter().map(|trial| trial.specification.radius).max();
        let (Some(modes), Some(radius)) = (modes, radius) else { continue };
        let Layout { patch, spacing, .. } = *layout;
        let threshold = basis.of.threshold.as_ref();
        let above_noise = threshold.is_some();
        let normalised = threshold.is_some_and(|threshold| threshold.total.is_some());
        let member = Member { patch, spacing, modes, radius, above_noise, normalised };
        let coefficients = sum(basis, &member, &weighed).ok_or_else(unsolved)?;
        parameters.extend(basis.of.parameters(modes, &coefficients));
        plan.members.push(member);
    }
    let model = Modes::new(&plan, shape)?;
    let candidates = search.trials.iter().map(Trial::candidate).collect();
    let (plan, model) = (kind(plan), Box::new(model));
    Ok(ClosedFit { plan, model, parameters, candidates, stack })
}

/// Coefficients of `member`, the weighted sum of those of the trials `weighed`, which it contains.
fn sum(basis: &Basis, member: &Member, weighed: &[&Trial<CoupledModes>]) -> Option<Vec<f64>> {
    let whole = basis.of.coupling(member.modes, member.radius);
    let mut coefficients = vec![0.0; whole.len()];
    for trial in weighed {
        let coupling = basis.of.coupling(trial.specification.modes, trial.specification.radius);
        let own = basis.small_entropy_optimum(&coupling, &trial.specification)?;
        for (place, own) in coupling.places_within(&whole).into_iter().zip(own) {
            coefficients[place] += trial.weight * own;
        }
    }
    Some(coefficients)
}
