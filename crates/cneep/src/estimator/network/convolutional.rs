//! Builds the network of Bae, Kim and Jeong, and finds the axes in which its first layer is trained.

use super::settings::{NetworkPlan, NetworkSettings};
use crate::dissipation_map::MapGrid;
use crate::estimator::descent::{Coordinates, DescentSettings};
use crate::estimator::model::{Beginning, GradientModel, Loss, Model};
use crate::estimator::plans::EstimatorPlan;
use crate::estimator::windows::{WindowShape, Windows};
use cneep_movie::error::{Error, Fault, Result};
use cneep_nn::{Layer, Network, Shape, Tensor};
use ndarray::Array3;

/// Transitions on which the gain is measured at most.
const GAIN_SAMPLE: usize = 2000;

/// The paper's estimator, doi 10.1103/PhysRevResearch.4.033094: one network h on the frames as channels,
/// applied to the window and to its reversal. Its last map, weighted by the linear layer, is the dissipation
/// map.
#[derive(Clone)]
pub(in crate::estimator) struct Convolutional {
    network: Network,
    cell: usize,
    plan: NetworkPlan,
    descent: DescentSettings,
    /// The gain is measured at the beginning.
    is_gain_open: bool,
}

impl Convolutional {
    /// The network of `settings` for windows of this `shape`.
    ///
    /// # Errors
    /// [`Error::Setting`] if the frames are too small for the layers.
    pub(in crate::estimator) fn new(settings: &NetworkSettings, shape: WindowShape) -> Result<Self> {
        let NetworkSettings { layers, channels, weight_decay, increment_gain, descent } = settings.clone();
        let gain = increment_gain.unwrap_or(1.0);
        let plan = NetworkPlan { layers, channels, weight_decay, increment_gain: gain };
        let model = Self::of_plan(&plan, shape)?;
        Ok(Self { descent, is_gain_open: increment_gain.is_none(), ..model })
    }

    /// The network of a `plan` for windows of this `shape`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(in crate::estimator) fn of_plan(plan: &NetworkPlan, shape: WindowShape) -> Result<Self> {
        let WindowShape { window, rows, columns } = shape;
        plan.check()?;
        let input = Shape { channels: window, rows, columns };
        let network = Network::new(input, layers(plan.layers, plan.channels), "fc1").map_err(|e| {
            Error::Setting(Fault::new(
                "layers",
                format!("few enough layers for frames of {rows} x {columns} pixels"),
                format!("{} ({e})", plan.layers),
                "Use fewer layers or larger frames.",
            ))
        })?;
        // The strided convolution and each pooling halve the map.
        let cell = 4 << plan.layers.saturating_sub(2);
        Ok(Self { network, cell, plan: *plan, descent: DescentSettings::default(), is_gain_open: false })
    }

    /// Frames in a window, and pixels of a frame.
    pub(in crate::estimator) fn shape(&self) -> WindowShape {
        let Shape { channels: window, rows, columns } = self.network.input();
        WindowShape { window, rows, columns }
    }

    /// Bytes that a training takes.
    pub(in crate::estimator) fn memory(&self) -> u64 {
        let threads = rayon::current_num_threads() as u64;
        let parameters = 4 * self.network.parameter_count() as u64;
        parameters
            .saturating_mul(8 + 2 * threads)
            .saturating_add(self.network.memory_of_maps().saturating_mul(threads))
    }

    /// Multiply-adds of a forward and a backward pass of one window.
    pub(in crate::estimator) fn multiply_adds(&self) -> f64 {
        self.network.multiply_adds_per_sample() as f64
    }
}

/// Half the deviation of normalised frames, which is 1, over that of changes between consecutive frames; at
/// least 1.
fn natural_gain(windows: &Windows) -> Result<f64> {
    let std = windows.normalisation().std;
    let (mut squares, mut count) = (0.0, 0.0);
    let taken = GAIN_SAMPLE.min(windows.len());
    for place in 0..taken {
        let transition = windows.transition(place * windows.len() / taken);
        let frames = windows.videos()[transition.movie].frames();
        let change = frames.frame(transition.start + 1)? - frames.frame(transition.start)?;
        squares += change.iter().map(|&pixel| f64::from(pixel).powi(2)).sum::<f64>();
        count += change.len() as f64;
    }
    let gain = 0.5 * std / (squares / count).sqrt();
    Ok(if gain.is_finite() { gain.max(1.0) } else { 1.0 })
}

