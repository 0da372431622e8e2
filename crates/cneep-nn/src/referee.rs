//! Tests the fast network against the naive one on every instruction set of the machine.

use crate::kernel::{Axis, Kernels, available};
use crate::naive::{naive_evaluate, naive_feature_map, naive_gradient, naive_margin};
use crate::{Activation, InputMap, Inputs, Layer, Network, Shape};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Samples of standard uniform noise, in the order (channel, row, column).
struct Noise {
    shape: Shape,
    samples: Vec<Vec<f32>>,
}

impl Noise {
    fn new(shape: Shape, count: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut sample = || (0..shape.len()).map(|_| random.random_range(-1.5..1.5)).collect();
        Self { shape, samples: (0..count).map(|_| sample()).collect() }
    }

    /// The same samples with their channels in reversed order.
    fn reversed(&self) -> Self {
        let turn = |sample: &Vec<f32>| {
            sample.chunks_exact(self.shape.pixels()).rev().flatten().copied().collect::<Vec<f32>>()
        };
        Self { shape: self.shape, samples: self.samples.iter().map(turn).collect() }
    }

    fn wide(&self, index: usize) -> Vec<f64> {
        wide(&self.samples[index])
    }
}

impl Inputs for Noise {
    fn write(&self, index: usize, input: &mut InputMap<'_>) {
        let Shape { channels, rows, columns } = self.shape;
        for (number, values) in self.samples[index].chunks_exact(columns).enumerate().take(channels * rows) {
            input.row_mut(number / rows, number % rows).copy_from_slice(values);
        }
    }
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

/// A loss with a small derivative everywhere.
fn loss(s: f32) -> (f64, f32) {
    (f64::from(s).sin() + 0.3 * f64::from(s), s.cos() + 0.3)
}

fn convolution(name: usize, outputs: usize, kernel: usize, stride: usize, padding: usize) -> Layer {
    let activation = if name % 4 == 3 { Activation::None } else { Activation::Relu };
    Layer::Convolution { name: format!("conv{name}"), outputs, kernel, stride, padding, activation }
}

/// The network of the paper on frames of 20 x 40.
fn paper() -> Network {
    let layers = vec![
        convolution(0, 32, 5, 2, 2),
        Layer::MaxPool { size: 2 },
        convolution(1, 32, 3, 1, 1),
        convolution(2, 64, 3, 1, 1),
    ];
    Network::new(Shape { channels: 2, rows: 20, columns: 40 }, layers, "fc1").unwrap()
}

/// The largest of `values`, at least `floor`.
fn largest(values: &[f64], floor: f64) -> f64 {
    values.iter().fold(floor, |most, value| most.max(value.abs()))
}

/// `actual` within `tolerance` of `expected`, relative to the largest of `expected`, at least `floor`.
fn close(actual: &[f32], expected: &[f64], tolerance: f64, floor: f64) -> Result<(), String> {
    let scale = largest(expected, floor);
    if actual.len() != expected.len() {
        return Err(format!("{} numbers for {}", actual.len(), expected.len()));
    }
    for (index, (a, e)) in actual.iter().zip(expected).enumerate() {
        if (f64::from(*a) - e).abs() > tolerance * scale {
            return Err(format!("number {index} is {a}, not {e} (scale {scale})"));
        }
    }
    Ok(())
}

/// Compares everything the network computes on `count` samples, leaving out those near a tie.
fn referee(network: &Network, count: usize, seed: u64, kernels: &'static Kernels) -> Result<(), String> {
    let network = &network.clone().with_kernels(kernels);
    let parameters = network.initial_parameters(seed);
    let exact = wide(&parameters);
    let mut noise = Noise::new(network.input(), count, seed);
    noise.samples.retain(|sample| naive_margin(network, &exact, &wide(sample)) > 2e-6);
    let count = noise.samples.len();
    let values = network.evaluate(&parameters, &noise, count);
    let mut expected = vec![0.0; network.parameter_count()];
    let (mut expected_loss, mut expected_values) = (0.0, Vec::new());
    for index in 0..count {
        let value = naive_evaluate(network, &exact, &noise.wide(index));
        let (loss, derivative) = loss(value as f32);
        expected_values.push(value);
        expected_loss += loss / count as f64;
        for (e, g) in expected.iter_mut().zip(naive_gradient(network, &exact, &noise.wide(index))) {
            *e += g * f64::from(derivative) / count as f64;
        }
    }
    close(&values, &expected_values, 2e-5, 0.1).map_err(|e| format!("S: {e}"))?;
    if let Some(index) = count.checked_sub(1) {
        let [forward, reversed] = network.feature_maps(&parameters, &noise, index);
        let expected = naive_feature_map(network, &exact, &noise.wide(index));
        close(&forward, &expected, 1e-5, 0.1).map_err(|e| format!("map: {e}"))?;
        let expected = naive_feature_map(network, &exact, &noise.reversed().wide(index));
        close(&reversed, &expected, 1e-5, 0.1).map_err(|e| format!("reversed map: {e}"))?;
    }
    let mut gradient = vec![f32::NAN; network.parameter_count()];
    let mean = network.gradient(&parameters, &noise, count, &loss, &mut gradient);
    if (mean - expected_loss).abs() > 1e-4 {
        return Err(format!("loss {mean}, not {expected_loss}"));
    }
    // The two directions cancel in a tensor's gradient to as little as nothing, their rounding does not.
    let floor = 0.05 * largest(&expected, 0.2);
    for tensor in network.tensors() {
        let range = tensor.range.clone();
        close(&gradient[range.clone()], &expected[range], 5e-5, floor)
            .map_err(|e| format!("{}: {e}", tensor.name))?;
    }
    Ok(())
}

fn any_layers() -> impl Strategy<Value = Vec<Layer>> {
    let layer = (0..4_usize, 1..40_usize, 1..=7_usize, 1..=3_usize, 0..=4_usize, 1..=3_usize);
    prop::collection::vec(layer, 1..4).prop_map(|drawn| {
        let mut layers = Vec::new();
        for (index, (kind, outputs, kernel, stride, padding, pool)) in drawn.into_iter().enumerate() {
            layers.push(match kind {
                0 => convolution(index, outputs, 3, 1, 1),
                1 => convolution(index, outputs, kernel, stride.min(index + 1), kernel / 2),
                _ => convolution(index, outputs, kernel, stride, padding),
            });
            if kind == 2 || kind == 0 && pool > 1 {
                layers.push(Layer::MaxPool { size: pool });
            }
        }
        layers
    })
}

/// The same networks every time, unless `PROPTEST_RNG_SEED` draws others.
fn seeded() -> ProptestConfig {
    let config = ProptestConfig::default();
    let rng_seed = match config.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    ProptestConfig { rng_seed, ..config }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..seeded() })]

    /// Would catch a slip in any stride, border, padding, tail, transform or packing of any layer.
    #[test]
    fn every_network_agrees_with_its_naive_twin(
        layers in any_layers(),
        channels in 1..=5_usize,
        rows in 1..14_usize,
        columns in 1..16_usize,
        seed in 0..1000_u64,
    ) {
        let shape = Shape { channels, rows, columns };
        let network = Network::new(shape, layers, "fc");
        prop_assume!(network.is_ok());
        let network = network.unwrap();
        for kernels in available() {
            let verdict = referee(&network, 5, seed, kernels);
            let layers = network.layers();
            prop_assert!(verdict.is_ok(), "{} on {}: {layers:?}", verdict.unwrap_err(), kernels.name);
        }
    }
}

