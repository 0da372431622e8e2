//! Builds a square network of filaments without rest length, whose nodes are held at different temperatures.
//!
//! Every node moves in two dimensions, x and y apart from each other, as springs of zero rest length pull on
//! each axis by itself: `gamma x_i' = k sum_j (x_j - x_i) + noise` over the four neighbours j, with x the
//! displacements from the lattice, where all pulls balance. The second system of Bae, Kim, Jeong, Phys. Rev.
//! Research 4, 033094 (2022), doi:10.1103/PhysRevResearch.4.033094, whose parameters were not published; the
//! network is that of Gnesotto et al., Nat. Commun. 11, 5378 (2020), doi:10.1038/s41467-020-18796-9.

use super::lattice::{self, NetworkNode};
use super::simulation::Simulation;
use super::system::{LangevinSystem, check_positive};
use super::temperature_profile::TemperatureProfile;
use super::trajectory::Trajectory;
use cneep_movie::error::Result;
use nalgebra::DMatrix;

/// A network with a fixed boundary. Stiffness and friction are 1 and nodes rest 10 units of length apart
/// unless set.
#[derive(Debug, Clone, PartialEq)]
pub struct FilamentNetwork {
    columns: usize,
    rows: usize,
    spacing: f64,
    stiffness: f64,
    friction: f64,
    temperatures: Vec<f64>,
    nodes: Vec<NetworkNode>,
    edges: Vec<[usize; 2]>,
}

impl FilamentNetwork {
    /// A lattice of `columns` x `rows` nodes, of which those inside move, with this temperature `profile`
    /// over the moving ones, row by row.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for fewer than 3 nodes along a side, more than 500
    /// moving nodes, or a profile that does not fit them.
    pub fn new(columns: usize, rows: usize, profile: TemperatureProfile) -> Result<Self> {
        let temperatures = profile.temperatures(lattice::moving_count(columns, rows)?)?;
        let spacing = 10.0;
        Ok(Self {
            nodes: lattice::nodes(columns, rows, spacing, &temperatures)?,
            edges: lattice::edges(columns, rows),
            columns,
            rows,
            spacing,
            stiffness: 1.0,
            friction: 1.0,
            temperatures,
        })
    }

    /// The same network with nodes `spacing` apart at rest, in units of length: it changes the picture, and
    /// the forces only of an [`ElasticNetwork`](super::ElasticNetwork).
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for a spacing that is not positive and finite.
    pub fn spacing(self, spacing: f64) -> Result<Self> {
        let nodes = lattice::nodes(self.columns, self.rows, spacing, &self.temperatures)?;
        Ok(Self { spacing, nodes, ..self })
    }

    /// The same network with filaments of this `stiffness`.
    #[must_use]
    pub fn stiffness(self, stiffness: f64) -> Self {
        Self { stiffness, ..self }
    }

    /// The same network with this `friction` for every node.
    #[must_use]
    pub fn friction(self, friction: f64) -> Self {
        Self { friction, ..self }
    }

    /// All nodes, row by row. Positions in a trajectory are displacements from [`NetworkNode::rest`].
    pub fn nodes(&self) -> &[NetworkNode] {
        &self.nodes
    }

    /// The filaments: pairs of nearest neighbours by their places in [`Self::nodes`]. Those between two fixed
    /// nodes never move.
    pub fn edges(&self) -> &[[usize; 2]] {
        &self.edges
    }

    /// Distance between neighbours at rest, in units of length.
    pub fn node_spacing(&self) -> f64 {
        self.spacing
    }

    /// Temperatures of the moving nodes, row by row.
    pub fn temperatures(&self) -> &[f64] {
        &self.temperatures
    }

    /// The system, with its exact answers. Every moving node is a part of two coordinates, x and y.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for a stiffness or friction that is not positive and
    /// finite.
    pub fn system(&self) -> Result<LangevinSystem> {
        self.system_of(|_, _| self.stiffness)
    }

