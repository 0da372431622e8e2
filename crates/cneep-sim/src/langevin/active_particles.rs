//! Drives particles along a direction of their own, which wanders.
//!
//! `dx = v n dt + sqrt(2 D) dW` with n = (cos a, sin a) and `da = sqrt(2 D_r) dW`. Of position and direction
//! together a step produces `v n . dx / D`, on the average `v^2 / D` per particle and unit of time. The step
//! is drawn with the direction at its middle, so that both are exact for a step of any length.
//!
//! The law of the reversed movie, in which the particles move backwards, is that of a forward movie with
//! every n turned by half a turn. Whoever cannot tell n from -n therefore sees a reversible process.

use super::moving::{self, Moving, check_finite, check_not_negative};
use super::open_field::OpenField;
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

/// Steps of integration in a unit of time.
const STEPS: f64 = 4.0;

/// Active Brownian particles in an open field. Coordinates are column, row and direction, in radians from
/// columns towards rows, of each particle.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveParticles {
    field: OpenField,
    count: usize,
    speed: f64,
    diffusion: f64,
    rotational_diffusion: f64,
    polar: bool,
    parts: Vec<usize>,
}

impl ActiveParticles {
    /// As many particles as give `in_frame` in the frame on the average, with this speed (pixels per unit of
    /// time), `diffusion` (pixels squared per unit of time) and rotational diffusion (radians squared per
    /// unit of time). Unless they look `polar`, front and back alike, they produce nothing that can be seen.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for a number of particles out of range, a speed that
    /// is not finite, a diffusion that is not positive, or a rotational diffusion that is negative.
    pub fn new(
        field: OpenField,
        in_frame: f64,
        [speed, diffusion, rotational_diffusion]: [f64; 3],
        polar: bool,
    ) -> Result<Self> {
        check_finite("speed", speed)?;
        check_positive("diffusion", diffusion)?;
        check_not_negative("rotational diffusion", rotational_diffusion)?;
        let count = field.count(in_frame, 2)?;
        let parts = (0..3 * count).map(|coordinate| coordinate / 3).collect();
        Ok(Self { field, count, speed, diffusion, rotational_diffusion, polar, parts })
    }

    /// Particles in frame and surroundings.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Of one particle, wherever it is.
    fn rate(&self) -> f64 {
        self.speed.powi(2) / self.diffusion
    }
}

impl Moving for ActiveParticles {
    fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        let (steps, step) = moving::sub_steps(run.time_step, STEPS);
        moving::simulate(&Swimming { particles: self, steps, step }, run, seed)
    }

    fn exact_local_rates(&self) -> Vec<f64> {
        let in_frame = (self.field.size() as f64 / self.field.edge()).powi(2);
        vec![self.rate() * in_frame; self.count]
    }

    fn exact_pair_rate(&self, _gap: f64) -> Option<f64> {
        (!self.polar).then_some(0.0)
    }

    /// The same everywhere: particles per pixel times `v^2 / D`; 0 unless they look polar.
    fn exact_density(&self) -> Array2<f64> {
        let size = self.field.size();
        let everywhere = self.field.density(self.count) * self.rate();
        Array2::from_elem((size, size), if self.polar { everywhere } else { 0.0 })
    }
}

#[derive(Clone)]
struct Swimming<'a> {
    particles: &'a ActiveParticles,
    steps: usize,
    step: f64,
}

impl Dynamics for Swimming<'_> {
    fn parts(&self) -> &[usize] {
        &self.particles.parts
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        let field = self.particles.field;
        let particle = |_| [field.draw(random), field.draw(random), TAU * random.random::<f64>()];
        (0..self.particles.count).flat_map(particle).collect()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        let ActiveParticles { field, speed, diffusion, polar, .. } = self.particles;
        let kick = (2.0 * diffusion * self.step).sqrt();
        let turn = (2.0 * self.particles.rotational_diffusion * self.step).sqrt();
        let mut noise = |deviation: f64| {
            let noise: f64 = StandardNormal.sample(random);
            deviation * noise
        };
        next.copy_from_slice(state);
        for (particle, state) in next.chunks_exact_mut(3).enumerate() {
            let mut produced = 0.0;
            for _ in 0..self.steps {
                let turned = noise(turn);
                let (sine, cosine) = (state[2] + 0.5 * turned).sin_cos();
                let velocity = [speed * cosine, speed * sine];
                let way = velocity.map(|velocity| velocity * self.step + noise(kick));
                let middle = [state[0] + 0.5 * way[0], state[1] + 0.5 * way[1]];
                if *polar && middle.iter().all(|place| field.sees(*place)) {
                    produced += (velocity[0] * way[0] + velocity[1] * way[1]) / diffusion;
                }
                state[0] = field.wrapped(state[0] + way[0]);
                state[1] = field.wrapped(state[1] + way[1]);
                state[2] += turned;
            }
            share(particle, produced);
        }
    }
}
