//! Takes a group of samples forward through the network, in both orders of their channels.

use crate::band::Band;
use crate::inputs::{InputMap, Inputs};
use crate::kernel::Product;
use crate::network::Network;
use crate::parameters::Packed;
use crate::shape::Layout;
use crate::spectrum::Spectrum;
use crate::stage::Stage;
use crate::tiling::Tiling;
use crate::workspace::{StageMaps, Workspace};
use std::ops::Range;

/// A band of a stage that runs by Winograd's products, for the samples in hand.
pub(crate) struct TiledBand {
    /// Number of the stage.
    pub(crate) index: usize,
    pub(crate) band: Band,
    /// The tiles of the band.
    pub(crate) tiling: Tiling,
    pub(crate) samples: usize,
}

impl Network {
    /// Fills the maps of `workspace` for the samples `indices`, at most a micro-batch; keeps the `argmax` of
    /// every pooling window if gradients are to follow.
    pub(crate) fn forward(
        &self,
        packed: &Packed,
        inputs: &dyn Inputs,
        indices: Range<usize>,
        argmax: bool,
        workspace: &mut Workspace,
    ) {
        let samples = indices.len();
        assert!(samples <= self.plan.micro_batch, "a workspace holds one micro-batch");
        workspace.keeps_argmax = argmax;
        for (slot, index) in indices.enumerate() {
            self.split_sample(inputs, index, slot, workspace);
        }
        for (index, stage) in self.plan.stages.iter().enumerate() {
            for band in self.plan.bands(stage).iter() {
                match stage.tiling {
                    Some(tiling) => {
                        let tiled = TiledBand { index, tiling: tiling.band(&band), band, samples };
                        self.tiled_band(packed, &tiled, workspace);
                    }
                    None => (0..samples).for_each(|slot| {
                        if index == 0 {
                            self.first_sums(packed, &band, slot, workspace);
                        } else {
                            self.direct_sums(packed, index, &band, slot, workspace);
                        }
                        self.pool(packed, index, &band, slot, workspace);
                    }),
                }
            }
        }
    }

    /// Writes the even and odd parts of a sample under reversal of its channels.
    fn split_sample(&self, inputs: &dyn Inputs, index: usize, slot: usize, workspace: &mut Workspace) {
        let (shape, packing) = (self.input(), &self.plan.packing.stages[0]);
        inputs.write(index, &mut InputMap::new(&mut workspace.sample, shape));
        let (evens, odds) = (packing.inputs, packing.odd_inputs);
        let even = self.plan.stages[0].input_layout(evens);
        let odd = self.plan.stages[0].input_layout(odds);
        for row in 0..shape.rows {
            let pixels = |channel: usize| {
                let start = (channel * shape.rows + row) * shape.columns;
                &workspace.sample[start..start + shape.columns]
            };
            let even_at = slot * even.len() + even.origin() + row * even.row();
            let odd_at = slot * odd.len() + odd.origin() + row * odd.row();
            for channel in 0..odds {
                let pairs = pixels(channel).iter().zip(pixels(shape.channels - 1 - channel));
                let sums = &mut workspace.even[even_at + channel..];
                let differences = &mut workspace.odd[odd_at + channel..];
                let part = |(((x, y), sum), difference): (((&f32, &f32), &mut f32), &mut f32)| {
                    *sum = x + y;
                    *difference = x - y;
                };
                if evens == 1 {
                    // The same without strides, for the compiler to see that the numbers lie side by side.
                    pairs.zip(sums).zip(differences).for_each(part);
                } else {
                    let differences = differences.iter_mut().step_by(odds);
                    pairs.zip(sums.iter_mut().step_by(evens)).zip(differences).for_each(part);
                }
            }
            if evens > odds {
                let middle = workspace.even[even_at + odds..].iter_mut().step_by(evens);
                middle.zip(pixels(odds)).for_each(|(to, from)| *to = *from);
            }
        }
    }

    /// The first convolution, of both directions for the price of one: that of the even part and of the odd
    /// part, which are half the sum and half the difference of the directions.
    fn first_sums(&self, packed: &Packed, band: &Band, slot: usize, workspace: &mut Workspace) {
        let (stage, packing) = (&self.plan.stages[0], &self.plan.packing.stages[0]);
        let even = stage.input_layout(packing.inputs);
        let odd = stage.input_layout(packing.odd_inputs);
        let weights = &packed.values[packing.weights.clone()];
        let odd_weights = &packed.values[packing.odd_weights.clone()];
        let (sum, difference) = both(&mut workspace.sums, stage.band_len(band.rows));
        self.convolve(stage, &even, band, &workspace.even[slot * even.len()..], weights, sum);
        self.convolve(stage, &odd, band, &workspace.odd[slot * odd.len()..], odd_weights, difference);
    }

    /// The sums of both directions by direct convolution.
    fn direct_sums(
        &self,
        packed: &Packed,
        index: usize,
        band: &Band,
        slot: usize,
        workspace: &mut Workspace,
    ) {
        let stage = &self.plan.stages[index];
        let layout = self.plan.layouts[index - 1];
        let weights = &packed.values[self.plan.packing.stages[index].weights.clone()];
        let sums = workspace.sums.chunks_exact_mut(stage.band_len(band.rows)).take(2);
        let maps = workspace.stages[index - 1].map[2 * slot * layout.len()..].chunks_exact(layout.len());
        for (map, sums) in maps.zip(sums) {
            self.convolve(stage, &layout, band, map, weights, sums);
        }
    }