    /// The linear system whose filament between two nodes resists displacements along `axis` (0 for x, 1 for
    /// y) with `stiffness(edge, axis)`.
    pub(super) fn system_of(&self, stiffness: impl Fn([usize; 2], usize) -> f64) -> Result<LangevinSystem> {
        check_positive("stiffness", self.stiffness)?;
        let count = 2 * self.temperatures.len();
        let mut forces = DMatrix::zeros(count, count);
        for &edge in &self.edges {
            let ends = edge.map(|node| self.nodes[node].part);
            for axis in 0..2 {
                let stiffness = stiffness(edge, axis);
                for (end, other) in [(ends[0], ends[1]), (ends[1], ends[0])] {
                    let Some(end) = end else { continue };
                    forces[(2 * end + axis, 2 * end + axis)] -= stiffness;
                    if let Some(other) = other {
                        forces[(2 * end + axis, 2 * other + axis)] += stiffness;
                    }
                }
            }
        }
        let temperature = self.temperatures.iter().flat_map(|t| [*t; 2]).collect();
        LangevinSystem::new(forces, vec![self.friction; count], temperature, self.parts())
    }

    /// Part of each coordinate.
    pub(super) fn parts(&self) -> Vec<usize> {
        (0..2 * self.temperatures.len()).map(|coordinate| coordinate / 2).collect()
    }

    /// Stiffness of one filament.
    pub(super) fn filament_stiffness(&self) -> f64 {
        self.stiffness
    }

    /// Friction of one node.
    pub(super) fn node_friction(&self) -> f64 {
        self.friction
    }