#[test]
fn the_network_of_the_paper_agrees_with_its_naive_twin() {
    for kernels in available() {
        referee(&paper(), 6, 1, kernels).unwrap();
        referee(&paper().with_direct_convolutions(), 6, 1, kernels).unwrap();
    }
}

/// A convolution of `kernel`, `stride` and padding on maps of 18 channels, and 17 channels of sums.
fn second([kernel, stride, padding]: [usize; 3], [rows, columns]: [usize; 2]) -> Network {
    let layers = vec![convolution(0, 18, 1, 1, 0), convolution(1, 17, kernel, stride, padding)];
    Network::new(Shape { channels: 2, rows, columns }, layers, "fc").unwrap()
}

/// Every compiled pair of axes (points of both; taps; stride), in one piece and in several: would catch a
/// slip in the matrices, the order of pieces or the reach of tiles of any.
#[test]
fn every_way_to_tile_agrees_with_its_naive_twin() {
    let ways = [
        ([3, 1, 1], [8, 7], ([6, 6], 3, 1), 1),
        ([3, 1, 1], [8, 10], ([6, 7], 3, 1), 1),
        ([3, 1, 0], [11, 10], ([7, 6], 3, 1), 1),
        ([3, 1, 2], [3, 7], ([7, 7], 3, 1), 1),
        ([2, 1, 0], [6, 11], ([6, 6], 2, 1), 1),
        ([4, 1, 1], [7, 6], ([6, 6], 4, 1), 1),
        ([5, 1, 2], [6, 8], ([7, 7], 5, 1), 1),
        ([3, 2, 1], [11, 18], ([7, 7], 3, 2), 1),
        ([3, 2, 0], [13, 14], ([7, 7], 3, 2), 1),
        ([4, 2, 1], [10, 11], ([6, 6], 2, 1), 4),
        ([5, 2, 2], [15, 8], ([6, 6], 3, 1), 4),
        ([6, 1, 3], [3, 11], ([6, 6], 3, 1), 4),
        ([7, 1, 3], [9, 8], ([6, 6], 4, 1), 4),
        ([7, 2, 3], [11, 17], ([6, 6], 4, 1), 4),
    ];
    let mut met = Vec::new();
    for (layer, map, axes, pieces) in ways {
        let network = second(layer, map);
        let tiling = network.plan.stages[1].tiling.unwrap_or_else(|| panic!("{layer:?} on {map:?}"));
        let [down, right] = tiling.axes;
        let found = ([down.points(), right.points()], right.taps(), right.stride());
        assert_eq!((found, tiling.pieces()), (axes, pieces), "{layer:?} on {map:?}");
        met.extend([down, right]);
        for kernels in available() {
            referee(&network, 4, 7, kernels).unwrap_or_else(|e| panic!("{e}: {layer:?}, {}", kernels.name));
        }
    }
    assert!(Axis::ALL.iter().all(|axis| met.contains(axis)));
    for (layer, map) in
        [([1, 1, 0], [9, 9]), ([3, 1, 1], [1, 9]), ([3, 3, 0], [18, 18]), ([7, 3, 3], [13, 15])]
    {
        assert!(
            second(layer, map).plan.stages[1].tiling.is_none(),
            "{layer:?} on {map:?} is best summed directly"
        );
    }
}

