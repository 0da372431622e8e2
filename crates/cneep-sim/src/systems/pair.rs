//! Simulates two colloids far apart of which one follows the other, which flees it.

use super::density::{add, normal};
use super::in_motion::InMotion;
use super::microscope_settings::check_size;
use super::world::World;
use crate::langevin::{ColloidPair, Simulation};
use crate::microscope::{Coordinate, Drawing, Point, Spot};
use cneep_movie::Result;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Two trapped colloids far apart, of which one follows the other, which flees it
///
/// dx1 = (-stiffness x1 - coupling x2) dt + noise, dx2 = (-stiffness x2 + coupling x1) dt + noise along the
/// line that joins them, and traps alone across it, with k_B = 1. No energy gives such forces: they drive the
/// pair. In the plane of x1 and x2 it is a stirred trap, which only both colloids together show: either of
/// them alone is reversible.
///
/// The exact rate is 2 coupling^2 / stiffness, half of it at either colloid: 0.4 k_B per frame with the
/// defaults, of which pairs of frames show 0.379. Every step is drawn from its exact density, however long it
/// is, and produces the logarithm of the density of its two states over that of the same two exchanged: the
/// realised rate is that of pairs.
///
/// exact_density in truth.npz is half the rate at either colloid, spread as its places are, in k_B per pixel
/// and frame. Positions in truth.npz are x and y of either colloid, in pixels from the middle of its trap.
/// The unit of time is the frame (one a second in the movies). The picture: two spots 1.5 pixels wide
/// (standard deviation) that wander by 5 pixels, 40 pixels apart on 40 x 80 pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pair {
    /// Rate at which a trap pulls its colloid back, per frame
    #[cfg_attr(feature = "clap", arg(long, value_name = "K", default_value_t = Self::default().stiffness))]
    pub stiffness: f64,
    /// Velocity of one colloid per displacement of the other, per frame; 0 for equilibrium
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "W",
            allow_negative_numbers = true,
            default_value_t = Self::default().coupling
        )
    )]
    pub coupling: f64,
    /// Standard deviation of each coordinate, in pixels
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "PIXELS", default_value_t = Self::default().excursion)
    )]
    pub excursion: f64,
    /// Distance between the traps, in pixels
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "PIXELS", default_value_t = Self::default().distance)
    )]
    pub distance: usize,
    /// Rows of the frame; it has as many columns and the distance
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().size))]
    pub size: usize,
    /// Standard deviation of a spot, in pixels
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS", default_value_t = Self::default().width))]
    pub width: f64,
}

impl Default for Pair {
    /// Stiffness 0.05 and coupling 0.1 a frame, excursions of 5 pixels, 40 pixels apart.
    fn default() -> Self {
        Self { stiffness: 0.05, coupling: 0.1, excursion: 5.0, distance: 40, size: 40, width: 1.5 }
    }
}

impl Pair {
    fn frame(&self) -> (usize, usize) {
        (self.size, self.size.saturating_add(self.distance))
    }

    /// Row of both traps, and the column of each, in pixels.
    fn traps(&self) -> (f64, [f64; 2]) {
        let middle = 0.5 * (self.size as f64 - 1.0);
        (middle, [middle, middle + self.distance as f64])
    }
}

impl InMotion for Pair {
    fn name(&self) -> &'static str {
        "pair of colloids"
    }

    fn in_motion(&self, run: &Simulation, seed: u64) -> Result<World> {
        check_size(self.size)?;
        check_size(self.frame().1)?;
        let system = ColloidPair::new(self.stiffness, self.coupling, self.excursion).system()?;
        let (row, columns) = self.traps();
        let mut density = Array2::zeros(self.frame());
        let rows = normal(self.size, row, self.excursion);
        // The velocity of one colloid goes by the place of the other, and so is the same at all of its own.
        for (column, rate) in columns.into_iter().zip(system.steady_state().exact_local_rates()) {
            add(&mut density, rate, &rows, &normal(self.frame().1, column, self.excursion));
        }
        let world = World::linear(&system, system.simulate_exactly(run, seed)?, |_| true);
        Ok(World { exact_density: Some(density), ..world })
    }

    fn in_the_frame(&self) -> Result<Drawing> {
        let (row, columns) = self.traps();
        let spot = |(colloid, column): (usize, f64)| {
            let along = |rest, axis| Coordinate::moving(rest, 2 * colloid + axis, 1.0);
            Spot { at: Point { x: along(column, 0), y: along(row, 1) }, amplitude: 1.0 }
        };
        Ok(Drawing::spots(self.frame(), self.width, columns.into_iter().enumerate().map(spot)))
    }
}