    /// Simulates the network: see [`LangevinSystem::simulate`].
    ///
    /// # Errors
    /// Those of [`Self::system`] and [`LangevinSystem::simulate`].
    pub fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        self.system()?.simulate(run, seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(columns: usize, rows: usize, temperatures: Vec<f64>) -> FilamentNetwork {
        FilamentNetwork::new(columns, rows, TemperatureProfile::custom(temperatures)).unwrap()
    }

    fn scattered(side: usize, fraction: f64, seed: u64) -> FilamentNetwork {
        FilamentNetwork::new(side, side, TemperatureProfile::scattered(1.0, 10.0, fraction, seed)).unwrap()
    }

    fn rate(network: &FilamentNetwork) -> f64 {
        network.system().unwrap().steady_state().exact_entropy_production_rate()
    }

    fn local(network: &FilamentNetwork) -> Vec<f64> {
        network.system().unwrap().steady_state().exact_local_rates()
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12 * (1.0 + expected.abs()), "{found} against {expected}");
        }
    }

    /// Catches a missing neighbour or axis: two nodes of stiffness 4k, coupled by k, have in closed form
    /// `k (T2 - T1)² / (8 gamma T1 T2)` on each of two axes.
    #[test]
    fn two_nodes_have_their_closed_form() {
        let pair = network(4, 3, vec![2.0, 10.0]).stiffness(3.0).friction(0.5);
        let closed_form = 2.0 * 3.0 * 64.0 / (8.0 * 0.5 * 20.0);
        assert_close(
            &[rate(&pair), rate(&network(3, 4, vec![2.0, 10.0]).stiffness(3.0).friction(0.5))],
            &[closed_form; 2],
        );
    }

    /// Catches another lattice or other temperatures than those of the reference: 6 x 6 nodes, 4 of 16 hot, T
    /// = 1 and 10, had the rate 21.6. All 1820 draws lie between 9.26 and 29.40; a tenth is within 0.2 of it.
    #[test]
    fn four_hot_nodes_of_sixteen_produce_what_the_reference_did() {
        let rates: Vec<f64> = (0..300).map(|seed| rate(&scattered(6, 0.25, seed))).collect();
        assert!(rates.iter().all(|rate| (9.255..29.398).contains(rate)), "{rates:?}");
        let close = rates.iter().filter(|rate| (*rate - 21.6).abs() < 0.2).count();
        assert!((15..60).contains(&close), "{close}");
        // Hot nodes on the diagonal: solved with another program.
        let diagonal = (0..16).map(|node| if node % 5 == 0 { 10.0 } else { 1.0 }).collect();
        assert!((rate(&network(6, 6, diagonal)) - 25.229_542_318).abs() < 1e-8);
    }

    /// Catches dissipation lost between the nodes, and a current at one temperature.
    #[test]
    fn local_rates_sum_to_the_rate_and_vanish_in_equilibrium() {
        for side in [4, 6, 8] {
            let network = scattered(side, 0.25, 3);
            let local = local(&network);
            assert_eq!(local.len(), (side - 2) * (side - 2));
            assert!(local.iter().all(|rate| *rate >= 0.0));
            assert_close(&[local.iter().sum()], &[rate(&network)]);
            let uniform = FilamentNetwork::new(side, side, TemperatureProfile::uniform(4.0)).unwrap();
            assert!(rate(&uniform.friction(3.0)) < 1e-24);
        }
    }

    /// Catches friction or temperature that enters twice: rates run as k/gamma, and only ratios of
    /// temperatures count.
    #[test]
    fn rates_scale_as_stiffness_over_friction_and_not_with_temperature_or_spacing() {
        let unit = network(5, 4, vec![1.0, 7.0, 2.0, 1.0, 1.0, 3.0]);
        let other = network(5, 4, vec![3.0, 21.0, 6.0, 3.0, 3.0, 9.0]);
        let other = other.stiffness(4.0).friction(0.5).spacing(2.0).unwrap();
        let expected: Vec<f64> = local(&unit).iter().map(|rate| 8.0 * rate).collect();
        assert_close(&local(&other), &expected);
    }

    /// Catches x taken for y, or rows numbered from the other end.
    #[test]
    fn mirrored_and_transposed_temperatures_mirror_and_transpose_the_rates() {
        let rates = local(&network(5, 4, vec![1.0, 7.0, 2.0, 1.0, 1.0, 3.0]));
        let mirrored = local(&network(5, 4, vec![2.0, 7.0, 1.0, 3.0, 1.0, 1.0]));
        assert_close(&mirrored, &[2, 1, 0, 5, 4, 3].map(|node: usize| rates[node]));
        let transposed = local(&network(4, 5, vec![1.0, 1.0, 7.0, 1.0, 2.0, 3.0]));
        assert_close(&transposed, &[0, 3, 1, 4, 2, 5].map(|node: usize| rates[node]));
    }

    /// Catches noise or entropy given to the wrong node: an independent check of simulator and formulas at
    /// three sizes.
    #[test]
    fn simulated_networks_realise_the_rate_of_their_chain() {
        for (side, movies, frames) in [(4, 20, 2000), (6, 20, 500), (8, 20, 200)] {
            let network = scattered(side, 0.25, 1);
            let run = Simulation { frames, movies, ..Simulation::default() };
            let paths = network.simulate(&run, 5).unwrap();
            assert_eq!(paths[0].parts(), network.parts());
            let rates: Vec<f64> = paths.iter().map(Trajectory::realised_rate).collect();
            let count = movies as f64;
            let mean = rates.iter().sum::<f64>() / count;
            let square = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>();
            let error = (square / (count * (count - 1.0))).sqrt();
            let exact = network.system().unwrap().steady_state().exact_chain_rate(0.01).unwrap();
            assert!((mean - exact).abs() < 3.0 * error, "{side}: {mean} +- {error} against {exact}");
            assert!(error < 0.05 * exact, "{side}: {error} of {exact}");
        }
    }

    #[test]
    fn networks_that_cannot_be_are_refused() {
        let profile = || TemperatureProfile::uniform(1.0);
        assert!(FilamentNetwork::new(2, 5, profile()).is_err());
        assert!(FilamentNetwork::new(4, 4, TemperatureProfile::custom(vec![1.0; 3])).is_err());
        let network = FilamentNetwork::new(4, 4, profile()).unwrap();
        assert!(network.clone().spacing(-1.0).is_err());
        assert!(network.clone().stiffness(0.0).system().unwrap_err().to_string().starts_with("stiffness"));
        assert!(network.friction(0.0).system().unwrap_err().to_string().starts_with("friction"));
    }
}
