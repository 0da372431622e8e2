//! Fits a field of objects: finds them, their modes, and the circulation between neighbours.

use super::circulation::{Alike, Sums, coupling};
use super::model::Objects;
use super::picture::Picture;
use super::places::{Places, fluctuations};
use super::settings::{MOST_MODES, ObjectsMember, ObjectsPlan, ObjectsSettings};
use crate::estimator::linear::{Fitted, Search, Specification, Trial, deal, trials, unsolved};
use crate::estimator::local::slope;
use crate::estimator::model::{ClosedFit, ClosedForm, FitData, Model};
use crate::estimator::plans::EstimatorPlan;
use crate::estimator::subspace::leading_components;
use crate::estimator::windows::WindowShape;
use crate::transition::Run;
use cneep_movie::error::{Error, Result};
use nalgebra::DMatrix;
use ndarray::{Array2, Array3};
use rayon::prelude::*;

/// Sizes of objects that are tried, in pixels, and the reach of their pixels in sizes.
pub(super) const SCALES: [f64; 2] = [3.0, 1.5];
const REACH: f64 = 3.0;
/// Modes of each object.
pub(super) const MODES: [usize; 2] = [1, 2];
/// Products with the covariance by which modes are found, and frames that are looked at.
const PRODUCTS: usize = 4;
const FRAMES: usize = 1000;

/// One size of objects.
#[derive(Debug, Clone, Copy, PartialEq)]
struct OfScale {
    scale: f64,
    member: ObjectsMember,
}

impl std::fmt::Display for OfScale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ObjectsMember { objects, modes } = self.member;
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
    coupling: DMatrix<f64>,
}

