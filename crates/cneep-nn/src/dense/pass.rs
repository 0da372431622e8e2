//! Passes one image through the network, forward and backward.

use super::filter::Part;
use super::network::FullyConvolutional;
use crate::kernel::{LANES, chosen};

/// Parameters in the order in which products read them.
#[derive(Debug, Clone)]
pub struct Weights {
    /// One a hidden layer.
    forward: Vec<Vec<f32>>,
    /// One a hidden layer but the first.
    backward: Vec<Vec<f32>>,
    biases: Vec<Vec<f32>>,
    output: Vec<f32>,
    output_bias: f32,
}

/// Sums of gradients, in the order in which products write them.
#[derive(Debug, Clone)]
pub struct Gradient {
    weights: Vec<Vec<f32>>,
    biases: Vec<Vec<f32>>,
    output: Vec<f32>,
    output_bias: f32,
}

/// The maps of one image.
#[derive(Debug, Clone)]
pub struct Pass<'a> {
    network: &'a FullyConvolutional,
    /// Rows and columns of every map, the input's first.
    sizes: Vec<[usize; 2]>,
    maps: Vec<Vec<f32>>,
    /// Slopes with respect to each hidden map, inside a border of zeros as wide as its convolution's span;
    /// none until a pass backward.
    slopes: Vec<Vec<f32>>,
    output: Vec<f32>,
}

impl FullyConvolutional {
    /// `parameters` in the order in which products read them.
    pub fn weights(&self, parameters: &[f32]) -> Weights {
        let of = |index: usize| &parameters[self.tensors[index].range.clone()];
        let filters = || self.filters.iter().enumerate();
        let head = 2 * self.filters.len();
        Weights {
            forward: filters().map(|(index, filter)| filter.pack(of(2 * index))).collect(),
            backward: filters()
                .skip(1)
                .map(|(index, filter)| filter.pack_transposed(of(2 * index)))
                .collect(),
            biases: filters().map(|(index, _)| of(2 * index + 1).to_vec()).collect(),
            output: of(head).to_vec(),
            output_bias: of(head + 1)[0],
        }
    }

    /// A gradient of zero.
    pub fn zero_gradient(&self) -> Gradient {
        Gradient {
            weights: self.filters.iter().map(|filter| vec![0.0; filter.taps()]).collect(),
            biases: self.filters.iter().map(|filter| vec![0.0; filter.outputs]).collect(),
            output: vec![0.0; self.channels],
            output_bias: 0.0,
        }
    }

    /// Adds a gradient to one in the order of the parameters.
    pub fn add_gradient(&self, gradient: &Gradient, parameters: &mut [f32]) {
        let add = |to: &mut [f32], from: &[f32]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        for (index, filter) in self.filters.iter().enumerate() {
            let weights = &mut parameters[self.tensors[2 * index].range.clone()];
            filter.unpack(&gradient.weights[index], weights);
            add(&mut parameters[self.tensors[2 * index + 1].range.clone()], &gradient.biases[index]);
        }
        let output = &mut parameters[self.output_range()];
        add(&mut output[..self.channels], &gradient.output);
        output[self.channels] += gradient.output_bias;
    }
}

impl<'a> Pass<'a> {
    /// Room for images that give `rows` x `columns` numbers.
    pub fn new(network: &'a FullyConvolutional, rows: usize, columns: usize) -> Self {
        let margin = 2 * network.margin();
        let mut sizes = vec![[rows + margin, columns + margin]];
        for (index, filter) in network.filters.iter().enumerate() {
            sizes.push(sizes[index].map(|edge| edge - filter.span()));
        }
        let channels = |index: usize| if index == 0 { network.inputs() } else { network.channels };
        let maps = sizes.iter().enumerate().map(|(index, [rows, columns])| rows * columns * channels(index));
        Self {
            network,
            maps: maps.map(|len| vec![0.0; len]).collect(),
            sizes,
            slopes: Vec::new(),
            output: vec![0.0; rows * columns],
        }
    }

    /// The image, shape (row, column, channel), with the margin around.
    pub fn input_mut(&mut self) -> &mut [f32] {
        &mut self.maps[0]
    }

