//! Simulates a dense texture that turns.

use super::in_motion::InMotion;
use super::world::World;
use crate::langevin::{Simulation, TurningTexture};
use crate::microscope::{Drawing, Spot};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// A dense texture that turns as a whole, and whose spots are shaken one by one
///
/// Every spot goes around the middle of the frame at the same angular velocity, and diffuses: dx = velocity
/// (x turned by a quarter) dt + sqrt(2 diffusion) dW, with k_B = 1. The spots are spread evenly over a disc
/// around the frame, and enter and leave it.
///
/// The exact rate of what is in the frame is the integral of density velocity^2 r^2 / diffusion: 44.2 k_B per
/// frame with the defaults, 1.77 with a velocity of 0.001. Steps are drawn from their exact density, produce
/// the logarithm of the density of their two states over that of the same two exchanged, and count while
/// their midpoint is in the frame.
///
/// The rate grows without bound as the diffusion goes to zero: it is u^2 / D of the spots, not the cost of
/// moving them, and says how plain the direction of the flow is. What an estimate finds is set by the noise
/// of texture and camera.
///
/// exact_density in truth.npz is density velocity^2 r^2 / diffusion, in k_B per pixel and frame. Positions in
/// truth.npz are column and row of each spot in pixels, outside the frame too. The unit of time is the frame
/// (one a second in the movies). The picture: spots 2 pixels wide (standard deviation) of light 0.3 to 0.9 on
/// 48 x 48 pixels; where many overlap, at one pixel in forty, it saturates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tissue {
    /// Angular velocity, in radians per frame; 0 for equilibrium
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "OMEGA",
            allow_negative_numbers = true,
            default_value_t = Self::default().velocity
        )
    )]
    pub velocity: f64,
    /// Diffusion of each spot, in pixels squared per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "D", default_value_t = Self::default().diffusion))]
    pub diffusion: f64,
    /// Spots per pixel
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().density))]
    pub density: f64,
    /// Rows and columns of the frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().size))]
    pub size: usize,
    /// Standard deviation of a spot, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().width))]
    pub width: f64,
}

impl Default for Tissue {
    /// 0.04 spots per pixel of 48 x 48, 0.005 radians a frame, diffusion 0.02.
    fn default() -> Self {
        Self { velocity: 0.005, diffusion: 0.02, density: 0.04, size: 48, width: 2.0 }
    }
}

impl Tissue {
    fn physics(&self) -> Result<TurningTexture> {
        TurningTexture::new(self.size, self.density, self.velocity, self.diffusion)
    }
}

/// Light of a spot, spread evenly from 0.3 to 0.9 over the spots.
fn light(spot: usize) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    0.3 + 0.6 * (spot as f64 * GOLDEN).fract()
}

impl InMotion for Tissue {
    fn name(&self) -> &'static str {
        "tissue"
    }

    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World> {
        World::moving(&self.physics()?, run, seed)
    }

    fn in_the_frame(&self) -> Result<Drawing> {
        let spot = |spot| Spot { amplitude: light(spot), ..Spot::following(2 * spot, 2 * spot + 1) };
        let spots = (0..self.physics()?.count()).map(spot);
        Ok(Drawing::spots((self.size, self.size), self.width, spots))
    }
}
