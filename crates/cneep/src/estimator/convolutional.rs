//! Builds the network of Bae, Kim and Jeong: `dS = h(window) - h(reversed window)`.

use super::model::{Beginning, GradientModel, Loss, Model};
use super::settings::Training;
use super::windows::Windows;
use crate::dissipation_map::MapGrid;
use cneep_movie::error::{Error, Fault, Result};
use cneep_nn::{Layer, Network, Shape, Tensor};
use ndarray::Array3;

/// The paper's estimator, doi 10.1103/PhysRevResearch.4.033094: one network h on the frames as channels, applied
/// to the window and to its reversal. Its last map, weighted by the linear layer, is the dissipation map.
#[derive(Clone)]
pub struct Convolutional {
    network: Network,
    cell: usize,
}

impl Convolutional {
    /// The network for windows and layers of `settings` and frames of `rows` x `columns` pixels.
    ///
    /// # Errors
    /// [`Error::Setting`] if the frames are too small for the layers.
    pub fn new(settings: &Training, rows: usize, columns: usize) -> Result<Self> {
        let input = Shape { channels: settings.window, rows, columns };
        let network =
            Network::new(input, layers(settings.layers, settings.channels), "fc1").map_err(|e| {
                Error::Setting(Fault::new(
                    "layers",
                    format!("few enough layers for frames of {rows} x {columns} pixels"),
                    format!("{} ({e})", settings.layers),
                    "Use fewer layers or larger frames.",
                ))
            })?;
        // The strided convolution and each pooling halve the map.
        Ok(Self { network, cell: 4 << settings.layers.saturating_sub(2) })
    }

    /// The network itself.
    pub fn network(&self) -> &Network {
        &self.network
    }
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

    fn parameter_count(&self) -> usize {
        self.network.parameter_count()
    }

    fn entropy_production(&self, parameters: &[f32], windows: &Windows) -> Vec<f32> {
        self.network.evaluate(parameters, windows, windows.len())
    }

    fn map_grid(&self) -> MapGrid {
        let features = self.network.features();
        MapGrid { rows: features.rows, columns: features.columns, cell: self.cell }
    }

    fn dissipation_maps(&self, parameters: &[f32], windows: &Windows) -> Array3<f32> {
        let maps = self.network.contributions(parameters, windows, windows.len());
        let features = self.network.features();
        Array3::from_shape_vec((windows.len(), features.rows, features.columns), maps)
            .expect("the network returns one map a window")
    }
}

impl GradientModel for Convolutional {
    fn begin(&mut self, beginning: &Beginning) -> Vec<f32> {
        self.network.initial_parameters(beginning.seed)
    }

    fn first_layer(&self) -> Option<&Tensor> {
        self.tensors().first()
    }

    fn silence(&self, parameters: &mut [f32]) {
        let linear_layer = self.tensors().iter().rev().take(2);
        linear_layer.for_each(|tensor| parameters[tensor.range.clone()].fill(0.0));
    }

    fn gradient(&self, parameters: &[f32], windows: &Windows, loss: &Loss, gradient: &mut [f32]) -> f64 {
        self.network.gradient(parameters, windows, windows.len(), loss, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper: 64 x 5 x 10 features and 32,577 parameters for 20 x 40 frames.
    #[test]
    fn the_papers_network_has_the_papers_size() {
        let network = Convolutional::new(&Training::convolutional(), 20, 40).unwrap();
        assert_eq!(network.parameter_count(), 32_577);
        assert_eq!(network.map_grid(), MapGrid { rows: 5, columns: 10, cell: 4 });
        assert_eq!(network.network().features().channels, 64);
        assert_eq!(network.network().multiply_adds(), 1_705_600);
    }

    #[test]
    fn frames_too_small_for_the_layers_are_refused() {
        let deep = Training { layers: 5, ..Training::convolutional() };
        assert!(matches!(Convolutional::new(&deep, 20, 40), Err(Error::Setting(_))));
        assert!(Convolutional::new(&deep, 64, 65).is_ok());
    }
}
