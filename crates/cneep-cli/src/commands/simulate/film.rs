//! Chooses how the microscope draws each system.

use super::system::System;
use cneep::Result;
use cneep::langevin::Trajectory;
use cneep::video::Video;

/// Movies of `trajectories` of `system`; none for a system that the microscope cannot draw.
pub(super) fn film(system: &System, trajectories: &[Trajectory]) -> Result<Option<Vec<Video>>> {
    let System::BeadSpring(row) = system else { return Ok(None) };
    row.microscope().record(trajectories).map(Some)
}
