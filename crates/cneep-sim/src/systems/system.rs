//! Lists the systems that can be simulated, by their names in experiment files and on the command line.

use super::active::Active;
use super::bead_spring::BeadSpringRow;
use super::field::Field;
use super::filament_network::Lattice;
use super::filming::Filming;
use super::flow::Flow;
use super::gyrator::Gyrator;
use super::microscope_settings::MicroscopeSettings;
use super::motors::Motors;
use super::pair::Pair;
use super::ratchet::Ratchet;
use super::ring::Ring;
use super::simulated::Simulated;
use super::stirred_trap::Trap;
use super::tissue::Tissue;
use super::wave::Wave;
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
    Ring(Ring),
    Flow(Flow),
    Active(Active),
    Motors(Motors),
    Pair(Pair),
    Field(Field),
    Wave(Wave),
    Tissue(Tissue),
}

impl System {
    fn settings(&self) -> &dyn Simulated {
        match self {
            Self::BeadSpring(row) => row,
            Self::FilamentNetwork(network) => network,
            Self::Gyrator(gyrator) => gyrator,
            Self::StirredTrap(trap) => trap,
            Self::Ratchet(ratchet) => ratchet,
            Self::Ring(ring) => ring,
            Self::Flow(flow) => flow,
            Self::Active(active) => active,
            Self::Motors(motors) => motors,
            Self::Pair(pair) => pair,
            Self::Field(field) => field,
            Self::Wave(wave) => wave,
            Self::Tissue(tissue) => tissue,
        }
    }

    /// How it is filmed where nothing is said.
    pub fn default_filming(&self) -> Filming {
        self.settings().default_filming()
    }

    /// The microscope over it where nothing is said.
    pub fn default_microscope(&self) -> MicroscopeSettings {
        self.settings().default_microscope()
    }

    /// Simulates `run`, and solves for what is known exactly, as far as it is known of what is seen through
    /// this `microscope`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for settings that no system can have, or a time step at which it is
    /// unstable; those of a file of positions.
    pub fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let world = self.settings().simulate(microscope, run, seed)?;
        Ok(World { trajectories: lose_frames(&microscope.artefacts, seed, world.trajectories), ..world })
    }

    /// Refuses settings of the microscope that have no effect on this system, before anything is simulated.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for such a setting.
    pub fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        self.settings().check(microscope)
    }

    /// What the microscope sees of this system, moved by its `trajectories`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] for something hidden that is not there, or a scale that is not a
    /// number.
    pub fn drawing(&self, microscope: &MicroscopeSettings, trajectories: &[Trajectory]) -> Result<Drawing> {
        self.settings().drawing(microscope, trajectories)
    }

    /// Whether its parts have places of their own on the frame.
    pub(super) fn has_places(&self) -> bool {
        self.settings().has_places()
    }
}