    /// Sums and maps of one band, through products of the spectra of all samples in hand.
    fn tiled_band(&self, packed: &Packed, tiled: &TiledBand, workspace: &mut Workspace) {
        let TiledBand { index, band, samples, .. } = *tiled;
        let stage = &self.plan.stages[index];
        let [inner, outer] = self.spectra(tiled);
        self.read_spectrum(tiled, &inner, workspace);
        let spectrum = &workspace.stages[index].spectrum[..inner.len()];
        let products = &mut workspace.products[..outer.len()];
        inner.multiply(self.kernels, spectrum, &packed.spectra[index], &outer, products);
        for slot in 0..samples {
            let (sum, difference) = both(&mut workspace.sums, stage.band_len(band.rows));
            outer.write_sums(self.kernels, 2 * slot, &workspace.products, sum);
            outer.write_sums(self.kernels, 2 * slot + 1, &workspace.products, difference);
            self.pool(packed, index, &band, slot, workspace);
        }
    }

    /// The spectra of what a stage reads and of its sums, of both directions of the samples in hand.
    pub(crate) fn spectra(&self, tiled: &TiledBand) -> [Spectrum; 2] {
        let (maps, channels) = (2 * tiled.samples, self.plan.stages[tiled.index].input.channels);
        [Spectrum::of_inputs(tiled.tiling, maps, channels), Spectrum::of_sums(tiled.tiling, maps)]
    }

    /// Reads the spectra of the maps that a stage reads, of the sum and the difference of the directions.
    pub(crate) fn read_spectrum(&self, tiled: &TiledBand, inner: &Spectrum, workspace: &mut Workspace) {
        let TiledBand { index, samples, .. } = *tiled;
        let layout = self.plan.layouts[index - 1];
        let rows = inner.input_rows(&layout);
        let (before, after) = workspace.stages.split_at_mut(index);
        let StageMaps { spectrum, .. } = &mut after[0];
        let pairs = before[index - 1].map.chunks_exact(2 * layout.len());
        for (slot, maps) in pairs.enumerate().take(samples) {
            let (forward, reversed) = maps.split_at(layout.len());
            let (sum, difference) = both(&mut workspace.sum_difference, rows.len());
            self.kernels.sum_and_difference(&forward[rows.clone()], &reversed[rows.clone()], sum, difference);
            inner.read_map(self.kernels, 2 * slot, &layout, sum, spectrum);
            inner.read_map(self.kernels, 2 * slot + 1, &layout, difference, spectrum);
        }
    }

    /// Convolves a band of one map directly: a product for every row of sums, the inner loop along rows of
    /// the kernel.
    fn convolve(
        &self,
        stage: &Stage,
        map: &Layout,
        band: &Band,
        from: &[f32],
        weights: &[f32],
        sums: &mut [f32],
    ) {
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
            let row = (band.start + row) * stage.stride * map.row();
            self.kernels.multiply(&product, &from[row..], weights, sums);
        }
    }

    /// The rows that `band` makes of the maps of both directions.
    fn pool(&self, packed: &Packed, index: usize, band: &Band, slot: usize, workspace: &mut Workspace) {
        let stage = &self.plan.stages[index];
        let layout = self.plan.layouts[index];
        let pooling = stage.pooling(band, &layout);
        let bias = &packed.values[self.plan.packing.stages[index].bias.clone()];
        let StageMaps { map, argmax, .. } = &mut workspace.stages[index];
        let (map, argmax) = (of_slot(map, slot, layout.len()), of_slot(argmax, slot, stage.argmax_len()));
        let rows = if workspace.keeps_argmax { stage.argmax(band) } else { 0..0 };
        let argmax = argmax.map(|argmax| &mut argmax[rows.clone()]);
        let (first, second) = both(&mut workspace.sums, stage.band_len(band.rows));
        self.kernels.pool(&pooling, [first, second], bias, map, argmax);
    }

    /// The last maps of the sample in `slot`, forward and reversed.
    pub(crate) fn last_maps<'w>(&self, slot: usize, workspace: &'w Workspace) -> (&'w [f32], &'w [f32]) {
        let length = self.plan.layouts[self.plan.stages.len() - 1].len();
        workspace.stages[self.plan.stages.len() - 1].map[2 * slot * length..2 * (slot + 1) * length]
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
        let weights = &packed.values[self.plan.packing.head.clone()];
        self.kernels.head_forward(
            self.plan.stored_features(),
            weights,
            forward,
            reversed,
            &mut contributions,
        );
        workspace.contributions = contributions;
        &workspace.contributions
    }
}

/// What belongs to the two directions of the sample in `slot`, each `length` long.
pub(crate) fn of_slot(buffer: &mut [f32], slot: usize, length: usize) -> [&mut [f32]; 2] {
    let (forward, reversed) = both(&mut buffer[2 * slot * length..], length);
    [forward, reversed]
}

/// The first two parts of `buffer`, each `length` long: one of each direction.
pub(crate) fn both(buffer: &mut [f32], length: usize) -> (&mut [f32], &mut [f32]) {
    buffer[..2 * length].split_at_mut(length)
}
