//! Simulates a colloid that is driven around a circle.

use super::in_motion::InMotion;
use super::world::World;
use crate::langevin::{DrivenRing, Simulation};
use crate::microscope::{Coordinate, Drawing, Motion, Point, Spot};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// A colloid that is driven around a circle, and diffuses along it
///
/// da = velocity dt + sqrt(2 diffusion) dW for its angle a, with k_B = 1. Nothing holds it back anywhere, so
/// that it is found everywhere on the circle alike, and goes around once in 2 pi / velocity frames.
///
/// The exact rate is velocity^2 / diffusion: 0.5 k_B per frame with the defaults, 2 with a velocity of 0.2. A
/// step by the angle da produces velocity da / diffusion exactly, however long it is, so that pairs of frames
/// can show all of it. exact_density in truth.npz is the rate, spread evenly over the pixels of the circle.
///
/// Positions in truth.npz are the angle in radians, turns counted, from columns towards rows. The unit of
/// time is the frame (one a second in the movies). The picture: a spot 2 pixels wide (standard deviation) on
/// a circle of 9 pixels radius.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ring {
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
    /// Diffusion of the angle, in radians squared per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "D", default_value_t = Self::default().diffusion))]
    pub diffusion: f64,
    /// Radius of the circle, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().radius))]
    pub radius: f64,
    /// Rows and columns of the frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().size))]
    pub size: usize,
    /// Standard deviation of the spot, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().width))]
    pub width: f64,
}

impl Default for Ring {
    /// A tenth of a radian a frame against a diffusion of 0.02, on a circle of 9 pixels in a frame of 32.
    fn default() -> Self {
        Self { velocity: 0.1, diffusion: 0.02, radius: 9.0, size: 32, width: 2.0 }
    }
}

impl InMotion for Ring {
    fn name(&self) -> &'static str {
        "colloid on a circle"
    }

    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World> {
        World::moving(&DrivenRing::new(self.size, self.radius, self.velocity, self.diffusion)?, run, seed)
    }

    fn in_the_frame(&self) -> Result<Drawing> {
        let around = |phase| Coordinate {
            rest: 0.5 * (self.size as f64 - 1.0),
            motion: Some(Motion::Around {
                coordinate: 0,
                radius: self.radius,
                turns_per_unit: 1.0 / TAU,
                phase,
            }),
        };
        let spot = Spot { at: Point { x: around(0.0), y: around(-0.25) }, amplitude: 1.0 };
        Ok(Drawing::spots((self.size, self.size), self.width, [spot]))
    }
}
