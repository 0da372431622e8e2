//! Holds the plan of a network: its stages, its tensors and the shapes between them.

use crate::kernel::{self, Kernels};
use crate::layer::{Layer, ShapeError};
use crate::parameters::Packing;
use crate::shape::{Layout, Shape, stored};
use crate::stage::Stage;
use crate::workspace::Pool;
use std::ops::Range;
use std::sync::Arc;

/// A tensor in the flat vector of parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name as PyTorch gives it, such as `layer1.conv.weight`.
    pub name: String,
    /// Shape as PyTorch gives it: (output, input, row, column), (output), (1, feature) or (1).
    pub shape: Vec<usize>,
    /// Where its numbers lie, in row-major order.
    pub range: Range<usize>,
}

/// An antisymmetric network `S(x) = h(x) - h(x with its channels reversed)`.
///
/// The parameters of `h` are one flat vector in the order and layout of PyTorch, kept by the caller.
#[derive(Clone)]
pub struct Network {
    input: Shape,
    layers: Vec<Layer>,
    tensors: Vec<Tensor>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) packing: Packing,
    pub(crate) kernels: &'static Kernels,
    /// Shared between clones, which are of one plan.
    pub(crate) pool: Arc<Pool>,
}

impl Network {
    /// The network of `layers` on maps of shape `input`, then a linear layer named `head` with one output.
    ///
    /// # Errors
    /// If a layer does not fit on the map before it, or two layers share a name.
    pub fn new(input: Shape, layers: Vec<Layer>, head: &str) -> Result<Self, ShapeError> {
        let stages = Stage::sequence(input, &layers)?;
        let tensors = tensors_of(&stages, head);
        for (index, tensor) in tensors.iter().enumerate() {
            if tensors[..index].iter().any(|other| other.name == tensor.name) {
                return Err(ShapeError::new(&tensor.name, "two layers share this name"));
            }
        }
        let packing = Packing::new(&stages);
        Ok(Self { input, layers, tensors, stages, packing, kernels: kernel::chosen(), pool: Arc::default() })
    }

    /// The same network on another instruction set.
    #[cfg(test)]
    pub(crate) fn with_kernels(mut self, kernels: &'static Kernels) -> Self {
        self.kernels = kernels;
        self
    }

    /// The same network with every convolution summed directly, as the referee of Winograd's products.
    #[must_use]
    pub fn with_direct_convolutions(mut self) -> Self {
        for stage in &mut self.stages {
            stage.tiling = None;
        }
        self.packing = Packing::new(&self.stages);
        self.pool = Arc::default();
        self
    }

    /// Shape of a sample.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The layers before the head.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Shape of the last map, which the head weighs.
    pub fn features(&self) -> Shape {
        self.stages.last().map_or(self.input, |stage| stage.output)
    }

    /// The tensors of the flat vector, in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Length of the flat vector.
    pub fn parameter_count(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    /// Multiply-adds of one forward pass in one direction.
    pub fn multiply_adds(&self) -> u64 {
        self.stages.iter().map(Stage::multiply_adds).sum::<u64>() + self.features().len() as u64
    }

    /// Those of the first convolution, whose input needs no gradient.
    pub fn first_multiply_adds(&self) -> u64 {
        self.stages[0].multiply_adds()
    }

    /// How the map after stage `index` is stored: with the border that the next stage asks for.
    pub(crate) fn output_layout(&self, index: usize) -> Layout {
        let stage = &self.stages[index];
        match self.stages.get(index + 1) {
            Some(next) => next.input_layout(stage.outputs()),
            None => Layout::bordered(stage.output.rows, stage.output.columns, stage.outputs(), 0),
        }
    }

    /// Channels of the last map as stored.
    pub(crate) fn stored_features(&self) -> usize {
        stored(self.features().channels)
    }
}

/// Weight and bias of every stage, then of the head.
fn tensors_of(stages: &[Stage], head: &str) -> Vec<Tensor> {
    let mut named: Vec<(String, Vec<usize>)> = Vec::new();
    for stage in stages {
        let (outputs, kernel) = (stage.sums.channels, stage.kernel);
        named.push((format!("{}.weight", stage.name), vec![outputs, stage.input.channels, kernel, kernel]));
        named.push((format!("{}.bias", stage.name), vec![outputs]));
    }
    let features = stages.last().map_or(0, |stage| stage.output.len());
    named.push((format!("{head}.weight"), vec![1, features]));
    named.push((format!("{head}.bias"), vec![1]));
    let mut start = 0;
    named
        .into_iter()
        .map(|(name, shape)| {
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            Tensor { name, shape, range }
        })
        .collect()
}
