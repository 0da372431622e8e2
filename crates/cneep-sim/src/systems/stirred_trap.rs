//! Simulates a stirred trap.

use super::density::{add, normal, read_out, squared_normal};
use super::microscope_settings::{MicroscopeSettings, PLANAR_EDGE, check_size};
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{Simulation, StirredTrap, Trajectory};
use crate::microscope::{Drawing, PointSpread};
use cneep_movie::Result;
use ndarray::Array2;
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
/// With exact steps a time step may be as long as the times of the trap: it is drawn from the density of
/// states that far apart, and produces the logarithm of the density of its two states over that of the same
/// two exchanged. The realised rate is then the exact rate of pairs. A bead that wanders by three times its
/// own width, 0.379 of 0.4 k_B per frame: stiffness 0.05, torque 0.1, time step 1, exact steps, displacement
/// scale 5, width 1.5.
///
/// exact_density in truth.npz is the mean entropy production of the process, in k_B per pixel and second.
/// Positions in truth.npz are x and y, of standard deviation sqrt(temperature / stiffness). The picture: a
/// blob 3 pixels wide on 40 x 40 pixels, moved by 3 pixels per standard deviation (the displacement scale).
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
    /// Draw every time step from its exact density, however long it is, instead of by Euler's rule
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exact_steps: bool,
    /// Rows and columns of the frame
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "PIXELS",
            default_value_t = Self::default().size,
            help_heading = "Microscope"
        )
    )]
    #[serde(skip_serializing_if = "is_usual_size")]
    pub size: usize,
    /// Standard deviation of the blob, in pixels
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "PIXELS",
            default_value_t = Self::default().width,
            help_heading = "Microscope"
        )
    )]
    #[serde(skip_serializing_if = "is_usual_width")]
    pub width: f64,
}

impl Default for Trap {
    /// Stiffness, torque, friction and temperature 1, Euler's rule, a blob of 3 pixels on 40 x 40.
    fn default() -> Self {
        Self {
            stiffness: 1.0,
            torque: 1.0,
            friction: 1.0,
            temperature: 1.0,
            exact_steps: false,
            size: PLANAR_EDGE,
            width: PointSpread::default().width,
        }
    }
}

/// Whether the frame is as it was before it could be chosen: results keep their hashes.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_usual_size(size: &usize) -> bool {
    *size == PLANAR_EDGE
}

/// The same of the blob.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_usual_width(width: &f64) -> bool {
    *width == PointSpread::default().width
}

impl Trap {
    /// `rate r^2 / (2 s^2)` times the density of a place r of deviation s along either axis: that of the
    /// velocity of circling, squared.
    fn density(&self, rate: f64, deviation: f64) -> Array2<f64> {
        let middle = 0.5 * (self.size as f64 - 1.0);
        let chance = normal(self.size, middle, deviation);
        let square = squared_normal(self.size, middle, deviation);
        let mut density = Array2::zeros((self.size, self.size));
        add(&mut density, 0.5 * rate, &square, &chance);
        add(&mut density, 0.5 * rate, &chance, &square);
        density
    }
}

impl Simulated for Trap {
    fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        microscope.refuse_hidden_beads("single bead")
    }

    fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        check_size(self.size)?;
        let trap = StirredTrap::new(self.stiffness, self.torque);
        let system = trap.friction(self.friction).temperature(self.temperature).system()?;
        let trajectories =
            if self.exact_steps { system.simulate_exactly(run, seed) } else { system.simulate(run, seed) }?;
        let rate = system.steady_state().exact_entropy_production_rate();
        let density = read_out(&self.density(rate, microscope.planar_scale()?), microscope)?;
        let world = World::linear(&system, trajectories, |_| true);
        Ok(World { exact_density: Some(density), ..world })
    }

    fn drawing(&self, microscope: &MicroscopeSettings, trajectories: &[Trajectory]) -> Result<Drawing> {
        let spread = PointSpread { width: self.width };
        microscope.planar_bead(trajectories[0].stationary_deviation(), self.size, &spread)
    }
}
