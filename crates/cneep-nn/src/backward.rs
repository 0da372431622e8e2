//! Takes the gradients of a group of samples back through the network.

use crate::band::Band;
use crate::forward::{TiledBand, both, of_slot};
use crate::kernel::Product;
use crate::network::Network;
use crate::parameters::Packed;
use crate::shape::Layout;
use crate::stage::Stage;
use crate::workspace::{StageMaps, Workspace};

impl Network {
    /// Adds to the packed `gradient` what the samples in hand contribute, `derivatives` being d(mean loss)/dS
    /// of each; the share of stages that run by spectra waits in the workspace for [`Self::collect_spectra`].
    ///
    /// The maps must be those that the forward pass left.
    pub(crate) fn backward(
        &self,
        packed: &Packed,
        derivatives: &[f32],
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        let samples = derivatives.len();
        self.head_gradient(packed, derivatives, workspace, gradient);
        for (index, stage) in self.plan.stages.iter().enumerate().rev() {
            if index > 0 {
                let length = 2 * samples * self.plan.layouts[index - 1].len();
                workspace.gradient_before[..length].fill(0.0);
            }
            for band in self.plan.bands(stage).iter() {
                match stage.tiling {
                    Some(tiling) => {
                        let tiled = TiledBand { index, tiling: tiling.band(&band), band, samples };
                        self.tiled_gradients(packed, &tiled, workspace, gradient);
                    }
                    None => (0..samples).for_each(|slot| {
                        self.pool_backward(index, &band, slot, workspace, gradient);
                        if index == 0 {
                            self.first_weight_gradient(&band, slot, workspace, gradient);
                        } else {
                            self.weight_gradient(index, &band, slot, workspace, gradient);
                            self.map_gradient(packed, index, &band, slot, workspace);
                        }
                    }),
                }
            }
            if index > 0 && stage.tiling.is_some() {
                let length = self.plan.layouts[index - 1].len();
                for pair in workspace.gradient_before.chunks_exact_mut(2 * length).take(samples) {
                    let (sum, difference) = pair.split_at_mut(length);
                    self.kernels.butterfly(sum, difference);
                }
            }
            std::mem::swap(&mut workspace.gradient, &mut workspace.gradient_before);
        }
    }

    /// Adds to the packed `gradient` what stages that run by spectra left in the workspace, now zero.
    pub(crate) fn collect_spectra(&self, workspace: &mut Workspace, gradient: &mut [f32]) {
        for (index, (stage, packing)) in self.plan.stages.iter().zip(&self.plan.packing.stages).enumerate() {
            if let Some(tiling) = stage.tiling {
                let spectrum = &mut workspace.stages[index].weights_gradient;
                let plane = packing.inputs * stage.outputs();
                let gradient = &mut gradient[packing.weights.clone()];
                tiling.transform_weight_gradient(self.kernels, spectrum, plane, gradient);
                spectrum.fill(0.0);
            }
        }
    }

    fn head_gradient(
        &self,
        packed: &Packed,
        derivatives: &[f32],
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        let length = self.plan.layouts[self.plan.stages.len() - 1].len();
        let last = &workspace.stages[self.plan.stages.len() - 1].map;
        let pairs = last.chunks_exact(2 * length).zip(workspace.gradient.chunks_exact_mut(2 * length));
        for (derivative, (maps, gradients)) in derivatives.iter().zip(pairs) {
            let (forward, reversed) = maps.split_at(length);
            let (forward_gradient, reversed_gradient) = gradients.split_at_mut(length);
            self.kernels.head_backward(
                *derivative,
                &packed.values[self.plan.packing.head.clone()],
                forward,
                reversed,
                forward_gradient,
                reversed_gradient,
                &mut gradient[self.plan.packing.head.clone()],
            );
        }
    }

    /// The gradient of the sums of `band` of both directions (where they stand as sum and difference, so does
    /// it), from that of its map.
    fn pool_backward(
        &self,
        index: usize,
        band: &Band,
        slot: usize,
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        let stage = &self.plan.stages[index];
        let layout = self.plan.layouts[index];
        let pooling = stage.pooling(band, &layout);
        let StageMaps { map, argmax, .. } = &mut workspace.stages[index];
        let [forward, reversed] = of_slot(argmax, slot, stage.argmax_len());
        let (first, second) = both(&mut workspace.sums, stage.band_len(band.rows));
        self.kernels.pool_backward(
            &pooling,
            of_slot(map, slot, layout.len()).map(|map| &*map),
            of_slot(&mut workspace.gradient, slot, layout.len()).map(|gradient| &*gradient),
            [&forward[stage.argmax(band)], &reversed[stage.argmax(band)]],
            [first, second],
            &mut gradient[self.plan.packing.stages[index].bias.clone()],
        );
    }

