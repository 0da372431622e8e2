//! Computes the same networks in double precision by the plainest loops, as the referee of everything fast.

use crate::layer::{Activation, Layer};
use crate::network::Network;
use crate::shape::Shape;

/// What one layer received and chose on the way forward.
struct Step {
    input: Vec<f64>,
    shape: Shape,
    /// Sums before the activation (convolution), empty for a pooling.
    sums: Vec<f64>,
    /// Where each output came from (pooling), empty for a convolution.
    sources: Vec<usize>,
}

/// The last map of `h` on `input`, both in the order (channel, row, column).
///
/// # Panics
/// If the lengths are not those of the network.
pub(crate) fn naive_feature_map(network: &Network, parameters: &[f64], input: &[f64]) -> Vec<f64> {
    forward(network, parameters, input).0
}

/// `S(input) = h(input) - h(input with its channels reversed)`, `input` in the order (channel, row, column).
///
/// # Panics
/// If the lengths are not those of the network.
pub(crate) fn naive_evaluate(network: &Network, parameters: &[f64], input: &[f64]) -> f64 {
    let h = |input: &[f64]| -> f64 {
        let weights = &parameters[network.tensors()[network.tensors().len() - 2].range.clone()];
        let map = naive_feature_map(network, parameters, input);
        map.iter().zip(weights).map(|(feature, weight)| feature * weight).sum()
    };
    h(input) - h(&reversed(network.input(), input))
}

/// dS/d(parameters) at `input`, `input` in the order (channel, row, column).
///
/// # Panics
/// If the lengths are not those of the network.
pub(crate) fn naive_gradient(network: &Network, parameters: &[f64], input: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; network.parameter_count()];
    backward(network, parameters, input, 1.0, &mut gradient);
    backward(network, parameters, &reversed(network.input(), input), -1.0, &mut gradient);
    gradient
}

/// The distance to the nearest tie: the least change of a sum that would flip a `ReLU` or move a maximum.
///
/// Below the rounding error of single precision, a fast gradient may rightly differ from this module's.
///
/// # Panics
/// If the lengths are not those of the network.
pub(crate) fn naive_margin(network: &Network, parameters: &[f64], input: &[f64]) -> f64 {
    let mut margin = f64::INFINITY;
    for input in [input.to_vec(), reversed(network.input(), input)] {
        let (_, steps) = forward(network, parameters, &input);
        for (layer, step) in network.layers().iter().zip(&steps) {
            match layer {
                Layer::Convolution { activation: Activation::Relu, .. } => {
                    margin = step.sums.iter().fold(margin, |least, sum| least.min(sum.abs()));
                }
                Layer::Convolution { .. } => {}
                Layer::MaxPool { size } => margin = margin.min(pool_margin(step, *size)),
            }
        }
    }
    margin
}

/// The input with its channels in reversed order.
fn reversed(shape: Shape, input: &[f64]) -> Vec<f64> {
    input.chunks_exact(shape.pixels()).rev().flatten().copied().collect()
}

fn forward(network: &Network, parameters: &[f64], input: &[f64]) -> (Vec<f64>, Vec<Step>) {
    assert_eq!(parameters.len(), network.parameter_count(), "one number per parameter");
    assert_eq!(input.len(), network.input().len(), "one number per pixel and channel");
    let (mut map, mut shape) = (input.to_vec(), network.input());
    let (mut steps, mut tensors) = (Vec::new(), network.tensors().iter());
    for layer in network.layers() {
        match layer {
            Layer::Convolution { outputs, kernel, stride, padding, activation, .. } => {
                let mut next = || &parameters[tensors.next().map_or(0..0, |tensor| tensor.range.clone())];
                let (weights, bias) = (next(), next());
                let rows = (shape.rows + 2 * padding - kernel) / stride + 1;
                let columns = (shape.columns + 2 * padding - kernel) / stride + 1;
                let after = Shape { channels: *outputs, rows, columns };
                let mut sums: Vec<f64> = bias.iter().flat_map(|b| vec![*b; after.pixels()]).collect();
                for_each_tap(shape, after, *kernel, *stride, *padding, |input, weight, output| {
                    sums[output] += map[input] * weights[weight];
                });
                let rectify = |sum: &f64| if *activation == Activation::Relu { sum.max(0.0) } else { *sum };
                let next_map = sums.iter().map(rectify).collect();
                let input = std::mem::replace(&mut map, next_map);
                steps.push(Step { input, shape, sums, sources: Vec::new() });
                shape = after;
            }
            Layer::MaxPool { size } => {
                let sources: Vec<usize> = windows(shape, *size)
                    .map(|window| {
                        let larger = |best: usize, at: usize| if map[at] > map[best] { at } else { best };
                        window.into_iter().reduce(larger).unwrap_or(0)
                    })
                    .collect();
                let next_map = sources.iter().map(|at| map[*at]).collect();
                let input = std::mem::replace(&mut map, next_map);
                steps.push(Step { input, shape, sums: Vec::new(), sources });
                shape = Shape { rows: shape.rows / size, columns: shape.columns / size, ..shape };
            }
        }
    }
    (map, steps)
}

