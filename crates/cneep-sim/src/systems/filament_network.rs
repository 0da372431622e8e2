//! Simulates a square network of filaments.

use super::microscope_settings::{MicroscopeSettings, check_size};
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{ElasticNetwork, FilamentNetwork, Simulation, TemperatureProfile, Trajectory};
use crate::microscope::{Drawing, NetworkLook};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// A square network of filaments with a fixed boundary, some of whose nodes are hot
///
/// Every node inside moves in two dimensions, pulled by the filaments to its four neighbours: friction *
/// velocity = sum of the four pulls + thermal noise. A random share of the nodes is hot, and heat that flows
/// from them to the cold ones drives the network.
///
/// Without a rest length a filament pulls with stiffness * (vector to the neighbour), the motion is linear,
/// and the exact rate of the whole and of every node is solved for, for any size, in k_B per second: 15.91
/// with the defaults. It runs as stiffness / friction, only the ratio of the temperatures counts, and the
/// spacing does not. With one a filament is an elastic spring, pull = stiffness * (length - rest length), and
/// nothing is solved: truth.npz then holds the heat over temperature, force * displacement / temperature at
/// the midpoint of each step, that every node gave to its bath. Its mean is the entropy production rate (at
/// low temperatures that of the linear network whose filaments resist with stiffness along, and stiffness *
/// (1 - rest length / spacing) across), but its single steps are not entropy production: what the network
/// stores and gives back stands in them too, so that no R^2 against them means anything, and a hot node's
/// heat is negative. Halve the time step until the realised rate stays.
///
/// Positions in truth.npz are displacements from the lattice, x and y of each moving node, row by row. The
/// picture: 80 x 80 pixels, or another size, whatever the spacing, filaments of Gaussian cross-section (1.5
/// pixels) with brighter cross-links (2 pixels) on them; a node of a 6 x 6 network on 80 pixels moves by 1
/// pixel per unit of displacement. The default 100 movies of 1,000 frames hold 640 MB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lattice {
    /// Nodes along a row, the two fixed ones at its ends included
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().columns))]
    pub columns: usize,
    /// Rows of nodes, the two fixed ones at the edges included
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().rows))]
    pub rows: usize,
    /// Temperature of the cold nodes, in units of energy (k_B = 1)
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().cold))]
    pub cold: f64,
    /// Temperature of the hot nodes
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().hot))]
    pub hot: f64,
    /// Share of the moving nodes that is hot, rounded to a number of nodes
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "SHARE", default_value_t = Self::default().hot_fraction)
    )]
    pub hot_fraction: f64,
    /// Seed of the draw of hot nodes: movies to train and to test on must share it, and differ in the seed of
    /// the noise
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "SEED", default_value_t = Self::default().network_seed)
    )]
    pub network_seed: u64,
    /// Stiffness of every filament, in energy per length squared
    #[cfg_attr(feature = "clap", arg(long, value_name = "K", default_value_t = Self::default().stiffness))]
    pub stiffness: f64,
    /// Friction of every node, in force per velocity
    #[cfg_attr(feature = "clap", arg(long, value_name = "GAMMA", default_value_t = Self::default().friction))]
    pub friction: f64,
    /// Distance between neighbours at rest, in units of length
    #[cfg_attr(feature = "clap", arg(long, value_name = "LENGTH", default_value_t = Self::default().spacing))]
    pub spacing: f64,
    /// Length at which a filament is slack, from 0 to the spacing; 0 makes the network linear
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "LENGTH", default_value_t = Self::default().rest_length)
    )]
    pub rest_length: f64,
    /// Rows and columns of the frame, in pixels
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "PIXELS", help_heading = "Microscope", default_value_t = Self::default().size)
    )]
    #[serde(skip_serializing_if = "is_usual")]
    pub size: usize,
    /// Filaments that give no light, counted from 0: of every node row by row, the one to its right, then the
    /// one below
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "FILAMENT,..", value_delimiter = ',', help_heading = "Microscope")
    )]
    pub hide_filaments: Vec<usize>,
}

/// Edge of the frame of 6 x 6 nodes, in pixels.
const USUAL_SIZE: usize = 80;

/// Whether the frame is as ever before it could be chosen: results keep their hashes.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_usual(size: &usize) -> bool {
    *size == USUAL_SIZE
}

