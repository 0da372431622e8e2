//! Takes a group of samples forward through the network, in both orders of their channels.

use crate::inputs::{InputMap, Inputs};
use crate::kernel::Product;
use crate::network::Network;
use crate::parameters::Packed;
use crate::shape::Layout;
use crate::stage::Stage;
use crate::workspace::{GROUP, StageMaps, Workspace};
use std::ops::Range;

impl Network {
    /// Fills the maps of `workspace` for the samples `indices`, of which there are at most [`GROUP`].
    pub(crate) fn forward(
        &self,
        packed: &Packed,
        inputs: &dyn Inputs,
        indices: Range<usize>,
        workspace: &mut Workspace,
    ) {
        let samples = indices.len();
        assert!(samples <= GROUP, "a workspace holds one group");
        for (slot, index) in indices.enumerate() {
            self.split_sample(inputs, index, slot, workspace);
        }
        self.first_sums(packed, samples, workspace);
        for index in 0..self.stages.len() {
            if index > 0 {
                self.sums(packed, index, samples, workspace);
            }
            self.pool(packed, index, samples, workspace);
        }
    }

    /// Writes the even and odd parts of a sample under reversal of its channels.
    fn split_sample(&self, inputs: &dyn Inputs, index: usize, slot: usize, workspace: &mut Workspace) {
        let (shape, packing) = (self.input(), &self.packing.stages[0]);
        let mut map = InputMap::new(&mut workspace.sample, shape.rows, shape.columns, shape.channels);
        inputs.write(index, &mut map);
        let (evens, odds) = (packing.inputs, packing.odd_inputs);
        let even = self.stages[0].input_layout(evens);
        let odd = self.stages[0].input_layout(odds);
        for row in 0..shape.rows {
            let pixels =
                workspace.sample[row * shape.columns * shape.channels..].chunks_exact(shape.channels);
            let even_at = slot * even.len() + even.origin() + row * even.row();
            let odd_at = slot * odd.len() + odd.origin() + row * odd.row();
            for (column, pixel) in pixels.take(shape.columns).enumerate() {
                for channel in 0..odds {
                    let (x, y) = (pixel[channel], pixel[shape.channels - 1 - channel]);
                    workspace.even[even_at + column * evens + channel] = x + y;
                    workspace.odd[odd_at + column * odds + channel] = x - y;
                }
                if evens > odds {
                    workspace.even[even_at + column * evens + odds] = pixel[odds];
                }
            }
        }
    }

    /// The first convolution, of both directions for the price of one: even part plus and minus odd part.
    fn first_sums(&self, packed: &Packed, samples: usize, workspace: &mut Workspace) {
        let (stage, packing) = (&self.stages[0], &self.packing.stages[0]);
        let sums = stage.sums_len();
        let even = stage.input_layout(packing.inputs);
        let odd = stage.input_layout(packing.odd_inputs);
        let weights = &packed.values[packing.weights.clone()];
        let odd_weights = &packed.values[packing.odd_weights.clone()];
        for slot in 0..samples {
            let pair = &mut workspace.stages[0].sums[2 * slot * sums..2 * (slot + 1) * sums];
            let (forward, reversed) = pair.split_at_mut(sums);
            self.convolve(stage, &even, &workspace.even[slot * even.len()..], weights, forward);
            self.convolve(stage, &odd, &workspace.odd[slot * odd.len()..], odd_weights, reversed);
            self.kernels.butterfly(forward, reversed);
        }
    }

    /// The convolution of stage `index`, of all maps in hand.
    fn sums(&self, packed: &Packed, index: usize, samples: usize, workspace: &mut Workspace) {
        let stage = &self.stages[index];
        let layout = self.output_layout(index - 1);
        let weights = &packed.values[self.packing.stages[index].weights.clone()];
        let (before, after) = workspace.stages.split_at_mut(index);
        let StageMaps { sums, spectrum, .. } = &mut after[0];
        let sums = sums.chunks_exact_mut(stage.sums_len()).take(2 * samples);
        let maps = before[index - 1].map.chunks_exact(layout.len());
        if let Some(tiling) = stage.tiling {
            let inner = tiling.spectrum(2 * samples, layout.channels);
            let outer = tiling.spectrum(2 * samples, stage.outputs());
            let (spectrum, products) = (&mut spectrum[..inner.len()], &mut workspace.products[..outer.len()]);
            for (number, map) in maps.enumerate().take(2 * samples) {
                inner.read_map(self.kernels, number, &layout, map, spectrum);
            }
            inner.multiply(self.kernels, spectrum, weights, &outer, products);
            for (number, sums) in sums.enumerate() {
                outer.write_sums(self.kernels, number, products, sums);
            }
            return;
        }
        for (map, sums) in maps.zip(sums) {
            self.convolve(stage, &layout, map, weights, sums);
        }
    }

    /// Convolves one map directly: a product for every row of sums, the inner loop along rows of the kernel.
    fn convolve(&self, stage: &Stage, map: &Layout, from: &[f32], weights: &[f32], sums: &mut [f32]) {
        let outputs = stage.outputs();
        let run = stage.kernel * map.channels;
        let product = Product {
            rows: stage.sums.columns,
            columns: outputs,
            segments: stage.kernel,
            depth: run,
            a_row: stage.stride * map.channels,
            a_segment: map.row(),
            a_step: 1,
            b_segment: run * outputs,
            b_step: outputs,
            c_row: outputs,
            accumulate: false,
        };
        for (row, sums) in sums.chunks_exact_mut(stage.sums.columns * outputs).enumerate() {
            self.kernels.multiply(&product, &from[row * stage.stride * map.row()..], weights, sums);
        }
    }

    /// The map of stage `index` from its sums.
    fn pool(&self, packed: &Packed, index: usize, samples: usize, workspace: &mut Workspace) {
        let stage = &self.stages[index];
        let layout = self.output_layout(index);
        let pooling = stage.pooling(&layout);
        let bias = &packed.values[self.packing.stages[index].bias.clone()];
        let maps = &mut workspace.stages[index];
        let (sums, places) = (stage.sums_len(), stage.places_len());
        for slot in 0..2 * samples {
            self.kernels.pool(
                &pooling,
                &maps.sums[slot * sums..(slot + 1) * sums],
                bias,
                &mut maps.map[slot * layout.len()..(slot + 1) * layout.len()],
                &mut maps.places[slot * places..(slot + 1) * places],
            );
        }
    }

    /// The last maps of the sample in `slot`, forward and reversed.
    pub(crate) fn last_maps<'w>(&self, slot: usize, workspace: &'w Workspace) -> (&'w [f32], &'w [f32]) {
        let length = self.output_layout(self.stages.len() - 1).len();
        workspace.stages[self.stages.len() - 1].map[2 * slot * length..2 * (slot + 1) * length]
            .split_at(length)
    }

    /// The contribution of each pixel of the last map for the sample in `slot`.
    pub(crate) fn contribute<'w>(
        &self,
        packed: &Packed,
        slot: usize,
        workspace: &'w mut Workspace,
    ) -> &'w [f32] {
        let mut contributions = std::mem::take(&mut workspace.contributions);
        let (forward, reversed) = self.last_maps(slot, workspace);
        let weights = &packed.values[self.packing.head.clone()];
        self.kernels.weigh(self.stored_features(), weights, forward, reversed, &mut contributions);
        workspace.contributions = contributions;
        &workspace.contributions
    }
}
