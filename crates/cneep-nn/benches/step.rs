//! Times a training iteration and inference of the network of the CNEEP paper on frames of 20 x 40 bytes.
//!
//! `CNEEP_INSTRUCTION_SET=avx2 RAYON_NUM_THREADS=1 cargo bench -p cneep-nn` lowers either.

use cneep_nn::{Activation, Adam, AdamSettings, InputMap, Inputs, Layer, Network, Shape};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

/// Frames of a film, each sample a frame and the next.
struct Film(Vec<u8>);

const ROWS: usize = 20;
const COLUMNS: usize = 40;

impl Film {
    fn new(frames: usize) -> Self {
        let mut state = 1_u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Self((0..frames * ROWS * COLUMNS).map(|_| byte()).collect())
    }
}

impl Inputs for Film {
    fn write(&self, index: usize, input: &mut InputMap<'_>) {
        let frames = &self.0[index * ROWS * COLUMNS..(index + 2) * ROWS * COLUMNS];
        let (first, second) = frames.split_at(ROWS * COLUMNS);
        for row in 0..ROWS {
            let pixels = row * COLUMNS..(row + 1) * COLUMNS;
            let bytes = first[pixels.clone()].iter().zip(&second[pixels]);
            for (pixel, (first, second)) in input.row_mut(row).chunks_exact_mut(2).zip(bytes) {
                pixel[0] = (f32::from(*first) - 35.5) * (1.0 / 57.4);
                pixel[1] = (f32::from(*second) - 35.5) * (1.0 / 57.4);
            }
        }
    }
}

fn paper() -> Network {
    let convolution = |name: &str, outputs, kernel, stride, padding| Layer::Convolution {
        name: name.into(),
        outputs,
        kernel,
        stride,
        padding,
        activation: Activation::Relu,
    };
    let layers = vec![
        convolution("layer1.conv", 32, 5, 2, 2),
        Layer::MaxPool { size: 2 },
        convolution("layer2.conv1", 32, 3, 1, 1),
        convolution("layer2.conv2", 64, 3, 1, 1),
    ];
    Network::new(Shape { channels: 2, rows: ROWS, columns: COLUMNS }, layers, "fc1").expect("layers fit")
}

/// Gather, forward, backward and Adam.
#[divan::bench(args = [128, 512, 1024, 4096], sample_count = 20)]
fn iteration(bencher: Bencher<'_, '_>, batch: usize) {
    let (network, film) = (paper(), Film::new(batch + 1));
    let mut parameters = network.initial_parameters(1);
    let mut gradient = vec![0.0; parameters.len()];
    let settings = AdamSettings { learning_rate: 1e-4, l2: 5e-5, ..AdamSettings::default() };
    let mut adam = Adam::new(parameters.len(), settings);
    let loss = |s: f32| (f64::from((-s).exp() - s), -1.0 - (-s).exp());
    bencher.counter(ItemsCount::new(batch)).bench_local(|| {
        let mean = network.gradient(&parameters, &film, batch, &loss, &mut gradient);
        adam.step(&mut parameters, &gradient);
        black_box(mean)
    });
}

/// `S` of transitions, both directions.
#[divan::bench(args = [2000], sample_count = 20)]
fn inference(bencher: Bencher<'_, '_>, count: usize) {
    let (network, film) = (paper(), Film::new(count + 1));
    let parameters = network.initial_parameters(1);
    bencher.counter(ItemsCount::new(count)).bench_local(|| network.evaluate(&parameters, &film, count));
}

fn main() {
    println!("instruction set: {}", cneep_nn::instruction_set());
    divan::main();
}