    /// Both gradients of a band of a stage that runs by spectra.
    fn tiled_gradients(
        &self,
        packed: &Packed,
        tiled: &TiledBand,
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        let TiledBand { index, band, samples, .. } = *tiled;
        let stage = &self.plan.stages[index];
        let layout = self.plan.layouts[index - 1];
        let [inner, outer] = self.spectra(tiled);
        for slot in 0..samples {
            self.pool_backward(index, &band, slot, workspace, gradient);
            let (sum, difference) = both(&mut workspace.sums, stage.band_len(band.rows));
            outer.read_sums_gradient(self.kernels, 2 * slot, sum, &mut workspace.products);
            outer.read_sums_gradient(self.kernels, 2 * slot + 1, difference, &mut workspace.products);
        }
        if !self.plan.bands(stage).is_one() {
            self.read_spectrum(tiled, &inner, workspace);
        }
        let StageMaps { spectrum, weights_gradient, .. } = &mut workspace.stages[index];
        let (spectrum, products) = (&mut spectrum[..inner.len()], &workspace.products[..outer.len()]);
        inner.correlate(self.kernels, spectrum, &outer, products, weights_gradient);
        outer.multiply(self.kernels, products, &packed.transposed_spectra[index], &inner, spectrum);
        let gradients = workspace.gradient_before.chunks_exact_mut(layout.len());
        for (number, gradient) in gradients.enumerate().take(2 * samples) {
            inner.write_map_gradient(self.kernels, number, &layout, spectrum, gradient);
        }
    }

    fn weight_gradient(
        &self,
        index: usize,
        band: &Band,
        slot: usize,
        workspace: &Workspace,
        gradient: &mut [f32],
    ) {
        let stage = &self.plan.stages[index];
        let layout = self.plan.layouts[index - 1];
        let maps = workspace.stages[index - 1].map[2 * slot * layout.len()..].chunks_exact(layout.len());
        let sums = workspace.sums.chunks_exact(stage.band_len(band.rows));
        let gradient = &mut gradient[self.plan.packing.stages[index].weights.clone()];
        for (map, sums) in maps.zip(sums).take(2) {
            self.correlate(stage, &layout, band, map, sums, gradient);
        }
    }

    /// Gradients of the weights of the even and odd parts.
    fn first_weight_gradient(
        &self,
        band: &Band,
        slot: usize,
        workspace: &mut Workspace,
        gradient: &mut [f32],
    ) {
        let (stage, packing) = (&self.plan.stages[0], &self.plan.packing.stages[0]);
        let even = stage.input_layout(packing.inputs);
        let odd = stage.input_layout(packing.odd_inputs);
        let (sum, difference) = both(&mut workspace.sums, stage.band_len(band.rows));
        let (even_from, odd_from) =
            (&workspace.even[slot * even.len()..], &workspace.odd[slot * odd.len()..]);
        self.correlate(stage, &even, band, even_from, sum, &mut gradient[packing.weights.clone()]);
        self.correlate(stage, &odd, band, odd_from, difference, &mut gradient[packing.odd_weights.clone()]);
    }

    /// Adds the gradient of weights: the map, moved by each tap, times the gradient of the sums.
    fn correlate(
        &self,
        stage: &Stage,
        map: &Layout,
        band: &Band,
        from: &[f32],
        sums: &[f32],
        gradient: &mut [f32],
    ) {
        let outputs = stage.outputs();
        let run = stage.kernel * map.channels;
        if run == 0 {
            return;
        }
        let product = Product {
            rows: run,
            columns: outputs,
            segments: band.rows,
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
            let row = (band.start * stage.stride + row) * map.row();
            self.kernels.multiply(&product, &from[row..], sums, gradient);
        }
    }

    /// Adds the gradient of the map that stage `index` reads: that of every sum, spread over the taps.
    fn map_gradient(
        &self,
        packed: &Packed,
        index: usize,
        band: &Band,
        slot: usize,
        workspace: &mut Workspace,
    ) {
        let stage = &self.plan.stages[index];
        let layout = self.plan.layouts[index - 1];
        let (inputs, outputs) = (layout.channels, stage.outputs());
        let gradients = workspace.gradient_before[2 * slot * layout.len()..].chunks_exact_mut(layout.len());
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
        let sums = workspace.sums.chunks_exact(stage.band_len(band.rows));
        for (gradient, sums) in gradients.zip(sums).take(2) {
            for (row, sums) in sums.chunks_exact(stage.sums.columns * outputs).enumerate() {
                for (tap, weights) in packed.transposed[index].chunks_exact(outputs * inputs).enumerate() {
                    let (down, right) = (tap / stage.kernel, tap % stage.kernel);
                    let at = ((band.start + row) * stage.stride + down) * layout.row() + right * inputs;
                    self.kernels.multiply(&product, sums, weights, &mut gradient[at..]);
                }
            }
        }
    }
}
