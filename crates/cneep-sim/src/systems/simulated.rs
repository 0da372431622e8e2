//! Says what every system does with its settings.

use super::filming::Filming;
use super::microscope_settings::MicroscopeSettings;
use super::world::World;
use crate::langevin::{Simulation, Trajectory};
use crate::microscope::Drawing;
use cneep_movie::Result;

/// Settings of a system.
pub(super) trait Simulated {
    /// How it is filmed where nothing is said.
    fn default_filming(&self) -> Filming {
        Filming::default()
    }

    /// The microscope where nothing is said.
    fn default_microscope(&self) -> MicroscopeSettings {
        MicroscopeSettings::default()
    }

    /// Refuses settings of the microscope that have no effect.
    fn check(&self, microscope: &MicroscopeSettings) -> Result<()>;

    /// Trajectories with what is known exactly of what is seen through this `microscope`.
    fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World>;

    /// What the microscope sees of what these `trajectories` move.
    fn drawing(&self, microscope: &MicroscopeSettings, trajectories: &[Trajectory]) -> Result<Drawing>;

    /// Whether its parts have places of their own on the frame.
    fn has_places(&self) -> bool {
        false
    }
}
