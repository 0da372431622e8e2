//! Trains and evaluates the network of the CNEEP paper against the clock.

use crate::Turn;
use crate::film::{Batch, Film};
use cneep_nn::{Adam, AdamSettings, Layer, Network, Shape};
use cneep_race::timed;
use std::hint::black_box;

/// A network in training, with the film it learns from.
pub(crate) struct Runner {
    film: Film,
    network: Network,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    adam: Adam,
    /// State of the generator that draws transitions.
    random: u64,
    /// Transition with which the next evaluation starts.
    next: usize,
}

/// Loss of a transition and its derivative: `exp(-S) - S`.
fn loss(entropy_production: f32) -> (f64, f32) {
    let inverse = (-entropy_production).exp();
    (f64::from(inverse - entropy_production), -1.0 - inverse)
}

impl Runner {
    /// The paper's network for the frames of `film`, its optimiser and first parameters.
    pub(crate) fn new(film: Film) -> Result<Self, String> {
        let layers = vec![
            Layer::convolution("layer1.conv", 32, 5, 2),
            Layer::MaxPool { size: 2 },
            Layer::convolution("layer2.conv1", 32, 3, 1),
            Layer::convolution("layer2.conv2", 64, 3, 1),
        ];
        let (rows, columns) = film.shape();
        let network = Network::new(Shape { channels: 2, rows, columns }, layers, "fc1")
            .map_err(|error| error.to_string())?;
        let parameters = network.initial_parameters(1);
        let settings = AdamSettings { learning_rate: 1e-4, l2: 5e-5, ..AdamSettings::default() };
        let (gradient, adam) = (vec![0.0; parameters.len()], Adam::new(parameters.len(), settings));
        Ok(Self { film, network, parameters, gradient, adam, random: 1, next: 0 })
    }

    /// The parameters as they are now.
    pub(crate) fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// `S` of the transitions that start with frames `starts`, and the gradient of their mean loss.
    pub(crate) fn check(&self, starts: &[usize]) -> Result<(Vec<f32>, Vec<f32>), String> {
        if let Some(start) = starts.iter().find(|start| !self.film.has_transition(**start)) {
            return Err(format!("no transition starts with frame {start}"));
        }
        let batch = Batch { film: &self.film, starts };
        let mut gradient = vec![0.0; self.parameters.len()];
        self.network.gradient(&self.parameters, &batch, starts.len(), &loss, &mut gradient);
        Ok((self.network.evaluate(&self.parameters, &batch, starts.len()), gradient))
    }

    /// Times of whole training iterations, in seconds: drawing, gathering, both directions forward and back,
    /// Adam.
    pub(crate) fn train(&mut self, turn: &Turn) -> Vec<f64> {
        timed(turn.warm_up, turn.repetitions, turn.seconds, || {
            let starts: Vec<usize> = (0..turn.batch).map(|_| self.draw()).collect();
            let batch = Batch { film: &self.film, starts: &starts };
            let mean = self.network.gradient(&self.parameters, &batch, turn.batch, &loss, &mut self.gradient);
            self.adam.step(&mut self.parameters, &self.gradient);
            black_box(mean);
        })
    }

    /// Times of evaluating the next `turn.batch` transitions of the film, in seconds.
    pub(crate) fn infer(&mut self, turn: &Turn) -> Vec<f64> {
        timed(turn.warm_up, turn.repetitions, turn.seconds, || {
            let count = self.film.transition_count();
            let starts: Vec<usize> =
                (self.next..self.next + turn.batch).map(|index| self.film.start(index % count)).collect();
            self.next = (self.next + turn.batch) % count;
            let batch = Batch { film: &self.film, starts: &starts };
            black_box(self.network.evaluate(&self.parameters, &batch, turn.batch));
        })
    }

    /// First frame of a transition drawn with replacement (`SplitMix64`, DOI 10.1145/2714064.2660195).
    fn draw(&mut self) -> usize {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.film.start(((bits ^ (bits >> 31)) % self.film.transition_count() as u64) as usize)
    }
}
