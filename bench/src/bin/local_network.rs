//! Answers the requests of `local_network.py`, one line of JSON each, until its input ends.

use cneep_nn::{Adam, AdamSettings, FullyConvolutional, Gradient, Kernel, Pass, Weights};
use cneep_race::{serve, timed};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

/// The hidden layers of the estimator `fully-convolutional`.
const KERNELS: [Kernel; 4] = [
    Kernel { edge: 3, dilation: 1 },
    Kernel { edge: 3, dilation: 1 },
    Kernel { edge: 3, dilation: 2 },
    Kernel { edge: 3, dilation: 2 },
];
/// Images of one chunk of a batch.
const AT_ONCE: usize = 8;
/// Edge of the tiles in which large images are computed.
const TILE: usize = 128;

/// What is asked.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Request {
    /// Reads `count` images with their margin, then their changes: float32, row-major.
    Open {
        numbers: PathBuf,
        count: usize,
        edge: usize,
    },
    /// dS of every image, and the gradient of the mean loss.
    Check,
    /// Times iterations over all images, or evaluations of them, for so many seconds.
    Train {
        seconds: f64,
    },
    Infer {
        seconds: f64,
    },
}

struct Runner {
    network: FullyConvolutional,
    parameters: Vec<f32>,
    adam: Adam,
    edge: usize,
    images: Vec<f32>,
    changes: Vec<f32>,
}

impl Runner {
    fn open(numbers: &Path, count: usize, edge: usize) -> Result<Self, String> {
        let network = FullyConvolutional::new(1, 16, &KERNELS).map_err(|error| error.to_string())?;
        let bytes = std::fs::read(numbers).map_err(|error| format!("{}: {error}", numbers.display()))?;
        let number = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap_or_default());
        let mut images: Vec<f32> = bytes.chunks_exact(4).map(number).collect();
        let wide = edge + 2 * network.margin();
        if images.len() != count * (wide * wide + edge * edge) {
            return Err(format!("{} does not hold {count} images", numbers.display()));
        }
        let changes = images.split_off(count * wide * wide);
        let mut parameters = network.initial_parameters(1);
        parameters[network.output_range()].fill(0.02);
        let adam = Adam::new(parameters.len(), AdamSettings::default());
        Ok(Self { network, parameters, adam, edge, images, changes })
    }

    fn pass(&self) -> Pass<'_> {
        Pass::new(&self.network, self.edge, self.edge)
    }

    /// dS of image `index`.
    fn value(&self, pass: &mut Pass, weights: &Weights, index: usize) -> f32 {
        let len = pass.input_mut().len();
        pass.input_mut().copy_from_slice(&self.images[index * len..][..len]);
        pass.forward(weights).iter().zip(self.changes(index)).map(|(force, change)| force * change).sum()
    }

    fn changes(&self, index: usize) -> &[f32] {
        let len = self.edge * self.edge;
        &self.changes[index * len..][..len]
    }

    /// dS of every image, in tiles as the estimator computes them.
    fn values(&self) -> Vec<f32> {
        let weights = self.network.weights(&self.parameters);
        let (edge, tile) = (self.edge, TILE.min(self.edge));
        let (margin, wide) = (2 * self.network.margin(), self.edge + 2 * self.network.margin());
        let of_image = |index: usize| {
            let mut pass = Pass::new(&self.network, tile, tile);
            let mut sum = 0.0;
            for place in 0..(edge / tile).pow(2) {
                let [top, left] = [place / (edge / tile) * tile, place % (edge / tile) * tile];
                for (row, line) in pass.input_mut().chunks_exact_mut(tile + margin).enumerate() {
                    let start = (index * wide + top + row) * wide + left;
                    line.copy_from_slice(&self.images[start..start + tile + margin]);
                }
                for (row, forces) in pass.forward(&weights).chunks_exact(tile).enumerate() {
                    let changes = &self.changes(index)[(top + row) * edge + left..];
                    sum += forces.iter().zip(changes).map(|(force, change)| force * change).sum::<f32>();
                }
            }
            sum
        };
        (0..self.changes.len() / (edge * edge)).into_par_iter().map(of_image).collect()
    }

    /// Gradient of the mean of `4 ln(1 + exp(-dS))`.
    fn gradient(&self) -> Vec<f32> {
        let weights = self.network.weights(&self.parameters);
        let all: Vec<usize> = (0..self.changes.len() / (self.edge * self.edge)).collect();
        let of_chunk = |indices: &[usize]| {
            let (mut pass, mut sums) = (self.pass(), self.network.zero_gradient());
            for &index in indices {
                let slope = -4.0 / (1.0 + self.value(&mut pass, &weights, index).exp()) / all.len() as f32;
                let slopes: Vec<f32> = self.changes(index).iter().map(|change| slope * change).collect();
                pass.backward(&weights, &slopes, &mut sums);
            }
            sums
        };
        let parts: Vec<Gradient> = all.par_chunks(AT_ONCE).map(of_chunk).collect();
        let mut gradient = vec![0.0; self.parameters.len()];
        for part in &parts {
            self.network.add_gradient(part, &mut gradient);
        }
        gradient
    }

    fn step(&mut self) {
        let gradient = self.gradient();
        self.adam.step(&mut self.parameters, &gradient);
    }
}

fn answer(line: &str, open: &mut Option<Runner>) -> Result<Value, String> {
    let request = serde_json::from_str(line).map_err(|error| format!("not a request: {error}"))?;
    if let Request::Open { numbers, count, edge } = request {
        let runner = open.insert(Runner::open(&numbers, count, edge)?);
        return Ok(json!({ "parameters": runner.parameters, "engine": cneep_nn::instruction_set() }));
    }
    let runner = open.as_mut().ok_or("open first")?;
    Ok(match request {
        Request::Open { .. } | Request::Check => {
            json!({ "values": runner.values(), "gradient": runner.gradient() })
        }
        Request::Train { seconds } => json!({ "seconds": timed(1, 3, seconds, || runner.step()) }),
        Request::Infer { seconds } => json!({ "seconds": timed(1, 3, seconds, || drop(runner.values())) }),
    })
}

fn main() -> io::Result<()> {
    serve(answer)
}
