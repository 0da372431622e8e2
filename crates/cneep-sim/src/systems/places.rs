//! Finds where the parts of a system rest on the frames that are read out.

use super::microscope_settings::MicroscopeSettings;
use super::system::System;
use crate::langevin::Trajectory;
use crate::microscope::{Body, Coordinate};
use cneep_movie::Result;

/// [column, row] of every bead or moving node, in pixels after binning and crop, hidden ones included; none
/// for a system whose parts have no places of their own.
///
/// # Errors
/// Those of [`System::drawing`].
pub fn part_places(
    system: &System,
    microscope: &MicroscopeSettings,
    trajectories: &[Trajectory],
) -> Result<Option<Vec<[f64; 2]>>> {
    if !system.has_places() {
        return Ok(None);
    }
    let shown = MicroscopeSettings { hide_beads: Vec::new(), ..microscope.clone() };
    let drawing = system.drawing(&shown, trajectories)?;
    let place = |body: &Body| match body {
        Body::Blob { at, .. } if at.x.motion.is_some() => Some(read_out(&at.x, &at.y, microscope)),
        _ => None,
    };
    Ok(Some(drawing.bodies.iter().filter_map(place).collect()))
}

/// [column, row] of a place after binning and crop, in pixels as read out.
fn read_out(x: &Coordinate, y: &Coordinate, microscope: &MicroscopeSettings) -> [f64; 2] {
    let binned = |pixel: f64| (pixel + 0.5) / microscope.binning as f64 - 0.5;
    let corner = microscope.crop.map_or([0.0; 2], |crop| [crop.column as f64, crop.row as f64]);
    [binned(x.rest) - corner[0], binned(y.rest) - corner[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::Simulation;

    fn places(system: &str, options: &str) -> Option<Vec<[f64; 2]>> {
        let system: System = toml::from_str(&format!("system = {system}")).unwrap();
        let options = toml::from_str(options).unwrap();
        let run = Simulation { movies: 1, frames: 2, ..Simulation::default() };
        let world = system.simulate(&options, &run, 0).unwrap();
        part_places(&system, &options, &world.trajectories).unwrap()
    }

    /// Catches nodes placed on the frame before binning, and hidden nodes that shift the others.
    #[test]
    fn nodes_rest_where_they_are_read_out() {
        let nodes = |options: &str| places("\"filament-network\"", options).unwrap();
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        let hidden = nodes("hide-beads = [0, 7]");
        assert_eq!(hidden.len(), 16);
        (0..2).for_each(|axis| close(hidden[0][axis], 1.5 * 80.0 / 6.0 - 0.5));
        close(nodes("binning = 2")[1][0], 2.5 * 80.0 / 12.0 - 0.5);
    }

    /// Catches rows taken for columns.
    #[test]
    fn beads_rest_in_the_middle_of_their_squares() {
        let beads = places("\"bead-spring\"", "").unwrap();
        assert_eq!(beads.len(), 2);
        assert!((beads[1][0] - beads[0][0] - 20.0).abs() < 1e-12 && beads[0][1] == beads[1][1]);
        assert_eq!(places("\"gyrator\"", ""), None);
    }
}
