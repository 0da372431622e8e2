//! Computes one convolution of channels-last maps, with its gradients, as products.

use crate::kernel::{Kernels, Product};

/// The size of a convolution's kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel {
    /// Edge, in taps.
    pub edge: usize,
    /// Distance of neighbouring taps, in pixels.
    pub dilation: usize,
}

/// A convolution: `outputs`, a multiple of 16, from `inputs` channels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filter {
    pub(super) kernel: Kernel,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

/// Part of a channels-last map: where it begins in its slice, and how far its rows are apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) row: usize,
}

impl Filter {
    /// Pixels by which an output is smaller than its input.
    pub(super) fn span(&self) -> usize {
        (self.kernel.edge - 1) * self.kernel.dilation
    }

    /// Weights, which are the multiply-adds of an output pixel.
    pub(super) fn taps(&self) -> usize {
        self.kernel.edge * self.kernel.edge * self.inputs * self.outputs
    }

    /// Weights from (output, input, row, column) to (row, column, input, output).
    pub(super) fn pack(&self, weights: &[f32]) -> Vec<f32> {
        self.permuted(weights, |at| self.packed_place(at))
    }

    /// Where [`Self::pack`] puts the weight of this (row, column, input, output).
    fn packed_place(&self, [row, column, input, output]: [usize; 4]) -> usize {
        ((row * self.kernel.edge + column) * self.inputs + input) * self.outputs + output
    }

    /// Weights of the gradient with respect to inputs: (row, column, output, input), taps in reversed order.
    pub(super) fn pack_transposed(&self, weights: &[f32]) -> Vec<f32> {
        let edge = self.kernel.edge;
        self.permuted(weights, |[row, column, input, output]| {
            (((edge - 1 - row) * edge + edge - 1 - column) * self.outputs + output) * self.inputs + input
        })
    }

    fn permuted(&self, weights: &[f32], place: impl Fn([usize; 4]) -> usize) -> Vec<f32> {
        let mut packed = vec![0.0; weights.len()];
        for (from, at) in self.places().enumerate() {
            packed[place(at)] = weights[from];
        }
        packed
    }

    /// Adds a gradient packed as [`Self::pack`] does to one in the order of the parameters.
    pub(super) fn unpack(&self, packed: &[f32], weights: &mut [f32]) {
        for (weight, at) in weights.iter_mut().zip(self.places()) {
            *weight += packed[self.packed_place(at)];
        }
    }

    /// (row, column, input, output) of each parameter, in their order.
    fn places(&self) -> impl Iterator<Item = [usize; 4]> {
        let (edge, inputs) = (self.kernel.edge, self.inputs);
        (0..self.taps()).map(move |place| {
            let column = place % edge;
            let row = place / edge % edge;
            [row, column, place / (edge * edge) % inputs, place / (edge * edge * inputs)]
        })
    }

    /// The convolution with its inputs and outputs exchanged.
    pub(super) fn transposed(&self) -> Self {
        Self { kernel: self.kernel, inputs: self.outputs, outputs: self.inputs }
    }

    /// Convolves `input`, (rows, columns) of a map, to a map smaller by [`Self::span`], of which `finish`
    /// gets each row, by its number, while it is at hand.
    pub(super) fn convolve(
        &self,
        kernels: &Kernels,
        weights: &[f32],
        (input, part, [rows, columns]): (&[f32], Part, [usize; 2]),
        mut finish: impl FnMut(usize, &[f32]),
    ) {
        let (Self { kernel: Kernel { edge, dilation }, inputs, outputs }, span) = (*self, self.span());
        let (row, input) = (part.row, &input[part.start..]);
        let taps = edge * inputs * outputs;
        let product = Product {
            rows: columns - span,
            columns: outputs,
            segments: edge,
            depth: if dilation == 1 { edge * inputs } else { inputs },
            a_row: inputs,
            a_segment: if dilation == 1 { row } else { dilation * inputs },
            a_step: 1,
            b_segment: if dilation == 1 { taps } else { inputs * outputs },
            b_step: outputs,
            c_row: outputs,
            accumulate: false,
        };
        let mut sums = vec![0.0; (columns - span) * outputs];
        for y in 0..rows - span {
            if dilation == 1 {
                kernels.multiply(&product, &input[y * row..], weights, &mut sums);
            } else {
                for tap in 0..edge {
                    let product = Product { accumulate: tap > 0, ..product };
                    let input = &input[(y + tap * dilation) * row..];
                    kernels.multiply(&product, input, &weights[tap * taps..][..taps], &mut sums);
                }
            }
            finish(y, &sums);
        }
    }

    /// Adds the gradient with respect to the weights to `gradient`, packed as [`Self::pack`] does: `input`
    /// is (rows, columns) of a map, `slopes` what the loss has with respect to the output, part of another.
    pub(super) fn add_weights_gradient(
        &self,
        kernels: &Kernels,
        (input, from, [rows, columns]): (&[f32], Part, [usize; 2]),
        (slopes, part): (&[f32], Part),
        gradient: &mut [f32],
    ) {
        let (Self { kernel: Kernel { edge, dilation }, inputs, outputs }, span) = (*self, self.span());
        let (row, input) = (from.row, &input[from.start..]);
        let adjacent = if dilation == 1 { edge } else { 1 };
        let product = Product {
            rows: adjacent * inputs,
            columns: outputs,
            segments: rows - span,
            depth: columns - span,
            a_row: 1,
            a_segment: row,
            a_step: inputs,
            b_segment: part.row,
            b_step: outputs,
            c_row: outputs,
            accumulate: true,
        };
        for (tap, gradient) in gradient.chunks_exact_mut(adjacent * inputs * outputs).enumerate() {
            let [down, right] = if dilation == 1 { [tap, 0] } else { [tap / edge, tap % edge] };
            let first = dilation * (down * row + right * inputs);
            kernels.multiply(&product, &input[first..], &slopes[part.start..], gradient);
        }
    }
}
