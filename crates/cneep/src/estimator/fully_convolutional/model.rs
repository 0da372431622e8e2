//! Trains the network on crops, and applies it to whole frames.

use super::context::{CONTEXT, Context, context};
use super::crops::{Crop, TILE, drawn, tiles};
use super::image::{Reader, Step};
use super::settings::{FullyConvolutionalPlan, FullyConvolutionalSettings};
use crate::dissipation_map::MapGrid;
use crate::estimator::background::Background;
use crate::estimator::criterion::{backwards, likelihood};
use crate::estimator::descent::DescentSettings;
use crate::estimator::model::{Beginning, GradientModel, Loss, Model};
use crate::estimator::plans::EstimatorPlan;
use crate::estimator::refusal::refuse;
use crate::estimator::stack::size_of;
use crate::estimator::windows::{WindowShape, Windows};
use crate::transition::{Run, Transition};
use cneep_movie::error::Result;
use cneep_nn::{FullyConvolutional, Gradient, Pass, Tensor, Weights};
use ndarray::{Array3, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

/// Crops of one chunk of a batch; fixed, so that bits do not depend on the threads.
const CROPS_AT_ONCE: usize = 8;
/// Windows by which the size of dS is chosen at most.
const WINDOWS_FOR_SIZE: usize = 4000;

/// The estimator that multiplies changes with a force from a fully convolutional network.
pub(in crate::estimator) struct ConvolutionalForce {
    plan: FullyConvolutionalPlan,
    descent: DescentSettings,
    shape: WindowShape,
    network: FullyConvolutional,
    /// What is measured before the training: scales, background, context; then the network's.
    tensors: Vec<Tensor>,
}

impl ConvolutionalForce {
    /// The estimator of `settings`, for windows of this `shape`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for a setting out of its range.
    pub(in crate::estimator) fn new(
        settings: &FullyConvolutionalSettings,
        shape: WindowShape,
    ) -> Result<Self> {
        Ok(Self { descent: settings.descent.clone(), ..Self::of_plan(&settings.plan(), shape)? })
    }

    /// The estimator of a `plan`, for windows of this `shape`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(in crate::estimator) fn of_plan(plan: &FullyConvolutionalPlan, shape: WindowShape) -> Result<Self> {
        plan.check()?;
        let inputs = if plan.context { CONTEXT } else { 0 };
        let WindowShape { rows, columns, .. } = shape;
        let network = match FullyConvolutional::new(1 + inputs, plan.channels, &plan.layers()) {
            Ok(network) => network,
            Err(error) => return refuse("fully-convolutional.kernels", "layers that can be built", &error),
        };
        let (pixels, behind) = (2 + rows * columns, 2 + rows * columns * (1 + inputs));
        let mut tensors = vec![
            Tensor { name: "scales".into(), shape: vec![2], range: 0..2 },
            Tensor { name: "background".into(), shape: vec![rows, columns], range: 2..pixels },
        ];
        if plan.context {
            let shape = vec![rows, columns, inputs];
            tensors.push(Tensor { name: "context".into(), shape, range: pixels..behind });
        }
        tensors.extend(network.tensors().iter().map(|tensor| Tensor {
            range: tensor.range.start + behind..tensor.range.end + behind,
            ..tensor.clone()
        }));
        let descent = FullyConvolutionalSettings::default().descent;
        Ok(Self { plan: plan.clone(), descent, shape, network, tensors })
    }

    /// Multiply-adds of a forward and a backward pass of one step on one crop.
    pub(super) fn multiply_adds(&self) -> f64 {
        let edge = |pixels: usize| self.plan.crop.min(pixels) + self.network.margin();
        let pixels = edge(self.shape.rows) * edge(self.shape.columns);
        3.0 * (pixels * self.network.multiply_adds_per_pixel()) as f64
    }

    /// Bytes that a training takes.
    pub(super) fn memory(&self) -> u64 {
        let threads = rayon::current_num_threads();
        let edge = |pixels: usize| pixels.min(self.plan.crop.max(TILE)) + 2 * self.network.margin();
        let pixels = edge(self.shape.rows) * edge(self.shape.columns);
        let maps = 3 * (self.plan.kernels.len() + 1) * self.plan.channels * pixels * self.shape.window;
        let crops = self.descent.batch.unwrap_or(1024).div_ceil(CROPS_AT_ONCE);
        let parameters =
            self.network.parameter_count() * (8 + crops) + 8 * self.shape.rows * self.shape.columns;
        4 * (parameters + threads * maps) as u64
    }

    fn frame(&self) -> (usize, usize) {
        (self.shape.rows, self.shape.columns)
    }

    /// Parameters that are measured before the training, and those of the network behind them.
    fn network_range(&self) -> Range<usize> {
        let end = self.tensors.last().map_or(0, |tensor| tensor.range.end);
        end - self.network.parameter_count()..end
    }

    fn reader<'a>(&self, parameters: &'a [f32], windows: &Windows) -> Reader<'a> {
        let (scales, maps) = parameters[..self.network_range().start].split_at(2);
        let (background, context) = maps.split_at(self.shape.rows * self.shape.columns);
        let measured = [scales, background, context];
        Reader::new(measured, windows, self.frame(), self.network.margin())
    }

    fn weights(&self, parameters: &[f32]) -> Weights {
        self.network.weights(&parameters[self.network_range()])
    }

    fn steps(&self, reader: &Reader, windows: &Windows, index: usize, crop: &Crop) -> Result<Vec<Step>> {
        let Transition { movie, start } = windows.transition(index);
        reader.steps(&windows.videos()[movie], start, self.shape.window, crop)
    }

    /// The crop of window `index` in a batch, and the symmetry by which it is seen.
    fn crop(&self, windows: &Windows, index: usize) -> (Crop, usize) {
        drawn(windows.transition(index), index, self.plan.crop, self.frame())
    }

    fn pass(&self, crop: &Crop) -> Pass<'_> {
        let [rows, columns] = crop.size();
        Pass::new(&self.network, rows, columns)
    }

    /// Hands the force in every part of window `index` to `take`, step by step, with the change there; `room`
    /// keeps the maps of the last part for the next.
    fn forces<'a>(
        &'a self,
        (weights, reader): (&Weights, &Reader),
        (windows, index): (&Windows, usize),
        room: &mut Option<([usize; 2], Pass<'a>)>,
        mut take: impl FnMut(&Crop, &[f32], &[f32]),
    ) -> Result<()> {
        for tile in tiles(self.frame()) {
            let kept = room.take().filter(|(size, _)| *size == tile.size());
            let (_, pass) = room.insert(kept.unwrap_or_else(|| (tile.size(), self.pass(&tile))));
            for step in self.steps(reader, windows, index, &tile)? {
                take(&tile, force(pass, weights, &step), &step.change);
            }
        }
        Ok(())
    }
}

