//! Fits local products to movies: tries kinds of products, and sums what is weighed.

use super::covariance::{Covariance, Neighbourhood};
use super::family::Family;
use super::model::Local;
use super::nodes::Nodes;
use super::penalty::Penalty;
use super::settings::{LocalMember, LocalPlan, LocalSettings};
use super::steps::{Products, Ready, StepFeatures};
use crate::estimator::background::Background;
use crate::estimator::linear::{
    Fitted, Search, Specification, Trial, deal, trials, unsolved, windows_of_folds,
};
use crate::estimator::model::{ClosedFit, ClosedForm, FitData, Model};
use crate::estimator::plans::EstimatorPlan;
use crate::estimator::windows::WindowShape;
use crate::transition::Run;
use cneep_movie::error::{Error, Result};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// An estimator on local products.
#[derive(Debug, Clone, Copy)]
pub(in crate::estimator) enum Kind {
    Currents,
    Invariants,
}

/// A kind of estimator, with what is stated of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::estimator) struct Stated {
    pub(in crate::estimator) kind: Kind,
    pub(in crate::estimator) settings: LocalSettings,
}

/// Sharpenings that are tried.
const SHARPENINGS: [f64; 2] = [2.0, 0.0];
/// Distance of nodes that is always tried, in pixels.
const COARSEST: usize = 16;
/// Finer ones, each with the least number of windows: fewer do not tell so many coefficients a place, and
/// only cost time. Of normal flow the first is not tried.
const FINER: [(usize, usize); 2] = [(4, 1000), (8, 100)];
/// Features of all windows, of one member, that are held at most: finer nodes that have more are not tried.
const MOST_FEATURES: usize = 1 << 28;
/// Ridges that are tried unless one is stated.
const RIDGES: [f64; 5] = [1e-3, 1e-2, 1e-1, 1.0, 10.0];
/// The same of coefficients that all places share, which are few.
const SHARED_RIDGES: [f64; 5] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1];
/// How many times the ridge the difference of neighbouring nodes is shrunk.
const SMOOTHNESS: [f64; 4] = [0.0, 10.0, 100.0, 1000.0];

/// Share of the right side that is left of the equations for what is kept, and for what folds try: of less
/// nothing is seen in the scores of a fold.
const REMAINDER: f64 = 1e-6;
const REMAINDER_OF_FOLDS: f64 = 1e-4;
/// Windows whose dS is found by one thread at a time.
const WINDOWS_AT_ONCE: usize = 16;

/// One member, and how its coefficients are shrunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OfMember {
    member: LocalMember,
    penalty: Penalty,
}

impl std::fmt::Display for OfMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let LocalMember { family, spacing, sharpening } = self.member;
        match family {
            Family::Currents => f.write_str("currents")?,
            Family::Invariants => f.write_str("invariants")?,
            Family::NormalFlow => f.write_str("normal flow")?,
        }
        match spacing {
            0 => f.write_str(" shared by all places")?,
            _ => write!(f, " on nodes {spacing} px apart")?,
        }
        write!(f, ", sharpening {sharpening}, smoothness {}", self.penalty.smoothness)
    }
}

impl Specification for OfMember {
    fn ridge(&self) -> f64 {
        self.penalty.ridge
    }

    fn has_terms_of(&self, other: &Self) -> bool {
        self.member == other.member
    }
}

/// What coefficients of one member are found from once the windows are gone.
struct Basis {
    member: LocalMember,
    covariance: Covariance,
}

