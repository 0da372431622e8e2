//! Simulates colloids in steady vortices.

use super::in_motion::InMotion;
use super::world::World;
use crate::langevin::{OpenField, Simulation, VortexFlow};
use crate::microscope::{Drawing, Spot};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// Colloids in steady vortices, which enter and leave the frame
///
/// dx = u(x) dt + sqrt(2 diffusion) dW for every colloid by itself, with k_B = 1 and the flow u = speed (sin
/// kx cos ky, -cos kx sin ky) in (column, row), vortices that turn by turns one way and the other. The
/// colloids are in a periodic box a quarter longer than the frame.
///
/// The exact rate of what is in the frame is the integral of density u^2 / diffusion, about number speed^2 /
/// (2 diffusion): 12.09 k_B per frame with the defaults, 2.06 with 5 colloids (a whole number of them is in
/// the box). A step by dx produces u(midpoint) . dx / diffusion, and counts while its midpoint is in the
/// frame; a quarter of a frame is a step. Frames show all of it that noise and overlaps leave, and some of
/// what is just beyond the border, so that of a small frame a bound can exceed this rate by some 10 %.
///
/// exact_density in truth.npz is density u^2 / diffusion, in k_B per pixel and frame. Positions in truth.npz
/// are column and row of each colloid in pixels, outside the frame too. The unit of time is the frame (one a
/// second in the movies). The picture: spots 1.5 pixels wide (standard deviation) on 64 x 64 pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Flow {
    /// Colloids in the frame, on the average
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().colloids))]
    pub colloids: f64,
    /// Largest speed of the flow, in pixels per frame; 0 for equilibrium
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "F",
            allow_negative_numbers = true,
            default_value_t = Self::default().speed
        )
    )]
    pub speed: f64,
    /// Diffusion of each colloid, in pixels squared per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "D", default_value_t = Self::default().diffusion))]
    pub diffusion: f64,
    /// Vortices along each edge of the box, an even number
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().vortices))]
    pub vortices: usize,
    /// Rows and columns of the frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().size))]
    pub size: usize,
    /// Standard deviation of a spot, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().width))]
    pub width: f64,
}

impl Default for Flow {
    /// 30 colloids in a frame of 64 x 64 pixels, speed 0.5, diffusion 0.3, two vortices along an edge.
    fn default() -> Self {
        Self { colloids: 30.0, speed: 0.5, diffusion: 0.3, vortices: 2, size: 64, width: 1.5 }
    }
}

impl Flow {
    fn physics(&self) -> Result<VortexFlow> {
        let field = OpenField::new(self.size)?;
        VortexFlow::new(field, self.colloids, [self.speed, self.diffusion], self.vortices)
    }
}

impl InMotion for Flow {
    fn name(&self) -> &'static str {
        "flow of colloids"
    }

    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World> {
        World::moving(&self.physics()?, run, seed)
    }

    fn in_the_frame(&self) -> Result<Drawing> {
        let spot = |colloid| Spot::following(2 * colloid, 2 * colloid + 1);
        let spots = (0..self.physics()?.count()).map(spot);
        Ok(Drawing::spots((self.size, self.size), self.width, spots))
    }
}