/// The force in a step.
fn force<'a>(pass: &'a mut Pass, weights: &Weights, step: &Step) -> &'a [f32] {
    pass.input_mut().copy_from_slice(&step.mean);
    pass.forward(weights)
}

/// dS of a step: the sum of force times change.
fn dissipation(force: &[f32], change: &[f32]) -> f32 {
    let products = force.iter().zip(change);
    products.map(|(force, change)| f64::from(force * change)).sum::<f64>() as f32
}

impl Model for ConvolutionalForce {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
        let (weights, reader) = (self.weights(parameters), self.reader(parameters, windows));
        let value = |room: &mut Option<_>, index: usize| {
            let mut sum = 0.0;
            let add = |_: &Crop, force: &[f32], change: &[f32]| sum += f64::from(dissipation(force, change));
            self.forces((&weights, &reader), (windows, index), room, add)?;
            Ok(sum)
        };
        (0..windows.len()).into_par_iter().map_init(|| None, value).collect()
    }

    fn map_grid(&self) -> MapGrid {
        MapGrid { rows: self.shape.rows, columns: self.shape.columns, cell: 1 }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Result<Array3<f32>> {
        let (weights, reader) = (self.weights(parameters), self.reader(parameters, windows));
        let mut maps = Array3::zeros((windows.len(), self.shape.rows, self.shape.columns));
        let of_windows: Vec<_> = maps.axis_iter_mut(Axis(0)).collect();
        of_windows.into_par_iter().enumerate().try_for_each_init(
            || None,
            |room, (index, mut map)| {
                self.forces((&weights, &reader), (windows, index), room, |tile, force, change| {
                    let mut part = map.slice_mut(s![tile.rows.clone(), tile.columns.clone()]);
                    let products = force.iter().zip(change);
                    part.iter_mut().zip(products).for_each(|(density, (f, d))| *density += f * d);
                })
            },
        )?;
        Ok(maps)
    }
}

impl GradientModel for ConvolutionalForce {
    fn descent(&self) -> &DescentSettings {
        &self.descent
    }

    fn plan(&self) -> EstimatorPlan {
        EstimatorPlan::FullyConvolutional(self.plan.clone())
    }

    fn resume(&mut self, plan: &EstimatorPlan) {
        if let EstimatorPlan::FullyConvolutional(plan) = plan {
            self.plan.clone_from(plan);
        }
    }

