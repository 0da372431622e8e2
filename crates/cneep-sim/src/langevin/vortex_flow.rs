//! Carries colloids through steady vortices.
//!
//! `dx = u(x) dt + sqrt(2 D) dW` for every colloid by itself, with u = f (sin kx cos ky, -cos kx sin ky) in
//! (column, row): a square array of vortices that turn by turns one way and the other. As the flow has no
//! sources, the colloids are spread evenly, and their mean velocity is that of the flow: each produces
//! `u(x) . dx / D`, on the average `u^2 / D`.

use super::moving::{self, Moving, check_count, check_finite};
use super::open_field::OpenField;
use super::path::Dynamics;
use super::simulation::Simulation;
use super::system::check_positive;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::PI;

/// Steps of integration in a unit of time.
const STEPS: f64 = 4.0;

/// Colloids in vortices, in an open field. Coordinates are column and row of each colloid.
#[derive(Debug, Clone, PartialEq)]
pub struct VortexFlow {
    field: OpenField,
    count: usize,
    speed: f64,
    diffusion: f64,
    wave_number: f64,
    parts: Vec<usize>,
}

impl VortexFlow {
    /// As many colloids as give `in_frame` in the frame on the average, in a flow of largest `speed` (pixels
    /// per unit of time) and `vortices` along each edge of the box; `diffusion` in pixels squared per unit of
    /// time.
    ///
    /// # Errors
    /// [`Error::Setting`] for a number of colloids out of range, a speed that is not finite, a diffusion that
    /// is not positive, or vortices that do not come in pairs.
    pub fn new(
        field: OpenField,
        in_frame: f64,
        [speed, diffusion]: [f64; 2],
        vortices: usize,
    ) -> Result<Self> {
        check_finite("speed", speed)?;
        check_positive("diffusion", diffusion)?;
        check_count("vortices", vortices, (2, field.size()))?;
        if !vortices.is_multiple_of(2) {
            let expected = "an even number, as they turn by turns one way and the other";
            return Err(Error::Setting(Fault::new(
                "vortices",
                expected,
                vortices.to_string(),
                "Take 2 or 4.",
            )));
        }
        let count = field.count(in_frame, 2)?;
        let wave_number = PI * vortices as f64 / field.edge();
        let parts = (0..2 * count).map(|coordinate| coordinate / 2).collect();
        Ok(Self { field, count, speed, diffusion, wave_number, parts })
    }

    /// Colloids in frame and surroundings.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Velocity of the flow at (column, row).
    fn velocity(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [(sin_x, cos_x), (sin_y, cos_y)] =
            [x, y].map(|place| (self.wave_number * (place - self.field.start())).sin_cos());
        [self.speed * sin_x * cos_y, -self.speed * cos_x * sin_y]
    }

    /// Mean over a pixel of the square of the cosine.
    fn mean_square_cosine(&self, pixel: usize) -> f64 {
        let double = 2.0 * self.wave_number;
        let sine = |place: f64| (double * (place - self.field.start())).sin();
        0.5 + (sine(pixel as f64 + 0.5) - sine(pixel as f64 - 0.5)) / (2.0 * double)
    }
}

impl Moving for VortexFlow {
    fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        let (steps, step) = moving::sub_steps(run.time_step, STEPS);
        moving::simulate(&Advection { flow: self, steps, step }, run, seed)
    }

    fn exact_local_rates(&self) -> Vec<f64> {
        vec![self.exact_density().sum() / self.count as f64; self.count]
    }

    fn exact_pair_rate(&self, _gap: f64) -> Option<f64> {
        None
    }

    /// Colloids per pixel times u^2 / D, averaged over each pixel.
    fn exact_density(&self) -> Array2<f64> {
        let size = self.field.size();
        let scale = self.field.density(self.count) * self.speed.powi(2) / self.diffusion;
        let squares: Vec<f64> = (0..size).map(|pixel| self.mean_square_cosine(pixel)).collect();
        Array2::from_shape_fn((size, size), |(row, column)| {
            let [x, y] = [squares[column], squares[row]];
            scale * (x * (1.0 - y) + y * (1.0 - x))
        })
    }
}

#[derive(Clone)]
struct Advection<'a> {
    flow: &'a VortexFlow,
    steps: usize,
    step: f64,
}

impl Dynamics for Advection<'_> {
    fn parts(&self) -> &[usize] {
        &self.flow.parts
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        (0..2 * self.flow.count).map(|_| self.flow.field.draw(random)).collect()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        let VortexFlow { field, diffusion, .. } = self.flow;
        let kick = (2.0 * diffusion * self.step).sqrt();
        next.copy_from_slice(state);
        for (colloid, place) in next.chunks_exact_mut(2).enumerate() {
            let mut produced = 0.0;
            for _ in 0..self.steps {
                let [x, y] = [place[0], place[1]];
                let half = self.flow.velocity([x, y]).map(|speed| 0.5 * self.step * speed);
                let drift = self.flow.velocity([x + half[0], y + half[1]]).map(|speed| self.step * speed);
                let way = drift.map(|drift| {
                    let noise: f64 = StandardNormal.sample(random);
                    drift + kick * noise
                });
                let middle = [x + 0.5 * way[0], y + 0.5 * way[1]];
                if middle.iter().all(|place| field.sees(*place)) {
                    let flow = self.flow.velocity(middle);
                    produced += (flow[0] * way[0] + flow[1] * way[1]) / diffusion;
                }
                place[0] = field.wrapped(x + way[0]);
                place[1] = field.wrapped(y + way[1]);
            }
            share(colloid, produced);
        }
    }
}
