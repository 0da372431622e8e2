//! Referees the network by plain loops in double precision, and its gradient by differences.

use super::{FullyConvolutional, Kernel, Pass};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const KERNELS: [Kernel; 3] =
    [Kernel { edge: 5, dilation: 1 }, Kernel { edge: 3, dilation: 2 }, Kernel { edge: 3, dilation: 1 }];

/// With hidden layers that are no short convolutions.
const WIDE: [Kernel; 3] =
    [Kernel { edge: 3, dilation: 2 }, Kernel { edge: 5, dilation: 1 }, Kernel { edge: 5, dilation: 2 }];

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0_f32)).collect()
}

/// By the definition: no packing, no border, no product.
fn plain(
    network: &FullyConvolutional,
    parameters: &[f32],
    image: &[f32],
    [rows, columns]: [usize; 2],
) -> Vec<f64> {
    let of = |index: usize| &parameters[network.tensors()[index].range.clone()];
    let margin = 2 * network.margin();
    let [mut rows, mut columns] = [rows + margin, columns + margin];
    let mut map: Vec<f64> = image.iter().copied().map(f64::from).collect();
    for (index, filter) in network.filters.iter().enumerate() {
        let (inputs, outputs) = (filter.inputs, filter.outputs);
        let Kernel { edge, dilation } = filter.kernel;
        let (below, beside) = (rows - filter.span(), columns - filter.span());
        let mut next = vec![0.0; below * beside * outputs];
        for (place, value) in next.iter_mut().enumerate() {
            let (output, x, y) = (place % outputs, place / outputs % beside, place / outputs / beside);
            let mut sum = f64::from(of(2 * index + 1)[output]);
            for (tap, weight) in
                of(2 * index)[output * inputs * edge * edge..][..inputs * edge * edge].iter().enumerate()
            {
                let (input, row, column) = (tap / (edge * edge), tap / edge % edge, tap % edge);
                let pixel = (y + row * dilation) * columns + x + column * dilation;
                sum += f64::from(*weight) * map[pixel * inputs + input];
            }
            *value = sum.max(0.0);
        }
        (map, rows, columns) = (next, below, beside);
    }
    let head = &parameters[network.output_range()];
    let (weights, bias) = head.split_at(network.channels);
    let number = |pixel: &[f64]| {
        f64::from(bias[0]) + pixel.iter().zip(weights).map(|(p, w)| p * f64::from(*w)).sum::<f64>()
    };
    map.chunks_exact(network.channels).map(number).collect()
}

/// Catches a slip of any stride, border, order of taps or channel, forward and backward.
#[test]
fn numbers_and_gradients_are_those_of_plain_loops() {
    for (inputs, channels, kernels) in [(1, 16, KERNELS), (3, 32, KERNELS), (1, 16, WIDE), (16, 16, WIDE)] {
        let network = FullyConvolutional::new(inputs, channels, &kernels).unwrap();
        let (rows, columns) = (7, 10);
        let mut parameters = network.initial_parameters(5);
        let range = network.output_range();
        parameters[range.clone()].copy_from_slice(&numbers(range.len(), 1));
        let mut pass = Pass::new(&network, rows, columns);
        let image = numbers(pass.input_mut().len(), 2);
        pass.input_mut().copy_from_slice(&image);
        let weights = network.weights(&parameters);
        let found = pass.forward(&weights).to_vec();
        let exact = plain(&network, &parameters, &image, [rows, columns]);
        for (found, exact) in found.iter().zip(&exact) {
            assert!((f64::from(*found) - exact).abs() < 1e-4 * (1.0 + exact.abs()), "{found} for {exact}");
        }
        let slopes = numbers(rows * columns, 3);
        let (mut sums, mut gradient) = (network.zero_gradient(), vec![0.0; parameters.len()]);
        pass.backward(&weights, &slopes, &mut sums);
        // Borders must be as they were: a second pass adds the same.
        pass.backward(&weights, &slopes, &mut sums);
        network.add_gradient(&sums, &mut gradient);
        let loss = |parameters: &[f32]| {
            let numbers = plain(&network, parameters, &image, [rows, columns]);
            numbers.iter().zip(&slopes).map(|(n, s)| n * f64::from(*s)).sum::<f64>()
        };
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let (mut off, mut size) = (0.0, 0.0);
        for tensor in network.tensors() {
            for _ in 0..12 {
                let place = random.random_range(tensor.range.clone());
                let step = 2e-5;
                let mut moved = [parameters.clone(), parameters.clone()];
                moved[0][place] += step;
                moved[1][place] -= step;
                let width = f64::from(moved[0][place]) - f64::from(moved[1][place]);
                let slope = (loss(&moved[0]) - loss(&moved[1])) / width;
                off += (f64::from(gradient[place]) / 2.0 - slope).powi(2);
                size += slope.powi(2);
            }
        }
        assert!((off / size).sqrt() < 2e-3, "{}", (off / size).sqrt());
    }
}

