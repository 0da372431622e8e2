//! Repacks parameters from the layout of PyTorch into the one the kernels read, and gradients back.

use crate::kernel::Kernels;
use crate::plan::Plan;
use crate::shape::{Shape, stored};
use crate::stage::Stage;

/// Parameters as the kernels read them.
pub(crate) struct Packed {
    pub(crate) values: Vec<f32>,
    /// The weights of each stage with input and output channels exchanged, for the gradient of a map; none
    /// for the first.
    pub(crate) transposed: Vec<Vec<f32>>,
    /// Spectra of the weights of stages that run by them, as they are and with channels exchanged.
    pub(crate) spectra: Vec<Vec<f32>>,
    pub(crate) transposed_spectra: Vec<Vec<f32>>,
}

impl Packed {
    /// Room for the parameters of `plan`, with zeros for the channels that are stored but do not exist.
    pub(crate) fn new(plan: &Plan) -> Self {
        let stages = plan.stages.iter().zip(&plan.packing.stages);
        let spectra: Vec<Vec<f32>> =
            stages.map(|(stage, packing)| vec![0.0; stage.spectrum_len(packing.inputs)]).collect();
        let transposed = plan.packing.stages.iter().enumerate();
        let transposed =
            transposed.map(|(index, packing)| vec![0.0; if index == 0 { 0 } else { packing.weights.len() }]);
        Self {
            values: vec![0.0; plan.packing.len()],
            transposed: transposed.collect(),
            transposed_spectra: spectra.clone(),
            spectra,
        }
    }

    /// Packs `parameters`, with transposed weights if gradients are to follow.
    pub(crate) fn write(&mut self, plan: &Plan, kernels: &Kernels, parameters: &[f32], transpose: bool) {
        assert_eq!(parameters.len(), plan.parameter_count(), "one number per parameter");
        let Self { values, transposed, spectra, transposed_spectra } = self;
        for (index, (stage, packing)) in plan.stages.iter().zip(&plan.packing.stages).enumerate() {
            let weights = &parameters[plan.tensors[2 * index].range.clone()];
            let bias = &parameters[plan.tensors[2 * index + 1].range.clone()];
            let (inputs, outputs) = (packing.inputs, stage.outputs());
            values[packing.bias.start..][..bias.len()].copy_from_slice(bias);
            if index == 0 {
                let (taps, last) = (stage.kernel * stage.kernel, stage.input.channels - 1);
                for_each_weight(stage, |_, output, input, tap| {
                    let of = |input: usize| weights[(output * (last + 1) + input) * taps + tap];
                    let (here, there) = (of(input), of(last - input));
                    let position = |count: usize| (tap * count + input) * outputs + output;
                    match input.cmp(&(last - input)) {
                        std::cmp::Ordering::Less => {
                            values[packing.weights.start + position(inputs)] = 0.5 * (here + there);
                            values[packing.odd_weights.start + position(packing.odd_inputs)] =
                                0.5 * (here - there);
                        }
                        std::cmp::Ordering::Equal => values[packing.weights.start + position(inputs)] = here,
                        std::cmp::Ordering::Greater => {}
                    }
                });
            } else {
                let (plane, values) = (inputs * outputs, &mut values[packing.weights.clone()]);
                for_each_weight(stage, |from, output, input, tap| {
                    values[tap * plane + input * outputs + output] = weights[from];
                });
                if let Some(tiling) = stage.tiling {
                    tiling.transform_weights(kernels, values, plane, &mut spectra[index]);
                }
                if transpose {
                    let transposed = &mut transposed[index];
                    for_each_weight(stage, |from, output, input, tap| {
                        transposed[tap * plane + output * inputs + input] = weights[from];
                    });
                    if let Some(tiling) = stage.tiling {
                        let spectrum = &mut transposed_spectra[index];
                        tiling.transform_weights(kernels, transposed, plane, spectrum);
                    }
                }
            }
        }
        let head = &parameters[plan.tensors[2 * plan.stages.len()].range.clone()];
        for_each_feature(plan.features(), |from, to| values[plan.packing.head.start + to] = head[from]);
    }
}

/// Calls `visit(position in PyTorch's order, output, input, tap)` for every weight, in the packed order.
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

/// Writes the gradient over `gradient`, in PyTorch's order, from the packed one.
pub(crate) fn unpack_gradient(plan: &Plan, packed: &[f32], gradient: &mut [f32]) {
    assert_eq!(gradient.len(), plan.parameter_count(), "one number per parameter");
    gradient.fill(0.0);
    for (index, (stage, packing)) in plan.stages.iter().zip(&plan.packing.stages).enumerate() {
        let (inputs, outputs) = (packing.inputs, stage.outputs());
        let weights = &mut gradient[plan.tensors[2 * index].range.clone()];
        if index == 0 {
            let last = stage.input.channels - 1;
            for_each_weight(stage, |to, output, input, tap| {
                let pair = input.min(last - input);
                let even = packed[packing.weights.start + (tap * inputs + pair) * outputs + output];
                let odd = || {
                    packed[packing.odd_weights.start + (tap * packing.odd_inputs + pair) * outputs + output]
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
        let bias = &mut gradient[plan.tensors[2 * index + 1].range.clone()];
        bias.copy_from_slice(&packed[packing.bias.start..][..bias.len()]);
    }
    let head = &mut gradient[plan.tensors[2 * plan.stages.len()].range.clone()];
    for_each_feature(plan.features(), |to, from| head[to] = packed[plan.packing.head.start + from]);
}