impl Stated {
    /// The families whose members are tried.
    fn families(&self) -> &'static [Family] {
        match self.kind {
            Kind::Currents => &[Family::Currents, Family::NormalFlow],
            Kind::Invariants => &[Family::Invariants],
        }
    }

    /// The members that are tried on so many `windows` of this `shape`.
    pub(super) fn members(&self, shape: WindowShape, windows: usize) -> Vec<LocalMember> {
        let of_family = |&family: &Family| self.of_family(family, shape, windows);
        self.families().iter().flat_map(of_family).collect()
    }

    fn of_family(&self, family: Family, shape: WindowShape, windows: usize) -> Vec<LocalMember> {
        let LocalSettings { spacing, sharpening, .. } = self.settings;
        let (spacings, sharpenings) = match family {
            Family::Currents | Family::NormalFlow => {
                (spacings_told(family, shape, windows), &SHARPENINGS[..])
            }
            // Their second image is a blurred one.
            Family::Invariants => (vec![0], &SHARPENINGS[..1]),
        };
        let spacings = spacing.map_or(spacings, |spacing| vec![spacing]);
        let sharpenings = sharpening.map_or(sharpenings.to_vec(), |sharpening| vec![sharpening]);
        let member =
            |spacing| sharpenings.iter().map(move |&sharpening| LocalMember { family, spacing, sharpening });
        spacings.into_iter().flat_map(member).collect()
    }

    pub(super) fn penalties(&self, member: &LocalMember) -> Vec<Penalty> {
        let open = if member.spacing == 0 { SHARED_RIDGES } else { RIDGES };
        let ridges = self.settings.ridge.map_or(open.to_vec(), |ridge| vec![ridge]);
        let smoothness: &[f64] = if member.spacing == 0 { &[0.0] } else { &SMOOTHNESS };
        let with =
            |ridge: f64| smoothness.iter().map(move |times| Penalty { ridge, smoothness: ridge * times });
        ridges.into_iter().flat_map(with).collect()
    }
}

/// The distances of nodes that so many windows can tell, and whose features can be held; at least the
/// coarsest.
fn spacings_told(family: Family, shape: WindowShape, windows: usize) -> Vec<usize> {
    let is_told = |&&(spacing, least): &&(usize, usize)| {
        let nodes = Nodes::new(shape.rows, shape.columns, spacing).count();
        let features = nodes.saturating_mul(family.features()).saturating_mul(windows);
        windows >= least && features <= MOST_FEATURES
    };
    let tried = if family == Family::NormalFlow { &FINER[1..] } else { &FINER[..] };
    tried.iter().filter(is_told).map(|of| of.0).chain([COARSEST]).collect()
}

impl ClosedForm for Stated {
    fn fit(&self, data: &FitData) -> Result<ClosedFit> {
        let runs = data.runs();
        let shape = WindowShape::of(data.videos, data.window);
        let members = self.members(shape, runs.iter().map(|run| run.starts.len()).sum());
        let background = Background::of(data.videos, &runs, data.window).level()?;
        let ready = Ready { background, std: data.normalisation.std as f32 };
        let folds = deal(&runs, data.window);
        let count = members.iter().map(|member| self.penalties(member).len()).sum::<usize>();
        data.progress.begin("fitting local products (candidates)", count as u64);
        let fitted = |member: &LocalMember| self.fit_member(data, &runs, &ready, &folds, *member);
        let mut search = Search::new(members.iter().map(fitted))?;
        let stack = search.weigh().ok_or_else(unsolved)?;
        data.progress.end();
        let mut plan = LocalPlan::default();
        let mut parameters: Vec<f32> = ready.background.iter().copied().collect();
        for basis in &search.bases {
            let mut sum: Option<Vec<f64>> = None;
            let is_kept =
                |trial: &&Trial<OfMember>| trial.weight > 0.0 && trial.specification.member == basis.member;
            let kept: Vec<&Trial<OfMember>> = search.trials.iter().filter(is_kept).collect();
            let penalties: Vec<Penalty> = kept.iter().map(|trial| trial.specification.penalty).collect();
            for (trial, own) in kept.iter().zip(basis.covariance.optima(&penalties, REMAINDER)) {
                let sum = sum.get_or_insert_with(|| vec![0.0; own.len()]);
                sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += trial.weight * own);
            }
            if let Some(sum) = sum {
                plan.members.push(basis.member);
                parameters.extend(sum.into_iter().map(|w| w as f32));
            }
        }
        let model = Local::new(&plan, shape)?;
        let candidates = search.trials.iter().map(Trial::candidate).collect();
        let (plan, model) = (self.plan(plan), Box::new(model));
        Ok(ClosedFit { plan, model, parameters, candidates, stack })
    }

    fn zero(&self, shape: WindowShape) -> Result<(EstimatorPlan, Box<dyn Model>)> {
        let plan = LocalPlan::default();
        let model = Local::new(&plan, shape)?;
        Ok((self.plan(plan), Box::new(model)))
    }
}