/// The paper's stack: 5x5 stride 2, pool, then pairs of 3x3 convolutions with a pool between pairs.
fn layers(count: usize, channels: usize) -> Vec<Layer> {
    let mut stack = vec![Layer::convolution("layer1.conv", channels, 5, 2), Layer::MaxPool { size: 2 }];
    for pair in 0..count.saturating_sub(1) {
        let inputs = channels << pair;
        if pair > 0 {
            stack.push(Layer::MaxPool { size: 2 });
        }
        stack.push(Layer::convolution(format!("layer{}.conv1", pair + 2), inputs, 3, 1));
        stack.push(Layer::convolution(format!("layer{}.conv2", pair + 2), 2 * inputs, 3, 1));
    }
    stack
}

impl Model for Convolutional {
    fn tensors(&self) -> &[Tensor] {
        self.network.tensors()
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Result<Vec<f64>> {
        let values = self.network.evaluate(parameters, windows, windows.len());
        windows.checked(values.into_iter().map(f64::from).collect())
    }

    fn map_grid(&self) -> MapGrid {
        let features = self.network.features();
        MapGrid { rows: features.rows, columns: features.columns, cell: self.cell }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Result<Array3<f32>> {
        let maps = self.network.contributions(parameters, windows, windows.len());
        let features = self.network.features();
        let maps = Array3::from_shape_vec((windows.len(), features.rows, features.columns), maps)
            .expect("the network returns one map a window");
        windows.checked(maps)
    }
}

impl GradientModel for Convolutional {
    fn descent(&self) -> &DescentSettings {
        &self.descent
    }

    fn plan(&self) -> EstimatorPlan {
        EstimatorPlan::Convolutional(self.plan)
    }

    fn resume(&mut self, plan: &EstimatorPlan) {
        if let EstimatorPlan::Convolutional(plan) = plan {
            self.plan = *plan;
        }
    }

    fn begin(&mut self, beginning: &Beginning) -> Result<Vec<f32>> {
        if self.is_gain_open {
            self.plan.increment_gain = natural_gain(&beginning.train)?;
        }
        Ok(self.network.initial_parameters(beginning.seed))
    }

    fn coordinates(&self) -> Option<Coordinates> {
        Coordinates::new(self.tensors().first()?, self.plan.increment_gain)
    }

    fn weight_decay(&self) -> f64 {
        self.plan.weight_decay
    }

    fn zero_output(&self, parameters: &mut [f32]) {
        let linear_layer = self.tensors().iter().rev().take(2);
        linear_layer.for_each(|tensor| parameters[tensor.range.clone()].fill(0.0));
    }

    fn gradient(
        &self,
        parameters: &[f32],
        windows: &Windows,
        loss: &Loss,
        gradient: &mut [f32],
    ) -> Result<f64> {
        let mean = self.network.gradient(parameters, windows, windows.len(), loss, gradient);
        windows.checked(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: WindowShape = WindowShape { window: 2, rows: 20, columns: 40 };

    /// The paper: 64 x 5 x 10 features and 32,577 parameters for 20 x 40 frames.
    #[test]
    fn the_papers_network_has_the_papers_size() {
        let model = Convolutional::new(&NetworkSettings::default(), PAIRS).unwrap();
        assert_eq!(model.parameter_count(), 32_577);
        assert_eq!(model.map_grid(), MapGrid { rows: 5, columns: 10, cell: 4 });
        assert_eq!(model.network.features().channels, 64);
        assert_eq!(model.network.multiply_adds(), 1_705_600);
    }

    #[test]
    fn frames_too_small_for_the_layers_are_refused() {
        let deep = NetworkSettings { layers: 5, ..NetworkSettings::default() };
        assert!(matches!(Convolutional::new(&deep, PAIRS), Err(Error::Setting(_))));
        let large = WindowShape { rows: 64, columns: 65, ..PAIRS };
        assert!(Convolutional::new(&deep, large).is_ok());
    }
}
