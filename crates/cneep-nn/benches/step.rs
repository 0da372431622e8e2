//! Times training iterations and inference of the network of the CNEEP paper, and of others.
//!
//! `CNEEP_INSTRUCTION_SET=avx2 RAYON_NUM_THREADS=1 cargo bench -p cneep-nn` lowers either.

use cneep_nn::{Adam, AdamSettings, InputMap, Inputs, Layer, Network, Shape};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

/// Frames of a film, each sample a frame and the next.
struct Film {
    pixels: Vec<u8>,
    shape: Shape,
}

impl Film {
    fn new(shape: Shape, frames: usize) -> Self {
        let mut state = 1_u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Self { pixels: (0..frames * shape.pixels()).map(|_| byte()).collect(), shape }
    }
}

impl Inputs for Film {
    fn write(&self, index: usize, input: &mut InputMap<'_>) {
        let (size, columns) = (self.shape.pixels(), self.shape.columns);
        let (first, second) = self.pixels[index * size..(index + 2) * size].split_at(size);
        for (channel, frame) in [first, second].into_iter().enumerate() {
            for (row, bytes) in frame.chunks_exact(columns).enumerate() {
                for (pixel, byte) in input.row_mut(channel, row).iter_mut().zip(bytes) {
                    *pixel = (f32::from(*byte) - 35.5) * (1.0 / 57.4);
                }
            }
        }
    }
}

const PAPER: [usize; 2] = [20, 40];

/// The network of the paper on frames of any size.
fn paper([rows, columns]: [usize; 2]) -> Network {
    let layers = vec![
        Layer::convolution("layer1.conv", 32, 5, 2),
        Layer::MaxPool { size: 2 },
        Layer::convolution("layer2.conv1", 32, 3, 1),
        Layer::convolution("layer2.conv2", 64, 3, 1),
    ];
    Network::new(Shape { channels: 2, rows, columns }, layers, "fc1").expect("layers fit")
}

/// Networks that no kernel was tuned for: large kernels, strides, odd channels, no pooling.
fn untuned_network(name: &str) -> Network {
    let layers = match name {
        "7x7, 5x5 stride 1" => vec![Layer::convolution("a", 32, 7, 1), Layer::convolution("b", 32, 5, 1)],
        "3x3 stride 2, 1x1" => {
            vec![
                Layer::convolution("a", 32, 3, 1),
                Layer::convolution("b", 64, 3, 2),
                Layer::convolution("c", 64, 1, 1),
            ]
        }
        "24, 40 channels" => {
            vec![
                Layer::convolution("a", 24, 5, 2),
                Layer::MaxPool { size: 3 },
                Layer::convolution("b", 40, 3, 1),
            ]
        }
        _ => unreachable!("named below"),
    };
    Network::new(Shape { channels: 2, rows: 37, columns: 53 }, layers, "fc1").expect("layers fit")
}

/// Runs iterations (gather, forward, backward and Adam), counted in `items` each.
fn iterate(bencher: Bencher<'_, '_>, network: &Network, batch: usize, items: usize) {
    let film = Film::new(network.input(), batch + 1);
    let mut parameters = network.initial_parameters(1);
    let mut gradient = vec![0.0; parameters.len()];
    let settings = AdamSettings { learning_rate: 1e-4, l2: 5e-5, ..AdamSettings::default() };
    let mut adam = Adam::new(parameters.len(), settings);
    let loss = |s: f32| (f64::from((-s).exp() - s), -1.0 - (-s).exp());
    bencher.counter(ItemsCount::new(items)).bench_local(|| {
        let mean = network.gradient(&parameters, &film, batch, &loss, &mut gradient);
        adam.step(&mut parameters, &gradient);
        black_box(mean)
    });
}

/// Multiplications and additions of one iteration by direct convolution, forward and backward in both
/// directions; the first layer needs no gradient of its input.
fn operations(network: &Network, batch: usize) -> usize {
    let forward = network.multiply_adds() as usize;
    let first = network.layers()[..1].to_vec();
    let first = Network::new(network.input(), first, "fc1").expect("layers fit");
    let first = first.multiply_adds() as usize - first.features().len();
    2 * 2 * batch * (3 * forward - first)
}

/// One iteration on frames of 20 x 40; items are transitions.
#[divan::bench(args = [128, 512, 1024, 4096], sample_count = 20)]
fn iteration(bencher: Bencher<'_, '_>, batch: usize) {
    iterate(bencher, &paper(PAPER), batch, batch);
}

/// `S` of transitions, both directions; items are transitions.
#[divan::bench(args = [2000], sample_count = 20)]
fn forward(bencher: Bencher<'_, '_>, count: usize) {
    let network = paper(PAPER);
    let film = Film::new(network.input(), count + 1);
    let parameters = network.initial_parameters(1);
    bencher.counter(ItemsCount::new(count)).bench_local(|| network.evaluate(&parameters, &film, count));
}

/// One iteration of the paper's network on frames of this edge; items are operations of direct convolutions.
#[divan::bench(args = [20, 32, 64, 128, 256, 512], sample_count = 10)]
fn edge(bencher: Bencher<'_, '_>, edge: usize) {
    let network = paper([edge, edge]);
    let batch = (1_000_000 / (edge * edge)).max(2);
    println!("{edge} x {edge}: {} MB a thread", network.workspace_size() / 1_000_000);
    iterate(bencher, &network, batch, operations(&network, batch));
}

/// One iteration of networks that no kernel was tuned for; items are operations of direct convolutions.
#[divan::bench(args = ["7x7, 5x5 stride 1", "3x3 stride 2, 1x1", "24, 40 channels"], sample_count = 10)]
fn untuned(bencher: Bencher<'_, '_>, name: &str) {
    let network = untuned_network(name);
    iterate(bencher, &network, 128, operations(&network, 128));
}

fn main() {
    println!("instruction set: {}", cneep_nn::instruction_set());
    divan::main();
}
