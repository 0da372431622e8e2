//! Estimates entropy production as force times change, pixel by pixel.
//!
//! For overdamped dynamics `ln p(x, x') / p(x', x) = F(midpoint) . dx` to leading order in the frame interval, with F the
//! thermodynamic force (Frishman and Ronceray, Phys. Rev. X 10, 021009 (2020), doi 10.1103/PhysRevX.10.021009). Here both come from
//! pixels: `dS = sum_xy F(m)(x, y) d(x, y)`, m being even under reversal (for two frames their mean) and d odd (their
//! difference), so that dS is antisymmetric to the last bit whatever the parameters, and one pass serves both directions. A few
//! kernels, shared by overlapping cells of the frame or each cell's own, turn m and d into features of cells; a cell's force is linear in
//! the features of the cells around it, with coefficients of its own or, if `invariant`, shared by all. F is the transposed convolution of the
//! forces. Where cells have coefficients of their own, `density` places dS on the pixels; where all are alike, the map is `F d`.

mod coupling;
mod density;
mod grid;
mod kernels;
mod motion;
mod own_kernels;
mod parameters;
mod passes;
mod principal;
mod response;
mod settings;
mod start;

pub use settings::ForceSettings;

use super::model::{Beginning, GradientModel, Loss, Model};
use super::settings::Training;
use super::windows::Windows;
use crate::dissipation_map::MapGrid;
use cneep_movie::error::Result;
use cneep_nn::Tensor;
use coupling::Coupling;
use density::Density;
use grid::Grid;
use kernels::{mix, mixture_slopes};
use ndarray::{Array2, Array3, ArrayView1, Axis};
use parameters::Places;
use passes::{Pass, Shared, Slopes};
use rayon::prelude::*;
use response::Centring;
use start::{Sample, Search, gains, least_shrunk};
use std::ops::Range;

/// Windows of one chunk of a batch, and of an evaluation; fixed, so that bits do not depend on the threads.
const WINDOWS_OF_BATCH: usize = 16;
const WINDOWS_OF_RUN: usize = 64;
/// How many times farther mixtures turn and coefficients move than a weight of the convolutional network at the same learning rate. Both are
/// stored as this share of their natural unit.
const PACE: f32 = 5.0;
/// Ridges that are tried, in units of the mean squares of products.
const RIDGES: [f64; 5] = [1.0, 0.3, 0.1, 0.03, 0.01];
/// Features that are held in memory to find coefficients to start from, 256 megabytes, and windows at most: training follows.
const NUMBERS: usize = 1 << 26;
const WINDOWS: usize = 1 << 16;

/// The estimator that multiplies forces with changes.
pub struct Force {
    settings: ForceSettings,
    window: usize,
    coupling: Coupling,
    places: Places,
}

impl Force {
    /// The estimator of `settings`, for frames of `rows` x `columns` pixels.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] if cells are larger than the frame.
    pub fn new(settings: &Training, rows: usize, columns: usize) -> Result<Self> {
        let grid = Grid::new(&settings.force, rows, columns)?;
        let own = settings.force.complete(rows, columns);
        let invariant = own.is_invariant();
        let coupling = Coupling::new(grid, own.kernels.unwrap_or(1), settings.window / 2, invariant);
        let places = Places::new(&coupling, &own);
        Ok(Self { settings: own, window: settings.window, coupling, places })
    }

    fn shared<'a>(&'a self, parameters: &'a [f32], windows: &Windows) -> Shared<'a> {
        let places = &self.places;
        let background = &parameters[places.background.clone()];
        let scale = &parameters[places.scale.clone()];
        let coefficients = parameters[places.coefficients.clone()].iter().zip(scale);
        let components = &parameters[places.components.clone()];
        Shared {
            coupling: &self.coupling,
            window: self.window,
            centring: Centring { normalisation: windows.normalisation(), background },
            kernels: mix(
                &self.coupling.grid,
                self.coupling.channels,
                components,
                &parameters[places.mixture.clone()],
            ),
            expanded: self.coupling.expand(&coefficients.map(|(z, scale)| z * scale).collect::<Vec<_>>()),
        }
    }