impl Default for Lattice {
    /// 6 x 6 nodes 10 units of length apart, a fifth of the moving ones at temperature 10 and the rest at 1,
    /// stiffness and friction 1, no rest length; a frame of 80 x 80 pixels.
    fn default() -> Self {
        Self {
            columns: 6,
            rows: 6,
            cold: 1.0,
            hot: 10.0,
            hot_fraction: 0.2,
            network_seed: 0,
            stiffness: 1.0,
            friction: 1.0,
            spacing: 10.0,
            rest_length: 0.0,
            size: USUAL_SIZE,
            hide_filaments: Vec::new(),
        }
    }
}

impl Lattice {
    /// Nodes, edges and temperatures.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for a lattice, temperature, share or stiffness out of range.
    pub fn network(&self) -> Result<FilamentNetwork> {
        let profile =
            TemperatureProfile::scattered(self.cold, self.hot, self.hot_fraction, self.network_seed);
        let network = FilamentNetwork::new(self.columns, self.rows, profile)?;
        network.stiffness(self.stiffness).friction(self.friction).spacing(self.spacing)
    }

    /// Moving nodes of which something is seen: their cross-link, or a filament that ends at them.
    fn seen_parts(&self, network: &FilamentNetwork, microscope: &MicroscopeSettings) -> Vec<usize> {
        let edges = network.edges().iter().enumerate();
        let lit: Vec<&[usize; 2]> =
            edges.filter(|(index, _)| !self.hide_filaments.contains(index)).map(|(_, ends)| ends).collect();
        let seen = |node: &usize| {
            !microscope.hide_beads.contains(node) || lit.iter().any(|ends| ends.contains(node))
        };
        (0..network.nodes().len()).filter(seen).filter_map(|node| network.nodes()[node].part).collect()
    }
}

impl Simulated for Lattice {
    fn check(&self, _microscope: &MicroscopeSettings) -> Result<()> {
        check_size(self.size)
    }

    fn has_places(&self) -> bool {
        true
    }

    /// Bright filaments with brighter nodes, which all fit on the frame.
    fn drawing(&self, microscope: &MicroscopeSettings, _trajectories: &[Trajectory]) -> Result<Drawing> {
        let network = self.network()?;
        let (rows, columns) = (self.size, self.size);
        let hidden_filaments = self.hide_filaments.clone();
        let look = NetworkLook { rows, columns, hidden_filaments, ..microscope.network_look() };
        Drawing::network(network.nodes(), network.edges(), &look)
    }

    fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let network = self.network()?;
        if self.rest_length == 0.0 {
            let (system, seen) = (network.system()?, self.seen_parts(&network, microscope));
            return Ok(World::linear(&system, system.simulate(run, seed)?, |part| seen.contains(&part)));
        }
        let trajectories = ElasticNetwork::new(network, self.rest_length)?.simulate(run, seed)?;
        Ok(World {
            trajectories,
            exact_rate: None,
            exact_local_rate: None,
            exact_pair_rate: None,
            exact_density: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a node lost with one filament of several, or a cross-link that is not its node's: a node is
    /// out of sight when its cross-link and its four filaments are.
    #[test]
    fn a_node_is_hidden_when_nothing_of_it_is_seen() {
        let seen = |filaments: &[usize], nodes: &[usize]| {
            let lattice =
                Lattice { hide_filaments: filaments.to_vec(), columns: 4, rows: 4, ..Lattice::default() };
            let microscope =
                MicroscopeSettings { hide_beads: nodes.to_vec(), ..MicroscopeSettings::default() };
            lattice.seen_parts(&lattice.network().unwrap(), &microscope)
        };
        let network = Lattice { columns: 4, rows: 4, ..Lattice::default() }.network().unwrap();
        let ends = |node: usize| {
            let edges = network.edges().iter().enumerate().filter(move |(_, ends)| ends.contains(&node));
            edges.map(|(index, _)| index).collect::<Vec<usize>>()
        };
        let (node, other) = (5, 10);
        assert_eq!((network.nodes()[node].part, network.nodes()[other].part), (Some(0), Some(3)));
        assert_eq!(seen(&[], &[node]), [0, 1, 2, 3]);
        assert_eq!(seen(&ends(node), &[]), [0, 1, 2, 3]);
        assert_eq!(seen(&ends(node)[1..], &[node]), [0, 1, 2, 3]);
        assert_eq!(seen(&ends(node), &[node]), [1, 2, 3]);
        assert_eq!(seen(&[ends(node), ends(other)].concat(), &[node, other]), [1, 2]);
    }
}
