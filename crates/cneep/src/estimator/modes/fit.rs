//! Fits modes to movies: tries candidates, and weighs them by their cross-validated bounds.

use super::basis::Basis;
use super::candidates::{Candidate, Tried, best, contenders, forget_others};
use super::ground::Ground;
use super::layout::{Layout, layouts};
use super::settings::Member;
use super::{Modes, ModesSettings};
use crate::estimator::normalisation::Normalisation;
use crate::estimator::settings::Training;
use crate::estimator::stack::Stack;
use crate::estimator::stopped;
use crate::transition::{Run, Split};
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use ndarray::Array2;

/// What a fit found.
pub(in crate::estimator) struct Fit {
    pub(in crate::estimator) model: Modes,
    pub(in crate::estimator) parameters: Vec<f32>,
    /// The settings with nothing left open.
    pub(in crate::estimator) settings: Training,
    /// All trials, in their order, with their weights.
    pub(in crate::estimator) candidates: Vec<Candidate>,
    /// Cross-validated bound of their weighted sum, in `k_B` per transition.
    pub(in crate::estimator) bound: f64,
    /// Its standard error.
    pub(in crate::estimator) standard_error: f64,
    /// dS of every window of a fold, in order of time, by fits and weights without it.
    pub(in crate::estimator) held_out: Vec<f64>,
}

impl Fit {
    /// The same trials with an estimate of zero in place of their sum, if that does not beat it.
    pub(in crate::estimator) fn or_zero(mut self) -> Result<Self> {
        if self.bound > 0.0 {
            return Ok(self);
        }
        self.candidates.iter_mut().for_each(|candidate| candidate.weight = 0.0);
        self.settings.modes.members.clear();
        let (rows, columns) = self.model.frame;
        let model = Modes::new(&self.settings, rows, columns)?;
        Ok(Self { model, parameters: Vec::new(), bound: 0.0, standard_error: 0.0, ..self })
    }
}

/// Fits to the training and validation transitions of `split` together; what is left open is tried by cross-validation
/// between them. Principal components are those of all these frames: they know no direction of time.
///
/// Modes of the whole frame are fitted twice: with pairs that do not turn uncoupled, which knows most where each current stands out of chance, and
/// with all pairs under ridges of every strength, which knows more of many faint ones. The second is taken if it is clearly better.
pub(in crate::estimator) fn fit(
    movies: (&[Video], Normalisation),
    split: &Split,
    settings: &Training,
    progress: &dyn Progress,
) -> Result<Fit> {
    let mut runs: Vec<Run> = split.train.runs().iter().chain(split.validation.runs()).cloned().collect();
    runs.sort_by_key(|run| (run.movie, run.starts.start));
    let (_, rows, columns) = movies.0[0].frames().shape();
    let count = split.train.len() + split.validation.len();
    let mut plans = vec![layouts(settings, rows, columns, count, true)?];
    if plans[0].iter().all(|layout| layout.patches.count() == 1) && settings.modes.members.is_empty() {
        plans.push(layouts(settings, rows, columns, count, false)?);
    }
    plans.retain(|layouts| !layouts.is_empty());
    let trials = |layout: &Layout| layout.modes.len() * layout.radii.len() * layout.ridges.len();
    progress.begin("fitting modes (candidates)", plans.iter().flatten().map(trials).sum::<usize>() as u64);
    let mut best: Option<(&[Layout], Search, Stack)> = None;
    for layouts in &plans {
        let mut search = search(movies, (&runs, settings.window), layouts, progress)?;
        let stack = weigh(&mut search.tried, &search.folds).ok_or_else(unsolved)?;
        if best.as_ref().is_none_or(|(_, _, best)| is_clearly_better(&stack, best)) {
            best = Some((layouts, search, stack));
        }
    }
    progress.end();
    let (layouts, search, stack) = best.ok_or_else(unsolved)?;
    sum_of_weighed(layouts, search, stack, (settings, rows, columns))
}

/// Whether `one` surpasses the bound of `other` by more than the paired error, or is the only one above zero.
fn is_clearly_better(one: &Stack, other: &Stack) -> bool {
    one.bound > 0.0 && (other.bound <= 0.0 || one.gain_over(other).is_some_and(|(gain, error)| gain > error))
}

