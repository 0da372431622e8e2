//! Simulates motors on tracks.

use super::in_motion::InMotion;
use super::world::World;
use crate::langevin::{MotorTracks, OpenField, Simulation};
use crate::microscope::{Coordinate, Drawing, Point, Spot};
use cneep_movie::Result;
use serde::{Deserialize, Serialize};

/// Motors that hop along tracks, by turns to the right and to the left
///
/// Every motor hops by the same length, at random times, forwards and backwards at rates of their own, as one
/// does that burns fuel; k_B = 1. The tracks are closed, and a quarter longer than the frame.
///
/// The exact rate is number in the frame x (forwards - backwards) ln(forwards / backwards): 1.05 k_B per
/// frame with the defaults (a whole number of motors is on the tracks). The net hops n of a motor between two
/// frames produce n ln(forwards / backwards) exactly, and count while their midpoint is in the frame, so that
/// pairs of frames can show all of it.
///
/// exact_density in truth.npz is the rate of each track, spread evenly over its pixels, in k_B per pixel and
/// frame. Positions in truth.npz are the column of each motor in pixels, outside the frame too; motors are
/// dealt out to the tracks in turn. The unit of time is the frame (one a second in the movies). The picture:
/// spots 1.5 pixels wide (standard deviation) on 64 x 64 pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Motors {
    /// Motors in the frame, on the average
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().motors))]
    pub motors: f64,
    /// Tracks, at equal distances
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", default_value_t = Self::default().tracks))]
    pub tracks: usize,
    /// Hops forwards, per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "RATE", default_value_t = Self::default().forwards))]
    pub forwards: f64,
    /// Hops backwards, per frame; as many as forwards for equilibrium
    #[cfg_attr(feature = "clap", arg(long, value_name = "RATE", default_value_t = Self::default().backwards))]
    pub backwards: f64,
    /// Length of a hop, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().hop))]
    pub hop: f64,
    /// Rows and columns of the frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().size))]
    pub size: usize,
    /// Standard deviation of a spot, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().width))]
    pub width: f64,
}

impl Default for Motors {
    /// 10 motors on 5 tracks in a frame of 64 x 64 pixels, 0.15 hops forwards and 0.05 backwards, of 2
    /// pixels.
    fn default() -> Self {
        Self { motors: 10.0, tracks: 5, forwards: 0.15, backwards: 0.05, hop: 2.0, size: 64, width: 1.5 }
    }
}

impl Motors {
    fn physics(&self) -> Result<MotorTracks> {
        let (field, rates) = (OpenField::new(self.size)?, [self.forwards, self.backwards]);
        MotorTracks::new(field, self.motors, self.tracks, rates, self.hop)
    }
}

impl InMotion for Motors {
    fn name(&self) -> &'static str {
        "field of motors"
    }

    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World> {
        World::moving(&self.physics()?, run, seed)
    }

    fn in_the_frame(&self) -> Result<Drawing> {
        let spot = |(motor, row): (usize, f64)| Spot {
            at: Point { x: Coordinate::moving(0.0, motor, 1.0), y: Coordinate::still(row) },
            amplitude: 1.0,
        };
        let spots = self.physics()?.rows().into_iter().enumerate().map(spot);
        Ok(Drawing::spots((self.size, self.size), self.width, spots))
    }
}