impl ClosedForm for ObjectsSettings {
    fn fit(&self, data: &FitData) -> Result<ClosedFit> {
        let runs = data.runs();
        let shape = WindowShape::of(data.videos, data.window);
        let sampled = sampled(data, &runs)?;
        let [mean, variance] = fluctuations(&sampled);
        let folds = deal(&runs, data.window);
        let scales = self.scale.map_or(SCALES.to_vec(), |scale| vec![scale]);
        let numbers = self.modes.map_or(MODES.to_vec(), |modes| vec![modes]);
        data.progress.begin("fitting objects (candidates)", (scales.len() * numbers.len()) as u64);
        let mut fitted: Vec<Fitted<OfScale, Basis>> = Vec::new();
        for scale in scales {
            let places = Places::of(&variance, scale, REACH * scale);
            let objects = places.centres.len();
            let smallest = places.pixels.iter().map(Vec::len).min().unwrap_or(0);
            for &modes in &numbers {
                if data.progress.stop_requested() {
                    return Err(Error::stopped("the fit of objects"));
                }
                if objects > 0 && objects * modes <= MOST_MODES && smallest > modes {
                    let member = ObjectsMember { objects, modes };
                    let picture = picture(data, &sampled, &mean, &places, modes)?;
                    let of = OfScale { scale, member };
                    match fit_scale(data, &runs, &folds, of, picture, &places) {
                        // One that cannot be solved for takes no other down.
                        Err(Error::NotConverged(_)) => {}
                        of => fitted.push(of?),
                    }
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
                parameters.extend(Objects::parameters(&basis.picture, &(&basis.coupling * trial.weight)));
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

/// Frames to look at, spread evenly over the runs.
fn sampled(data: &FitData, runs: &[Run]) -> Result<Vec<Array2<f32>>> {
    let frames: Vec<(usize, usize)> =
        runs.iter().flat_map(|run| run.frames(data.window).map(|frame| (run.movie, frame))).collect();
    let every = frames.len().div_ceil(FRAMES).max(1);
    let read = |&(movie, frame): &(usize, usize)| data.videos[movie].frames().frame(frame);
    frames.par_iter().step_by(every).map(read).collect()
}

/// Draws the principal modes of every object.
fn picture(
    data: &FitData,
    sampled: &[Array2<f32>],
    mean: &Array2<f64>,
    places: &Places,
    modes: usize,
) -> Result<Picture> {
    let columns = mean.ncols();
    let of_mean = mean.mapv(|value| value as f32);
    let slopes = [slope(&of_mean, 0), slope(&of_mean, 1)];
    let components: Vec<(DMatrix<f64>, Vec<f32>)> = places
        .pixels
        .par_iter()
        .enumerate()
        .map(|(object, pixels)| {
            let value = |frame: &Array2<f32>, pixel: usize| {
                let at = [pixel / columns, pixel % columns];
                f64::from(frame[at]) - mean[at]
            };
            let centred =
                DMatrix::from_fn(sampled.len(), pixels.len(), |t, place| value(&sampled[t], pixels[place]));
            let times = |basis: &DMatrix<f64>| Ok(centred.tr_mul(&(&centred * basis)));
            let (_, mut found) = leading_components(pixels.len(), modes, PRODUCTS, object as u64, times)?;
            // Modes of objects that look alike get the same sign: that of a displacement.
            for mode in 0..modes {
                let along = |slope: &Array2<f32>| -> f64 {
                    let own = pixels.iter().enumerate();
                    own.map(|(place, &pixel)| {
                        found[(place, mode)] * f64::from(slope[[pixel / columns, pixel % columns]])
                    })
                    .sum()
                };
                let shares = [along(&slopes[0]), along(&slopes[1])];
                if shares[usize::from(shares[1].abs() > shares[0].abs())] < 0.0 {
                    found.column_mut(mode).neg_mut();
                }
            }
            let centre = |mode: usize| {
                let sum: f64 = pixels
                    .iter()
                    .enumerate()
                    .map(|(place, &pixel)| {
                        f64::from(found[(place, mode)] as f32) * mean[[pixel / columns, pixel % columns]]
                    })
                    .sum();
                (sum / data.normalisation.std) as f32
            };
            let centres = (0..modes).map(centre).collect();
            Ok((found, centres))
        })
        .collect::<Result<_>>()?;
    let mut labels = Array2::zeros(mean.dim());
    let mut pictures = Array3::zeros((modes, mean.nrows(), columns));
    for (object, (pixels, (found, _))) in places.pixels.iter().zip(&components).enumerate() {
        for (place, &pixel) in pixels.iter().enumerate() {
            let (row, column) = (pixel / columns, pixel % columns);
            labels[[row, column]] = (object + 1) as f32;
            for mode in 0..modes {
                pictures[[mode, row, column]] = found[(place, mode)] as f32;
            }
        }
    }
    let centres = components.into_iter().flat_map(|(_, centres)| centres).collect();
    Ok(Picture { labels, modes: pictures, centres })
}

/// Finds the circulation between objects of one size, without each fold by turns, from the first step of
/// every window, and what it makes of the windows of that fold.
fn fit_scale(
    data: &FitData,
    runs: &[Run],
    folds: &[Option<usize>],
    of: OfScale,
    picture: Picture,
    places: &Places,
) -> Result<Fitted<OfScale, Basis>> {
    let window = data.window;
    let coordinates: Vec<Array2<f64>> = runs
        .iter()
        .map(|run| picture.coordinates(data.normalisation, &data.videos[run.movie], run.frames(window)))
        .collect::<Result<_>>()?;
    let len = picture.len();
    let steps = |wanted: Option<usize>| {
        let mut places = Vec::new();
        let mut first = 0;
        for (run, of_run) in runs.iter().enumerate() {
            let count = of_run.starts.len();
            places.extend((0..count).filter(|step| folds[first + step] == wanted).map(|step| (run, step)));
            first += count;
        }
        places
    };
    let middles_and_changes = |places: &[(usize, usize)]| {
        let at = |(run, frame): (usize, usize), mode: usize| coordinates[run][[frame, mode]];
        let middle = |row: usize, mode: usize| {
            let (run, step) = places[row];
            0.5 * (at((run, step), mode) + at((run, step + 1), mode))
        };
        let change = |row: usize, mode: usize| {
            let (run, step) = places[row];
            at((run, step + 1), mode) - at((run, step), mode)
        };
        (DMatrix::from_fn(places.len(), len, middle), DMatrix::from_fn(places.len(), len, change))
    };
    let count = folds.iter().flatten().max().map_or(0, |last| last + 1);
    let groups: Vec<Option<usize>> = (0..count).map(Some).chain([None]).collect();
    let sums: Vec<Sums> = groups
        .par_iter()
        .map(|&group| {
            let mut sums = Sums::zero(len);
            for places in steps(group).chunks(512) {
                let (middles, changes) = middles_and_changes(places);
                sums.add(&middles, &changes);
            }
            sums
        })
        .collect();
    let in_folds = sums[..count].iter().skip(1).fold(sums[0].clone(), |sum, own| sum.plus(own, 1.0));
    let alike = Alike::new(&places.centres, of.member.modes);
    let couplings: Vec<Option<DMatrix<f64>>> =
        sums[..count].par_iter().map(|own| coupling(&in_folds.plus(own, -1.0), &alike)).collect();
    let mut values = vec![0.0; folds.len()];
    let mut first = 0;
    for (run, of_run) in runs.iter().enumerate() {
        for start in 0..of_run.starts.len() {
            let Some(fold) = folds[first + start] else { continue };
            let Some(matrix) = &couplings[fold] else { return Err(unsolved()) };
            let place: Vec<(usize, usize)> = (start..start + window - 1).map(|step| (run, step)).collect();
            let (middles, changes) = middles_and_changes(&place);
            values[first + start] = (middles * matrix).component_mul(&changes).sum();
        }
        first += of_run.starts.len();
    }
    let all = in_folds.plus(&sums[count], 1.0);
    let matrix = coupling(&all, &alike).ok_or_else(unsolved)?;
    let trials = trials(vec![(of, values)], folds);
    let basis = Basis { of, picture, coupling: matrix };
    Ok(Fitted { trials, basis, folds: folds.iter().copied().flatten().collect() })
}
