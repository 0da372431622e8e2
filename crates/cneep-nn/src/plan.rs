//! Plans a network before a number is computed: its stages, its tensors and where everything lies.

use crate::band::Bands;
use crate::layer::{Layer, ShapeError};
use crate::packing::Packing;
use crate::shape::{Layout, Shape, stored};
use crate::stage::Stage;
use std::ops::Range;

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

/// What follows from the shape of a sample and the layers alone.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) input: Shape,
    pub(crate) layers: Vec<Layer>,
    /// Weight and bias of every stage, then of the head.
    pub(crate) tensors: Vec<Tensor>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) packing: Packing,
    /// How the map after each stage is stored: with the border that the next stage asks for.
    pub(crate) layouts: Vec<Layout>,
    /// Samples that a thread takes through the network together: enough to fill the products of every stage.
    pub(crate) micro_batch: usize,
}

impl Plan {
    /// The plan of `layers` on maps of shape `input`, then a linear layer named `head` with one output.
    pub(crate) fn new(input: Shape, layers: Vec<Layer>, head: &str) -> Result<Self, ShapeError> {
        let stages = Stage::sequence(input, &layers)?;
        let tensors = tensors_of(&stages, head);
        for (index, tensor) in tensors.iter().enumerate() {
            if tensors[..index].iter().any(|other| other.name == tensor.name) {
                return Err(ShapeError::new(&tensor.name, "two layers share this name"));
            }
        }
        Ok(Self {
            input,
            layers,
            tensors,
            packing: Packing::new(&stages),
            layouts: layouts_of(&stages),
            micro_batch: stages.iter().map(Stage::samples).max().unwrap_or(1),
            stages,
        })
    }

    /// The same plan with every convolution summed directly.
    #[cfg(test)]
    pub(crate) fn with_direct_convolutions(self) -> Self {
        let mut stages = self.stages;
        for stage in &mut stages {
            stage.tiling = None;
        }
        let (packing, layouts) = (Packing::new(&stages), layouts_of(&stages));
        Self { packing, layouts, micro_batch: 1, stages, ..self }
    }

    /// Shape of the last map, which the head weighs.
    pub(crate) fn features(&self) -> Shape {
        self.stages.last().map_or(self.input, |stage| stage.output)
    }

    /// Channels of the last map as stored.
    pub(crate) fn stored_features(&self) -> usize {
        stored(self.features().channels)
    }

    /// Length of the flat vector of parameters.
    pub(crate) fn parameter_count(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    /// The bands of `stage`.
    pub(crate) fn bands(&self, stage: &Stage) -> Bands {
        stage.bands(self.micro_batch)
    }
}

/// How the map after each stage is stored.
fn layouts_of(stages: &[Stage]) -> Vec<Layout> {
    let layout = |(index, stage): (usize, &Stage)| match stages.get(index + 1) {
        Some(next) => next.input_layout(stage.outputs()),
        None => Layout::bordered(stage.output.rows, stage.output.columns, stage.outputs(), 0),
    };
    stages.iter().enumerate().map(layout).collect()
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
