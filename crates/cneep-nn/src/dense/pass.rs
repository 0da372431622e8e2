//! Passes one image through the network, forward and backward.

use super::filter::Part;
use super::network::FullyConvolutional;
use super::short::{Room, ShortConvolution};
use crate::kernel::chosen;

/// Parameters in the order in which products read them; of short convolutions, spectra.
#[derive(Debug, Clone)]
pub struct Weights {
    /// One a hidden layer.
    forward: Vec<Vec<f32>>,
    /// One a hidden layer, of no use in the first.
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
    /// Each with as many rows and columns as are read of it: zeros, where there is no pixel.
    maps: Vec<Vec<f32>>,
    parts: Vec<Part>,
    /// Slopes with respect to each hidden map, inside a border of zeros as wide as its convolution's span
    /// where that is no short one; none until a pass backward.
    slopes: Vec<Vec<f32>>,
    /// Slopes with respect to the map that is read by a short convolution.
    below: Vec<f32>,
    room: Room,
    output: Vec<f32>,
}

impl FullyConvolutional {
    /// `parameters` in the order in which products read them.
    pub fn weights(&self, parameters: &[f32]) -> Weights {
        let of = |index: usize| &parameters[self.tensors[index].range.clone()];
        let head = 2 * self.filters.len();
        let packed = self.filters.iter().enumerate().map(|(index, filter)| match self.short[index] {
            Some(short) => short.transform_weights(of(2 * index)),
            None => [filter.pack(of(2 * index)), filter.pack_transposed(of(2 * index))],
        });
        let (forward, backward) = packed.map(|[forward, backward]| (forward, backward)).unzip();
        Weights {
            forward,
            backward,
            biases: (0..self.filters.len()).map(|index| of(2 * index + 1).to_vec()).collect(),
            output: of(head).to_vec(),
            output_bias: of(head + 1)[0],
        }
    }

