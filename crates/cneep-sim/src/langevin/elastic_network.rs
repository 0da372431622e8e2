//! Builds a square network of elastic filaments with a rest length, and measures its entropy production along
//! the path.
//!
//! A filament from one node to another, r apart, pulls with the force `k (|r| - a0) r/|r|`. That is not
//! linear, so there is no exact rate: what is known is the heat over temperature that every node gives to its
//! bath along the path, `F_i(midpoint) dx_i / T_i` (Stratonovich). Its mean is the entropy production rate of
//! the steady state, since the entropy of the network itself comes back to where it was. U. Seifert, Rep.
//! Prog. Phys. 75, 126001 (2012), doi:10.1088/0034-4885/75/12/126001.

use super::filament_network::FilamentNetwork;
use super::path::{self, Dynamics};
use super::simulation::Simulation;
use super::system::LangevinSystem;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Slowest relaxation times after which a network that started at rest has forgotten it.
const RELAXATIONS: f64 = 10.0;

/// A network of filaments with a rest length.
#[derive(Debug, Clone, PartialEq)]
pub struct ElasticNetwork {
    network: FilamentNetwork,
    rest_length: f64,
}

impl ElasticNetwork {
    /// The filaments of `network` with this `rest_length`, in units of length. With zero they are those of
    /// `network` itself.
    ///
    /// # Errors
    /// [`Error::Setting`] for a rest length below zero or above the spacing of the nodes, under which the
    /// lattice would buckle.
    pub fn new(network: FilamentNetwork, rest_length: f64) -> Result<Self> {
        let spacing = network.node_spacing();
        if (0.0..=spacing).contains(&rest_length) {
            return Ok(Self { network, rest_length });
        }
        let expected = format!("a length from 0 to the spacing of the nodes, {spacing}");
        let remedy = "Shorten the filaments, or space the nodes further apart.";
        Err(Error::Setting(Fault::new("rest_length", expected, rest_length.to_string(), remedy)))
    }

    /// Nodes, edges and temperatures.
    pub fn network(&self) -> &FilamentNetwork {
        &self.network
    }

    /// The linear system of small displacements: filaments resist with k along, and with `k (1 - a0 /
    /// spacing)` across. Its exact rate is the limit of low temperatures.
    ///
    /// # Errors
    /// Those of [`FilamentNetwork::system`].
    pub fn small_displacements(&self) -> Result<LangevinSystem> {
        let stiffness = self.network.filament_stiffness();
        let across = stiffness * (1.0 - self.rest_length / self.network.node_spacing());
        self.network.system_of(|[from, to], axis| {
            let axis_along = usize::from(to != from + 1);
            if axis == axis_along { stiffness } else { across }
        })
    }

    /// Time for which a movie is simulated before its first frame: ten times the slowest relaxation of small
    /// displacements.
    ///
    /// # Errors
    /// Those of [`FilamentNetwork::system`].
    pub fn burn_in(&self) -> Result<f64> {
        Ok(burn_in(&self.small_displacements()?))
    }

    /// Simulates independent movies by Euler's rule, from the lattice at rest and after a
    /// [burn-in](Self::burn_in).
    ///
    /// The entropy production of a trajectory is that of the baths, node by node: local heat over
    /// temperature, of either sign. [`Trajectory::stationary_deviation`] is that of small displacements. Same
    /// bits for any number of threads.
    ///
    /// # Errors
    /// Those of [`FilamentNetwork::system`] and [`LangevinSystem::simulate`]; [`Error::NotConverged`] if the
    /// path leaves all bounds.
    pub fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        // No displacement makes a filament stiffer than k both along and across.
        self.network.system()?.steady_state().check_time_step(run.time_step)?;
        let small = self.small_displacements()?;
        let integrator = Integrator::new(self, run.time_step, burn_in(&small));
        path::simulate(&integrator, &small.steady_state().standard_deviation(), run, seed)
    }
}

/// Ten times the slowest relaxation of a `system` of one friction and symmetric forces.
fn burn_in(system: &LangevinSystem) -> f64 {
    RELAXATIONS / -system.steady_state().drift().symmetric_eigenvalues().max()
}

/// A filament with at least one moving end.
#[derive(Debug, Clone)]
struct Filament {
    /// Parts of the ends; none for a fixed one.
    ends: [Option<usize>; 2],
    /// From the first end to the second, at rest.
    rest: [f64; 2],
}