    /// Features of windows spread evenly over all, as many as fit into memory.
    fn sample(&self, parameters: &[f32], windows: &Windows) -> Sample {
        let shared = self.shared(parameters, windows);
        let numbers = self.coupling.even_count() + self.coupling.pairs * self.coupling.odd_count();
        let chosen = principal::spread(windows.len(), (NUMBERS / numbers).min(WINDOWS));
        let parts: Vec<(Vec<f32>, Vec<f32>)> = chosen
            .par_chunks(WINDOWS_OF_RUN)
            .map(|chosen| {
                let (mut pass, mut even, mut odd) = (Pass::new(&shared), Vec::new(), Vec::new());
                for &window in chosen {
                    pass.forth(windows, window);
                    even.extend_from_slice(&pass.even);
                    odd.extend_from_slice(&pass.odd);
                }
                (even, odd)
            })
            .collect();
        let (even, odd): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        Sample { even: even.concat(), odd: odd.concat() }
    }
}

impl Model for Force {
    fn tensors(&self) -> &[Tensor] {
        &self.places.tensors
    }

    fn parameter_count(&self) -> usize {
        self.places.len()
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Vec<f32> {
        let shared = self.shared(parameters, windows);
        let mut values = vec![0.0; windows.len()];
        values.par_chunks_mut(WINDOWS_OF_RUN).enumerate().for_each(|(chunk, values)| {
            let mut pass = Pass::new(&shared);
            for (window, value) in (chunk * WINDOWS_OF_RUN..).zip(values) {
                *value = pass.forth(windows, window);
            }
        });
        values
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.coupling.grid.rows, columns: self.coupling.grid.columns, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Array3<f32> {
        let shared = self.shared(parameters, windows);
        let Coupling { grid, channels, .. } = &self.coupling;
        let density = Density::new(grid, *channels, &shared.kernels, &parameters[self.places.motion.clone()]);
        let mut maps = Array3::zeros((windows.len(), grid.rows, grid.columns));
        let chunks: Vec<_> = maps.axis_chunks_iter_mut(Axis(0), WINDOWS_OF_RUN).collect();
        chunks.into_par_iter().enumerate().for_each(|(chunk, mut maps)| {
            let mut pass = Pass::new(&shared);
            let first = chunk * WINDOWS_OF_RUN;
            let Some(density) = &density else {
                for (window, map) in (first..).zip(maps.outer_iter_mut()) {
                    pass.forth(windows, window);
                    pass.draw(map);
                }
                return;
            };
            let count = self.coupling.odd_count();
            // Products always have the same size, so that the bits of a map do not depend on the windows beside it.
            let blank = Array2::zeros((WINDOWS_OF_RUN, count));
            let mut work = vec![(blank.clone(), blank); self.coupling.pairs];
            for place in 0..maps.len_of(Axis(0)) {
                pass.forth(windows, first + place);
                let parts = pass.forces.chunks_exact(count).zip(pass.odd.chunks_exact(count));
                for ((forces, changes), part) in work.iter_mut().zip(parts) {
                    forces.row_mut(place).assign(&ArrayView1::from(part.0));
                    changes.row_mut(place).assign(&ArrayView1::from(part.1));
                }
            }
            for (forces, changes) in &work {
                density.add(forces, changes, &mut maps);
            }
        });
        maps
    }

    fn measured(&self) -> Range<usize> {
        self.places.motion.clone()
    }

    fn is_for_any_frame(&self) -> bool {
        self.settings.is_invariant()
    }
}

impl GradientModel for Force {
    /// Kernels are the first principal components of cells, coefficients the optimum for them under the least ridge whose bound on the
    /// validation windows is the highest within its error.
    fn begin(&mut self, beginning: &Beginning) -> Vec<f32> {
        let places = self.places.clone();
        let grid = self.coupling.grid;
        let mut parameters = vec![0.0; places.len()];
        if !self.settings.is_invariant() {
            parameters[places.background.clone()]
                .copy_from_slice(&principal::background(&grid, &beginning.train));
        }
        let background = parameters[places.background.clone()].to_vec();
        let count = places.components.len() / (grid.patch * grid.patch);
        let components = principal::components(&grid, &beginning.train, &background, count);
        parameters[places.components.clone()].copy_from_slice(&components);
        let mixture = &mut parameters[places.mixture.clone()];
        if self.settings.has_own_kernels() {
            let channels = self.coupling.channels;
            let unit = own_kernels::mixtures((&grid, channels), &beginning.train, &background, &components);
            mixture.iter_mut().zip(unit).for_each(|(slot, weight)| *slot = weight / PACE);
        } else {
            mixture.iter_mut().step_by(count + 1).for_each(|slot| *slot = 1.0 / PACE);
        }
        let train = self.sample(&parameters, &beginning.train);
        let validation = self.sample(&parameters, &beginning.validation);
        let search = Search::new(&self.coupling, &train);
        let ridges = self.settings.ridge.map_or(RIDGES.to_vec(), |ridge| vec![ridge]);
        let mut found = vec![0.0; self.coupling.len()];
        let mut tried = Vec::new();
        for ridge in ridges {
            found = search.improve(&found, ridge);
            tried.push((ridge, gains(&search.values(&validation, &found)), found.clone()));
        }
        if let Some((ridge, _, found)) = least_shrunk(tried) {
            self.settings.ridge = Some(ridge);
            let slots = parameters[places.coefficients.clone()].iter_mut();
            slots.zip(found).for_each(|(slot, z)| *slot = z as f32 / PACE);
        }
        let units = parameters[places.scale.clone()].iter_mut().zip(&search.scale);
        units.for_each(|(slot, scale)| *slot = PACE * scale);
        parameters
    }

    fn begins_fitted(&self) -> bool {
        true
    }

    fn complete(&self, settings: &mut Training) {
        settings.force = self.settings;
    }

    /// Maps need to know how pixels move with responses, unless all cells are alike.
    fn finish(&self, parameters: &mut [f32], train: &Windows) {
        if !self.settings.is_invariant() {
            let motion = motion::measure(&self.shared(parameters, train), train);
            parameters[self.places.motion.clone()].copy_from_slice(&motion);
        }
    }

    fn silence(&self, parameters: &mut [f32]) {
        parameters[self.places.coefficients.clone()].fill(0.0);
    }

    fn gradient(&self, parameters: &[f32], windows: &Windows, loss: &Loss, gradient: &mut [f32]) -> f64 {
        let (places, shared) = (&self.places, self.shared(parameters, windows));
        let count = windows.len() as f64;
        let all: Vec<usize> = (0..windows.len()).collect();
        let chunks: Vec<(f64, Slopes)> = all
            .par_chunks(WINDOWS_OF_BATCH)
            .map(|chunk| {
                let (mut pass, mut slopes, mut sum) = (Pass::new(&shared), Slopes::zero(&shared), 0.0);
                for &window in chunk {
                    let (loss, slope) = loss(pass.forth(windows, window));
                    sum += loss;
                    pass.back((f64::from(slope) / count) as f32, &mut slopes);
                }
                (sum, slopes)
            })
            .collect();
        let (mut sum, mut slopes) = (0.0, Slopes::zero(&shared));
        for (loss, part) in &chunks {
            sum += loss;
            slopes.add(part);
        }
        gradient.fill(0.0);
        let (components, mixture) =
            (&parameters[places.components.clone()], &parameters[places.mixture.clone()]);
        let along = mixture_slopes(&self.coupling.grid, components, mixture, &slopes.kernels);
        gradient[places.mixture.clone()].copy_from_slice(&along);
        let along = self.coupling.gather(&slopes.expanded);
        let ridge = self.settings.ridge.unwrap_or(0.0) as f32 * PACE * PACE;
        let noisy = self.coupling.kinds()[0].len();
        let coefficients = places.coefficients.clone().zip(places.scale.clone()).zip(along).enumerate();
        for (which, ((place, scale), slope)) in coefficients {
            let pull = if which < noisy { ridge * parameters[place] } else { 0.0 };
            gradient[place] = slope * parameters[scale] + pull;
        }
        sum / count
    }
}

#[cfg(test)]
mod tests;