impl Stated {
    fn plan(&self, plan: LocalPlan) -> EstimatorPlan {
        match self.kind {
            Kind::Currents => EstimatorPlan::Currents(plan),
            Kind::Invariants => EstimatorPlan::Invariants(plan),
        }
    }

    fn fit_member(
        &self,
        data: &FitData,
        runs: &[Run],
        ready: &Ready,
        folds: &[Option<usize>],
        member: LocalMember,
    ) -> Result<Fitted<OfMember, Basis>> {
        if data.progress.stop_requested() {
            return Err(Error::stopped("the fit of local products"));
        }
        let (_, rows, columns) = data.videos[0].frames().shape();
        let products = Products::of(&member, rows, columns);
        let features = products.of_runs(ready, data.videos, runs, data.window)?;
        let neighbourhood = Neighbourhood::new(&products.nodes, products.family.features());
        let (of_folds, outside) = windows_of_folds(folds);
        let mut all = neighbourhood.zero();
        for windows in &of_folds {
            neighbourhood.add(&mut all, &features, windows);
        }
        let penalties = self.penalties(&member);
        let mut values = vec![vec![0.0; folds.len()]; penalties.len()];
        for windows in &of_folds {
            // Summed a second time: those of all folds would take more room than the rest.
            let covariance = neighbourhood.without(&all, &features, windows);
            let solved = covariance.optima(&penalties, REMAINDER_OF_FOLDS);
            let of_windows = values_of(&features, windows, &solved);
            for (values, of) in values.iter_mut().zip(of_windows.columns()) {
                windows.iter().zip(of).for_each(|(&window, value)| values[window] = *value);
            }
        }
        neighbourhood.add(&mut all, &features, &outside);
        drop(features);
        let tried = penalties.iter().map(|&penalty| OfMember { member, penalty }).zip(values).collect();
        data.progress.advance(penalties.len() as u64);
        let trials = trials(tried, folds);
        let basis = Basis { member, covariance: Covariance::new(&neighbourhood, all) };
        Ok(Fitted { trials, basis, folds: folds.iter().copied().flatten().collect() })
    }
}

/// dS of the `windows` named with each of the vectors of coefficients, shape (window, vector).
fn values_of(features: &StepFeatures, windows: &[usize], coefficients: &[Vec<f64>]) -> Array2<f64> {
    let len = coefficients.first().map_or(0, Vec::len);
    let matrix = Array2::from_shape_fn((len, coefficients.len()), |(i, j)| coefficients[j][i]);
    let mut values = Array2::zeros((windows.len(), coefficients.len()));
    let chunks: Vec<_> = values.axis_chunks_iter_mut(Axis(0), WINDOWS_AT_ONCE).collect();
    chunks.into_par_iter().zip(windows.par_chunks(WINDOWS_AT_ONCE)).for_each(|(mut values, windows)| {
        let chosen = features.rows(windows).mapv(f64::from);
        values.assign(&chosen.dot(&matrix));
    });
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches nodes that are held whatever their number, that no data tell, none at all, and a stated
    /// distance that is not kept to.
    #[test]
    fn nodes_are_as_fine_as_can_be_held_and_told() {
        let of_family = |family, settings: LocalSettings, edge: usize, windows: usize| -> Vec<usize> {
            let stated = Stated { kind: Kind::Currents, settings };
            let shape = WindowShape { window: 2, rows: edge, columns: edge };
            let counted =
                |member: &&LocalMember| member.sharpening == SHARPENINGS[0] && member.family == family;
            stated.members(shape, windows).iter().filter(counted).map(|of| of.spacing).collect()
        };
        let spacings = |settings, edge, windows| of_family(Family::Currents, settings, edge, windows);
        let open = LocalSettings::default();
        assert_eq!(spacings(open, 512, 1999), [4, 8, 16]);
        assert_eq!(of_family(Family::NormalFlow, open, 512, 1999), [8, 16]);
        assert_eq!(spacings(open, 2048, 499), [8, 16]);
        assert_eq!(spacings(open, 8192, 10_000), [16]);
        assert_eq!(spacings(open, 64, 500), [8, 16]);
        assert_eq!(spacings(open, 64, 40), [16]);
        let stated = LocalSettings { spacing: Some(4), ..open };
        assert_eq!(spacings(stated, 2048, 499), [4]);
    }
}
