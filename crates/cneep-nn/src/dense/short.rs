//! Convolves a map with 3 x 3 taps by Winograd's short convolution, forward and backward.
//!
//! Tiles of 4 x 4 outputs take 36 products of channels in place of 144 (Lavin and Gray 2016, doi
//! 10.1109/CVPR.2016.435). A dilated convolution is one on every grid of pixels that lie a dilation apart.

use super::filter::{Filter, Part};
use crate::kernel::{Axis, Kernels, Kind, LANES, Plane, Product, Transform};

const AXES: [Axis; 2] = [Axis::PAIRED; 2];
const EDGE: usize = AXES[0].points();
const POINTS: usize = EDGE * EDGE;
const OUTPUTS: usize = AXES[0].outputs();
const TAPS: usize = 3;
/// The point 1 down and right: it counts once in every output.
const POINT_OF_ONES: usize = EDGE + 1;
/// Tiles whose spectra are held at once, unless a row of them has more.
const TILES_AT_ONCE: usize = 48;

/// A convolution of 3 x 3 taps and whole vectors of channels.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShortConvolution {
    dilation: usize,
    inputs: usize,
    outputs: usize,
}

/// Spectra of tiles, of inputs and of sums, or of their gradients.
#[derive(Debug, Clone, Default)]
pub(super) struct Room([Vec<f32>; 2]);

/// Tiles that are computed together: on one grid of a dilation, side by side and below each other.
#[derive(Debug, Clone, Copy)]
struct Group {
    /// Row and column of the first output, in pixels.
    first: [usize; 2],
    /// Rows and columns of the grid that exist from there on.
    outputs: [usize; 2],
    tiles: [usize; 2],
}

impl Group {
    /// Distance of the spectra of two points: an odd number of vectors, lest points share a line of the
    /// cache.
    fn plane(&self, channels: usize) -> usize {
        ((self.tiles[0] * self.tiles[1] * channels / LANES) | 1) * LANES
    }

    fn spectra(&self, channels: usize) -> Plane {
        let column = self.plane(channels);
        Plane {
            origin: 0,
            row: EDGE * column,
            column,
            tile_row: self.tiles[1] * channels,
            tile_column: channels,
            rows: usize::MAX,
            columns: usize::MAX,
        }
    }

    fn transform(&self, kind: Kind, from: Plane, to: Plane, channels: usize) -> Transform {
        Transform { kind, axes: AXES, tiles: self.tiles, channels, from, to }
    }

    /// At every point, `spectra x weights`, from so many channels to so many; a `bias` of every output may
    /// be added.
    fn multiply(
        &self,
        kernels: &Kernels,
        channels: [usize; 2],
        spectra: &[f32],
        (weights, bias): (&[f32], Option<&[f32]>),
        products: &mut Vec<f32>,
    ) {
        let [inputs, outputs] = channels;
        let [from, to] = channels.map(|channels| self.plane(channels));
        let product = Product {
            rows: self.tiles[0] * self.tiles[1],
            columns: outputs,
            segments: 1,
            depth: inputs,
            a_row: inputs,
            a_segment: 0,
            a_step: 1,
            b_segment: 0,
            b_step: outputs,
            c_row: outputs,
            accumulate: false,
        };
        let products = fit(products, self.spectra(outputs)).chunks_exact_mut(to);
        let weights = weights.chunks_exact(inputs * outputs);
        let points = spectra.chunks_exact(from).zip(weights).zip(products);
        for (point, ((spectrum, weights), products)) in points.enumerate() {
            let bias = bias.filter(|_| point == POINT_OF_ONES);
            if let Some(bias) = bias {
                let tiles = products[..product.rows * outputs].chunks_exact_mut(outputs);
                tiles.for_each(|tile| tile.copy_from_slice(bias));
            }
            let product = Product { accumulate: bias.is_some(), ..product };
            kernels.multiply(&product, spectrum, weights, products);
        }
    }

