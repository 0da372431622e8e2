//! Draws a particle that hops on a ring of sites, with a lamp that shows whether the potential is on.

use super::drawing::{Body, Coordinate, Drawing, Motion, Point, setting};
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// How a ring looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RingLook {
    /// Edge of the square frame, in pixels.
    pub edge: usize,
    /// Radius of the ring, in pixels.
    pub radius: f64,
    /// Standard deviation of the particle's blob, in pixels.
    pub width: f64,
    /// Standard deviation of the lamp's blob, in pixels.
    pub lamp_width: f64,
    /// Whether the lamp is hidden, so that the state of the potential cannot be seen.
    pub hidden_lamp: bool,
}

impl Default for RingLook {
    /// A frame of 40 x 40 pixels, a ring of radius 12, a particle of 3 pixels, a lamp of 1.5 pixels that is
    /// seen.
    fn default() -> Self {
        Self { edge: 40, radius: 12.0, width: 3.0, lamp_width: 1.5, hidden_lamp: false }
    }
}

impl Drawing {
    /// A particle on a ring of `sites` sites. Coordinate 0 of the trajectory is the site, 0 at the right and
    /// counted towards larger y; coordinate 1, unless its lamp is hidden, lights the lamp in the corner: 1
    /// for on, 0 for off.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for no sites.
    pub fn ring(sites: usize, look: &RingLook) -> Result<Self> {
        if sites == 0 {
            return setting("a ring of 1 site or more", "0", "Give the sites of the ring.");
        }
        let middle = f64::midpoint(look.edge as f64, -1.0);
        let around = |phase: f64| {
            let turns_per_unit = 1.0 / sites as f64;
            let motion = Motion::Around { coordinate: 0, radius: look.radius, turns_per_unit, phase };
            Coordinate { rest: middle, motion: Some(motion) }
        };
        let particle = Body::Blob {
            at: Point { x: around(0.0), y: around(-0.25) },
            width: look.width,
            brightness: 1.0,
            lit_by: None,
        };
        let corner = Coordinate::still((2.5 * look.lamp_width).round());
        let lamp = Body::Blob {
            at: Point { x: corner.clone(), y: corner },
            width: look.lamp_width,
            brightness: 1.0,
            lit_by: Some(1),
        };
        let bodies = if look.hidden_lamp { vec![particle] } else { vec![particle, lamp] };
        Ok(Self { rows: look.edge, columns: look.edge, bodies })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Catches a ring that turns the wrong way or closes early, and a lamp that is always on.
    #[test]
    fn the_particle_is_at_its_site_and_the_lamp_tells_the_potential() {
        let drawing = Drawing::ring(4, &RingLook { edge: 41, ..RingLook::default() }).unwrap();
        for (site, place) in
            [(0.0, [20, 32]), (1.0, [32, 20]), (2.0, [20, 8]), (3.0, [8, 20]), (4.0, [20, 32])]
        {
            let light = drawing.light(&array![site, 0.0].view()).unwrap();
            assert!((light[place] - 1.0).abs() < 1e-12, "{}", light[place]);
            let lit = drawing.light(&array![site, 1.0].view()).unwrap() - light;
            assert!((lit[[4, 4]] - 1.0).abs() < 1e-12 && lit[[20, 20]] < 1e-12);
        }
        let hidden = RingLook { hidden_lamp: true, ..RingLook::default() };
        let drawing = Drawing::ring(3, &hidden).unwrap();
        assert_eq!(drawing.bodies.len(), 1);
        assert!(drawing.light(&array![0.0].view()).is_ok(), "coordinate 1 is not needed");
        assert!(Drawing::ring(0, &hidden).is_err());
    }
}
