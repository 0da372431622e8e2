//! Passes one image through the network, forward and backward.

use super::filter::Part;
use super::network::FullyConvolutional;
use crate::kernel::chosen;

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
    /// Slopes with respect to each hidden map, inside a border of zeros as wide as its convolution's span.
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
        let mut slopes = Vec::new();
        for (index, filter) in network.filters.iter().enumerate() {
            let [rows, columns] = sizes[index].map(|edge| edge - filter.span());
            sizes.push([rows, columns]);
            let border = 2 * filter.span();
            slopes.push(vec![0.0; (rows + border) * (columns + border) * network.channels]);
        }
        let channels = |index: usize| if index == 0 { network.inputs() } else { network.channels };
        let maps = sizes.iter().enumerate().map(|(index, [rows, columns])| rows * columns * channels(index));
        Self {
            network,
            maps: maps.map(|len| vec![0.0; len]).collect(),
            sizes,
            slopes,
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
            let map = &mut after[0];
            for pixel in map.chunks_exact_mut(filter.outputs) {
                pixel.copy_from_slice(&weights.biases[index]);
            }
            filter.convolve(kernels, &weights.forward[index], (&before[index], self.sizes[index]), map);
            for value in map.iter_mut() {
                *value = value.max(0.0);
            }
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
        for (pixel, slope) in self.maps[last + 1].chunks_exact(channels).zip(of_output) {
            gradient.output_bias += slope;
            gradient.output.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += slope * value);
        }
        let slopes = of_output.iter().flat_map(|slope| weights.output.iter().map(move |w| slope * w));
        let slopes: Vec<f32> = slopes.collect();
        self.enter(last, &slopes, gradient);
        for index in (0..=last).rev() {
            let filter = &self.network.filters[index];
            let part = self.part(index);
            let input = (&self.maps[index][..], self.sizes[index]);
            let of_weights = &mut gradient.weights[index];
            filter.add_weights_gradient(kernels, input, (&self.slopes[index], part), of_weights);
            if index > 0 {
                let [rows, columns] = self.sizes[index];
                let mut slopes = vec![0.0; rows * columns * channels];
                let bordered = [rows, columns].map(|edge| edge + filter.span());
                let backward = &weights.backward[index - 1];
                let from = (&self.slopes[index][..], bordered);
                filter.transposed().convolve(kernels, backward, from, &mut slopes);
                self.enter(index - 1, &slopes, gradient);
            }
        }
    }

    /// Where the slopes of a hidden layer lie inside their border.
    fn part(&self, index: usize) -> Part {
        let (channels, span) = (self.network.channels, self.network.filters[index].span());
        let row = (self.sizes[index + 1][1] + 2 * span) * channels;
        Part { start: span * (row + channels), row }
    }

    /// Writes the slopes of a hidden layer inside their border, where its map is above zero.
    fn enter(&mut self, index: usize, slopes: &[f32], gradient: &mut Gradient) {
        let (Part { start, row }, channels) = (self.part(index), self.network.channels);
        let columns = self.sizes[index + 1][1] * channels;
        let bias = &mut gradient.biases[index];
        let maps = self.maps[index + 1].chunks_exact(columns).zip(slopes.chunks_exact(columns));
        for (y, (map, slopes)) in maps.enumerate() {
            let to = &mut self.slopes[index][start + y * row..][..columns];
            for ((to, value), slope) in to.iter_mut().zip(map).zip(slopes) {
                *to = if *value > 0.0 { *slope } else { 0.0 };
            }
            for pixel in to.chunks_exact(channels) {
                bias.iter_mut().zip(pixel).for_each(|(sum, slope)| *sum += slope);
            }
        }
    }
}
