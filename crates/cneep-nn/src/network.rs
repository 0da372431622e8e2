//! Presents a network: its plan, the kernels that compute it and the buffers that they work in.

use crate::buffers::Buffers;
use crate::kernel::{self, Kernels};
use crate::layer::{Layer, ShapeError};
use crate::plan::{Plan, Tensor};
use crate::shape::Shape;
use crate::stage::Stage;
use std::sync::Arc;

/// An antisymmetric network `S(x) = h(x) - h(x with its channels reversed)`.
///
/// The parameters of `h` are one flat vector in the order and layout of PyTorch, kept by the caller.
#[derive(Clone)]
pub struct Network {
    pub(crate) plan: Plan,
    pub(crate) kernels: &'static Kernels,
    /// Shared between clones, which are of one plan.
    pub(crate) buffers: Arc<Buffers>,
}

impl Network {
    /// The network of `layers` on maps of shape `input`, then a linear layer named `head` with one output.
    ///
    /// # Errors
    /// If a layer does not fit on the map before it, or two layers share a name.
    pub fn new(input: Shape, layers: Vec<Layer>, head: &str) -> Result<Self, ShapeError> {
        let plan = Plan::new(input, layers, head)?;
        Ok(Self { plan, kernels: kernel::chosen(), buffers: Arc::default() })
    }

    /// The same network on another instruction set.
    #[cfg(test)]
    pub(crate) fn with_kernels(self, kernels: &'static Kernels) -> Self {
        Self { kernels, ..self }
    }

    /// The same network with every convolution summed directly, as the referee of Winograd's products.
    #[cfg(test)]
    pub(crate) fn with_direct_convolutions(self) -> Self {
        let plan = self.plan.with_direct_convolutions();
        Self { plan, buffers: Arc::default(), ..self }
    }

    /// Shape of a sample.
    pub fn input(&self) -> Shape {
        self.plan.input
    }

    /// The layers before the head.
    pub fn layers(&self) -> &[Layer] {
        &self.plan.layers
    }

    /// Shape of the last map, which the head weighs.
    pub fn features(&self) -> Shape {
        self.plan.features()
    }

    /// The tensors of the flat vector, in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.plan.tensors
    }

    /// Length of the flat vector.
    pub fn parameter_count(&self) -> usize {
        self.plan.parameter_count()
    }

    /// Multiply-adds of one forward pass in one direction, were every convolution summed directly.
    pub fn multiply_adds(&self) -> u64 {
        self.plan.stages.iter().map(Stage::multiply_adds).sum::<u64>() + self.features().len() as u64
    }

    /// Multiply-adds that [`Self::evaluate`] or [`Self::contributions`] executes for every sample, in both
    /// directions; counted as in [`Self::multiply_adds_per_sample`].
    pub fn multiply_adds_per_evaluation(&self) -> u64 {
        self.plan.forward_work()
    }

    /// Multiply-adds that [`Self::gradient`] executes for every sample: both passes, in both directions.
    ///
    /// The count follows from the plan alone: it is the same on every machine, for any batch and number of
    /// threads. It is of the algorithm chosen for each convolution, direct or Winograd's, with channels as
    /// stored (a multiple of 16), and includes what an algorithm computes twice. The transforms of Winograd's
    /// tiles count one for every entry of their matrices that is not zero. Not counted is what a batch costs
    /// once (the transforms of the weights), and what multiplies nothing (pooling, activations, copies).
    pub fn multiply_adds_per_sample(&self) -> u64 {
        self.plan.forward_work() + self.plan.backward_work()
    }

    /// About the bytes of memory that each thread works in, whatever the batch, from sizes alone: the maps
    /// after each stage, with what their pooling remembers, and two gradients.
    pub fn memory_of_maps(&self) -> u64 {
        let samples = 2 * self.plan.micro_batch as u64;
        let maps = || self.plan.layouts.iter().map(|layout| layout.len() as u64);
        let argmax: u64 = self.plan.stages.iter().map(|stage| stage.argmax_len() as u64).sum();
        let largest = maps().max().unwrap_or(0);
        let numbers = samples.saturating_mul(maps().sum::<u64>() + argmax + 2 * largest);
        numbers.saturating_add(3 * self.plan.input.len() as u64).saturating_mul(size_of::<f32>() as u64)
    }

    /// Bytes of memory that each thread works in, whatever the batch.
    pub fn workspace_size(&self) -> usize {
        let workspace = self.buffers.take_workspace(&self.plan);
        let size = workspace.len() * size_of::<f32>();
        self.buffers.put_workspace(workspace);
        size
    }
}

#[cfg(test)]
mod tests {
    use crate::{Layer, Network, Shape};

    fn network(edge: usize) -> Network {
        let layers = vec![
            Layer::convolution("a", 32, 5, 2),
            Layer::MaxPool { size: 2 },
            Layer::convolution("b", 32, 3, 1),
            Layer::convolution("c", 64, 3, 1),
        ];
        Network::new(Shape { channels: 2, rows: edge, columns: edge }, layers, "fc").unwrap()
    }

    /// Would catch whole maps of sums or spectra, or micro-batches that do not shrink with the frame: a frame
    /// of 512 x 512 has 67 MB of sums and 150 MB of spectra.
    #[test]
    fn a_large_frame_needs_little_more_than_its_pooled_maps() {
        let megabytes = |edge: usize| network(edge).workspace_size() / 1_000_000;
        assert!(megabytes(32) < 3, "{} MB", megabytes(32));
        assert!(megabytes(512) < 50, "{} MB", megabytes(512));
        assert!(megabytes(1024) < 4 * megabytes(512) + 10, "{} MB", megabytes(1024));
        for edge in [32, 128, 512] {
            let network = network(edge);
            let share = network.memory_of_maps() as f64 / network.workspace_size() as f64;
            assert!((0.3..2.0).contains(&share), "edge {edge}: {share}");
        }
    }
}
