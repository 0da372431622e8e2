//! Simulates a square network of filaments.

use super::world::World;
use crate::commands::microscope_options::MicroscopeOptions;
use clap::Args;
use cneep::Result;
use cneep::langevin::{ElasticNetwork, FilamentNetwork, Simulation, TemperatureProfile};
use cneep::microscope::{Drawing, NetworkLook};
use serde::{Deserialize, Serialize};

/// A square network of filaments with a fixed boundary, some of whose nodes are hot
///
/// Every node inside moves in two dimensions, pulled by the filaments to its four neighbours. A random share of the nodes
/// is hot, and heat that flows from them to the cold ones drives the network; with --hot equal to --cold it is in
/// equilibrium. Without --rest-length the exact rate of every node is known, in k_B per second; with it the filaments are
/// elastic springs, force = stiffness * (length - rest length), and what is known is the heat over temperature that every
/// node gave off along the path. Positions in truth.npz are displacements from the lattice, x and y of each moving node,
/// row by row. The picture: 80 x 80 pixels whatever the spacing, on which a node of a 6 x 6 network moves by 1 pixel per
/// unit of displacement.
#[derive(Debug, Clone, PartialEq, Args, Serialize, Deserialize)]
#[command(
    after_help = "Example: cneep simulate filament-network --hot-fraction 0.25 --hide-filaments 13,14 -o network/"
)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Lattice {
    /// Nodes along a row, the two fixed ones at its ends included
    #[arg(long, value_name = "N", default_value_t = Lattice::default().columns)]
    columns: usize,
    /// Rows of nodes, the two fixed ones at the edges included
    #[arg(long, value_name = "N", default_value_t = Lattice::default().rows)]
    rows: usize,
    /// Temperature of the cold nodes, in units of energy (k_B = 1)
    #[arg(long, value_name = "T", default_value_t = Lattice::default().cold)]
    cold: f64,
    /// Temperature of the hot nodes
    #[arg(long, value_name = "T", default_value_t = Lattice::default().hot)]
    hot: f64,
    /// Share of the moving nodes that is hot, rounded to a number of nodes
    #[arg(long, value_name = "SHARE", default_value_t = Lattice::default().hot_fraction)]
    hot_fraction: f64,
    /// Seed of the draw of hot nodes: movies to train and to test on must share it, and differ in --seed
    #[arg(long, value_name = "SEED", default_value_t = Lattice::default().network_seed)]
    network_seed: u64,
    /// Stiffness of every filament, in energy per length squared
    #[arg(long, value_name = "K", default_value_t = Lattice::default().stiffness)]
    stiffness: f64,
    /// Friction of every node, in force per velocity
    #[arg(long, value_name = "GAMMA", default_value_t = Lattice::default().friction)]
    friction: f64,
    /// Distance between neighbours at rest, in units of length
    #[arg(long, value_name = "LENGTH", default_value_t = Lattice::default().spacing)]
    spacing: f64,
    /// Length at which a filament is slack, from 0 to the spacing; 0 makes the network linear
    #[arg(long, value_name = "LENGTH", default_value_t = Lattice::default().rest_length)]
    rest_length: f64,
    /// Lattice that give no light, counted from 0: of every node row by row, the one to its right, then the one below
    #[arg(long, value_name = "FILAMENT,..", value_delimiter = ',', help_heading = "Microscope")]
    hide_filaments: Vec<usize>,
}

impl Default for Lattice {
    /// 6 x 6 nodes 10 units of length apart, a fifth of the moving ones at temperature 10 and the rest at 1, stiffness and
    /// friction 1, no rest length.
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
            hide_filaments: Vec::new(),
        }
    }
}

impl Lattice {
    /// Nodes, edges and temperatures.
    pub(crate) fn network(&self) -> Result<FilamentNetwork> {
        let profile =
            TemperatureProfile::scattered(self.cold, self.hot, self.hot_fraction, self.network_seed);
        let network = FilamentNetwork::new(self.columns, self.rows, profile)?;
        network.stiffness(self.stiffness).friction(self.friction).spacing(self.spacing)
    }

    /// Bright filaments with brighter nodes, which all fit on 80 x 80 pixels.
    pub(crate) fn drawing(&self, options: &MicroscopeOptions) -> Result<Drawing> {
        let network = self.network()?;
        let look = NetworkLook { hidden_filaments: self.hide_filaments.clone(), ..options.network_look() };
        Drawing::network(network.nodes(), network.edges(), &look)
    }

    pub(super) fn simulate(&self, run: &Simulation, seed: u64) -> Result<World> {
        let network = self.network()?;
        if self.rest_length == 0.0 {
            let system = network.system()?;
            return Ok(World::linear(&system, system.simulate(run, seed)?));
        }
        let trajectories = ElasticNetwork::new(network, self.rest_length)?.simulate(run, seed)?;
        Ok(World { trajectories, exact_rate: None, exact_local_rate: None, exact_pair_rate: None })
    }
}