#[derive(Debug, Clone)]
struct Integrator {
    filaments: Vec<Filament>,
    parts: Vec<usize>,
    /// Temperature of each coordinate.
    temperature: Vec<f64>,
    stiffness: f64,
    rest_length: f64,
    /// Displacement in one time step per force.
    mobility: f64,
    /// Standard deviation of one kick of each coordinate.
    kick: Vec<f64>,
    burn_in_steps: u64,
    force: Vec<f64>,
    midpoint: Vec<f64>,
}

impl Integrator {
    fn new(elastic: &ElasticNetwork, time_step: f64, burn_in: f64) -> Self {
        let network = elastic.network();
        let nodes = network.nodes();
        let filament = |edge: &[usize; 2]| {
            let [from, to] = edge.map(|node| &nodes[node]);
            let rest = [to.rest[0] - from.rest[0], to.rest[1] - from.rest[1]];
            let ends = [from.part, to.part];
            ends.iter().any(Option::is_some).then_some(Filament { ends, rest })
        };
        let parts = network.parts();
        let temperature: Vec<f64> = parts.iter().map(|part| network.temperatures()[*part]).collect();
        let mobility = time_step / network.node_friction();
        Self {
            filaments: network.edges().iter().filter_map(filament).collect(),
            kick: temperature.iter().map(|temperature| (2.0 * temperature * mobility).sqrt()).collect(),
            stiffness: network.filament_stiffness(),
            rest_length: elastic.rest_length,
            mobility,
            burn_in_steps: (burn_in / time_step).ceil() as u64,
            force: vec![0.0; parts.len()],
            midpoint: vec![0.0; parts.len()],
            temperature,
            parts,
        }
    }

    /// One step of Euler's rule. Leaves in `force` what acted on the old state.
    fn advance(&mut self, state: &[f64], next: &mut [f64], random: &mut ChaCha8Rng) {
        pull(&self.filaments, self.stiffness, self.rest_length, state, &mut self.force);
        for (i, next) in next.iter_mut().enumerate() {
            let noise: f64 = StandardNormal.sample(random);
            *next = state[i] + self.mobility * self.force[i] + self.kick[i] * noise;
        }
    }
}

/// Writes into `force` what all filaments do at these `displacements`.
fn pull(filaments: &[Filament], stiffness: f64, rest_length: f64, displacements: &[f64], force: &mut [f64]) {
    let displacement = |end: Option<usize>| {
        end.map_or([0.0; 2], |part| [displacements[2 * part], displacements[2 * part + 1]])
    };
    force.fill(0.0);
    for Filament { ends, rest } in filaments {
        let [from, to] = ends.map(displacement);
        let apart = [rest[0] + to[0] - from[0], rest[1] + to[1] - from[1]];
        let length = apart[0].hypot(apart[1]);
        // Ends that meet exactly know no direction to be pushed to.
        let tension = if length > 0.0 { stiffness * (1.0 - rest_length / length) } else { 0.0 };
        for (end, sign) in [(ends[0], 1.0), (ends[1], -1.0)] {
            if let Some(part) = end {
                force[2 * part] += sign * tension * apart[0];
                force[2 * part + 1] += sign * tension * apart[1];
            }
        }
    }
}