    /// At every point, adds `transpose of spectra x slopes` to the gradient of the weights.
    fn correlate(
        &self,
        kernels: &Kernels,
        [inputs, outputs]: [usize; 2],
        [spectra, slopes]: [&[f32]; 2],
        gradient: &mut [f32],
    ) {
        let product = Product {
            rows: inputs,
            columns: outputs,
            segments: 1,
            depth: self.tiles[0] * self.tiles[1],
            a_row: 1,
            a_segment: 0,
            a_step: inputs,
            b_segment: 0,
            b_step: outputs,
            c_row: outputs,
            accumulate: true,
        };
        let [spectra, slopes] = [(spectra, inputs), (slopes, outputs)]
            .map(|(of, channels)| of.chunks_exact(self.plane(channels)));
        for ((a, b), c) in spectra.zip(slopes).zip(gradient.chunks_exact_mut(inputs * outputs)) {
            kernels.multiply(&product, a, b, c);
        }
    }
}

impl ShortConvolution {
    /// `filter`, if it is of this kind.
    pub(super) fn of(filter: &Filter) -> Option<Self> {
        let whole = filter.inputs.is_multiple_of(LANES) && filter.outputs.is_multiple_of(LANES);
        (whole && filter.kernel.edge == TAPS).then_some(Self {
            dilation: filter.kernel.dilation,
            inputs: filter.inputs,
            outputs: filter.outputs,
        })
    }

    /// Numbers in the spectra of its weights.
    pub(super) fn spectra_len(self) -> usize {
        POINTS * self.inputs * self.outputs
    }

    /// Rows or columns of the input that tiles over so many rows or columns of outputs read.
    pub(super) fn read(self, outputs: usize) -> usize {
        let of_grid = |grid: usize| {
            let tiles = (outputs - grid).div_ceil(self.dilation).div_ceil(OUTPUTS);
            grid + self.dilation * (OUTPUTS * tiles + EDGE - OUTPUTS - 1) + 1
        };
        (0..self.dilation.min(outputs)).map(of_grid).max().unwrap_or(0)
    }

    fn groups(self, [rows, columns]: [usize; 2]) -> impl Iterator<Item = Group> {
        let grids = move |outputs: usize| 0..self.dilation.min(outputs);
        let places = grids(rows).flat_map(move |row| grids(columns).map(move |column| [row, column]));
        places.flat_map(move |[row, column]| {
            let outputs = [rows - row, columns - column].map(|outputs| outputs.div_ceil(self.dilation));
            let [below, beside] = outputs.map(|outputs| outputs.div_ceil(OUTPUTS));
            let parts = (below * beside).div_ceil(TILES_AT_ONCE).min(below);
            (0..parts).map(move |part| {
                let [start, end] = [part, part + 1].map(|part| below * part / parts);
                Group {
                    first: [row + self.dilation * OUTPUTS * start, column],
                    outputs: [outputs[0] - OUTPUTS * start, outputs[1]],
                    tiles: [end - start, beside],
                }
            })
        })
    }

    /// Where the tiles of `group` lie in a map, `distance` pixels of their grid apart.
    fn plane(self, group: &Group, part: Part, channels: usize) -> Plane {
        let [row, column] = [part.row, channels].map(|distance| self.dilation * distance);
        Plane {
            origin: part.start + group.first[0] * part.row + group.first[1] * channels,
            row,
            column,
            tile_row: OUTPUTS * row,
            tile_column: OUTPUTS * column,
            rows: usize::MAX,
            columns: usize::MAX,
        }
    }

    fn sums(self, group: &Group, part: Part) -> Plane {
        let [rows, columns] = group.outputs;
        Plane { rows, columns, ..self.plane(group, part, self.outputs) }
    }

    /// Spectra of the weights, (point, input, output), and of those of the gradient with respect to inputs,
    /// (point, output, input), from weights (output, input, row, column).
    pub(super) fn transform_weights(self, weights: &[f32]) -> [Vec<f32>; 2] {
        let factors = AXES[0].filter();
        let [mut spectra, mut transposed] = [(); 2].map(|()| vec![0.0; self.spectra_len()]);
        for (number, taps) in weights.chunks_exact(TAPS * TAPS).enumerate() {
            let [output, input] = [number / self.inputs, number % self.inputs];
            for point in 0..POINTS {
                let [down, right] = [&factors[point / EDGE], &factors[point % EDGE]];
                let of_row =
                    |taps: &[f32]| -> f32 { taps.iter().zip(right).map(|(tap, factor)| tap * factor).sum() };
                let value = taps.chunks_exact(TAPS).zip(down).map(|(row, factor)| factor * of_row(row)).sum();
                spectra[(point * self.inputs + input) * self.outputs + output] = value;
                transposed[(point * self.outputs + output) * self.inputs + input] = value;
            }
        }
        [spectra, transposed]
    }

