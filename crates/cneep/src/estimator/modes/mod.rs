//! Estimates entropy production from principal modes, in closed form and in seconds.
//!
//! Frames are projected on their principal components, `c = U^T (I - mean)`. Along the path of the coordinates through a window, smoothed as far as
//! the camera's noise blurs it, every step has a middle `m` that reversal keeps and a change `d` whose sign it changes, so
//! `dS = sum_steps sum_ij B_ij phi_i d_j` with `phi = (1, m)` is antisymmetric whatever B. It is the leading order of the entropy
//! production of overdamped dynamics whose force is linear in the modes; compare the stochastic force inference of Frishman
//! and Ronceray, Phys. Rev. X 10, 021009 (2020), doi 10.1103/PhysRevX.10.021009, and the modes of Gnesotto et al., Nat.
//! Commun. 11, 5378 (2020), doi 10.1038/s41467-020-18796-9. B maximises the objective that trains the
//! networks to second order in dS, under a ridge.

mod basis;
mod candidates;
mod cholesky;
mod coupling;
mod features;
mod fit;
mod folds;
mod ground;
mod layout;
mod moments;
mod patches;
mod path;
mod principal;
mod projection;
mod relevance;
mod ridge;
mod settings;
mod statistics;
mod term;

pub use candidates::Candidate;
pub use settings::{Member, ModesSettings};

pub(super) use fit::{Fit, fit};

use super::model::Model;
use super::normalisation::Normalisation;
use super::settings::Training;
use super::windows::Windows;
use crate::dissipation_map::MapGrid;
use crate::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_nn::Tensor;
use features::Features;
use ndarray::{Array2, Array3};
use patches::Patches;
use rayon::prelude::*;
use statistics::Statistics;
use term::{Filled, Term};

/// The estimator on principal modes: a sum over patches of one or more sizes. Its map has full resolution: the force density `U f`, summed
/// over all patches, times the change of each pixel.
pub struct Modes {
    terms: Vec<Term>,
    window: usize,
    frame: (usize, usize),
    tensors: Vec<Tensor>,
}

impl Modes {
    /// The estimator with the members that `settings` state, for frames of `rows` x `columns` pixels; without members it estimates zero.
    ///
    /// # Errors
    /// [`Error::Setting`] if the settings ask for more modes than pixels.
    pub fn new(settings: &Training, rows: usize, columns: usize) -> Result<Self> {
        let mut tensors: Vec<Tensor> = Vec::new();
        let mut terms = Vec::new();
        for numbered in settings.modes.members.iter().enumerate() {
            let start = tensors.last().map_or(0, |tensor| tensor.range.end);
            let term = Term::new(numbered, (rows, columns), settings.window, start)?;
            tensors.extend_from_slice(term.tensors());
            terms.push(term);
        }
        Ok(Self { terms, window: settings.window, frame: (rows, columns), tensors })
    }

    /// A term's part of the flat vector of parameters: modes, centres, statistics, coefficients.
    fn parameters(
        modes: &[Array2<f64>],
        centres: &[f64],
        statistics: &Statistics,
        coefficients: &[f64],
    ) -> Vec<f32> {
        let of_modes = modes.iter().flat_map(|modes| modes.t().iter().copied().collect::<Vec<_>>());
        of_modes
            .chain(centres.iter().copied())
            .chain(statistics.means.iter().copied())
            .chain(statistics.changes.iter().copied())
            .chain(statistics.noise.iter().copied())
            .chain(coefficients.iter().copied())
            .map(|x| x as f32)
            .collect()
    }

    fn fill(&self, parameters: &[f32], normalisation: Normalisation) -> Vec<Filled<'_>> {
        self.terms.iter().map(|term| term.fill(parameters, normalisation)).collect()
    }
}

/// Refuses more modes than a patch has pixels.
fn check_mode_count(modes: usize, patches: &Patches) -> Result<()> {
    if modes <= patches.pixels() {
        return Ok(());
    }
    let expected = format!("at most as many modes as a patch has pixels, {}", patches.pixels());
    let remedy = "Take fewer modes.";
    Err(Error::Setting(Fault::new("modes.modes", expected, modes.to_string(), remedy)))
}

impl Model for Modes {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn parameter_count(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Vec<f32> {
        let mut values = vec![0.0; windows.len()];
        for term in self.fill(parameters, windows.normalisation()) {
            let share = term.entropy_production(&term.features(&term.coordinates(windows)));
            values.iter_mut().zip(share).for_each(|(value, share)| *value += share);
        }
        values.into_iter().map(|value| value as f32).collect()
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.frame.0, columns: self.frame.1, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Array3<f32> {
        let terms = self.fill(parameters, windows.normalisation());
        let coordinates: Vec<Vec<Array2<f64>>> = terms.iter().map(|term| term.coordinates(windows)).collect();
        let features: Vec<Features> =
            terms.iter().zip(&coordinates).map(|(term, coordinates)| term.features(coordinates)).collect();
        let mut maps = Array3::zeros((windows.len(), self.frame.0, self.frame.1));
        let maps_of: Vec<_> = maps.outer_iter_mut().collect();
        maps_of.into_par_iter().enumerate().for_each(|(window, mut map)| {
            let forces = terms.iter().zip(&features).map(|(term, features)| {
                let mut row = features.blank();
                features.write(window, &mut row);
                term.forces(&row)
            });
            let forces: Vec<Array2<f64>> = forces.collect();
            let Transition { movie, start } = windows.transition(window);
            let pixels = |frame: usize| windows.videos()[movie].frames().frame(frame).mapv(f64::from);
            let std = windows.normalisation().std;
            let mut total = Array2::zeros(self.frame);
            let mut before = pixels(start);
            for step in 0..self.window - 1 {
                let after = pixels(start + step + 1);
                let change = (&after - &before) / std;
                before = after;
                for (term, forces) in terms.iter().zip(&forces) {
                    term.add_to_map(&forces.row(step).to_vec(), &change, total.view_mut());
                }
            }
            map.assign(&total.mapv(|density: f64| density as f32));
        });
        maps
    }
}
