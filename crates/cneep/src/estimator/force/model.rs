//! Passes windows through forces and changes, and finds where to begin.

use super::coupling::Coupling;
use super::density::Density;
use super::grid::Grid;
use super::kernels::{mix, mixture_gradient};
use super::parameters::Places;
use super::passes::{Gradient, Pass, Shared};
use super::response::Centring;
use super::settings::{ForcePlan, ForceSettings};
use super::start::{Sample, Search, Trial, gains, least_shrunk};
use super::{own_kernels, pixel_response_covariance, principal};
use crate::dissipation_map::MapGrid;
use crate::estimator::descent::DescentSettings;
use crate::estimator::linear::improve;
use crate::estimator::model::{Beginning, GradientModel, Loss, Model};
use crate::estimator::plans::EstimatorPlan;
use crate::estimator::windows::{WindowShape, Windows};
use cneep_movie::error::Result;
use cneep_movie::memory;
use cneep_nn::Tensor;
use ndarray::{Array2, Array3, ArrayView1, Axis};
use rayon::prelude::*;
use std::ops::Range;

/// Windows of one chunk of a batch, and of an evaluation; fixed, so that bits do not depend on the threads.
const WINDOWS_OF_BATCH: usize = 16;
const WINDOWS_OF_RUN: usize = 64;
/// How many times farther mixtures turn and coefficients move than a weight of the convolutional network at
/// the same learning rate. Both are stored as this share of their natural unit.
pub(super) const PACE: f32 = 5.0;
/// Ridges that are tried, in units of the mean squares of products.
const RIDGES: [f64; 5] = [1.0, 0.3, 0.1, 0.03, 0.01];
/// Features that are held in memory to find coefficients to start from, 256 megabytes, and windows at most:
/// training follows.
const NUMBERS: usize = 1 << 26;
const WINDOWS: usize = 1 << 16;

/// The estimator that multiplies forces with changes.
pub(in crate::estimator) struct Force {
    pub(super) plan: ForcePlan,
    descent: DescentSettings,
    /// The ridge is chosen at the beginning.
    is_ridge_open: bool,
    window: usize,
    pub(super) coupling: Coupling,
    pub(super) places: Places,
}

impl Force {
    /// The estimator of `settings`, for windows of this `shape`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] if cells are larger than the frame.
    pub(in crate::estimator) fn new(settings: &ForceSettings, shape: WindowShape) -> Result<Self> {
        let model = Self::of_plan(&settings.plan(shape.rows, shape.columns), shape)?;
        Ok(Self { descent: settings.descent.clone(), is_ridge_open: settings.ridge.is_none(), ..model })
    }

    /// The estimator of a `plan`, for windows of this `shape`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(in crate::estimator) fn of_plan(plan: &ForcePlan, shape: WindowShape) -> Result<Self> {
        let WindowShape { window, rows, columns } = shape;
        plan.check()?;
        let grid = Grid::new(plan, rows, columns)?;
        let coefficients = Coupling::size(grid, plan.kernels, plan.invariant).saturating_mul(window as u64);
        let remedy = "State larger strides of cells, a smaller reach or fewer kernels.";
        memory::require("force", "coefficients", coefficients, remedy)?;
        let coupling = Coupling::new(grid, plan.kernels, window / 2, plan.invariant);
        let places = Places::new(&coupling, plan);
        let descent = DescentSettings::default();
        Ok(Self { plan: *plan, descent, is_ridge_open: false, window, coupling, places })
    }

    /// Bytes that a training takes on so many `windows`, in batches of `batch`.
    pub(super) fn memory(&self, batch: usize, windows: usize) -> u64 {
        let coupling = &self.coupling;
        let numbers = coupling.even_count() + self.coupling.pairs * self.coupling.odd_count();
        let parameters = 8.0 * self.parameter_count() as f64;
        let measured = 8.0 * self.places.pixel_response_covariance.len() as f64;
        let gradients = (batch.div_ceil(WINDOWS_OF_BATCH) * coupling.len()) as f64;
        let covariance = 8.0 * (self.plan.cell as f64).powi(4);
        let features = 4.0 * ((numbers * windows).min(NUMBERS)) as f64;
        (4.0 * (parameters + measured + gradients + covariance + features)) as u64
    }

    pub(super) fn shared<'a>(&'a self, parameters: &'a [f32], windows: &Windows) -> Shared<'a> {
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
    fn sample(&self, parameters: &[f32], windows: &Windows) -> Result<Sample> {
        let shared = self.shared(parameters, windows);
        let numbers = self.coupling.even_count() + self.coupling.pairs * self.coupling.odd_count();
        let chosen = principal::spread(windows.len(), (NUMBERS / numbers).min(WINDOWS));
        let parts: Result<Vec<(Vec<f32>, Vec<f32>)>> = chosen
            .par_chunks(WINDOWS_OF_RUN)
            .map(|chosen| {
                let (mut pass, mut even, mut odd) = (Pass::new(&shared), Vec::new(), Vec::new());
                for &window in chosen {
                    pass.forward(windows, window)?;
                    even.extend_from_slice(&pass.even);
                    odd.extend_from_slice(&pass.odd);
                }
                Ok((even, odd))
            })
            .collect();
        let (even, odd): (Vec<_>, Vec<_>) = parts?.into_iter().unzip();
        Ok(Sample { even: even.concat(), odd: odd.concat() })
    }
}

