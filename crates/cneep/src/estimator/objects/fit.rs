//! Fits a field of objects: finds them, their modes, and the circulation between neighbours.

use super::circulation::coupling;
use super::coupling::Coupling;
use super::model::{Objects, STEPS_AT_ONCE};
use super::neighbours::Neighbours;
use super::picture::Picture;
use super::places::Places;
use super::principal::{Fluctuations, Sample};
use super::settings::{MOST_MODES, ObjectsMember, ObjectsPlan, ObjectsSettings};
use super::sums::{Steps, Sums};
use crate::estimator::linear::{Fitted, Search, Specification, Trial, deal, trials, unsolved};
use crate::estimator::model::{ClosedFit, ClosedForm, FitData, Model};
use crate::estimator::plans::EstimatorPlan;
use crate::estimator::windows::WindowShape;
use crate::transition::Run;
use cneep_movie::error::{Error, Result};
use ndarray::{Array3, ArrayView3, s};
use rayon::prelude::*;

/// Sizes of objects that are tried, in pixels, and the reach of their pixels in sizes.
pub(super) const SCALES: [f64; 2] = [3.0, 1.5];
const REACH: f64 = 3.0;
/// Modes of each object.
pub(super) const MODES: [usize; 2] = [1, 2];
/// Steps whose products are summed together.
pub(super) const SUMMED_AT_ONCE: usize = 512;

/// One size of objects.
#[derive(Debug, Clone, Copy, PartialEq)]
struct OfScale {
    scale: f64,
    member: ObjectsMember,
}

impl std::fmt::Display for OfScale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ObjectsMember { objects, modes, .. } = self.member;
        write!(f, "{modes} modes of each of {objects} objects of {} px", self.scale)
    }
}

impl Specification for OfScale {
    fn ridge(&self) -> f64 {
        0.0
    }

    fn has_terms_of(&self, other: &Self) -> bool {
        self == other
    }
}

/// Objects of one size with their coordinates.
struct Basis {
    of: OfScale,
    picture: Picture,
    coupling: Coupling,
}

impl ClosedForm for ObjectsSettings {
    fn fit(&self, data: &FitData) -> Result<ClosedFit> {
        let runs = data.runs();
        let shape = WindowShape::of(data.videos, data.window);
        let sample = Sample::of(data, &runs);
        let Fluctuations { mean, variance } = sample.fluctuations()?;
        let windows = InFolds::new(&runs, data.window);
        let scales = self.scale.map_or(SCALES.to_vec(), |scale| vec![scale]);
        let numbers = self.modes.map_or(MODES.to_vec(), |modes| vec![modes]);
        data.progress.begin("fitting objects (candidates)", (scales.len() * numbers.len()) as u64);
        let mut fitted: Vec<Fitted<OfScale, Basis>> = Vec::new();
        for scale in scales {
            let places = Places::of(&variance, scale, REACH * scale);
            let objects = places.centres.len();
            let smallest = places.pixels.iter().map(Vec::len).min().unwrap_or(0);
            let counts = |modes: usize| objects * modes <= MOST_MODES && smallest > modes;
            let most = numbers.iter().copied().filter(|&modes| counts(modes)).max();
            let Some(most) = most.filter(|_| objects > 0) else {
                data.progress.advance(numbers.len() as u64);
                continue;
            };
            let modes = sample.principal_modes(&mean, &places, most)?;
            let all = Picture::about(&mean, data.normalisation, objects, places.labels(mean.dim()), modes);
            let project = |run: &Run| {
                all.coordinates(data.normalisation, &data.videos[run.movie], run.frames(data.window))
            };
            let coordinates: Vec<Array3<f64>> = runs.iter().map(project).collect::<Result<_>>()?;
            for &modes in &numbers {
                if data.progress.stop_requested() {
                    return Err(Error::stopped("the fit of objects"));
                }
                if counts(modes) {
                    let coordinates: Vec<_> =
                        coordinates.iter().map(|of| of.slice(s![.., .., ..modes])).collect();
                    fitted.push(fit_scale(&windows, &coordinates, scale, all.of_first(modes), &places));
                }
                data.progress.advance(1);
            }
        }
        let mut search = Search::new(fitted.into_iter().map(Ok))?;
        let stack = search.weigh().ok_or_else(unsolved)?;
        data.progress.end();
        let candidates = search.trials.iter().map(Trial::candidate).collect();
        let mut plan = ObjectsPlan::default();
        let mut parameters = Vec::new();
        for (trial, basis) in search.trials.iter().zip(&search.bases) {
            if trial.weight > 0.0 {
                plan.members.push(basis.of.member);
                parameters.extend(Objects::parameters(&basis.picture, &basis.coupling, trial.weight));
            }
        }
        let model = Objects::new(&plan, shape)?;
        let (plan, model) = (EstimatorPlan::Objects(plan), Box::new(model));
        Ok(ClosedFit { plan, model, parameters, candidates, stack })
    }