    /// Adds the gradient of the weights to `weights`, given that of their spectra.
    pub(super) fn add_weights_gradient(self, spectra: &[f32], weights: &mut [f32]) {
        let factors = AXES[0].filter();
        for (number, taps) in weights.chunks_exact_mut(TAPS * TAPS).enumerate() {
            let [output, input] = [number / self.inputs, number % self.inputs];
            for point in 0..POINTS {
                let value = spectra[(point * self.inputs + input) * self.outputs + output];
                for (tap, sum) in taps.iter_mut().enumerate() {
                    *sum += factors[point / EDGE][tap / TAPS] * factors[point % EDGE][tap % TAPS] * value;
                }
            }
        }
    }

    /// Writes the sums, so many rows and columns of them, of a map that is read as [`Self::read`] says, with
    /// the bias added and zero for what is then negative.
    pub(super) fn convolve(
        self,
        kernels: &Kernels,
        (weights, bias): (&[f32], &[f32]),
        (map, from): (&[f32], Part),
        (sums, to, size): (&mut [f32], Part, [usize; 2]),
        Room([inputs, outputs]): &mut Room,
    ) {
        for group in self.groups(size) {
            let of_sums = group.spectra(self.outputs);
            self.read_map(kernels, &group, (map, from), inputs);
            group.multiply(kernels, [self.inputs, self.outputs], inputs, (weights, Some(bias)), outputs);
            let plane = self.sums(&group, to);
            kernels.transform(
                &group.transform(Kind::RectifiedOutput, of_sums, plane, self.outputs),
                outputs,
                sums,
            );
        }
    }

    /// Adds the gradient of a loss with the `slopes` with respect to the sums: to `gradient` with respect to
    /// the spectra of weights, and to `below` with respect to the map.
    pub(super) fn backward(
        self,
        kernels: &Kernels,
        transposed: &[f32],
        (map, from): (&[f32], Part),
        (slopes, of, size): (&[f32], Part, [usize; 2]),
        (gradient, below): (&mut [f32], &mut [f32]),
        Room([inputs, outputs]): &mut Room,
    ) {
        for group in self.groups(size) {
            let [read, of_sums] = [self.inputs, self.outputs].map(|channels| group.spectra(channels));
            self.read_map(kernels, &group, (map, from), inputs);
            let plane = self.sums(&group, of);
            let transform = group.transform(Kind::OutputGradient, plane, of_sums, self.outputs);
            kernels.transform(&transform, slopes, fit(outputs, of_sums));
            group.correlate(kernels, [self.inputs, self.outputs], [inputs, outputs], gradient);
            group.multiply(kernels, [self.outputs, self.inputs], outputs, (transposed, None), inputs);
            let plane = self.plane(&group, from, self.inputs);
            let transform = group.transform(Kind::InputGradient, read, plane, self.inputs);
            kernels.transform(&transform, inputs, below);
        }
    }

    /// The spectra of the tiles of `group` of a map.
    fn read_map(self, kernels: &Kernels, group: &Group, (map, from): (&[f32], Part), spectra: &mut Vec<f32>) {
        let [plane, read] = [self.plane(group, from, self.inputs), group.spectra(self.inputs)];
        kernels.transform(&group.transform(Kind::Input, plane, read, self.inputs), map, fit(spectra, read));
    }
}

/// Makes `numbers` long enough for `spectra`.
fn fit(numbers: &mut Vec<f32>, spectra: Plane) -> &mut [f32] {
    numbers.resize(numbers.len().max(POINTS * spectra.column), 0.0);
    numbers
}
