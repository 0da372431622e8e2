//! Spreads a batch over threads so that no bit depends on how many there are.

use crate::inputs::Inputs;
use crate::network::Network;
use crate::parameters::{Packed, unpack_gradient};
use crate::shape::stored;
use rayon::prelude::*;
use std::ops::Range;

/// Chunks into which a batch is cut at least if it is long enough, and at most; each returns one gradient.
const MIN_CHUNKS: usize = 8;
const MAX_CHUNKS: usize = 64;
/// Numbers that the gradients of chunks hold together, beyond which there are fewer chunks.
const CHUNK_GRADIENTS: usize = 1 << 24;
/// Fewest samples in a chunk.
const MIN_CHUNK: usize = 16;
/// Samples in a chunk whose results do not meet, at most, and such chunks per thread at least.
const MAX_INDEPENDENT_CHUNK: usize = 64;
const CHUNKS_PER_THREAD: usize = 8;
/// Numbers of a gradient that one thread sums over chunks at a time.
const REDUCED_TOGETHER: usize = 4096;

/// A result of samples: the number of sums to one number is fixed by the order of pixels.
fn total(contributions: &[f32]) -> f32 {
    contributions.iter().map(|c| f64::from(*c)).sum::<f64>() as f32
}

/// `range` cut into micro-batches of `size`.
fn micro_batches(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    range.clone().step_by(size).map(move |start| start..(start + size).min(range.end))
}

impl Network {
    /// Packs `parameters`, with transposed weights if gradients are to follow.
    fn pack(&self, parameters: &[f32], transpose: bool) -> Packed {
        let mut packed = self.buffers.take_parameters(&self.plan);
        packed.write(&self.plan, self.kernels, parameters, transpose);
        packed
    }

    /// `S` of samples `0..count`: the sum of [`Self::contributions`] over pixels.
    ///
    /// # Panics
    /// If `parameters` is not one number per parameter.
    pub fn evaluate(&self, parameters: &[f32], inputs: &dyn Inputs, count: usize) -> Vec<f32> {
        self.map_contributions(parameters, inputs, count, 1, |contributions, out| {
            out[0] = total(contributions);
        })
    }

    /// `H`, the contribution of every pixel of the last map to `S`: `count * rows * columns` numbers of
    /// [`Self::features`], sample by sample, row by row.
    ///
    /// `H = sum over channels of w [A - A of the reversed sample]`, with `w` the weights of the head.
    ///
    /// # Panics
    /// If `parameters` is not one number per parameter.
    pub fn contributions(&self, parameters: &[f32], inputs: &dyn Inputs, count: usize) -> Vec<f32> {
        let pixels = self.features().pixels();
        self.map_contributions(parameters, inputs, count, pixels, |contributions, out| {
            out.copy_from_slice(contributions);
        })
    }

    /// `width` numbers of each sample, which `keep` makes of its contributions.
    fn map_contributions(
        &self,
        parameters: &[f32],
        inputs: &dyn Inputs,
        count: usize,
        width: usize,
        keep: impl Fn(&[f32], &mut [f32]) + Sync,
    ) -> Vec<f32> {
        let packed = self.pack(parameters, false);
        let mut out = vec![0.0; count * width];
        let chunks = CHUNKS_PER_THREAD * rayon::current_num_threads();
        let chunk =
            count.div_ceil(chunks).clamp(1, MAX_INDEPENDENT_CHUNK).next_multiple_of(self.plan.micro_batch);
        out.par_chunks_mut(chunk * width).enumerate().for_each(|(number, out)| {
            let mut workspace = self.buffers.take_workspace(&self.plan);
            let first = number * chunk;
            for samples in micro_batches(first..first + out.len() / width, self.plan.micro_batch) {
                self.forward(&packed, inputs, samples.clone(), false, &mut workspace);
                for (slot, index) in samples.enumerate() {
                    let contributions = self.contribute(&packed, slot, &mut workspace);
                    keep(contributions, &mut out[(index - first) * width..(index - first + 1) * width]);
                }
            }
            self.buffers.put_workspace(workspace);
        });
        self.buffers.put_parameters(packed);
        out
    }

