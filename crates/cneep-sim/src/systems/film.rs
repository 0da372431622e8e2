//! Films a simulated system as its kind is drawn.

use super::microscope_settings::MicroscopeSettings;
use super::system::System;
use crate::artefact;
use crate::langevin::Trajectory;
use cneep_movie::Result;
use cneep_movie::video::Video;

/// One movie of each of the `trajectories` of `system`; the camera's noise is seeded by `seed` unless the
/// `microscope` has a seed of its own.
///
/// # Errors
/// [`cneep_movie::Error::Setting`] for what cannot be drawn or filmed.
pub fn film(
    system: &System,
    microscope: &MicroscopeSettings,
    trajectories: &[Trajectory],
    seed: u64,
) -> Result<Vec<Video>> {
    let drawing = system.drawing(microscope, trajectories)?;
    artefact::film(&microscope.camera(seed), &drawing, &microscope.artefacts, trajectories)
}
