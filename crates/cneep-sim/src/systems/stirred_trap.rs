//! Simulates a stirred trap.

use super::microscope_settings::MicroscopeSettings;
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{Simulation, StirredTrap, Trajectory};
use crate::microscope::Drawing;
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// A bead in a round trap that is stirred by a constant torque, and so circles
///
/// friction * velocity = -stiffness * position + torque * (position turned by 90 degrees) + thermal noise,
/// with k_B = 1. The torque alone drives the bead, at one temperature: it circles at the angular velocity
/// torque / friction.
///
/// The exact rate is 2 torque^2 / (stiffness friction), whatever the temperature: 2 k_B per second with the
/// defaults. The bead is a single part, so that its local rate is the rate. A torque of the other sign turns
/// it the other way at the same rate.
///
/// Positions in truth.npz are x and y, of standard deviation sqrt(temperature / stiffness). The picture: a
/// blob 3 pixels wide on 40 x 40 pixels, moved by 3 pixels per standard deviation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trap {
    /// Stiffness of the trap, in energy per length squared
    #[cfg_attr(feature = "clap", arg(long, value_name = "K", default_value_t = Self::default().stiffness))]
    pub stiffness: f64,
    /// Force at right angles per displacement, from x towards y, in energy per length squared
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "EPSILON",
            allow_negative_numbers = true,
            default_value_t = Self::default().torque
        )
    )]
    pub torque: f64,
    /// Friction of the bead, in force per velocity
    #[cfg_attr(feature = "clap", arg(long, value_name = "GAMMA", default_value_t = Self::default().friction))]
    pub friction: f64,
    /// Temperature, in units of energy (k_B = 1)
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().temperature))]
    pub temperature: f64,
}

impl Default for Trap {
    /// Stiffness, torque, friction and temperature 1.
    fn default() -> Self {
        Self { stiffness: 1.0, torque: 1.0, friction: 1.0, temperature: 1.0 }
    }
}

impl Simulated for Trap {
    fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        microscope.refuse_hidden_beads("single bead")
    }

    fn simulate(&self, _microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let trap = StirredTrap::new(self.stiffness, self.torque);
        let system = trap.friction(self.friction).temperature(self.temperature).system()?;
        Ok(World::linear(&system, system.simulate(run, seed)?, |_| true))
    }

    fn drawing(&self, microscope: &MicroscopeSettings, trajectories: &[Trajectory]) -> Result<Drawing> {
        microscope.planar_bead(trajectories[0].stationary_deviation())
    }
}