/// Maps so large that every stage works in several bands, direct and tiled, in one piece and in several.
#[test]
fn maps_in_bands_agree_with_their_naive_twin() {
    let shape = Shape { channels: 2, rows: 97, columns: 130 };
    let layers = vec![
        convolution(0, 18, 3, 1, 1),
        Layer::MaxPool { size: 2 },
        convolution(1, 20, 3, 1, 1),
        Layer::MaxPool { size: 3 },
        convolution(2, 17, 3, 2, 1),
    ];
    let network = Network::new(shape, layers, "fc").unwrap();
    let banded = |network: &Network, index: usize| !network.plan.bands(&network.plan.stages[index]).is_one();
    assert!(banded(&network, 0) && banded(&network, 1) && network.plan.stages[1].tiling.is_some());
    agrees_as_a_whole(&network);
    for (kernel, pieces) in [(3, 1), (5, 4)] {
        let layers = vec![
            convolution(0, 18, 1, 1, 0),
            convolution(1, 17, kernel, 2, kernel / 2),
            Layer::MaxPool { size: 2 },
        ];
        let network = Network::new(shape, layers, "fc").unwrap();
        assert!(banded(&network, 1));
        assert_eq!(network.plan.stages[1].tiling.map(|tiling| tiling.pieces()), Some(pieces));
        agrees_as_a_whole(&network);
    }
}