    /// The last maps of sample `index`, forward and reversed, in the order (channel, row, column).
    ///
    /// # Panics
    /// If `parameters` is not one number per parameter.
    pub fn feature_maps(&self, parameters: &[f32], inputs: &dyn Inputs, index: usize) -> [Vec<f32>; 2] {
        let packed = self.pack(parameters, false);
        let mut workspace = self.buffers.take_workspace(&self.plan);
        self.forward(&packed, inputs, index..index + 1, false, &mut workspace);
        let features = self.features();
        let (forward, reversed) = self.last_maps(0, &workspace);
        let maps = [forward, reversed].map(|map| {
            let channel =
                |c: usize| (0..features.pixels()).map(move |p| map[p * stored(features.channels) + c]);
            (0..features.channels).flat_map(channel).collect()
        });
        self.buffers.put_workspace(workspace);
        self.buffers.put_parameters(packed);
        maps
    }

    /// Mean of `loss` over samples `0..count`; writes its gradient by the parameters over `gradient`.
    ///
    /// `loss` maps `S` to (loss, d loss/dS). The batch is cut into chunks by its length alone and their
    /// gradients are summed in order: the same bits for any number of threads. The head's bias cancels in
    /// `S`; its gradient is 0.
    ///
    /// Beyond its results a call keeps one workspace a thread ([`Self::workspace_size`]) and one gradient a
    /// chunk, of which there are at most 64 and fewer where they would fill more than 64 MB, but 8; both are
    /// kept for the next call.
    ///
    /// # Panics
    /// If `parameters` or `gradient` is not one number per parameter.
    pub fn gradient(
        &self,
        parameters: &[f32],
        inputs: &dyn Inputs,
        count: usize,
        loss: &(dyn Fn(f32) -> (f64, f32) + Sync),
        gradient: &mut [f32],
    ) -> f64 {
        let packed = self.pack(parameters, true);
        let chunks = (CHUNK_GRADIENTS / self.plan.packing.len()).clamp(MIN_CHUNKS, MAX_CHUNKS);
        let chunk = count.div_ceil(chunks).max(MIN_CHUNK).next_multiple_of(self.plan.micro_batch);
        let share = 1.0 / count.max(1) as f32;
        let chunks: Vec<(f64, Vec<f32>)> = (0..count.div_ceil(chunk))
            .into_par_iter()
            .map(|index| {
                let samples = index * chunk..count.min((index + 1) * chunk);
                let mut gradient = self.buffers.take_gradient(&self.plan);
                (self.chunk_gradient(&packed, inputs, samples, loss, share, &mut gradient), gradient)
            })
            .collect();
        let mut packed_gradient = self.buffers.take_gradient(&self.plan);
        packed_gradient.par_chunks_mut(REDUCED_TOGETHER).enumerate().for_each(|(part, total)| {
            for (_, gradient) in &chunks {
                self.kernels.add_multiple(1.0, &gradient[part * REDUCED_TOGETHER..][..total.len()], total);
            }
        });
        unpack_gradient(&self.plan, &packed_gradient, gradient);
        self.buffers.put_gradient(packed_gradient);
        self.buffers.put_parameters(packed);
        let mut sum = 0.0;
        for (loss, gradient) in chunks {
            sum += loss;
            self.buffers.put_gradient(gradient);
        }
        sum / count.max(1) as f64
    }

    /// The summed loss of `samples`; adds to the packed gradient.
    fn chunk_gradient(
        &self,
        packed: &Packed,
        inputs: &dyn Inputs,
        samples: Range<usize>,
        loss: &(dyn Fn(f32) -> (f64, f32) + Sync),
        share: f32,
        gradient: &mut [f32],
    ) -> f64 {
        let mut workspace = self.buffers.take_workspace(&self.plan);
        let mut sum = 0.0;
        let mut derivatives = vec![0.0; self.plan.micro_batch];
        for samples in micro_batches(samples, self.plan.micro_batch) {
            let derivatives = &mut derivatives[..samples.len()];
            self.forward(packed, inputs, samples, true, &mut workspace);
            for (slot, derivative) in derivatives.iter_mut().enumerate() {
                let (loss, of_loss) = loss(total(self.contribute(packed, slot, &mut workspace)));
                sum += loss;
                *derivative = of_loss * share;
            }
            self.backward(packed, derivatives, &mut workspace, gradient);
        }
        self.collect_spectra(&mut workspace, gradient);
        self.buffers.put_workspace(workspace);
        sum
    }
}