impl Dynamics for Integrator {
    fn parts(&self) -> &[usize] {
        &self.parts
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        let mut state = vec![0.0; self.parts.len()];
        let mut next = state.clone();
        for _ in 0..self.burn_in_steps {
            self.advance(&state, &mut next, random);
            std::mem::swap(&mut state, &mut next);
        }
        state
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        self.advance(state, next, random);
        for ((midpoint, from), to) in self.midpoint.iter_mut().zip(state).zip(next.iter()) {
            *midpoint = 0.5 * (from + to);
        }
        pull(&self.filaments, self.stiffness, self.rest_length, &self.midpoint, &mut self.force);
        for (i, force) in self.force.iter().enumerate() {
            share(self.parts[i], force * (next[i] - state[i]) / self.temperature[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::TemperatureProfile;
    use rand::SeedableRng;

    /// Four moving nodes, of which one is hot, `spacing` apart.
    fn network(spacing: f64, [cold, hot]: [f64; 2]) -> FilamentNetwork {
        let profile = TemperatureProfile::custom(vec![hot, cold, cold, cold]);
        FilamentNetwork::new(4, 4, profile).unwrap().spacing(spacing).unwrap()
    }

    fn elastic(spacing: f64, rest_length: f64, temperatures: [f64; 2]) -> ElasticNetwork {
        ElasticNetwork::new(network(spacing, temperatures), rest_length).unwrap()
    }

    fn run(movies: usize, frames: usize, steps_per_frame: usize, time_step: f64) -> Simulation {
        Simulation { time_step, frames, steps_per_frame, movies, ..Simulation::default() }
    }

    fn mean_and_error(values: &[f64]) -> (f64, f64) {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        (mean, (square / (count * (count - 1.0))).sqrt())
    }

    fn realised(elastic: &ElasticNetwork, run: &Simulation) -> (f64, f64) {
        let rates: Vec<f64> =
            elastic.simulate(run, 9).unwrap().iter().map(Trajectory::realised_rate).collect();
        mean_and_error(&rates)
    }

    /// Potential energy of all filaments.
    fn energy(elastic: &ElasticNetwork, displacements: &[f64]) -> f64 {
        let at = |node: usize| {
            let node = &elastic.network().nodes()[node];
            let moved =
                |axis: usize| node.rest[axis] + node.part.map_or(0.0, |p| displacements[2 * p + axis]);
            [moved(0), moved(1)]
        };
        let stretch = |[from, to]: &[usize; 2]| {
            let (from, to) = (at(*from), at(*to));
            ((to[0] - from[0]).powi(2) + (to[1] - from[1]).powi(2)).sqrt() - elastic.rest_length
        };
        let stiffness = elastic.network().filament_stiffness();
        elastic.network().edges().iter().map(|edge| 0.5 * stiffness * stretch(edge).powi(2)).sum()
    }

    /// Catches a force that is not the slope of the energy: a wrong sign, end or axis.
    #[test]
    fn forces_are_the_slope_of_the_energy() {
        let elastic = elastic(3.0, 2.0, [1.0, 10.0]);
        let integrator = Integrator::new(&elastic, 0.01, 0.0);
        let state: Vec<f64> = (0..8).map(|i| (1.7 * f64::from(i)).sin()).collect();
        let mut force = vec![0.0; 8];
        pull(&integrator.filaments, 1.0, 2.0, &state, &mut force);
        for i in 0..8 {
            let moved = |by: f64| {
                let mut state = state.clone();
                state[i] += by;
                energy(&elastic, &state)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((force[i] + slope).abs() < 1e-8, "{i}: {} against {}", force[i], -slope);
        }
    }

    /// Catches any difference to the linear network, whose matrices know nothing of filaments: same noise,
    /// same path, same heat of every node.
    #[test]
    fn without_rest_length_it_is_the_linear_network() {
        let elastic = elastic(7.0, 0.0, [1.0, 10.0]);
        let linear = elastic.network().clone().system().unwrap();
        let path = elastic.simulate(&run(1, 500, 1, 0.01), 3).unwrap().remove(0);
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut state = nalgebra::DVector::zeros(8);
        let burn_in = (elastic.burn_in().unwrap() / 0.01).ceil() as usize;
        for step in 0..burn_in + 500 {
            let noise = nalgebra::DVector::from_fn(8, |i, _| {
                let noise: f64 = StandardNormal.sample(&mut random);
                (2.0 * linear.temperature()[i] * 0.01).sqrt() * noise
            });
            state = &state + linear.steady_state().drift() * &state * 0.01 + noise;
            if let Some(frame) = step.checked_sub(burn_in) {
                for i in 0..8 {
                    assert!((path.positions()[[frame, i]] - state[i]).abs() < 1e-11);
                }
            }
        }
        let medium = linear.medium_entropy_change(path.positions()).unwrap();
        for (found, expected) in path.entropy_production().local.iter().zip(&medium.local) {
            assert!((found - expected).abs() < 1e-11 * (1.0 + expected.abs()), "{found} against {expected}");
        }
        let small = elastic.small_displacements().unwrap();
        assert_eq!(small, linear);
    }

    /// Catches a rest length that enters along filaments in place of across: at low temperatures the rate is
    /// that of small displacements, solved exactly, and it is not the one without rest length.
    #[test]
    fn at_low_temperatures_the_rate_is_that_of_small_displacements() {
        let elastic = elastic(10.0, 7.0, [0.001, 0.01]);
        let (mean, error) = realised(&elastic, &run(40, 2000, 1, 0.02));
        let exact = |system: &LangevinSystem| system.steady_state().exact_chain_rate(0.02).unwrap();
        let small = exact(&elastic.small_displacements().unwrap());
        let slack = exact(&elastic.network().system().unwrap());
        assert!((mean - small).abs() < 3.0 * error, "{mean} +- {error} against {small}");
        assert!((small - slack).abs() > 6.0 * error, "{small} and {slack} +- {error}");
    }

    /// Catches a force taken at the start of a step: at one temperature the heat of a path is the energy it
    /// lost.
    #[test]
    fn at_one_temperature_heat_is_lost_energy() {
        let elastic = elastic(10.0, 7.0, [2.0, 2.0]);
        let path = elastic.simulate(&run(1, 1000, 1, 0.01), 3).unwrap().remove(0);
        let at = |frame: usize| energy(&elastic, &path.positions().row(frame).to_vec());
        let total: f64 = path.entropy_production().total.iter().sum();
        let lost = (at(0) - at(999)) / 2.0;
        assert!((total - lost).abs() < 0.01, "{total} against {lost}");
        let (mean, error) = realised(&elastic, &run(20, 500, 1, 0.01));
        assert!(mean.abs() < 3.0 * error, "{mean} +- {error}");
    }

    /// Catches a burn-in too short where filaments are slack and nodes pass each other: movies must be as
    /// spread at their first frame as three burn-ins later.
    #[test]
    fn the_burn_in_forgets_the_lattice() {
        let elastic = elastic(3.0, 3.0, [1.0, 10.0]);
        let steps = (elastic.burn_in().unwrap() / 0.02).ceil() as usize;
        let movies = elastic.simulate(&run(1000, 2, 3 * steps, 0.02), 4).unwrap();
        let spread = |frame: usize| {
            let square = |path: &Trajectory| path.positions().row(frame).iter().map(|x| x * x).sum::<f64>();
            mean_and_error(&movies.iter().map(square).collect::<Vec<f64>>())
        };
        let (first, last) = (spread(0), spread(1));
        assert!((first.0 - last.0).abs() < 3.0 * first.1.hypot(last.1), "{first:?} {last:?}");
        assert!(first.1 < 0.05 * first.0, "{first:?}");
    }

    /// Catches an integration too coarse for its rate: half the step must not change it.
    #[test]
    fn half_the_time_step_gives_the_same_rate() {
        let elastic = elastic(4.0, 3.0, [1.0, 10.0]);
        let coarse = realised(&elastic, &run(40, 1000, 2, 0.01));
        let fine = realised(&elastic, &run(40, 1000, 4, 0.005));
        assert!((coarse.0 - fine.0).abs() < 3.0 * coarse.1.hypot(fine.1), "{coarse:?} {fine:?}");
        assert!(coarse.1 < 0.05 * coarse.0, "{coarse:?}");
    }

    /// Catches any wrong power of stiffness, friction, temperature or length: with k a² for energy, a for
    /// length and gamma / k for time, the same noise gives the same path and the same entropy.
    #[test]
    fn paths_scale_with_their_units() {
        let unit = elastic(4.0, 3.0, [1.0, 10.0]).simulate(&run(1, 200, 1, 0.01), 6).unwrap().remove(0);
        let scaled = network(8.0, [16.0, 160.0]).stiffness(4.0).friction(0.5);
        let scaled = ElasticNetwork::new(scaled, 6.0).unwrap();
        let scaled = scaled.simulate(&run(1, 200, 1, 0.01 / 8.0), 6).unwrap().remove(0);
        for (scaled, unit) in scaled.positions().iter().zip(unit.positions()) {
            assert!((scaled - 2.0 * unit).abs() < 1e-9);
        }
        for (scaled, unit) in scaled.entropy_production().local.iter().zip(&unit.entropy_production().local) {
            assert!((scaled - unit).abs() < 1e-9);
        }
    }

    #[test]
    fn elastic_networks_that_cannot_be_are_refused() {
        let network = network(4.0, [1.0, 10.0]);
        for rest_length in [-1.0, 4.1, f64::NAN] {
            let error = ElasticNetwork::new(network.clone(), rest_length).unwrap_err().to_string();
            assert!(error.contains("from 0 to the spacing of the nodes, 4"), "{error}");
        }
        let elastic = ElasticNetwork::new(network.clone(), 2.0).unwrap();
        assert!(elastic.simulate(&run(1, 9, 1, 1.0), 0).unwrap_err().to_string().starts_with("time_step"));
        assert!(elastic.simulate(&run(1, 1, 1, 0.01), 0).unwrap_err().to_string().starts_with("frames"));
        let slack = ElasticNetwork::new(network.stiffness(-1.0), 2.0).unwrap();
        assert!(slack.simulate(&run(1, 9, 1, 0.01), 0).unwrap_err().to_string().starts_with("stiffness"));
    }
}
