//! Draws a periodic lattice of sites that flicker with their phases.

use super::drawing::{Body, Coordinate, Drawing, Point, setting};
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Widths of a site's Gaussian within which its light is drawn.
const REACH: f64 = 5.0;

/// How a lattice of oscillators looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OscillatorLook {
    /// Sites along each edge.
    pub sites: usize,
    /// Distance between sites, in pixels.
    pub pitch: usize,
    /// Standard deviation of the blur of a site that is a square of that edge, in pixels.
    pub blur: f64,
    /// Turns by which the phase that is seen lags behind along the columns of the frame.
    pub winding: i32,
}

impl Default for OscillatorLook {
    /// 8 x 8 sites 4 pixels apart, blurred by 2 pixels, one turn.
    fn default() -> Self {
        Self { sites: 8, pitch: 4, blur: 2.0, winding: 1 }
    }
}

impl Drawing {
    /// Sites of light (1 + cos(a - lag)) / 2, where all are in step; coordinate a of the trajectory is the
    /// phase of a site, row by row. Each is a Gaussian as wide as its blurred square, and the lattice goes on
    /// beyond the frame.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for no sites, no distance or a blur that is negative.
    pub fn oscillators(look: &OscillatorLook) -> Result<Self> {
        let OscillatorLook { sites, pitch, blur, winding } = *look;
        if sites == 0 || pitch == 0 || !(blur.is_finite() && blur >= 0.0) {
            let found = format!("{sites} sites, {pitch} pixels apart, blurred by {blur}");
            return setting(
                "sites some pixels apart, and a blur of 0 or more",
                found,
                "Choose another look.",
            );
        }
        let edge = pitch as f64;
        let width = (blur * blur + edge * edge / 12.0).sqrt();
        let beyond = (REACH * width / edge).ceil() as usize;
        let away = |line: usize| line as f64 - beyond as f64;
        let around = |line: usize| Coordinate::still(edge * (away(line) + 0.5) - 0.5);
        let stands_for = |line: usize| (line + sites * beyond - beyond) % sites;
        let body = |(row, column): (usize, usize)| Body::Oscillator {
            at: Point { x: around(column), y: around(row) },
            width,
            brightness: edge * edge / (TAU * width * width),
            phase: stands_for(row) * sites + stands_for(column),
            lag: TAU * f64::from(winding) * away(column) / sites as f64,
        };
        let lines = 0..sites + 2 * beyond;
        let places = lines.clone().flat_map(|row| lines.clone().map(move |column| (row, column)));
        Ok(Self { rows: sites * pitch, columns: sites * pitch, bodies: places.map(body).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;

    /// Catches light that is lost at the edges or between sites, rows taken for columns, and waves that run
    /// the wrong way.
    #[test]
    fn sites_in_step_give_even_light_and_lags_give_waves() {
        let look = OscillatorLook { winding: 0, ..OscillatorLook::default() };
        let light = |look: &OscillatorLook, phase: f64| {
            Drawing::oscillators(look).unwrap().light(&Array1::from_elem(64, phase).view()).unwrap()
        };
        assert!(light(&look, 0.0).iter().all(|light| (light - 1.0).abs() < 0.01));
        assert!(light(&look, TAU / 2.0).iter().all(|light| light.abs() < 1e-12));
        // With a lag of a quarter turn at the third of eight columns the crest of phase pi/2 is there.
        let wave = light(&OscillatorLook::default(), TAU / 4.0);
        assert!(wave[[5, 9]] > 0.85 && wave[[20, 9]] > 0.85 && wave[[5, 25]] < 0.15, "{wave}");
    }
}
