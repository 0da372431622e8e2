//! Simulates a flashing ratchet.

use super::microscope_settings::MicroscopeSettings;
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{FlashingRatchet, Simulation, Trajectory};
use crate::microscope::{Drawing, RingLook};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// A particle on a ring of three sites whose potential is switched on and off
///
/// While the potential is on, site i lies at the energy i * potential (k_B = 1) and the particle hops from i
/// to j at the rate hopping rate * exp((energy i - energy j) / (2 temperature)), in detailed balance; while
/// it is off, at the hopping rate. Switching at random, at the same rate both ways, drives the particle
/// around the ring.
///
/// The exact rate, in k_B per second, is that of site and potential together, from the master equation:
/// 0.1792 with the defaults. It runs with the rates; only potential / temperature counts, and a negative
/// potential is the mirror image. Frames far apart show less, which is told too; with the potential hidden
/// only the site is seen, and pairs of frames show very little (windows of more frames see more). There is no
/// time step to converge: every step is drawn from the exact transition matrix, and its entropy production is
/// that of the step. Take a time step of 0.2 rather than the default, at which hardly anything happens
/// between frames.
///
/// Positions in truth.npz are the site (0 to 2) and the potential (0 or 1). The picture: 40 x 40 pixels, the
/// particle on a ring of 12 pixels radius, and in the corner a lamp that is lit while the potential is on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ratchet {
    /// Step of the potential from site to site, in units of energy (k_B = 1)
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "V",
            allow_negative_numbers = true,
            default_value_t = Self::default().potential
        )
    )]
    pub potential: f64,
    /// Rate at which the potential is switched on, and off, per second
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "RATE", default_value_t = Self::default().switching_rate)
    )]
    pub switching_rate: f64,
    /// Rate of hops between neighbouring sites of equal energy, per second
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "RATE", default_value_t = Self::default().hopping_rate)
    )]
    pub hopping_rate: f64,
    /// Temperature, in units of energy
    #[cfg_attr(feature = "clap", arg(long, value_name = "T", default_value_t = Self::default().temperature))]
    pub temperature: f64,
    /// Draw no lamp, so that the state of the potential cannot be seen
    #[cfg_attr(feature = "clap", arg(long, help_heading = "Microscope"))]
    pub hide_potential: bool,
}

impl Default for Ratchet {
    /// Potential 1 in units of the temperature, and equal rates of switching and hopping, 1.
    fn default() -> Self {
        Self {
            potential: 1.0,
            switching_rate: 1.0,
            hopping_rate: 1.0,
            temperature: 1.0,
            hide_potential: false,
        }
    }
}

impl Simulated for Ratchet {
    fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        microscope.refuse_hidden_beads("ratchet")?;
        microscope.refuse_displacement_scale("ratchet")
    }

    /// A particle on a ring, and a lamp that is lit while the potential is on.
    fn drawing(&self, _microscope: &MicroscopeSettings, _trajectories: &[Trajectory]) -> Result<Drawing> {
        let look = RingLook { hidden_lamp: self.hide_potential, ..RingLook::default() };
        Drawing::ring(FlashingRatchet::SITES, &look)
    }

    fn simulate(&self, _microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let ratchet = FlashingRatchet::new(self.potential, self.switching_rate);
        let ratchet = ratchet.hopping_rate(self.hopping_rate).temperature(self.temperature);
        let process = ratchet.process()?;
        let rate = process.exact_entropy_production_rate();
        let gap = run.frame_interval();
        let pair_rate = if self.hide_potential {
            ratchet.exact_site_pair_rate(gap)
        } else {
            process.exact_pair_rate(gap)
        };
        Ok(World {
            trajectories: ratchet.simulate(run, seed)?,
            exact_rate: Some(rate),
            exact_local_rate: Some(vec![rate]),
            exact_pair_rate: pair_rate.ok(),
            exact_density: None,
        })
    }
}
