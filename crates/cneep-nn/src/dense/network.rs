//! Plans a fully convolutional network: its layers, its tensors, and its first parameters.

use super::filter::{Filter, Kernel};
use super::short::ShortConvolution;
use crate::kernel::LANES;
use crate::layer::ShapeError;
use crate::plan::Tensor;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// A fully convolutional network with one output a pixel.
#[derive(Debug, Clone)]
pub struct FullyConvolutional {
    pub(super) filters: Vec<Filter>,
    /// How a hidden layer is computed, if by short convolutions: never the first.
    pub(super) short: Vec<Option<ShortConvolution>>,
    pub(super) channels: usize,
    pub(super) tensors: Vec<Tensor>,
}

impl FullyConvolutional {
    /// A network on images of `inputs` channels, with hidden layers of `channels` by these `kernels`.
    ///
    /// # Errors
    /// [`ShapeError`] for no layer, a kernel of no or an even number of taps, a dilation or a number of
    /// inputs of zero, and channels that are no multiple of 16.
    pub fn new(inputs: usize, channels: usize, kernels: &[Kernel]) -> Result<Self, ShapeError> {
        let refuse = |what: &str, why: &str| Err(ShapeError::new(what, why));
        if kernels.is_empty() || inputs == 0 {
            return refuse("network", "an input channel and a hidden layer at least are needed");
        }
        if channels == 0 || !channels.is_multiple_of(LANES) {
            return refuse("channels", "hidden channels must be a multiple of 16");
        }
        let is_odd = |kernel: &Kernel| !kernel.edge.is_multiple_of(2) && kernel.dilation > 0;
        if !kernels.iter().all(is_odd) {
            return refuse("kernel", "kernels must have an odd edge and a dilation of at least 1");
        }
        let filters: Vec<Filter> = kernels
            .iter()
            .enumerate()
            .map(|(index, &kernel)| Filter {
                kernel,
                inputs: if index == 0 { inputs } else { channels },
                outputs: channels,
            })
            .collect();
        let mut tensors = Vec::new();
        let mut end = 0;
        let mut push = |name: String, shape: Vec<usize>| {
            let len = shape.iter().product::<usize>();
            tensors.push(Tensor { name, shape, range: end..end + len });
            end += len;
        };
        for (index, filter) in filters.iter().enumerate() {
            let edge = filter.kernel.edge;
            push(format!("hidden{}.weight", index + 1), vec![filter.outputs, filter.inputs, edge, edge]);
            push(format!("hidden{}.bias", index + 1), vec![filter.outputs]);
        }
        push("output.weight".into(), vec![1, channels, 1, 1]);
        push("output.bias".into(), vec![1]);
        let of = |(index, filter)| if index > 0 { ShortConvolution::of(filter) } else { None };
        let short = filters.iter().enumerate().map(of).collect();
        Ok(Self { filters, short, channels, tensors })
    }

    /// The tensors of the flat vector of parameters.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Length of the flat vector of parameters.
    pub fn parameter_count(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    /// Channels of an image.
    pub fn inputs(&self) -> usize {
        self.filters[0].inputs
    }

    /// Pixels that are seen beyond each edge of the output.
    pub fn margin(&self) -> usize {
        self.filters.iter().map(|filter| filter.span() / 2).sum()
    }

    /// Multiply-adds of a forward pass for one pixel of a large output, if summed directly.
    pub fn multiply_adds_per_pixel(&self) -> usize {
        self.filters.iter().map(Filter::taps).sum::<usize>() + self.channels
    }

    /// First parameters: hidden weights Kaiming normal (fan in, gain of `ReLU`; He et al. 2015, doi
    /// 10.1109/ICCV.2015.123) with biases of zero, and an output of zero everywhere.
    ///
    /// Each tensor has its own random stream: the same seed gives the same bits.
    pub fn initial_parameters(&self, seed: u64) -> Vec<f32> {
        let mut parameters = vec![0.0; self.parameter_count()];
        for (index, filter) in self.filters.iter().enumerate() {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(index as u64);
            let width = (2.0 / (filter.taps() / filter.outputs) as f64).sqrt();
            let weights = &mut parameters[self.tensors[2 * index].range.clone()];
            weights.fill_with(|| (width * random.sample::<f64, _>(StandardNormal)) as f32);
        }
        parameters
    }

    /// Where the output's weights lie among the parameters, its bias behind them.
    pub fn output_range(&self) -> std::ops::Range<usize> {
        let start = self.tensors[2 * self.filters.len()].range.start;
        start..self.parameter_count()
    }
}