/// The model that sums what is weighed in `search` of these `layouts`.
fn sum_of_weighed(
    layouts: &[Layout],
    search: Search,
    stack: Stack,
    (settings, rows, columns): (&Training, usize, usize),
) -> Result<Fit> {
    let Search { tried, bases, .. } = search;
    let candidates: Vec<Candidate> = tried.into_iter().map(|tried| tried.candidate).collect();
    let mut members = Vec::new();
    let mut parameters = Vec::new();
    for (layout, basis) in layouts.iter().zip(&bases) {
        let weighed: Vec<&Candidate> =
            candidates.iter().filter(|candidate| candidate.weight > 0.0 && layout.is_of(candidate)).collect();
        let most = |of: fn(&Candidate) -> usize| weighed.iter().map(|candidate| of(candidate)).max();
        let (Some(modes), Some(radius)) = (most(|c| c.modes), most(|c| c.radius)) else { continue };
        let member = Member { patch: layout.patch, spacing: layout.spacing, modes, radius };
        let coefficients = sum(basis, &member, &weighed).ok_or_else(unsolved)?;
        parameters.extend(basis.parameters(modes, &coefficients));
        members.push(member);
    }
    let modes = ModesSettings { members, ridge: settings.modes.ridge, ..ModesSettings::default() };
    let settings = Training { modes, ..settings.clone() };
    let model = Modes::new(&settings, rows, columns)?;
    let Stack { bound, standard_error, sums: held_out, .. } = stack;
    Ok(Fit { model, parameters, settings, candidates, bound, standard_error, held_out })
}

/// What trying all candidates leaves behind.
struct Search {
    tried: Vec<Tried>,
    /// One a layout, in their order.
    bases: Vec<Basis>,
    /// Of every window that belongs to one.
    folds: Vec<usize>,
}

/// Tries all candidates.
fn search(
    videos: (&[Video], Normalisation),
    runs: (&[Run], usize),
    layouts: &[Layout],
    progress: &dyn Progress,
) -> Result<Search> {
    let mut tried: Vec<Tried> = Vec::new();
    let mut bases: Vec<Option<Basis>> = Vec::new();
    let mut leader: Option<(usize, Candidate, Ground)> = None;
    for (place, layout) in layouts.iter().enumerate() {
        let ground = Ground::new(videos, runs, layout);
        tried.extend(screen(&ground, layout, progress)?);
        forget_others(&mut tried);
        bases.push(None);
        let best = best(&tried).copied().filter(|best| layout.is_of(best));
        // Coordinates of one layout at a time are held: those of the best so far.
        let beaten = match best {
            Some(best) => leader.replace((place, best, ground)).map(|(place, _, ground)| (place, ground)),
            None => Some((place, ground)),
        };
        if let Some((place, ground)) = beaten {
            bases[place] = Some(ground.basis);
        }
    }
    let (place, _, ground) = leader.ok_or_else(unsolved)?;
    let folds = ground.folds();
    bases[place] = Some(ground.basis);
    Ok(Search { tried, bases: bases.into_iter().flatten().collect(), folds })
}

/// Weighs the contenders among `tried` by the values that they gave to windows of `folds`.
fn weigh(tried: &mut [Tried], folds: &[usize]) -> Option<Stack> {
    let places = contenders(tried);
    let values = Array2::from_shape_fn((places.len(), folds.len()), |(row, window)| {
        f64::from(tried[places[row]].values[window])
    });
    let stack = Stack::of(&values, folds)?;
    for (&place, &weight) in places.iter().zip(&stack.weights) {
        tried[place].candidate.weight = weight;
    }
    Some(stack)
}

/// Coefficients of `member`, the weighted sum of those of the candidates `weighed`, which it contains.
fn sum(basis: &Basis, member: &Member, weighed: &[&Candidate]) -> Option<Vec<f64>> {
    let whole = basis.coupling(member.modes, member.radius);
    let mut coefficients = vec![0.0; whole.len()];
    for candidate in weighed {
        let coupling = basis.coupling(candidate.modes, candidate.radius);
        let own = basis.small_entropy_optimum(&coupling, candidate)?;
        for (place, own) in coupling.places_within(&whole).into_iter().zip(own) {
            coefficients[place] += candidate.weight * own;
        }
    }
    Some(coefficients)
}

/// The bound of every candidate of one layout.
fn screen(ground: &Ground, layout: &Layout, progress: &dyn Progress) -> Result<Vec<Tried>> {
    let mut found = Vec::new();
    for &modes in &layout.modes {
        for &radius in &layout.radii {
            go_on(progress)?;
            let trial = ground.trial(modes, radius);
            let candidate = |ridge| Candidate {
                patch: layout.patch,
                spacing: layout.spacing,
                modes,
                uncoupled: layout.uncoupled,
                radius,
                ridge,
                bound: 0.0,
                standard_error: 0.0,
                weight: 0.0,
            };
            let candidates: Vec<Candidate> = layout.ridges.iter().copied().map(candidate).collect();
            found.extend(ground.cross_validate(&trial, &candidates));
            progress.advance(candidates.len() as u64);
        }
    }
    Ok(found)
}

fn go_on(progress: &dyn Progress) -> Result<()> {
    if progress.stop_requested() { Err(stopped("the fit of modes")) } else { Ok(()) }
}

fn unsolved() -> Error {
    let remedy = "Give more movies, or state a larger ridge or fewer modes.";
    Error::NotConverged(Fault::new("modes", "moments that can be solved", "none", remedy))
}