fn backward(network: &Network, parameters: &[f64], input: &[f64], sign: f64, gradient: &mut [f64]) {
    let (map, steps) = forward(network, parameters, input);
    let tensors = network.tensors();
    let mut tensor = tensors.len() - 2;
    let head = tensors[tensor].range.clone();
    let mut map_gradient: Vec<f64> = parameters[head.clone()].iter().map(|weight| sign * weight).collect();
    for (total, feature) in gradient[head].iter_mut().zip(&map) {
        *total += sign * feature;
    }
    let mut after = network.features();
    for (layer, step) in network.layers().iter().zip(&steps).rev() {
        let mut before = vec![0.0; step.input.len()];
        match layer {
            Layer::Convolution { kernel, stride, padding, activation, .. } => {
                tensor -= 2;
                if *activation == Activation::Relu {
                    for (map_gradient, sum) in map_gradient.iter_mut().zip(&step.sums) {
                        *map_gradient *= f64::from(u8::from(*sum > 0.0));
                    }
                }
                for (bias, map_gradient) in gradient[tensors[tensor + 1].range.clone()]
                    .iter_mut()
                    .zip(map_gradient.chunks(after.pixels()))
                {
                    *bias += map_gradient.iter().sum::<f64>();
                }
                let weights = tensors[tensor].range.start;
                for_each_tap(step.shape, after, *kernel, *stride, *padding, |input, weight, output| {
                    gradient[weights + weight] += step.input[input] * map_gradient[output];
                    before[input] += parameters[weights + weight] * map_gradient[output];
                });
            }
            Layer::MaxPool { .. } => {
                for (source, map_gradient) in step.sources.iter().zip(&map_gradient) {
                    before[*source] += map_gradient;
                }
            }
        }
        (map_gradient, after) = (before, step.shape);
    }
}

/// Calls `visit(input, weight, output)` for every product of a convolution, by position in the flat tensors.
fn for_each_tap(
    before: Shape,
    after: Shape,
    kernel: usize,
    stride: usize,
    padding: usize,
    mut visit: impl FnMut(usize, usize, usize),
) {
    for output in 0..after.channels {
        for row in 0..after.rows {
            for column in 0..after.columns {
                for input in 0..before.channels {
                    for down in 0..kernel {
                        for right in 0..kernel {
                            let (y, x) = (row * stride + down, column * stride + right);
                            let inside = (padding..before.rows + padding).contains(&y)
                                && (padding..before.columns + padding).contains(&x);
                            if inside {
                                visit(
                                    (input * before.rows + y - padding) * before.columns + x - padding,
                                    ((output * before.channels + input) * kernel + down) * kernel + right,
                                    (output * after.rows + row) * after.columns + column,
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The positions in each window of a pooling, window by window.
fn windows(shape: Shape, size: usize) -> impl Iterator<Item = Vec<usize>> {
    let (rows, columns) = (shape.rows / size, shape.columns / size);
    (0..shape.channels * rows * columns).map(move |window| {
        let (channel, row, column) = (window / (rows * columns), window / columns % rows, window % columns);
        let at = |place: usize| {
            let (y, x) = (row * size + place / size, column * size + place % size);
            (channel * shape.rows + y) * shape.columns + x
        };
        (0..size * size).map(at).collect()
    })
}

/// The least lead of a largest number over the second, where it is not the zero of a `ReLU`.
fn pool_margin(step: &Step, size: usize) -> f64 {
    let lead = |window: Vec<usize>| {
        let mut values: Vec<f64> = window.into_iter().map(|at| step.input[at]).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        match values[..] {
            [first, second, ..] if first != 0.0 => first - second,
            _ => f64::INFINITY,
        }
    };
    windows(step.shape, size).map(lead).fold(f64::INFINITY, f64::min)
}