    /// The numbers of the image that was written, shape (row, column).
    pub fn forward(&mut self, weights: &Weights) -> &[f32] {
        let kernels = chosen();
        for (index, filter) in self.network.filters.iter().enumerate() {
            let (before, after) = self.maps.split_at_mut(index + 1);
            let input = (&before[index][..], self.sizes[index]);
            let (bias, len) = (&weights.biases[index], self.sizes[index + 1][1] * filter.outputs);
            let map = &mut after[0];
            filter.convolve(kernels, &weights.forward[index], input, |row, sums| {
                let pixels = map[row * len..][..len].chunks_exact_mut(filter.outputs);
                for (to, sums) in pixels.zip(sums.chunks_exact(filter.outputs)) {
                    for ((to, sum), bias) in to.iter_mut().zip(sums).zip(bias) {
                        *to = (sum + bias).max(0.0);
                    }
                }
            });
        }
        let last = self.maps[self.network.filters.len()].chunks_exact(self.network.channels);
        for (number, pixel) in self.output.iter_mut().zip(last) {
            let sum: f32 = pixel.iter().zip(&weights.output).map(|(value, weight)| value * weight).sum();
            *number = weights.output_bias + sum;
        }
        &self.output
    }

    /// Adds to `gradient` that of a loss with the slopes `of_output` with respect to the numbers of the last
    /// [`Self::forward`].
    pub fn backward(&mut self, weights: &Weights, of_output: &[f32], gradient: &mut Gradient) {
        let (kernels, channels) = (chosen(), self.network.channels);
        let last = self.network.filters.len() - 1;
        if self.slopes.is_empty() {
            let filters = self.network.filters.iter().zip(&self.sizes[1..]);
            let len = |[rows, columns]: [usize; 2], border: usize| (rows + border) * (columns + border);
            self.slopes = filters.map(|(of, size)| vec![0.0; len(*size, 2 * of.span()) * channels]).collect();
        }
        gradient.output_bias += of_output.iter().sum::<f32>();
        add_pixels(&self.maps[last + 1], channels, |pixel| of_output[pixel], &mut gradient.output);
        let columns = self.sizes[last + 1][1];
        let mut line = vec![0.0; columns * channels];
        let inside = self.inside(last);
        for (row, of_output) in of_output.chunks_exact(columns).enumerate() {
            for (to, slope) in line.chunks_exact_mut(channels).zip(of_output) {
                to.iter_mut().zip(&weights.output).for_each(|(to, weight)| *to = slope * weight);
            }
            inside.enter(
                row,
                &line,
                &self.maps[last + 1],
                &mut self.slopes[last],
                &mut gradient.biases[last],
            );
        }
        for index in (0..=last).rev() {
            let filter = &self.network.filters[index];
            let input = (&self.maps[index][..], self.sizes[index]);
            let slopes = (&self.slopes[index][..], self.inside(index).part);
            filter.add_weights_gradient(kernels, input, slopes, &mut gradient.weights[index]);
            if index > 0 {
                let inside = self.inside(index - 1);
                let bordered = self.sizes[index].map(|edge| edge + filter.span());
                let backward = &weights.backward[index - 1];
                let (before, after) = self.slopes.split_at_mut(index);
                let (to, map, bias) =
                    (&mut before[index - 1], &self.maps[index], &mut gradient.biases[index - 1]);
                filter.transposed().convolve(kernels, backward, (&after[0], bordered), |row, slopes| {
                    inside.enter(row, slopes, map, to, bias);
                });
            }
        }
    }

    /// Where the slopes of a hidden layer lie inside their border.
    fn inside(&self, index: usize) -> Inside {
        let (channels, span) = (self.network.channels, self.network.filters[index].span());
        let columns = self.sizes[index + 1][1];
        let row = (columns + 2 * span) * channels;
        Inside { part: Part { start: span * (row + channels), row }, len: columns * channels, channels }
    }
}

/// Rows of slopes inside their border.
#[derive(Debug, Clone, Copy)]
struct Inside {
    part: Part,
    /// Numbers of a row, and of a pixel.
    len: usize,
    channels: usize,
}

impl Inside {
    /// Writes the `slopes` of a row where the `map` of the layer is above zero, and adds them to its `bias`.
    fn enter(self, row: usize, slopes: &[f32], map: &[f32], to: &mut [f32], bias: &mut [f32]) {
        let to = &mut to[self.part.start + row * self.part.row..][..self.len];
        for ((to, value), slope) in to.iter_mut().zip(&map[row * self.len..]).zip(slopes) {
            // All bits or none: without a branch, which no processor could foretell.
            *to = f32::from_bits(slope.to_bits() & u32::from(*value > 0.0).wrapping_neg());
        }
        add_pixels(to, self.channels, |_| 1.0, bias);
    }
}

/// Adds to `sums`, one a channel, the `pixels` of so many `channels` times a factor of each.
fn add_pixels(pixels: &[f32], channels: usize, factor: impl Fn(usize) -> f32, sums: &mut [f32]) {
    for (block, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        // In registers, rather than in memory after every pixel.
        let mut lanes = *sums;
        for (number, pixel) in pixels.chunks_exact(channels).enumerate() {
            let factor = factor(number);
            let values = &pixel[block * LANES..][..LANES];
            lanes.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
        }
        *sums = lanes;
    }
}