impl Model for Force {
    fn tensors(&self) -> &[Tensor] {
        &self.places.tensors
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
        let shared = self.shared(parameters, windows);
        let mut values = vec![0.0; windows.len()];
        let chunks = values.par_chunks_mut(WINDOWS_OF_RUN).enumerate();
        chunks.try_for_each(|(chunk, values)| {
            let mut pass = Pass::new(&shared);
            for (window, value) in (chunk * WINDOWS_OF_RUN..).zip(values) {
                *value = f64::from(pass.forward(windows, window)?);
            }
            Ok(())
        })?;
        Ok(values)
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.coupling.grid.rows, columns: self.coupling.grid.columns, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Result<Array3<f32>> {
        let shared = self.shared(parameters, windows);
        let Coupling { grid, channels, .. } = &self.coupling;
        let density = Density::new(
            grid,
            *channels,
            &shared.kernels,
            &parameters[self.places.pixel_response_covariance.clone()],
        );
        let mut maps = Array3::zeros((windows.len(), grid.rows, grid.columns));
        let chunks: Vec<_> = maps.axis_chunks_iter_mut(Axis(0), WINDOWS_OF_RUN).collect();
        chunks.into_par_iter().enumerate().try_for_each(|(chunk, mut maps)| {
            let mut pass = Pass::new(&shared);
            let first = chunk * WINDOWS_OF_RUN;
            let Some(density) = &density else {
                for (window, map) in (first..).zip(maps.outer_iter_mut()) {
                    pass.forward(windows, window)?;
                    pass.draw(map);
                }
                return Ok(());
            };
            let count = self.coupling.odd_count();
            // Products always have the same size, so that the bits of a map do not depend on the windows
            // beside it.
            let blank = Array2::zeros((WINDOWS_OF_RUN, count));
            let mut work = vec![(blank.clone(), blank); self.coupling.pairs];
            for place in 0..maps.len_of(Axis(0)) {
                pass.forward(windows, first + place)?;
                let parts = pass.forces.chunks_exact(count).zip(pass.odd.chunks_exact(count));
                for ((forces, changes), part) in work.iter_mut().zip(parts) {
                    forces.row_mut(place).assign(&ArrayView1::from(part.0));
                    changes.row_mut(place).assign(&ArrayView1::from(part.1));
                }
            }
            for (forces, changes) in &work {
                density.add(forces, changes, &mut maps);
            }
            Ok(())
        })?;
        Ok(maps)
    }

    fn measured(&self) -> Range<usize> {
        self.places.pixel_response_covariance.clone()
    }

    fn is_for_any_frame(&self) -> bool {
        self.plan.invariant
    }
}

impl GradientModel for Force {
    fn descent(&self) -> &DescentSettings {
        &self.descent
    }

    fn plan(&self) -> EstimatorPlan {
        EstimatorPlan::Force(self.plan)
    }

    fn resume(&mut self, plan: &EstimatorPlan) {
        if let EstimatorPlan::Force(plan) = plan {
            self.plan = *plan;
        }
    }

