//! Simulates a Brownian gyrator.

use super::microscope_settings::{MicroscopeSettings, PLANAR_EDGE};
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{BrownianGyrator, Simulation, Trajectory};
use crate::microscope::{Drawing, PointSpread};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// A bead in a trap that is turned against the axes of two temperatures, and so circles
///
/// friction * velocity = -K * position + thermal noise, with the noise of a cold bath along x and of a hot
/// one along y, k_B = 1, and K the stiffness matrix of the trap. As the axes of the trap are turned, heat
/// flows through the bead from one bath to the other. All three are needed: two temperatures, two
/// stiffnesses, an angle.
///
/// The exact rate is K_xy^2 (hot - cold)^2 / (friction hot cold (K_xx + K_yy)), with K_xy =
/// (stiffness along - across) sin(angle) cos(angle) and K_xx + K_yy the sum of both stiffnesses: 2.025 k_B
/// per second with the defaults, which are those of two beads in a row. The bead is a single part, so that
/// its local rate is the rate. Turned by the opposite angle it circles the other way at the same rate.
///
/// Positions in truth.npz are x and y. The picture: a blob 3 pixels wide on 40 x 40 pixels, moved by 3 pixels
/// per standard deviation (the larger one of x and y).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gyrator {
    /// Stiffness along the trap's first axis, in energy per length squared
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "K", default_value_t = Self::default().stiffness_along)
    )]
    pub stiffness_along: f64,
    /// Stiffness across it
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "K", default_value_t = Self::default().stiffness_across)
    )]
    pub stiffness_across: f64,
    /// Angle from x to the trap's first axis, towards y, in degrees
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "DEGREES",
            allow_negative_numbers = true,
            default_value_t = Self::default().angle
        )
    )]
    pub angle: f64,
    /// Temperature along x, in units of energy (k_B = 1)
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().cold))]
    pub cold: f64,
    /// Temperature along y
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().hot))]
    pub hot: f64,
    /// Friction of the bead, in force per velocity
    #[cfg_attr(feature = "clap", arg(long, value_name = "GAMMA", default_value_t = Self::default().friction))]
    pub friction: f64,
}

impl Default for Gyrator {
    /// A trap of stiffness 1 and 3, turned by 45 degrees, at temperatures 1 and 10, with friction 1.
    fn default() -> Self {
        Self { stiffness_along: 1.0, stiffness_across: 3.0, angle: 45.0, cold: 1.0, hot: 10.0, friction: 1.0 }
    }
}

impl Simulated for Gyrator {
    fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        microscope.refuse_hidden_beads("single bead")
    }

    fn simulate(&self, _microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let stiffness = [self.stiffness_along, self.stiffness_across];
        let gyrator = BrownianGyrator::new(stiffness, [self.cold, self.hot]);
        let system = gyrator.angle(self.angle.to_radians()).friction(self.friction).system()?;
        Ok(World::linear(&system, system.simulate(run, seed)?, |_| true))
    }

    fn drawing(&self, microscope: &MicroscopeSettings, trajectories: &[Trajectory]) -> Result<Drawing> {
        let deviation = trajectories[0].stationary_deviation();
        microscope.planar_bead(deviation, PLANAR_EDGE, &PointSpread::default())
    }
}
