//! Repacks parameters from the layout of PyTorch into the one the kernels read, and gradients back.

use crate::network::Network;
use crate::shape::{Shape, stored};
use crate::stage::Stage;
use std::ops::Range;

/// Where the numbers of a stage lie in the packed vector.
///
/// Weights are (kernel row, kernel column, input channel, output channel), channels as stored. The first stage reads the even and odd parts of a sample, `x + reversed x` and `x - reversed x`, with weights for each.
#[derive(Debug, Clone)]
pub(crate) struct StagePacking {
    pub(crate) weights: Range<usize>,
    /// Weights of the odd part; empty but for the first stage.
    pub(crate) odd_weights: Range<usize>,
    pub(crate) bias: Range<usize>,
    /// Input channels as stored, of the map and of the odd part.
    pub(crate) inputs: usize,
    pub(crate) odd_inputs: usize,
}

/// Where every number lies in the packed vector.
#[derive(Debug, Clone)]
pub(crate) struct Packing {
    pub(crate) stages: Vec<StagePacking>,
    /// Weights of the head: (pixel, channel as stored).
    pub(crate) head: Range<usize>,
}

/// Parameters as the kernels read them.
pub(crate) struct Packed {
    pub(crate) values: Vec<f32>,
    /// The weights of each stage with input and output channels exchanged, for the gradient of a map; none for the first.
    pub(crate) transposed: Vec<Vec<f32>>,
    /// Spectra of the weights of stages that run by them, as they are and with channels exchanged.
    pub(crate) spectra: Vec<Vec<f32>>,
    pub(crate) transposed_spectra: Vec<Vec<f32>>,
}

impl Packed {
    /// Room for the parameters of `network`, with zeros for the channels that are stored but do not exist.
    pub(crate) fn new(network: &Network) -> Self {
        let spectra: Vec<Vec<f32>> = network
            .stages
            .iter()
            .zip(&network.packing.stages)
            .map(|(stage, packing)| vec![0.0; stage.spectrum_len(packing.inputs)])
            .collect();
        let transposed = network
            .packing
            .stages
            .iter()
            .enumerate()
            .map(|(index, packing)| vec![0.0; if index == 0 { 0 } else { packing.weights.len() }]);
        Self {
            values: vec![0.0; network.packing.len()],
            transposed: transposed.collect(),
            transposed_spectra: spectra.clone(),
            spectra,
        }
    }
}

impl Packing {
    pub(crate) fn new(stages: &[Stage]) -> Self {
        let mut end = 0;
        let mut take = |count: usize| {
            let range = end..end + count;
            end = range.end;
            range
        };
        let packed = stages.iter().enumerate().map(|(index, stage)| {
            let channels = stage.input.channels;
            let (inputs, odd_inputs) =
                if index == 0 { (channels.div_ceil(2), channels / 2) } else { (stored(channels), 0) };
            let taps = stage.kernel * stage.kernel * stage.outputs();
            let (weights, odd_weights) = (take(taps * inputs), take(taps * odd_inputs));
            StagePacking { weights, odd_weights, bias: take(stage.outputs()), inputs, odd_inputs }
        });
        let stages_packed = packed.collect();
        let last = stages.last().map_or(0, |stage| stage.output.pixels() * stage.outputs());
        Self { stages: stages_packed, head: take(last) }
    }

    /// Numbers in the packed vector.
    pub(crate) fn len(&self) -> usize {
        self.head.end
    }
}

/// Calls `visit(position in PyTorch's order, output, input, tap)` for every weight of `stage`, in the packed order.
fn for_each_weight(stage: &Stage, mut visit: impl FnMut(usize, usize, usize, usize)) {
    let taps = stage.kernel * stage.kernel;
    for tap in 0..taps {
        for input in 0..stage.input.channels {
            for output in 0..stage.sums.channels {
                visit((output * stage.input.channels + input) * taps + tap, output, input, tap);
            }
        }
    }
}

/// Calls `visit(position in PyTorch's order, packed position)` for every weight of a head on `features`.
fn for_each_feature(features: Shape, mut visit: impl FnMut(usize, usize)) {
    for channel in 0..features.channels {
        for pixel in 0..features.pixels() {
            visit(channel * features.pixels() + pixel, pixel * stored(features.channels) + channel);
        }
    }
}