/// Compares a network of so many pixels that some hang on the last bit: gradients as a whole, in which a
/// flipped decision weighs 1e-3 at most, a row in the wrong band all of it.
fn agrees_as_a_whole(network: &Network) {
    let shape = network.input();
    let parameters = network.initial_parameters(4);
    let noise = Noise::new(shape, 2, 5);
    let exact: Vec<f64> =
        (0..2).map(|index| naive_evaluate(network, &wide(&parameters), &noise.wide(index))).collect();
    let mut expected = vec![0.0; network.parameter_count()];
    for (index, value) in exact.iter().enumerate() {
        let derivative = f64::from(loss(*value as f32).1) / 2.0;
        let gradient = naive_gradient(network, &wide(&parameters), &noise.wide(index));
        expected.iter_mut().zip(gradient).for_each(|(e, g)| *e += derivative * g);
    }
    for kernels in available() {
        let network = network.clone().with_kernels(kernels);
        close(&network.evaluate(&parameters, &noise, 2), &exact, 2e-5, 0.1).unwrap();
        let mut gradient = vec![f32::NAN; network.parameter_count()];
        network.gradient(&parameters, &noise, 2, &loss, &mut gradient);
        for tensor in network.tensors().iter().filter(|tensor| !tensor.name.ends_with("fc.bias")) {
            let (mut error, mut size) = (0.0, 0.0);
            for at in tensor.range.clone() {
                error += (f64::from(gradient[at]) - expected[at]).powi(2);
                size += expected[at].powi(2);
            }
            assert!(error < 4e-6 * size, "{}: {} of {}", tensor.name, error.sqrt(), size.sqrt());
        }
    }
}

/// Would catch a wrong derivative in the referee itself.
#[test]
fn the_naive_gradient_is_the_slope_of_the_naive_value() {
    let layers = vec![
        convolution(0, 3, 3, 2, 1),
        convolution(1, 4, 3, 1, 1),
        Layer::MaxPool { size: 2 },
        convolution(3, 2, 2, 1, 0),
    ];
    let network = Network::new(Shape { channels: 3, rows: 9, columns: 11 }, layers, "fc").unwrap();
    let mut parameters = wide(&network.initial_parameters(5));
    let input = Noise::new(network.input(), 1, 6).wide(0);
    assert!(naive_margin(&network, &parameters, &input) > 1e-5);
    let gradient = naive_gradient(&network, &parameters, &input);
    for index in 0..parameters.len() {
        let (here, step) = (parameters[index], 1e-6);
        let mut at = |value: f64| {
            parameters[index] = value;
            naive_evaluate(&network, &parameters, &input)
        };
        let slope = (at(here + step) - at(here - step)) / (2.0 * step);
        at(here);
        assert!((slope - gradient[index]).abs() < 1e-8, "{index}: {slope} and {}", gradient[index]);
    }
}