/// Catches tiles of a short convolution that leave out or overrun an edge: all remainders of all dilations.
#[test]
fn every_size_is_that_of_plain_loops() {
    let kernels = [1, 2, 3, 1].map(|dilation| Kernel { edge: 3, dilation });
    let network = FullyConvolutional::new(1, 16, &kernels).unwrap();
    let mut parameters = network.initial_parameters(9);
    let range = network.output_range();
    parameters[range.clone()].copy_from_slice(&numbers(range.len(), 10));
    let weights = network.weights(&parameters);
    for rows in 1..=12 {
        let columns = 13 - rows;
        let mut pass = Pass::new(&network, rows, columns);
        for seed in [11, 12] {
            // A second image in the same room.
            let image = numbers(pass.input_mut().len(), seed);
            pass.input_mut().copy_from_slice(&image);
            let exact = plain(&network, &parameters, &image, [rows, columns]);
            for (found, exact) in pass.forward(&weights).iter().zip(&exact) {
                let off = (f64::from(*found) - exact).abs();
                assert!(off < 1e-4 * (1.0 + exact.abs()), "{rows} x {columns}: {found} for {exact}");
            }
        }
    }
}

/// Catches an image that is padded, and a crop that differs from its part of the whole by more than
/// rounding: tiles of short convolutions begin elsewhere in it.
#[test]
fn a_crop_gives_its_part_of_the_whole() {
    let network = FullyConvolutional::new(1, 16, &KERNELS).unwrap();
    let mut parameters = network.initial_parameters(6);
    let range = network.output_range();
    parameters[range.clone()].copy_from_slice(&numbers(range.len(), 7));
    let weights = network.weights(&parameters);
    let mut whole = Pass::new(&network, 9, 12);
    let image = numbers(whole.input_mut().len(), 8);
    whole.input_mut().copy_from_slice(&image);
    let mut crop = Pass::new(&network, 4, 5);
    let (wide, narrow) = (12 + 2 * network.margin(), 5 + 2 * network.margin());
    for (row, line) in crop.input_mut().chunks_exact_mut(narrow).enumerate() {
        line.copy_from_slice(&image[(row + 3) * wide + 2..][..narrow]);
    }
    let (whole, crop) = (whole.forward(&weights).to_vec(), crop.forward(&weights).to_vec());
    for row in 0..4 {
        for (part, of_whole) in crop[row * 5..][..5].iter().zip(&whole[(row + 3) * 12 + 2..]) {
            assert!((part - of_whole).abs() < 1e-5 * of_whole.abs().max(1.0), "{part} for {of_whole}");
        }
    }
}

#[test]
fn what_cannot_be_built_is_refused() {
    let refused = |inputs, channels, edge, dilation| {
        FullyConvolutional::new(inputs, channels, &[Kernel { edge, dilation }]).unwrap_err().to_string()
    };
    assert!(refused(1, 8, 3, 1).contains("16"));
    assert!(refused(1, 16, 4, 1).contains("odd"));
    assert!(refused(1, 16, 3, 0).contains("dilation"));
    assert!(refused(0, 16, 3, 1).contains("input"));
    assert!(FullyConvolutional::new(1, 16, &[]).is_err());
}
