//! Turns a dense texture of spots, and shakes every one of them.
//!
//! In a time t a spot goes from x to `R(w t) x + sqrt(2 D t)` times noise, R being a turn about the middle:
//! exact for any t. The spots are spread evenly over a disc around the frame. A step from x to x' produces
//! `sin(w t) (x' . J x) / (D t)`, J being the quarter turn; on the average `w^2 r^2 / D` at the distance r,
//! which grows without bound as D goes to zero: the faster a flow is for its noise, the plainer is its
//! direction.

use super::moving::{self, Moving, check_count, check_finite};
use super::open_field::EDGES;
use super::path::Dynamics;
use super::simulation::Simulation;
use super::system::check_positive;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::{PI, SQRT_2, TAU};

/// Pixels from the corners of the frame to the rim of the disc.
const MARGIN: f64 = 8.0;
/// Most spots.
const MOST: f64 = 1e5;

/// Spots that turn about the middle of a square frame. Coordinates are column and row of each.
#[derive(Debug, Clone, PartialEq)]
pub struct TurningTexture {
    size: usize,
    count: usize,
    velocity: f64,
    diffusion: f64,
    parts: Vec<usize>,
}

impl TurningTexture {
    /// `density` spots per pixel around a frame of `size` x `size` pixels; angular `velocity` in radians per
    /// unit of time, `diffusion` in pixels squared per unit of time.
    ///
    /// # Errors
    /// [`Error::Setting`] for a frame or number of spots out of range, a velocity that is not finite, or a
    /// diffusion that is not positive.
    pub fn new(size: usize, density: f64, velocity: f64, diffusion: f64) -> Result<Self> {
        check_count("size", size, EDGES)?;
        check_finite("velocity", velocity)?;
        check_positive("diffusion", diffusion)?;
        let spots = (density * PI * radius(size).powi(2)).round();
        if !(1.0..=MOST).contains(&spots) {
            let (expected, remedy) = ("1 to 100,000 spots in the frame and around it", "Choose another.");
            return Err(Error::Setting(Fault::new("density", expected, spots.to_string(), remedy)));
        }
        let count = spots as usize;
        let parts = (0..2 * count).map(|coordinate| coordinate / 2).collect();
        Ok(Self { size, count, velocity, diffusion, parts })
    }

    /// Spots in the disc.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Row and column of the middle, in pixels.
    fn middle(&self) -> f64 {
        0.5 * (self.size as f64 - 1.0)
    }
}

/// Radius of the disc, in pixels.
fn radius(size: usize) -> f64 {
    size as f64 / SQRT_2 + MARGIN
}

impl Moving for TurningTexture {
    fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        moving::simulate(&Turning { texture: self, step: run.time_step }, run, seed)
    }

    fn exact_local_rates(&self) -> Vec<f64> {
        vec![self.exact_density().sum() / self.count as f64; self.count]
    }

    fn exact_pair_rate(&self, _gap: f64) -> Option<f64> {
        None
    }

    /// Spots per pixel times `w^2 r^2 / D`, averaged over each pixel.
    fn exact_density(&self) -> Array2<f64> {
        let spots = self.count as f64 / (PI * radius(self.size).powi(2));
        let scale = spots * self.velocity.powi(2) / self.diffusion;
        let square = |pixel: usize| (pixel as f64 - self.middle()).powi(2) + 1.0 / 12.0;
        Array2::from_shape_fn((self.size, self.size), |(row, column)| scale * (square(row) + square(column)))
    }
}

#[derive(Clone)]
struct Turning<'a> {
    texture: &'a TurningTexture,
    step: f64,
}

impl Dynamics for Turning<'_> {
    fn parts(&self) -> &[usize] {
        &self.texture.parts
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        let (radius, middle) = (radius(self.texture.size), self.texture.middle());
        let spot = |_| {
            let distance = radius * random.random::<f64>().sqrt();
            let (sine, cosine) = (TAU * random.random::<f64>()).sin_cos();
            [middle + distance * cosine, middle + distance * sine]
        };
        (0..self.texture.count).flat_map(spot).collect()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        let TurningTexture { size, velocity, diffusion, .. } = *self.texture;
        let (rim, middle) = (radius(size), self.texture.middle());
        let (sine, cosine) = (velocity * self.step).sin_cos();
        let kick = (2.0 * diffusion * self.step).sqrt();
        let half = 0.5 * size as f64;
        for (spot, (from, to)) in state.chunks_exact(2).zip(next.chunks_exact_mut(2)).enumerate() {
            let [x, y] = [from[0] - middle, from[1] - middle];
            let turned = [cosine * x - sine * y, sine * x + cosine * y];
            let shaken = turned.map(|place| {
                let noise: f64 = StandardNormal.sample(random);
                place + kick * noise
            });
            // A kick beyond the rim is not made, which keeps the spots spread evenly.
            let [across, down] = if shaken[0].hypot(shaken[1]) < rim { shaken } else { turned };
            let seen = [x + across, y + down].iter().all(|double| (-half..half).contains(&(0.5 * double)));
            let produced = sine * (down * x - across * y) / (diffusion * self.step);
            share(spot, if seen { produced } else { 0.0 });
            to[0] = middle + across;
            to[1] = middle + down;
        }
    }
}
