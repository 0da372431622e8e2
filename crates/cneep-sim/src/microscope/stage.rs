//! Places a row of beads on the frame, each on a square of its own.

use super::drawing::{Body, Coordinate, Drawing, LARGEST_EDGE, Point};
use super::point_spread::PointSpread;
use cneep_movie::error::{Error, Fault, Result};
use serde::{Deserialize, Serialize};

/// Places beads on the frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stage {
    /// Edge of the square of frame given to each bead, and so the distance between rest positions, in pixels.
    pub bead_spacing: usize,
    /// Shift of a blob per standardised displacement, in pixels: small is low spatial resolution.
    pub displacement_scale: f64,
    /// Beads that give no light, counted from 0 at the left; their squares of frame remain.
    pub hidden_beads: Vec<usize>,
}

impl Default for Stage {
    /// Squares of 20 x 20 pixels, one pixel per standard deviation, no bead hidden.
    fn default() -> Self {
        Self { bead_spacing: 20, displacement_scale: 1.0, hidden_beads: Vec::new() }
    }
}

impl Stage {
    /// Beads that rest in the middles of their squares, with blobs of this `point_spread`, one for each
    /// coordinate's (mean, standard deviation) of `standards`.
    pub(super) fn drawing(&self, point_spread: &PointSpread, standards: &[(f64, f64)]) -> Result<Drawing> {
        point_spread.check()?;
        let columns = self.check(standards.len())?;
        let (spacing, middle) = (self.bead_spacing, (self.bead_spacing / 2) as f64);
        let seen = standards.iter().enumerate().filter(|(bead, _)| !self.hidden_beads.contains(bead));
        let bodies = seen.map(|(bead, (mean, deviation))| {
            let pixels_per_unit = self.displacement_scale / deviation;
            let rest = middle + (spacing * bead) as f64 - pixels_per_unit * mean;
            let at =
                Point { x: Coordinate::moving(rest, bead, pixels_per_unit), y: Coordinate::still(middle) };
            Body::Blob { at, width: point_spread.width, brightness: 1.0, lit_by: None }
        });
        Ok(Drawing { rows: spacing, columns, bodies: bodies.collect() })
    }

    /// Columns of a row of `beads` beads.
    fn check(&self, beads: usize) -> Result<usize> {
        let wrong = |subject: &str, expected: String, found: String, remedy: &str| {
            Err(Error::Setting(Fault::new(subject, expected, found, remedy)))
        };
        let scale = self.displacement_scale;
        if !(scale.is_finite() && scale >= 0.0) {
            let expected = "a finite number of pixels, not negative".into();
            let remedy = "Give the pixels per standard deviation, 1 for the published camera.";
            return wrong("displacement_scale", expected, scale.to_string(), remedy);
        }
        if let Some(bead) = self.hidden_beads.iter().find(|bead| **bead >= beads) {
            let expected = format!("beads of the row of {beads}, counted from 0");
            return wrong("hidden_beads", expected, bead.to_string(), "Name the beads to hide.");
        }
        let spacing = self.bead_spacing;
        let columns = spacing.checked_mul(beads).filter(|columns| (1..=LARGEST_EDGE).contains(columns));
        columns.map_or_else(
            || {
                let expected =
                    format!("1 pixel or more, and at most {LARGEST_EDGE} columns for {beads} beads");
                let remedy = "Give the distance between beads in pixels, 20 for the published camera.";
                wrong("bead_spacing", expected, spacing.to_string(), remedy)
            },
            Ok,
        )
    }
}
