//! Films a simulated system as its kind is drawn.

use super::system::System;
use crate::commands::microscope_options::MicroscopeOptions;
use cneep_movie::Result;
use cneep_movie::video::Video;
use cneep_sim::langevin::Trajectory;

/// One movie of each of the `trajectories` of `system`; the camera's noise is seeded by `seed` unless `options` say
/// otherwise.
pub(crate) fn film(
    system: &System,
    options: &MicroscopeOptions,
    trajectories: &[Trajectory],
    seed: u64,
) -> Result<Vec<Video>> {
    options.camera(seed).film(&system.drawing(options, trajectories)?, trajectories)
}
