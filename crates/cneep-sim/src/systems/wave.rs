//! Simulates a noisy lattice of oscillators with waves on it.

use super::in_motion::InMotion;
use super::world::World;
use crate::langevin::{PhaseLattice, Simulation};
use crate::microscope::{Drawing, OscillatorLook};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// A lattice of noisy oscillators that pull each other into step, and waves on it
///
/// da = (frequency + coupling (sum of the differences to the four neighbours)) dt + sqrt(2 diffusion) dW for
/// the phase a of every site, on a periodic square lattice, with k_B = 1. A site gives light as 1 + cos(a -
/// lag), where the lag grows along the columns by as many turns over the frame as the winding says.
///
/// The exact rate is number of sites x frequency^2 / diffusion: 1.6 k_B per frame with the defaults. A step
/// by da produces frequency da / diffusion at its site. Euler's rule takes eight steps a frame or more; they
/// produce exactly that.
///
/// What can be seen depends on the winding. With 1 waves run along the columns, and all of it can be seen in
/// principle. With 0 exactly nothing can, in windows of any length, although all sites flicker and the exact
/// rate is the same: light tells a from -a as little as forwards from backwards, and played backwards the
/// phases are as likely as their opposites are forwards. The entropy production in truth.npz, and what pairs
/// of frames can show, is then 0.
///
/// exact_density in truth.npz is what can be seen, in k_B per pixel and frame: the same everywhere. Positions
/// in truth.npz are the phases in radians, turns counted, row by row, without the lag. The unit of time is
/// the frame (one a second in the movies). The picture: 8 x 8 sites of 4 x 4 pixels, blurred by 2 pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wave {
    /// Frequency, in radians per frame; 0 for equilibrium
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "OMEGA",
            allow_negative_numbers = true,
            default_value_t = Self::default().frequency
        )
    )]
    pub frequency: f64,
    /// Diffusion of each phase, in radians squared per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "D", default_value_t = Self::default().diffusion))]
    pub diffusion: f64,
    /// Rate at which neighbours pull each other into step, per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "KAPPA", default_value_t = Self::default().coupling))]
    pub coupling: f64,
    /// Turns by which the phase lags behind along the frame; 0 shows nothing
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "TURNS",
            allow_negative_numbers = true,
            default_value_t = Self::default().winding
        )
    )]
    pub winding: i32,
    /// Sites along each edge
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().sites))]
    pub sites: usize,
    /// Distance between sites, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().pitch))]
    pub pitch: usize,
    /// Standard deviation of the blur, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().blur))]
    pub blur: f64,
}

impl Default for Wave {
    /// 8 x 8 sites of 4 pixels, frequency 0.05, diffusion 0.1, coupling 0.5, one wave in the frame.
    fn default() -> Self {
        Self { frequency: 0.05, diffusion: 0.1, coupling: 0.5, winding: 1, sites: 8, pitch: 4, blur: 2.0 }
    }
}

impl Wave {
    /// Whether the lag tells one way along the columns from the other, which half a turn a site does not.
    fn shows(&self) -> bool {
        let turns = 2 * i64::from(self.winding);
        i64::try_from(self.sites).map_or(true, |sites| turns.rem_euclid(sites.max(1)) != 0)
    }
}

impl InMotion for Wave {
    fn name(&self) -> &'static str {
        "lattice of oscillators"
    }

    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World> {
        let rates = [self.frequency, self.diffusion, self.coupling];
        World::moving(&PhaseLattice::new([self.sites, self.pitch], rates, self.shows())?, run, seed)
    }

    fn in_the_frame(&self) -> Result<Drawing> {
        let Self { sites, pitch, blur, winding, .. } = *self;
        Drawing::oscillators(&OscillatorLook { sites, pitch, blur, winding })
    }
}
