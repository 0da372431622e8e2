//! Takes the gradients of a group of samples back through the network.

use crate::kernel::Product;
use crate::network::Network;
use crate::parameters::Packed;
use crate::shape::Layout;
use crate::stage::Stage;
use crate::workspace::{StageMaps, Workspace};

impl Network {
    /// Adds to the packed `gradient` what the samples in hand contribute, `slopes` being d(mean loss)/dS of each.
    ///
    /// The maps must be those that the forward pass left.
    pub(crate) fn backward(
        &self,
        packed: &Packed,
        slopes: &[f32],
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        self.head_gradient(packed, slopes, workspace, gradient);
        for index in (0..self.stages.len()).rev() {
            self.unpool(index, slopes.len(), workspace, gradient);
            if self.stages[index].tiling.is_some() {
                self.tiled_gradients(packed, index, slopes.len(), workspace, gradient);
            } else if index > 0 {
                self.weight_gradient(index, slopes.len(), workspace, gradient);
                self.map_gradient(packed, index, slopes.len(), workspace);
            }
        }
        self.first_weight_gradient(slopes.len(), workspace, gradient);
    }

    fn head_gradient(
        &self,
        packed: &Packed,
        slopes: &[f32],
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        let length = self.output_layout(self.stages.len() - 1).len();
        let last = &mut workspace.stages[self.stages.len() - 1];
        let pairs = last.map.chunks_exact(2 * length).zip(last.gradient.chunks_exact_mut(2 * length));
        for (slope, (maps, gradients)) in slopes.iter().zip(pairs) {
            let (forward, reversed) = maps.split_at(length);
            let (forward_gradient, reversed_gradient) = gradients.split_at_mut(length);
            self.kernels.unweigh(
                *slope,
                &packed.values[self.packing.head.clone()],
                forward,
                reversed,
                forward_gradient,
                reversed_gradient,
                &mut gradient[self.packing.head.clone()],
            );
        }
    }

    /// The gradient of the sums of stage `index`, written over them, from that of its map.
    fn unpool(&self, index: usize, samples: usize, workspace: &mut Workspace, gradient: &mut [f32]) {
        let stage = &self.stages[index];
        let layout = self.output_layout(index);
        let pooling = stage.pooling(&layout);
        let maps = &mut workspace.stages[index];
        let (sums, places) = (stage.sums_len(), stage.places_len());
        for slot in 0..2 * samples {
            self.kernels.unpool(
                &pooling,
                &maps.map[slot * layout.len()..(slot + 1) * layout.len()],
                &maps.gradient[slot * layout.len()..(slot + 1) * layout.len()],
                &maps.places[slot * places..(slot + 1) * places],
                &mut maps.sums[slot * sums..(slot + 1) * sums],
                &mut gradient[self.packing.stages[index].bias.clone()],
            );
        }
    }

    /// Both gradients of a stage that runs by spectra.
    fn tiled_gradients(
        &self,
        packed: &Packed,
        index: usize,
        samples: usize,
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        let stage = &self.stages[index];
        let Some(tiling) = stage.tiling else { return };
        let layout = self.output_layout(index - 1);
        let inner = tiling.spectrum(2 * samples, layout.channels);
        let outer = tiling.spectrum(2 * samples, stage.outputs());
        let (before, after) = workspace.stages.split_at_mut(index);
        let StageMaps { sums, spectrum, .. } = &mut after[0];
        let (spectrum, products) = (&mut spectrum[..inner.len()], &mut workspace.products[..outer.len()]);
        for (number, sums) in sums.chunks_exact(stage.sums_len()).enumerate().take(2 * samples) {
            outer.read_sums_gradient(self.kernels, number, sums, products);
        }
        let gradient = &mut gradient[self.packing.stages[index].weights.clone()];
        inner.correlate(self.kernels, spectrum, &outer, products, gradient);
        outer.multiply(self.kernels, products, &packed.transposed[index], &inner, spectrum);
        let gradients = before[index - 1].gradient.chunks_exact_mut(layout.len());
        for (number, gradient) in gradients.enumerate().take(2 * samples) {
            inner.write_map_gradient(self.kernels, number, &layout, spectrum, gradient);
        }
    }