impl Network {
    /// Packs `parameters`, with transposed weights if gradients are to follow.
    pub(crate) fn pack(&self, parameters: &[f32], transpose: bool) -> Packed {
        assert_eq!(parameters.len(), self.parameter_count(), "one number per parameter");
        let mut packed = self.pool.take_packed(self);
        let Packed { values, transposed, spectra, transposed_spectra } = &mut packed;
        for (index, (stage, packing)) in self.stages.iter().zip(&self.packing.stages).enumerate() {
            let weights = &parameters[self.tensors()[2 * index].range.clone()];
            let bias = &parameters[self.tensors()[2 * index + 1].range.clone()];
            let (inputs, outputs) = (packing.inputs, stage.outputs());
            values[packing.bias.start..][..bias.len()].copy_from_slice(bias);
            if index == 0 {
                let (taps, last) = (stage.kernel * stage.kernel, stage.input.channels - 1);
                for_each_weight(stage, |_, output, input, tap| {
                    let of = |input: usize| weights[(output * (last + 1) + input) * taps + tap];
                    let (here, there) = (of(input), of(last - input));
                    let place = |count: usize| (tap * count + input) * outputs + output;
                    match input.cmp(&(last - input)) {
                        std::cmp::Ordering::Less => {
                            values[packing.weights.start + place(inputs)] = 0.5 * (here + there);
                            values[packing.odd_weights.start + place(packing.odd_inputs)] =
                                0.5 * (here - there);
                        }
                        std::cmp::Ordering::Equal => values[packing.weights.start + place(inputs)] = here,
                        std::cmp::Ordering::Greater => {}
                    }
                });
            } else {
                let (plane, values) = (inputs * outputs, &mut values[packing.weights.clone()]);
                for_each_weight(stage, |from, output, input, tap| {
                    values[tap * plane + input * outputs + output] = weights[from];
                });
                if let Some(tiling) = stage.tiling {
                    tiling.transform_weights(self.kernels, values, plane, &mut spectra[index]);
                }
                if transpose {
                    let transposed = &mut transposed[index];
                    for_each_weight(stage, |from, output, input, tap| {
                        transposed[tap * plane + output * inputs + input] = weights[from];
                    });
                    if let Some(tiling) = stage.tiling {
                        let spectrum = &mut transposed_spectra[index];
                        tiling.transform_weights(self.kernels, transposed, plane, spectrum);
                    }
                }
            }
        }
        let head = &parameters[self.tensors()[2 * self.stages.len()].range.clone()];
        for_each_feature(self.features(), |from, to| values[self.packing.head.start + to] = head[from]);
        packed
    }

    /// Writes the gradient over `gradient`, in PyTorch's order, from the packed one.
    pub(crate) fn unpack_gradient(&self, packed: &[f32], gradient: &mut [f32]) {
        assert_eq!(gradient.len(), self.parameter_count(), "one number per parameter");
        gradient.fill(0.0);
        for (index, (stage, packing)) in self.stages.iter().zip(&self.packing.stages).enumerate() {
            let (inputs, outputs) = (packing.inputs, stage.outputs());
            let weights = &mut gradient[self.tensors()[2 * index].range.clone()];
            if index == 0 {
                let last = stage.input.channels - 1;
                for_each_weight(stage, |to, output, input, tap| {
                    let pair = input.min(last - input);
                    let even = packed[packing.weights.start + (tap * inputs + pair) * outputs + output];
                    let odd = || {
                        packed
                            [packing.odd_weights.start + (tap * packing.odd_inputs + pair) * outputs + output]
                    };
                    weights[to] = match input.cmp(&(last - input)) {
                        std::cmp::Ordering::Less => 0.5 * (even + odd()),
                        std::cmp::Ordering::Equal => even,
                        std::cmp::Ordering::Greater => 0.5 * (even - odd()),
                    };
                });
            } else {
                let from = &packed[packing.weights.clone()];
                for_each_weight(stage, |to, output, input, tap| {
                    weights[to] = from[(tap * inputs + input) * outputs + output];
                });
            }
            let bias = &mut gradient[self.tensors()[2 * index + 1].range.clone()];
            bias.copy_from_slice(&packed[packing.bias.start..][..bias.len()]);
        }
        let head = &mut gradient[self.tensors()[2 * self.stages.len()].range.clone()];
        for_each_feature(self.features(), |to, from| head[to] = packed[self.packing.head.start + from]);
    }
}