    fn begin(&mut self, beginning: &Beginning) -> Result<Vec<f32>> {
        let runs: Vec<Run> = beginning.train.runs().collect();
        let level = Background::of(beginning.train.videos(), &runs, self.shape.window).level()?;
        let Context { deviations, average, maps } =
            context(beginning.train.videos(), &runs, self.shape.window)?;
        let std = beginning.train.normalisation().std;
        let scale = |deviation: f64| if deviation > 0.0 { (std / deviation) as f32 } else { 0.0 };
        let mut parameters = deviations.map(scale).to_vec();
        parameters.extend(&level);
        if self.plan.context {
            let average = average.iter().zip(&level).map(|(mean, level)| (mean - f64::from(*level)) / std);
            for (average, maps) in average.zip(maps.chunks_exact(CONTEXT - 1)) {
                parameters.push(average as f32);
                parameters.extend(maps);
            }
        }
        parameters.extend(self.network.initial_parameters(beginning.seed));
        Ok(parameters)
    }

    fn zero_output(&self, parameters: &mut [f32]) {
        parameters[self.network_range()][self.network.output_range()].fill(0.0);
    }

    /// One less the likelihood that a window runs forwards: unlike the bound it does not hang on the few
    /// windows that lean backwards, and trains in half the iterations.
    fn loss(&self, _alpha: f64, value: f32) -> (f64, f32) {
        let value = f64::from(value);
        (1.0 - likelihood(value), (-4.0 * backwards(value)) as f32)
    }

    /// No bound: of crops, by their likelihood.
    fn score_in_words(&self, score: f64) -> String {
        format!("score {score:.5} on crops")
    }

    /// The size of dS was that of crops, which cut what they have at their edges: of whole frames it is
    /// chosen anew.
    fn finish(&self, parameters: &mut [f32], train: &Windows) -> Result<()> {
        let chosen = (0..train.len()).step_by(train.len().div_ceil(WINDOWS_FOR_SIZE).max(1));
        let chosen = chosen.map(|index| train.transition(index)).collect();
        let windows = Windows::new(train.videos(), train.normalisation(), self.shape.window, chosen);
        let size = size_of(&self.entropy_production(parameters, &windows)?);
        let output = self.network.output_range();
        parameters[self.network_range()][output].iter_mut().for_each(|weight| *weight *= size as f32);
        Ok(())
    }

    /// Of a crop of each window, the same at every call: of whole frames of a large field the objective
    /// would hang on a handful of windows.
    fn validated(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
        let (weights, reader) = (self.weights(parameters), self.reader(parameters, windows));
        let value = |room: &mut Option<_>, index: usize| {
            let (crop, _) = self.crop(windows, index);
            // All crops have the same size.
            let pass = room.get_or_insert_with(|| self.pass(&crop));
            let steps = self.steps(&reader, windows, index, &crop)?;
            let of_step = |step: &Step| f64::from(dissipation(force(pass, &weights, step), &step.change));
            Ok(steps.iter().map(of_step).sum())
        };
        (0..windows.len()).into_par_iter().map_init(|| None, value).collect()
    }

    fn gradient(
        &self,
        parameters: &[f32],
        windows: &Windows,
        loss: &Loss,
        gradient: &mut [f32],
    ) -> Result<f64> {
        let (weights, reader) = (self.weights(parameters), self.reader(parameters, windows));
        let count = windows.len() as f64;
        let all: Vec<usize> = (0..windows.len()).collect();
        let of_chunk = |chunk: &[usize]| {
            let (mut sum, mut slopes) = (0.0, self.network.zero_gradient());
            let mut passes = vec![self.pass(&self.crop(windows, chunk[0]).0); self.shape.window - 1];
            for &index in chunk {
                let (crop, symmetry) = self.crop(windows, index);
                let mut steps = self.steps(&reader, windows, index, &crop)?;
                if self.plan.isotropic {
                    let turn = |step: Step| step.turned(symmetry, crop.size(), self.network.margin());
                    steps = steps.into_iter().map(turn).collect();
                }
                let values = passes
                    .iter_mut()
                    .zip(&steps)
                    .map(|(pass, step)| dissipation(force(pass, &weights, step), &step.change));
                let (value, slope) = loss(values.sum());
                sum += value;
                let slope = (f64::from(slope) / count) as f32;
                for (pass, step) in passes.iter_mut().zip(&steps) {
                    let of_output: Vec<f32> = step.change.iter().map(|change| slope * change).collect();
                    pass.backward(&weights, &of_output, &mut slopes);
                }
            }
            Ok((sum, slopes))
        };
        let chunks: Result<Vec<(f64, Gradient)>> = all.par_chunks(CROPS_AT_ONCE).map(of_chunk).collect();
        gradient.fill(0.0);
        let mut sum = 0.0;
        for (loss, slopes) in &chunks? {
            sum += loss;
            self.network.add_gradient(slopes, &mut gradient[self.network_range()]);
        }
        Ok(sum / count)
    }
}
