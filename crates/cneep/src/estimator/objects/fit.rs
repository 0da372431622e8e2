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
use ndarray::{Array2, Array3, s};
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
        let sample = Sample::of(data);
        let Fluctuations { mean, variance } = sample.fluctuations()?;
        let folds = deal(&runs, data.window);
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
            let all_modes = sample.principal_modes(&mean, &places, most)?;
            for &modes in &numbers {
                if data.progress.stop_requested() {
                    return Err(Error::stopped("the fit of objects"));
                }
                if counts(modes) {
                    let first: Array3<f32> = all_modes.slice(s![..modes, .., ..]).to_owned();
                    let labels = places.labels(mean.dim());
                    let picture = Picture::about(&mean, data.normalisation, objects, labels, first);
                    fitted.push(fit_scale(data, &runs, &folds, scale, picture, &places)?);
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

/// Finds the circulation between objects of one size, without each fold by turns, from the first step of
/// every window, and what it makes of the windows of that fold.
fn fit_scale(
    data: &FitData,
    runs: &[Run],
    folds: &[Option<usize>],
    scale: f64,
    picture: Picture,
    places: &Places,
) -> Result<Fitted<OfScale, Basis>> {
    let coordinates: Vec<Array2<f64>> = runs
        .iter()
        .map(|run| picture.coordinates(data.normalisation, &data.videos[run.movie], run.frames(data.window)))
        .collect::<Result<_>>()?;
    let neighbours = Neighbours::new(&places.centres, picture.modes_of_object());
    let count = folds.iter().flatten().max().map_or(0, |last| last + 1);
    let groups = (0..count).map(Some).chain([None]);
    let sums: Vec<Sums> = groups
        .map(|group| {
            let mut sums = Sums::zero(&neighbours);
            for (coordinates, starts) in coordinates.iter().zip(starts_of(runs, folds, group)) {
                for some in starts.chunks(SUMMED_AT_ONCE) {
                    sums.add(&Steps::between(&coordinates.view(), some), &neighbours);
                }
            }
            sums
        })
        .collect();
    let in_folds = sums[..count].iter().skip(1).fold(sums[0].clone(), |sum, own| sum.plus(own, 1.0));
    let mut values = vec![0.0; folds.len()];
    for (fold, own) in sums[..count].iter().enumerate() {
        let without = coupling(&in_folds.plus(own, -1.0), &neighbours);
        let mut first = 0;
        for ((run, coordinates), starts) in
            runs.iter().zip(&coordinates).zip(starts_of(runs, folds, Some(fold)))
        {
            let steps = entropy_production(&without, coordinates, &starts, data.window);
            for start in starts {
                values[first + start] = steps[start..start + data.window - 1].iter().sum();
            }
            first += run.starts.len();
        }
    }
    let coupling = coupling(&in_folds.plus(&sums[count], 1.0), &neighbours);
    let (objects, modes) = (places.centres.len(), picture.modes_of_object());
    let of = OfScale { scale, member: ObjectsMember { objects, modes, pairs: neighbours.pairs.len() } };
    let trials = trials(vec![(of, values)], folds);
    let basis = Basis { of, picture, coupling };
    Ok(Fitted { trials, basis, folds: folds.iter().copied().flatten().collect() })
}

/// Windows of each run that belong to the `wanted` fold, by their number in the run.
fn starts_of(runs: &[Run], folds: &[Option<usize>], wanted: Option<usize>) -> Vec<Vec<usize>> {
    let mut first = 0;
    let of_run = |run: &Run| {
        let own = &folds[first..first + run.starts.len()];
        first += run.starts.len();
        (0..own.len()).filter(|&start| own[start] == wanted).collect()
    };
    runs.iter().map(of_run).collect()
}

/// dS of the steps of a run that windows of `window` frames with these `starts` are made of; zero of others.
fn entropy_production(
    coupling: &Coupling,
    coordinates: &Array2<f64>,
    starts: &[usize],
    window: usize,
) -> Vec<f64> {
    let mut is_wanted = vec![false; coordinates.nrows() - 1];
    for &start in starts {
        is_wanted[start..start + window - 1].fill(true);
    }
    let wanted: Vec<usize> = (0..is_wanted.len()).filter(|&step| is_wanted[step]).collect();
    let of_some = |some: &[usize]| {
        let Steps { middles, changes } = Steps::between(&coordinates.view(), some);
        coupling.entropy_production(middles, &changes)
    };
    let found: Vec<Vec<f64>> = wanted.par_chunks(STEPS_AT_ONCE).map(of_some).collect();
    let mut steps = vec![0.0; is_wanted.len()];
    wanted.into_iter().zip(found.into_iter().flatten()).for_each(|(step, value)| steps[step] = value);
    steps
}
