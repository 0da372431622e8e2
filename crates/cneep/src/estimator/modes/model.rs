//! Sums the terms of all members into one estimate, with its map.

use super::features::Features;
use super::settings::ModesPlan;
use super::statistics::Statistics;
use super::term::{Filled, Term};
use super::threshold::Threshold;
use crate::dissipation_map::MapGrid;
use crate::estimator::model::Model;
use crate::estimator::normalisation::Normalisation;
use crate::estimator::windows::{WindowShape, Windows};
use crate::transition::Transition;
use cneep_movie::error::{Error, Result};
use cneep_nn::Tensor;
use ndarray::{Array2, Array3};
use rayon::prelude::*;

/// The estimator on principal modes: a sum over patches of one or more sizes. Its map has full resolution:
/// the force density `U f`, summed over all patches, times the change of each pixel.
pub(in crate::estimator) struct Modes {
    terms: Vec<Term>,
    window: usize,
    frame: (usize, usize),
    tensors: Vec<Tensor>,
}

impl Modes {
    /// The estimator with the members of `plan`, for windows of this `shape`; without members it estimates
    /// zero.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] if a member has more modes than pixels.
    pub(in crate::estimator) fn new(plan: &ModesPlan, shape: WindowShape) -> Result<Self> {
        plan.check()?;
        let mut tensors: Vec<Tensor> = Vec::new();
        let mut terms = Vec::new();
        for (number, member) in plan.members.iter().enumerate() {
            let start = tensors.last().map_or(0, |tensor| tensor.range.end);
            let term = Term::new(number, member, shape, start)?;
            tensors.extend_from_slice(term.tensors());
            terms.push(term);
        }
        Ok(Self { terms, window: shape.window, frame: (shape.rows, shape.columns), tensors })
    }

    /// A term's part of the flat vector of parameters: modes, centres, statistics, coefficients.
    pub(super) fn parameters(
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

impl Model for Modes {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
        let mut values = vec![0.0; windows.len()];
        for term in self.fill(parameters, windows.normalisation()) {
            let share = term.entropy_production(&term.features(&term.coordinates(windows)?));
            values.iter_mut().zip(share).for_each(|(value, share)| *value += share);
        }
        Ok(values)
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.frame.0, columns: self.frame.1, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Result<Array3<f32>> {
        let terms = self.fill(parameters, windows.normalisation());
        let coordinates: Result<Vec<Vec<Array2<f64>>>> =
            terms.iter().map(|term| term.coordinates(windows)).collect();
        let coordinates = coordinates?;
        let features: Vec<Features> =
            terms.iter().zip(&coordinates).map(|(term, coordinates)| term.features(coordinates)).collect();
        let mut maps = Array3::zeros((windows.len(), self.frame.0, self.frame.1));
        let maps_of: Vec<_> = maps.outer_iter_mut().collect();
        maps_of.into_par_iter().enumerate().try_for_each(|(window, mut map)| {
            let forces = terms.iter().zip(&features).map(|(term, features)| {
                let mut row = features.blank();
                features.write(window, &mut row);
                term.forces(&row)
            });
            let forces: Vec<Array2<f64>> = forces.collect();
            let Transition { movie, start } = windows.transition(window);
            let frames = windows.videos()[movie].frames();
            let (rows, columns) = self.frame;
            // All pixels of a frame, and for terms that see those above a threshold alone, what they see.
            let pixels = |frame: usize| {
                let raw = frames.frame(frame)?;
                let above = |threshold: &Threshold| {
                    let mut pixels = raw.clone();
                    if let Some(pixels) = pixels.as_slice_mut() {
                        threshold.apply(0..rows, 0..columns, pixels);
                    }
                    pixels.mapv(f64::from)
                };
                let above: Vec<Option<Array2<f64>>> =
                    terms.iter().map(|term| term.threshold().map(above)).collect();
                Ok::<_, Error>((raw.mapv(f64::from), above))
            };
            let mut total = Array2::zeros(self.frame);
            let mut before = pixels(start)?;
            for step in 0..self.window - 1 {
                let after = pixels(start + step + 1)?;
                for (number, (term, forces)) in terms.iter().zip(&forces).enumerate() {
                    let frames = [&before, &after].map(|(all, above)| above[number].as_ref().unwrap_or(all));
                    term.add_to_map(&forces.row(step).to_vec(), frames, total.view_mut());
                }
                before = after;
            }
            map.assign(&total.mapv(|density: f64| density as f32));
            Ok(())
        })?;
        Ok(maps)
    }
}
