//! Simulates active Brownian particles.

use super::in_motion::InMotion;
use super::world::World;
use crate::langevin::{ActiveParticles, OpenField, Simulation};
use crate::microscope::{Drawing, Spot};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// Active Brownian particles, which swim along a direction of their own
///
/// dx = speed n dt + sqrt(2 diffusion) dW for every particle by itself, with k_B = 1; its direction n turns
/// at random, da = sqrt(2 turning) dW. They are everywhere alike, in every direction alike, in a periodic box
/// a quarter longer than the frame.
///
/// The exact rate of position and direction is number in the frame x speed^2 / diffusion: 9.6 k_B per frame
/// with the defaults. A step produces speed n . dx / diffusion, and counts while its midpoint is in the
/// frame; a quarter of a frame is a step. Particles just beyond the border are seen, but do not count.
///
/// What can be seen depends on the appearance. Polar particles have a bright head and a dim tail, and show
/// all of it. Round ones and rods show exactly nothing, in windows of any length: played backwards they swim
/// along -n, and as n and -n look alike and are as frequent, that movie is as likely as the movie itself. The
/// entropy production in truth.npz, and what pairs of frames can show, is then 0, although the exact rate is
/// not.
///
/// exact_density in truth.npz is what can be seen, in k_B per pixel and frame: the same everywhere. Positions
/// in truth.npz are column and row in pixels and the direction in radians, from columns towards rows, of each
/// particle, outside the frame too. The unit of time is the frame (one a second in the movies). The picture:
/// round is a spot of 1.5 pixels (standard deviation); rods and polar are two of 1.2 pixels, 1.5 ahead and
/// behind, of light 0.75 each, or 1 and 0.5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Active {
    /// Particles in the frame, on the average
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().particles))]
    pub particles: f64,
    /// Speed of swimming, in pixels per frame; 0 for equilibrium
    #[cfg_attr(feature = "clap", arg(long, value_name = "V", default_value_t = Self::default().speed))]
    pub speed: f64,
    /// Diffusion of each particle, in pixels squared per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "D", default_value_t = Self::default().diffusion))]
    pub diffusion: f64,
    /// Diffusion of its direction, in radians squared per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "D_R", default_value_t = Self::default().turning))]
    pub turning: f64,
    /// What a particle looks like
    #[cfg_attr(feature = "clap", arg(long, value_enum, default_value_t = Self::default().appearance))]
    pub appearance: Appearance,
    /// Rows and columns of the frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().size))]
    pub size: usize,
}

/// What an active particle looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Appearance {
    /// A spot, whose direction cannot be seen
    Round,
    /// Two spots alike, so that head and tail cannot be told apart
    Rods,
    /// A bright head and a dim tail
    #[default]
    Polar,
}

impl Appearance {
    /// Standard deviation of its spots, in pixels, and of each how far ahead it is and its light.
    fn spots(self) -> (f64, &'static [(f64, f64)]) {
        match self {
            Self::Round => (1.5, &[(0.0, 1.0)]),
            Self::Rods => (1.2, &[(1.5, 0.75), (-1.5, 0.75)]),
            Self::Polar => (1.2, &[(1.5, 1.0), (-1.5, 0.5)]),
        }
    }
}

impl Default for Active {
    /// 32 polar particles in a frame of 64 x 64 pixels, speed and diffusion 0.3, turning 0.05.
    fn default() -> Self {
        Self {
            particles: 32.0,
            speed: 0.3,
            diffusion: 0.3,
            turning: 0.05,
            appearance: Appearance::Polar,
            size: 64,
        }
    }
}

impl Active {
    fn physics(&self) -> Result<ActiveParticles> {
        let field = OpenField::new(self.size)?;
        let polar = self.appearance == Appearance::Polar;
        ActiveParticles::new(field, self.particles, [self.speed, self.diffusion, self.turning], polar)
    }
}

impl InMotion for Active {
    fn name(&self) -> &'static str {
        "field of active particles"
    }

    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World> {
        World::moving(&self.physics()?, run, seed)
    }

    fn in_the_frame(&self) -> Result<Drawing> {
        let (width, spots) = self.appearance.spots();
        let of_particle = |particle: usize| {
            let places = [0, 1, 2].map(|coordinate| 3 * particle + coordinate);
            spots.iter().map(move |&(distance, amplitude)| Spot::ahead(places, distance, amplitude))
        };
        let spots = (0..self.physics()?.count()).flat_map(of_particle);
        Ok(Drawing::spots((self.size, self.size), width, spots))
    }
}
