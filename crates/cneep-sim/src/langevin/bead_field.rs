//! Simulates many pairs of beads at a time, which know nothing of each other.
//!
//! Every pair is a row of two beads with temperatures of its own, drawn by its exact density. Nothing is
//! solved for the whole: a thousand pairs cost a thousand times as much as one.

use super::bead_spring::BeadSpring;
use super::exact_steps::stationary_factor;
use super::path::{self, Dynamics};
use super::simulation::Simulation;
use super::system::LangevinSystem;
use super::temperature_profile::TemperatureProfile;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use nalgebra::{DMatrix, Matrix2, Vector2};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Most pairs.
const MOST: usize = 100_000;

/// Independent pairs of beads. Every bead is a part of one coordinate, its displacement.
#[derive(Debug, Clone)]
pub struct BeadField {
    pairs: Vec<LangevinSystem>,
    parts: Vec<usize>,
}

impl BeadField {
    /// A pair for each of these `[left, right]` temperatures, all with springs of this `stiffness` and with
    /// friction 1.
    ///
    /// # Errors
    /// [`Error::Setting`] for no pairs or more than 100,000, or a temperature or stiffness that is not
    /// positive and finite.
    pub fn new(stiffness: f64, temperatures: &[[f64; 2]]) -> Result<Self> {
        if !(1..=MOST).contains(&temperatures.len()) {
            let found = temperatures.len().to_string();
            return Err(Error::Setting(Fault::new("pairs", "1 to 100,000", found, "Choose another number.")));
        }
        let pair = |temperatures: &[f64; 2]| {
            BeadSpring::new(2, TemperatureProfile::custom(temperatures.to_vec()))?
                .stiffness(stiffness)
                .system()
        };
        let pairs = temperatures.iter().map(pair).collect::<Result<_>>()?;
        Ok(Self { pairs, parts: (0..2 * temperatures.len()).collect() })
    }

    /// The pairs, each with its exact answers.
    pub fn pairs(&self) -> &[LangevinSystem] {
        &self.pairs
    }

    /// Simulates independent movies of the steady state, exactly, as [`LangevinSystem::simulate_exactly`].
    ///
    /// # Errors
    /// Those of [`LangevinSystem::simulate_exactly`].
    pub fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        let pair = |system: &LangevinSystem| {
            let density = system.steady_state().pair_density(run.time_step)?;
            let small = |matrix: DMatrix<f64>| Matrix2::from_fn(|i, j| matrix[(i, j)]);
            Ok(PairSteps {
                first_state: small(stationary_factor(system)?),
                propagator: small(density.propagator),
                noise: small(density.noise),
                force: small(density.force),
            })
        };
        let pairs = self.pairs.iter().map(pair).collect::<Result<_>>()?;
        let deviation: Vec<f64> =
            self.pairs.iter().flat_map(|pair| pair.steady_state().standard_deviation()).collect();
        path::simulate(&FieldSteps { parts: &self.parts, pairs }, &deviation, run, seed)
    }
}

/// The steps of one pair.
#[derive(Debug, Clone)]
struct PairSteps {
    first_state: Matrix2<f64>,
    propagator: Matrix2<f64>,
    noise: Matrix2<f64>,
    force: Matrix2<f64>,
}

#[derive(Debug, Clone)]
struct FieldSteps<'a> {
    parts: &'a [usize],
    pairs: Vec<PairSteps>,
}

fn draw(random: &mut ChaCha8Rng) -> Vector2<f64> {
    Vector2::from_fn(|_, _| StandardNormal.sample(random))
}

impl Dynamics for FieldSteps<'_> {
    fn parts(&self) -> &[usize] {
        self.parts
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        let pair = |pair: &PairSteps| {
            let state = pair.first_state * draw(random);
            [state[0], state[1]]
        };
        self.pairs.iter().flat_map(pair).collect()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        let places = state.chunks_exact(2).zip(next.chunks_exact_mut(2));
        for (index, (pair, (from, to))) in self.pairs.iter().zip(places).enumerate() {
            let from = Vector2::new(from[0], from[1]);
            let reached = pair.propagator * from + pair.noise * draw(random);
            let force = pair.force * (from + reached) * 0.5;
            for bead in 0..2 {
                to[bead] = reached[bead];
                share(2 * index + bead, force[bead] * (reached[bead] - from[bead]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches pairs that take each other's temperatures or states: a field of one pair is that pair, to
    /// rounding, and every pair of a field has its own rate.
    #[test]
    fn a_field_is_its_pairs() {
        let run = Simulation { time_step: 0.3, frames: 200, movies: 2, ..Simulation::default() };
        let field = BeadField::new(1.0, &[[1.0, 10.0]]).unwrap();
        let (ours, alone) = (field.simulate(&run, 4).unwrap(), field.pairs()[0].simulate_exactly(&run, 4));
        for (ours, alone) in ours.iter().zip(alone.unwrap()) {
            let apart = (ours.positions() - alone.positions()).mapv(f64::abs).sum();
            assert!(apart < 1e-9, "{apart}");
        }
        let many = BeadField::new(1.0, &[[1.0, 10.0], [2.0, 2.0], [5.0, 1.0]]).unwrap();
        let run = Simulation { frames: 40_000, movies: 1, ..run };
        let path = many.simulate(&run, 1).unwrap().remove(0);
        let rates = path.entropy_production().local.mean_axis(ndarray::Axis(0)).unwrap() / 0.3;
        for (index, pair) in many.pairs().iter().enumerate() {
            let (found, exact) =
                (rates[2 * index] + rates[2 * index + 1], pair.steady_state().exact_pair_rate(0.3).unwrap());
            // A weak current scatters by sqrt(2 rate / time).
            let error = (2.0 * exact / (40_000.0 * 0.3)).sqrt();
            assert!((found - exact).abs() <= 4.0 * error, "{found} +- {error} against {exact}");
        }
    }
}
