//! Makes series of entropy production of which everything is known, for tests.

use super::result::{EntropyProduction, MovieEntropy};
use super::role::Role;
use cneep_movie::units::Calibration;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Held-out transitions of unit time whose entropy production is Gaussian with this `mean` and twice that as
/// variance, so that `<exp(-dS)> = 1` and the bound is the rate; each remembers the share `memory` of the one
/// before.
pub(super) fn gaussian(
    movies: usize,
    transitions: usize,
    mean: f64,
    memory: f64,
    seed: u64,
) -> EntropyProduction {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
    let movies = (0..movies)
        .map(|index| {
            let mut state = normal();
            let values = (0..transitions).map(|_| {
                let value = mean + (2.0 * mean).sqrt() * state;
                state = memory * state + (1.0 - memory * memory).sqrt() * normal();
                value
            });
            let values: Vec<f64> = values.collect();
            MovieEntropy {
                name: format!("movie {index}"),
                roles: vec![Role::HeldOut; values.len()],
                values,
                ..MovieEntropy::default()
            }
        })
        .collect();
    let calibration = Calibration { frame_interval: Some(1.0), ..Calibration::default() };
    EntropyProduction::new(2, calibration, movies)
}