    fn weight_gradient(&self, index: usize, samples: usize, workspace: &Workspace, gradient: &mut [f32]) {
        let stage = &self.stages[index];
        let layout = self.output_layout(index - 1);
        let maps = workspace.stages[index - 1].map.chunks_exact(layout.len());
        let sums = workspace.stages[index].sums.chunks_exact(stage.sums_len());
        let gradient = &mut gradient[self.packing.stages[index].weights.clone()];
        for (map, sums) in maps.zip(sums).take(2 * samples) {
            self.correlate(stage, &layout, map, sums, gradient);
        }
    }

    /// Gradients of the weights of the even and odd parts.
    fn first_weight_gradient(&self, samples: usize, workspace: &mut Workspace, gradient: &mut [f32]) {
        let (stage, packing) = (&self.stages[0], &self.packing.stages[0]);
        let sums = stage.sums_len();
        let even = stage.input_layout(packing.inputs);
        let odd = stage.input_layout(packing.odd_inputs);
        for slot in 0..samples {
            let pair = &mut workspace.stages[0].sums[2 * slot * sums..2 * (slot + 1) * sums];
            let (forward, reversed) = pair.split_at_mut(sums);
            self.kernels.butterfly(forward, reversed);
            let (even_from, odd_from) =
                (&workspace.even[slot * even.len()..], &workspace.odd[slot * odd.len()..]);
            self.correlate(stage, &even, even_from, forward, &mut gradient[packing.weights.clone()]);
            self.correlate(stage, &odd, odd_from, reversed, &mut gradient[packing.odd_weights.clone()]);
        }
    }

    /// Adds the gradient of weights: the map, moved by each tap of the kernel, times the gradient of the sums.
    fn correlate(&self, stage: &Stage, map: &Layout, from: &[f32], sums: &[f32], gradient: &mut [f32]) {
        let outputs = stage.outputs();
        let run = stage.kernel * map.channels;
        if run == 0 {
            return;
        }
        let product = Product {
            rows: run,
            columns: outputs,
            segments: stage.sums.rows,
            depth: stage.sums.columns,
            a_row: 1,
            a_segment: stage.stride * map.row(),
            a_step: stage.stride * map.channels,
            b_segment: stage.sums.columns * outputs,
            b_step: outputs,
            c_row: outputs,
            accumulate: true,
        };
        for (row, gradient) in gradient.chunks_exact_mut(run * outputs).enumerate() {
            self.kernels.multiply(&product, &from[row * map.row()..], sums, gradient);
        }
    }

    /// The gradient of the map that stage `index` reads: every gradient of a sum, spread over the taps of the kernel.
    fn map_gradient(&self, packed: &Packed, index: usize, samples: usize, workspace: &mut Workspace) {
        let stage = &self.stages[index];
        let layout = self.output_layout(index - 1);
        let (inputs, outputs) = (layout.channels, stage.outputs());
        let (before, after) = workspace.stages.split_at_mut(index);
        let gradients = before[index - 1].gradient.chunks_exact_mut(layout.len());
        let product = Product {
            rows: stage.sums.columns,
            columns: inputs,
            segments: 1,
            depth: outputs,
            a_row: outputs,
            a_segment: 0,
            a_step: 1,
            b_segment: 0,
            b_step: inputs,
            c_row: stage.stride * inputs,
            accumulate: true,
        };
        for (gradient, sums) in gradients.zip(after[0].sums.chunks_exact(stage.sums_len())).take(2 * samples)
        {
            gradient.fill(0.0);
            for (row, sums) in sums.chunks_exact(stage.sums.columns * outputs).enumerate() {
                for (tap, weights) in packed.transposed[index].chunks_exact(outputs * inputs).enumerate() {
                    let (down, right) = (tap / stage.kernel, tap % stage.kernel);
                    let at = (row * stage.stride + down) * layout.row() + right * inputs;
                    self.kernels.multiply(&product, sums, weights, &mut gradient[at..]);
                }
            }
        }
    }
}