    /// A gradient of zero.
    pub fn zero_gradient(&self) -> Gradient {
        Gradient {
            weights: (self.filters.iter().zip(&self.short))
                .map(|(filter, short)| vec![0.0; short.map_or(filter.taps(), ShortConvolution::spectra_len)])
                .collect(),
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
            match self.short[index] {
                Some(short) => short.add_weights_gradient(&gradient.weights[index], weights),
                None => filter.unpack(&gradient.weights[index], weights),
            }
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
        let mut parts = Vec::new();
        let maps = sizes.iter().enumerate().map(|(index, [rows, columns])| {
            let channels = if index == 0 { network.inputs() } else { network.channels };
            let [rows, columns] = match (network.short.get(index).copied().flatten(), sizes.get(index + 1)) {
                (Some(short), Some(outputs)) => outputs.map(|outputs| short.read(outputs)),
                _ => [*rows, *columns],
            };
            parts.push(Part { start: 0, row: columns * channels });
            vec![0.0; rows * columns * channels]
        });
        Self {
            network,
            maps: maps.collect(),
            sizes,
            parts,
            slopes: Vec::new(),
            below: Vec::new(),
            room: Room::default(),
            output: vec![0.0; rows * columns],
        }
    }

    /// The image, shape (row, column, channel), with the margin around.
    pub fn input_mut(&mut self) -> &mut [f32] {
        &mut self.maps[0]
    }

    /// The numbers of the image that was written, shape (row, column).
    pub fn forward(&mut self, weights: &Weights) -> &[f32] {
        let (kernels, channels) = (chosen(), self.network.channels);
        for (index, filter) in self.network.filters.iter().enumerate() {
            let (before, after) = self.maps.split_at_mut(index + 1);
            let (input, from) = (&before[index][..], self.parts[index]);
            let (map, to, size) = (&mut after[0], self.parts[index + 1], self.sizes[index + 1]);
            let (weights, bias) = (&weights.forward[index], &weights.biases[index]);
            let len = size[1] * channels;
            if let Some(short) = self.network.short[index] {
                let weights = (&weights[..], &bias[..]);
                short.convolve(kernels, weights, (input, from), (map, to, size), &mut self.room);
            } else {
                filter.convolve(kernels, weights, (input, from, self.sizes[index]), |row, sums| {
                    let to = &mut map[row * to.row..][..len];
                    to.copy_from_slice(sums);
                    kernels.rectify(bias, to);
                });
            }
        }
        let last = &self.maps[self.network.filters.len()];
        kernels.sum_channels(&weights.output, weights.output_bias, last, &mut self.output);
        &self.output
    }

    /// Adds to `gradient` that of a loss with the slopes `of_output` with respect to the numbers of the last
    /// [`Self::forward`].
    pub fn backward(&mut self, weights: &Weights, of_output: &[f32], gradient: &mut Gradient) {
        let (kernels, channels) = (chosen(), self.network.channels);
        let last = self.network.filters.len() - 1;
        if self.slopes.is_empty() {
            let len = |index: usize| {
                let [rows, columns] = self.sizes[index + 1].map(|edge| edge + 2 * self.border(index));
                rows * columns * channels
            };
            self.slopes = (0..=last).map(|index| vec![0.0; len(index)]).collect();
        }
        gradient.output_bias += of_output.iter().sum::<f32>();
        let (columns, inside) = (self.sizes[last + 1][1], self.inside(last));
        let rows = self.maps[last + 1].chunks_exact(columns * channels).zip(of_output.chunks_exact(columns));
        for (row, pixels) in rows.enumerate() {
            let to = &mut self.slopes[last][inside.part.start + row * inside.part.row..];
            let sums = (&mut gradient.biases[last][..], &mut gradient.output[..]);
            kernels.sum_channels_backward(&weights.output, pixels, to, sums);
        }
        for index in (0..=last).rev() {
            let filter = &self.network.filters[index];
            let inside = (index > 0).then(|| self.inside(index - 1));
            let part = self.inside(index).part;
            let (map, from) = (&self.maps[index][..], self.parts[index]);
            let (before, after) = self.slopes.split_at_mut(index);
            let slopes = &after[0][..];
            let (backward, of_weights) = (&weights.backward[index], &mut gradient.weights[index]);
            if let (Some(short), Some(inside)) = (self.network.short[index], inside) {
                self.below.clear();
                self.below.resize(map.len(), 0.0);
                let below = &mut self.below[..];
                let slopes = (slopes, part, self.sizes[index + 1]);
                short.backward(kernels, backward, (map, from), slopes, (of_weights, below), &mut self.room);
                for (row, slopes) in self.below.chunks(from.row).take(self.sizes[index][0]).enumerate() {
                    inside.enter(row, slopes, map, &mut before[index - 1], &mut gradient.biases[index - 1]);
                }
                continue;
            }
            filter.add_weights_gradient(kernels, (map, from, self.sizes[index]), (slopes, part), of_weights);
            if let Some(inside) = inside {
                let bordered = self.sizes[index].map(|edge| edge + filter.span());
                let (to, bias) = (&mut before[index - 1], &mut gradient.biases[index - 1]);
                let slopes = (slopes, Part { start: 0, ..part }, bordered);
                filter.transposed().convolve(kernels, backward, slopes, |row, slopes| {
                    inside.enter(row, slopes, map, to, bias);
                });
            }
        }
    }

    /// Pixels of zeros around the slopes of a hidden layer.
    fn border(&self, index: usize) -> usize {
        let none = index == 0 || self.network.short[index].is_some();
        if none { 0 } else { self.network.filters[index].span() }
    }

    /// Where the slopes of a hidden layer lie inside their border.
    fn inside(&self, index: usize) -> Inside {
        let (channels, border) = (self.network.channels, self.border(index));
        let columns = self.sizes[index + 1][1];
        let row = (columns + 2 * border) * channels;
        let part = Part { start: border * (row + channels), row };
        Inside { part, map_row: self.parts[index + 1].row, len: columns * channels }
    }
}

/// Rows of slopes inside their border.
#[derive(Debug, Clone, Copy)]
struct Inside {
    part: Part,
    /// Distance of rows of the map.
    map_row: usize,
    /// Numbers of a row.
    len: usize,
}

impl Inside {
    /// Writes the `slopes` of a row where the `map` of the layer is above zero, and adds them to its `bias`.
    fn enter(self, row: usize, slopes: &[f32], map: &[f32], to: &mut [f32], bias: &mut [f32]) {
        let to = &mut to[self.part.start + row * self.part.row..][..self.len];
        chosen().rectify_backward(&map[row * self.map_row..], slopes, to, bias);
    }
}
