//! Lists the systems that can be simulated, by their names in experiment files and on the command line.

use super::bead_spring::BeadSpringRow;
use super::filament_network::Lattice;
use super::gyrator::Gyrator;
use super::microscope_settings::MicroscopeSettings;
use super::ratchet::Ratchet;
use super::stirred_trap::Trap;
use super::world::World;
use crate::artefact::lose_frames;
use crate::langevin::{Simulation, Trajectory};
use crate::microscope::Drawing;
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// A system with its settings, which stand beside `system = "NAME"` in an experiment file.
#[allow(
    missing_docs,
    reason = "each system is described by its settings, which are its help on the command line, too"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Subcommand))]
#[serde(tag = "system", rename_all = "kebab-case")]
pub enum System {
    BeadSpring(BeadSpringRow),
    FilamentNetwork(Lattice),
    Gyrator(Gyrator),
    StirredTrap(Trap),
    Ratchet(Ratchet),
}

impl System {
    /// Simulates `run`, and solves for what is known exactly, as far as it is known of what is seen through
    /// this `microscope`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for settings that no system can have, or a time step at which it is
    /// unstable; those of a file of positions.
    pub fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let world = match self {
            Self::BeadSpring(row) => row.simulate(microscope, run, seed),
            Self::FilamentNetwork(network) => network.simulate(microscope, run, seed),
            Self::Gyrator(gyrator) => gyrator.simulate(run, seed),
            Self::StirredTrap(trap) => trap.simulate(run, seed),
            Self::Ratchet(ratchet) => ratchet.simulate(run, seed),
        }?;
        Ok(World { trajectories: lose_frames(&microscope.artefacts, seed, world.trajectories), ..world })
    }

    /// Refuses settings of the microscope that have no effect on this system, before anything is simulated.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for such a setting.
    pub fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        match self {
            Self::BeadSpring(_) | Self::FilamentNetwork(_) => Ok(()),
            Self::Gyrator(_) | Self::StirredTrap(_) => microscope.refuse_hidden_beads("single bead"),
            Self::Ratchet(_) => {
                microscope.refuse_hidden_beads("ratchet")?;
                microscope.refuse_displacement_scale("ratchet")
            }
        }
    }

    /// What the microscope sees of this system, moved by its `trajectories`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for something hidden that is not there, or a scale that is not a
    /// number.
    pub fn drawing(&self, microscope: &MicroscopeSettings, trajectories: &[Trajectory]) -> Result<Drawing> {
        match self {
            Self::BeadSpring(row) => row.drawing(microscope, trajectories),
            Self::FilamentNetwork(network) => network.drawing(microscope),
            Self::Gyrator(_) | Self::StirredTrap(_) => {
                microscope.planar_bead(trajectories[0].stationary_deviation())
            }
            Self::Ratchet(ratchet) => ratchet.drawing(),
        }
    }
}
