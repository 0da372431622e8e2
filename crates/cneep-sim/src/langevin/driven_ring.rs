//! Drives a colloid around a circle.
//!
//! `da = w dt + sqrt(2 D) dW` for its angle a. The angle is spread evenly, so that a step produces
//! `w da / D`, exactly, however long it is; on the average `w^2 / D` per unit of time.

use super::moving::{self, Moving, check_count, check_finite};
use super::open_field::EDGES;
use super::path::Dynamics;
use super::simulation::Simulation;
use super::system::check_positive;
use super::trajectory::Trajectory;
use cneep_movie::error::Result;
use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::TAU;

/// Points of the circle at which its pixels are found.
const POINTS: usize = 1 << 16;

/// A colloid on a circle in the middle of a square frame. Its coordinate is the angle in radians, from
/// columns towards rows, with all turns counted.
#[derive(Debug, Clone, PartialEq)]
pub struct DrivenRing {
    size: usize,
    radius: f64,
    velocity: f64,
    diffusion: f64,
}

impl DrivenRing {
    /// A circle of this `radius` on a frame of `size` x `size` pixels; angular `velocity` in radians per unit
    /// of time, `diffusion` in radians squared per unit of time.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for a frame out of range, a radius or diffusion that
    /// is not positive, or a velocity that is not finite.
    pub fn new(size: usize, radius: f64, velocity: f64, diffusion: f64) -> Result<Self> {
        check_count("size", size, EDGES)?;
        check_positive("radius", radius)?;
        check_finite("velocity", velocity)?;
        check_positive("diffusion", diffusion)?;
        Ok(Self { size, radius, velocity, diffusion })
    }

    fn rate(&self) -> f64 {
        self.velocity.powi(2) / self.diffusion
    }
}

impl Moving for DrivenRing {
    fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        moving::simulate(&Turning { ring: self, step: run.time_step }, run, seed)
    }

    fn exact_local_rates(&self) -> Vec<f64> {
        vec![self.rate()]
    }

    fn exact_pair_rate(&self, _gap: f64) -> Option<f64> {
        Some(self.rate())
    }

    /// The rate, spread evenly over the pixels of the circle; those outside the frame are left out.
    fn exact_density(&self) -> Array2<f64> {
        let mut density = Array2::zeros((self.size, self.size));
        let middle = 0.5 * (self.size as f64 - 1.0);
        for point in 0..POINTS {
            let (sine, cosine) = (TAU * point as f64 / POINTS as f64).sin_cos();
            let [row, column] = [sine, cosine].map(|part| (middle + self.radius * part).round() as isize);
            if let Some(pixel) = density.get_mut((row as usize, column as usize)) {
                *pixel += self.rate() / POINTS as f64;
            }
        }
        density
    }
}

#[derive(Clone)]
struct Turning<'a> {
    ring: &'a DrivenRing,
    step: f64,
}

impl Dynamics for Turning<'_> {
    fn parts(&self) -> &[usize] {
        &[0]
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        vec![TAU * random.random::<f64>()]
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        let DrivenRing { velocity, diffusion, .. } = self.ring;
        let noise: f64 = StandardNormal.sample(random);
        let turned = velocity * self.step + (2.0 * diffusion * self.step).sqrt() * noise;
        next[0] = state[0] + turned;
        share(0, velocity * turned / diffusion);
    }
}