/// Would catch any sum whose order or rounding depends on the direction.
#[test]
fn reversing_the_channels_changes_the_sign_and_no_bit() {
    for kernels in available() {
        let ways = [(1, 3, 1, 7), (2, 7, 1, 9), (3, 5, 2, 15), (4, 3, 2, 12), (5, 3, 1, 7)];
        for (channels, kernel, stride, edge) in ways {
            let layers = vec![convolution(0, 20, 3, 1, 1), convolution(1, 33, kernel, stride, kernel / 2)];
            let network = Network::new(Shape { channels, rows: edge, columns: edge }, layers, "fc").unwrap();
            assert!(network.plan.stages[1].tiling.is_some());
            let network = network.with_kernels(kernels);
            let parameters = network.initial_parameters(2);
            let noise = Noise::new(network.input(), 11, 3);
            let values = network.evaluate(&parameters, &noise, 11);
            let turned = network.evaluate(&parameters, &noise.reversed(), 11);
            for (value, turned) in values.iter().zip(&turned) {
                assert_eq!(value.to_bits(), (0.0 - turned).to_bits(), "{value} and {turned}");
            }
            assert_eq!(channels == 1, values.iter().all(|v| *v == 0.0));
            let maps = network.contributions(&parameters, &noise, 11);
            let turned = network.contributions(&parameters, &noise.reversed(), 11);
            assert!(maps.iter().zip(&turned).all(|(h, t)| *h == -t));
            for (value, map) in values.iter().zip(maps.chunks(network.features().pixels())) {
                assert_eq!(*value, map.iter().map(|h| f64::from(*h)).sum::<f64>() as f32);
            }
        }
    }
}

/// Would catch any sum whose order follows the threads, and any trace a sample leaves on the next.
#[test]
fn no_bit_depends_on_threads_or_on_the_place_in_the_batch() {
    for network in
        [paper(), second([5, 2, 2], [15, 8]), second([3, 2, 1], [12, 11]), second([7, 1, 3], [9, 8])]
    {
        is_the_same_everywhere(&network);
    }
}

fn is_the_same_everywhere(network: &Network) {
    let parameters = network.initial_parameters(1);
    let noise = Noise::new(network.input(), 75, 2);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut gradient = vec![0.0; network.parameter_count()];
            let mean = network.gradient(&parameters, &noise, 75, &loss, &mut gradient);
            (mean.to_bits(), gradient, network.evaluate(&parameters, &noise, 75))
        })
    };
    let alone = run(1);
    assert_eq!(alone, run(2));
    assert_eq!(alone, run(5));
    assert_eq!(*alone.1.last().unwrap(), 0.0, "the head's bias cancels");
    let shifted = Noise { shape: noise.shape, samples: noise.samples[3..].to_vec() };
    assert_eq!(alone.2[3..], network.evaluate(&parameters, &shifted, 72));
}

#[test]
fn the_paper_has_its_shapes() {
    let network = paper();
    assert_eq!(network.parameter_count(), 32_577);
    assert_eq!(network.features(), Shape { channels: 64, rows: 5, columns: 10 });
    assert_eq!(network.multiply_adds(), 1_705_600);
    let names: Vec<&str> = network.tensors().iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names[..3], ["conv0.weight", "conv0.bias", "conv1.weight"]);
    assert_eq!(names[6..], ["fc1.weight", "fc1.bias"]);
    assert_eq!(network.tensors()[2].shape, [32, 32, 3, 3]);
}

/// Would catch a subtraction that wraps instead of an error.
#[test]
fn a_layer_that_does_not_fit_says_which_and_why() {
    let build =
        |layers| Network::new(Shape { channels: 2, rows: 6, columns: 9 }, layers, "fc").err().unwrap();
    let fault = build(vec![convolution(0, 4, 3, 1, 0), convolution(1, 4, 5, 1, 0)]);
    assert_eq!(
        fault.to_string(),
        "layer 2 (conv1): a 5 x 5 kernel does not fit on a map of 4 x 7 pixels padded by 0"
    );
    let fault = build(vec![convolution(0, 4, 3, 1, 1), Layer::MaxPool { size: 7 }]);
    assert_eq!(fault.layer, "layer 2 (max-pool)");
    assert!(build(vec![Layer::MaxPool { size: 2 }]).reason.contains("begins with a convolution"));
    assert!(build(vec![]).reason.contains("at least one"));
    assert!(build(vec![convolution(0, 4, 0, 1, 1)]).reason.contains("kernel"));
    assert!(build(vec![convolution(0, 1, 1, 1, 0), convolution(0, 1, 1, 1, 0)]).reason.contains("share"));
}
