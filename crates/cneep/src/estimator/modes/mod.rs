//! Estimates entropy production from principal modes, in closed form and in seconds.
//!
//! Frames are projected on their principal components, `c = U^T (I - mean)`. For a window, the mean `m` of its coordinates
//! does not change under reversal, and the changes `d` between the frames that reversal exchanges change sign, so
//! `dS = sum_ij B_ij phi_i d_j` with `phi = (1, m)` is antisymmetric whatever B. It is the leading order of the entropy
//! production of overdamped dynamics whose force is linear in the modes; compare the stochastic force inference of Frishman
//! and Ronceray, Phys. Rev. X 10, 021009 (2020), doi 10.1103/PhysRevX.10.021009, and the modes of Gnesotto et al., Nat.
//! Commun. 11, 5378 (2020), doi 10.1038/s41467-020-18796-9. B maximises the objective that trains the networks, which is
//! concave in it.

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
mod newton;
mod patches;
mod principal;
mod projection;
mod reach;
mod ridge;
mod settings;
mod term;

pub use candidates::Candidate;
pub use settings::{Member, ModesSettings};

pub(super) use fit::{Fit, fit};

use super::model::Model;
use super::normalisation::Normalisation;
use super::settings::Training;
use super::windows::Windows;
use crate::dissipation_map::MapGrid;
use crate::error::{Error, Fault, Result};
use cneep_nn::Tensor;
use features::Features;
use ndarray::{Array2, Array3};
use patches::Patches;
use rayon::prelude::*;
use reach::Reach;
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

    /// A term's part of the flat vector of parameters: modes, centres, reach, coefficients.
    fn parameters(modes: &[Array2<f64>], centres: &[f64], reach: &Reach, coefficients: &[f64]) -> Vec<f32> {
        let of_modes = modes.iter().flat_map(|modes| modes.t().iter().copied().collect::<Vec<_>>());
        of_modes
            .chain(centres.iter().copied())
            .chain(reach.even.iter().copied())
            .chain(reach.odd.iter().copied())
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
            let share = term.entropy_production(&term.features(windows));
            values.iter_mut().zip(share).for_each(|(value, share)| *value += share);
        }
        values.into_iter().map(|value| value as f32).collect()
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.frame.0, columns: self.frame.1, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Array3<f32> {
        let terms = self.fill(parameters, windows.normalisation());
        let features: Vec<Features> = terms.iter().map(|term| term.features(windows)).collect();
        let starts: Vec<(usize, usize)> =
            windows.runs().flat_map(|run| run.starts.map(move |start| (run.movie, start))).collect();
        let mut maps = Array3::zeros((windows.len(), self.frame.0, self.frame.1));
        let maps_of: Vec<_> = maps.outer_iter_mut().collect();
        maps_of.into_par_iter().zip(starts).enumerate().for_each(|(window, (mut map, (movie, start)))| {
            let pixels = windows.videos()[movie].frames();
            let mut total = Array2::zeros(self.frame);
            let forces: Vec<Vec<f64>> = terms
                .iter()
                .zip(&features)
                .map(|(term, features)| term.forces(features.row(window).0))
                .collect();
            for pair in 0..self.window / 2 {
                let (before, after) =
                    (pixels.frame(start + pair), pixels.frame(start + self.window - 1 - pair));
                let change = (&after.mapv(f64::from) - &before.mapv(f64::from)) / windows.normalisation().std;
                let mut force: Array2<f64> = Array2::zeros(self.frame);
                for ((term, features), forces) in terms.iter().zip(&features).zip(&forces) {
                    term.add_forces(forces, pair, force.view_mut());
                    let odd = features.row(window).1;
                    term.add_limits((forces, odd), (pair, &change), total.view_mut());
                }
                total += &(force * change);
            }
            map.assign(&total.mapv(|density| density as f32));
        });
        maps
    }
}
