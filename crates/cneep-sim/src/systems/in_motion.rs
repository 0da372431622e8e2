//! Says how things that move through the frame are simulated, drawn and filmed unless something else is asked
//! for.

use super::density::read_out;
use super::filming::Filming;
use super::microscope_settings::MicroscopeSettings;
use super::simulated::Simulated;
use super::world::World;
use crate::langevin::{Simulation, Trajectory};
use crate::microscope::Drawing;
use cneep_movie::Result;

/// Settings of things that move through the frame.
pub(super) trait InMotion {
    /// What a refusal calls them.
    fn name(&self) -> &'static str;

    /// Trajectories, in pixels, with what is known exactly.
    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World>;

    /// What the microscope sees.
    fn in_the_frame(&self) -> Result<Drawing>;
}

/// Five movies of 2,000 frames, a step from one to the next, which is the unit of time.
pub(super) fn filming() -> Filming {
    Filming { time_step: 1.0, movies: 5, frames: 2000, ..Filming::default() }
}

/// Of 255 counts a spot has 150, on an offset of 20 with a noise of 1.
pub(super) fn microscope() -> MicroscopeSettings {
    MicroscopeSettings { brightness: 0.59, background: 0.08, read_noise: 0.004, ..Default::default() }
}

impl<T: InMotion> Simulated for T {
    fn default_filming(&self) -> Filming {
        filming()
    }

    fn default_microscope(&self) -> MicroscopeSettings {
        microscope()
    }

    fn check(&self, microscope: &MicroscopeSettings) -> Result<()> {
        microscope.refuse_hidden_beads(self.name())?;
        microscope.refuse_displacement_scale(self.name())
    }

    fn simulate(&self, microscope: &MicroscopeSettings, run: &Simulation, seed: u64) -> Result<World> {
        let world = self.in_motion(run, seed)?;
        let density = world.exact_density.map(|density| read_out(&density, microscope)).transpose()?;
        Ok(World { exact_density: density, ..world })
    }

    fn drawing(&self, _microscope: &MicroscopeSettings, _trajectories: &[Trajectory]) -> Result<Drawing> {
        self.in_the_frame()
    }
}