    fn zero(&self, shape: WindowShape) -> Result<(EstimatorPlan, Box<dyn Model>)> {
        let plan = ObjectsPlan::default();
        let model = Objects::new(&plan, shape)?;
        Ok((EstimatorPlan::Objects(plan), Box::new(model)))
    }
}

/// Windows of runs, dealt to folds.
struct InFolds {
    /// Frames of a window.
    window: usize,
    /// Fold of every window, if it belongs to one.
    folds: Vec<Option<usize>>,
    /// Place of the first window of every run among all.
    firsts: Vec<usize>,
    /// Windows of each fold, and of none, by their number in each run.
    starts: Vec<Vec<Vec<usize>>>,
}

impl InFolds {
    fn new(runs: &[Run], window: usize) -> Self {
        let folds = deal(runs, window);
        let count = folds.iter().flatten().max().map_or(0, |last| last + 1);
        let mut starts = vec![vec![Vec::new(); runs.len()]; count + 1];
        let mut firsts = Vec::with_capacity(runs.len());
        let mut first = 0;
        for (number, run) in runs.iter().enumerate() {
            firsts.push(first);
            for (start, fold) in folds[first..first + run.starts.len()].iter().enumerate() {
                starts[fold.unwrap_or(count)][number].push(start);
            }
            first += run.starts.len();
        }
        Self { window, folds, firsts, starts }
    }
}

/// Finds the circulation between objects of one size, without each fold by turns, from the first step of
/// every window, and what it makes of the windows of that fold.
fn fit_scale(
    windows: &InFolds,
    coordinates: &[ArrayView3<f64>],
    scale: f64,
    picture: Picture,
    places: &Places,
) -> Fitted<OfScale, Basis> {
    let neighbours = Neighbours::new(&places.centres, picture.modes_of_object());
    let sum = |starts: &Vec<Vec<usize>>| {
        let mut sums = Sums::zero(&neighbours);
        for (coordinates, starts) in coordinates.iter().zip(starts) {
            for some in starts.chunks(SUMMED_AT_ONCE) {
                sums.add(&Steps::between(coordinates, some), &neighbours);
            }
        }
        sums
    };
    let sums: Vec<Sums> = windows.starts.iter().map(sum).collect();
    let count = sums.len() - 1;
    let in_folds = sums[..count].iter().skip(1).fold(sums[0].clone(), |sum, own| sum.plus(own, 1.0));
    let mut values = vec![0.0; windows.folds.len()];
    for (own, starts) in sums[..count].iter().zip(&windows.starts) {
        let without = coupling(&in_folds.plus(own, -1.0), &neighbours);
        for ((coordinates, starts), first) in coordinates.iter().zip(starts).zip(&windows.firsts) {
            let steps = entropy_production(&without, coordinates, starts, windows.window);
            for &start in starts {
                values[first + start] = steps[start..start + windows.window - 1].iter().sum();
            }
        }
    }
    let coupling = coupling(&in_folds.plus(&sums[count], 1.0), &neighbours);
    let (objects, modes) = (places.centres.len(), picture.modes_of_object());
    let of = OfScale { scale, member: ObjectsMember { objects, modes, pairs: neighbours.pairs.len() } };
    let trials = trials(vec![(of, values)], &windows.folds);
    let basis = Basis { of, picture, coupling };
    Fitted { trials, basis, folds: windows.folds.iter().copied().flatten().collect() }
}

/// dS of the steps of a run that windows of `window` frames with these `starts` are made of; zero of others.
fn entropy_production(
    coupling: &Coupling,
    coordinates: &ArrayView3<f64>,
    starts: &[usize],
    window: usize,
) -> Vec<f64> {
    let mut is_wanted = vec![false; coordinates.dim().0 - 1];
    for &start in starts {
        is_wanted[start..start + window - 1].fill(true);
    }
    let wanted: Vec<usize> = (0..is_wanted.len()).filter(|&step| is_wanted[step]).collect();
    let of_some = |some: &[usize]| coupling.entropy_production(Steps::between(coordinates, some));
    let found: Vec<Vec<f64>> = wanted.par_chunks(STEPS_AT_ONCE).map(of_some).collect();
    let mut steps = vec![0.0; is_wanted.len()];
    wanted.into_iter().zip(found.into_iter().flatten()).for_each(|(step, value)| steps[step] = value);
    steps
}