    /// Kernels are the first principal components of cells, coefficients the optimum for them under the least
    /// ridge whose bound on the validation windows is the highest within its error.
    fn begin(&mut self, beginning: &Beginning) -> Result<Vec<f32>> {
        let places = self.places.clone();
        let grid = self.coupling.grid;
        let mut parameters = vec![0.0; self.parameter_count()];
        if !self.plan.invariant {
            parameters[places.background.clone()]
                .copy_from_slice(&principal::background(&grid, &beginning.train)?);
        }
        let background = parameters[places.background.clone()].to_vec();
        let count = places.components.len() / (grid.patch * grid.patch);
        let components = principal::components(&grid, &beginning.train, &background, count)?;
        parameters[places.components.clone()].copy_from_slice(&components);
        let mixture = &mut parameters[places.mixture.clone()];
        if self.plan.own_kernels {
            let channels = self.coupling.channels;
            let unit = own_kernels::mixtures(&grid, channels, &beginning.train, &background, &components)?;
            mixture.iter_mut().zip(unit).for_each(|(slot, weight)| *slot = weight / PACE);
        } else {
            mixture.iter_mut().step_by(count + 1).for_each(|slot| *slot = 1.0 / PACE);
        }
        let train = self.sample(&parameters, &beginning.train)?;
        let validation = self.sample(&parameters, &beginning.validation)?;
        let search = Search::new(&self.coupling, &train);
        let ridges = if self.is_ridge_open { RIDGES.to_vec() } else { vec![self.plan.ridge] };
        let mut found = vec![0.0; self.coupling.len()];
        let mut tried = Vec::new();
        for ridge in ridges {
            found = improve(&search, &found, ridge);
            let gains = gains(&search.values_of(&validation, &found));
            tried.push(Trial { ridge, gains, coefficients: found.clone() });
        }
        if let Some(Trial { ridge, coefficients: found, .. }) = least_shrunk(tried) {
            self.plan.ridge = ridge;
            let slots = parameters[places.coefficients.clone()].iter_mut();
            slots.zip(found).for_each(|(slot, z)| *slot = z as f32 / PACE);
        }
        let units = parameters[places.scale.clone()].iter_mut().zip(&search.scale);
        units.for_each(|(slot, scale)| *slot = PACE * scale);
        Ok(parameters)
    }

    fn begins_fitted(&self) -> bool {
        true
    }

    /// Maps need to know how pixels move with responses, unless all cells are alike.
    fn finish(&self, parameters: &mut [f32], train: &Windows) -> Result<()> {
        if !self.plan.invariant {
            let measured = pixel_response_covariance::measure(&self.shared(parameters, train), train)?;
            parameters[self.places.pixel_response_covariance.clone()].copy_from_slice(&measured);
        }
        Ok(())
    }

    fn zero_output(&self, parameters: &mut [f32]) {
        parameters[self.places.coefficients.clone()].fill(0.0);
    }

    fn gradient(
        &self,
        parameters: &[f32],
        windows: &Windows,
        loss: &Loss,
        gradient: &mut [f32],
    ) -> Result<f64> {
        let (places, shared) = (&self.places, self.shared(parameters, windows));
        let count = windows.len() as f64;
        let all: Vec<usize> = (0..windows.len()).collect();
        let chunks: Result<Vec<(f64, Gradient)>> = all
            .par_chunks(WINDOWS_OF_BATCH)
            .map(|chunk| {
                let (mut pass, mut slopes, mut sum) = (Pass::new(&shared), Gradient::zero(&shared), 0.0);
                for &window in chunk {
                    let (loss, slope) = loss(pass.forward(windows, window)?);
                    sum += loss;
                    pass.backward((f64::from(slope) / count) as f32, &mut slopes);
                }
                Ok((sum, slopes))
            })
            .collect();
        let (mut sum, mut slopes) = (0.0, Gradient::zero(&shared));
        for (loss, part) in &chunks? {
            sum += loss;
            slopes.add(part);
        }
        gradient.fill(0.0);
        let (components, mixture) =
            (&parameters[places.components.clone()], &parameters[places.mixture.clone()]);
        let along = mixture_gradient(&self.coupling.grid, components, mixture, &slopes.kernels);
        gradient[places.mixture.clone()].copy_from_slice(&along);
        let along = self.coupling.gather(&slopes.expanded);
        let ridge = self.plan.ridge as f32 * PACE * PACE;
        let noisy = self.coupling.kinds()[0].len();
        let coefficients = places.coefficients.clone().zip(places.scale.clone()).zip(along).enumerate();
        for (which, ((place, scale), slope)) in coefficients {
            let pull = if which < noisy { ridge * parameters[place] } else { 0.0 };
            gradient[place] = slope * parameters[scale] + pull;
        }
        Ok(sum / count)
    }
}
