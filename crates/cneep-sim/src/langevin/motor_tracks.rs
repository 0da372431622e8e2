//! Lets motors hop along tracks.
//!
//! Every motor hops by the same length, forwards at the rate k+ and backwards at k-, at random times. Of its
//! net hops n in any time the chances of n and of -n are as (k+ / k-)^n, so that they produce `n ln(k+ / k-)`
//! exactly; on the average `(k+ - k-) ln(k+ / k-)` per unit of time.

use super::moving::{self, Moving, check_count};
use super::open_field::OpenField;
use super::path::Dynamics;
use super::simulation::Simulation;
use super::system::check_positive;
use super::trajectory::Trajectory;
use cneep_movie::error::Result;
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

/// Motors on closed tracks along the rows, by turns to the right and to the left, in an open field. The
/// coordinate of each motor is its column.
#[derive(Debug, Clone, PartialEq)]
pub struct MotorTracks {
    field: OpenField,
    tracks: usize,
    forwards: f64,
    backwards: f64,
    hop: f64,
    parts: Vec<usize>,
}

impl MotorTracks {
    /// As many motors as give `in_frame` in the frame on the average, dealt out to the tracks, which hop
    /// by `hop` pixels at these rates `[forwards, backwards]` per unit of time.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for a number of motors or tracks out of range, or a
    /// rate or length that is not positive.
    pub fn new(
        field: OpenField,
        in_frame: f64,
        tracks: usize,
        [forwards, backwards]: [f64; 2],
        hop: f64,
    ) -> Result<Self> {
        check_count("tracks", tracks, (1, field.size()))?;
        check_positive("forwards", forwards)?;
        check_positive("backwards", backwards)?;
        check_positive("hop", hop)?;
        let count = field.count(in_frame, 1)?;
        Ok(Self { field, tracks, forwards, backwards, hop, parts: (0..count).collect() })
    }

    /// Row on which each motor runs, in pixels.
    pub fn rows(&self) -> Vec<f64> {
        let pitch = self.field.size() as f64 / self.tracks as f64;
        let row = |motor: &usize| pitch * ((motor % self.tracks) as f64 + 0.5) - 0.5;
        self.parts.iter().map(row).collect()
    }

    /// What a net hop forwards produces.
    fn entropy(&self) -> f64 {
        (self.forwards / self.backwards).ln()
    }

    /// Of one motor, wherever it is.
    fn rate(&self) -> f64 {
        (self.forwards - self.backwards) * self.entropy()
    }
}

impl Moving for MotorTracks {
    fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        let hops = |rate: f64| Poisson::new(rate * run.time_step).ok();
        let hops = [hops(self.forwards), hops(self.backwards)];
        moving::simulate(&Hopping { motors: self, hops }, run, seed)
    }

    fn exact_local_rates(&self) -> Vec<f64> {
        vec![self.rate() * self.field.size() as f64 / self.field.edge(); self.parts.len()]
    }

    fn exact_pair_rate(&self, _gap: f64) -> Option<f64> {
        Some(self.exact_local_rates().iter().sum())
    }

    /// The same along each track, on the pixels nearest to it.
    fn exact_density(&self) -> Array2<f64> {
        let size = self.field.size();
        let mut density = Array2::zeros((size, size));
        for row in self.rows() {
            let mut pixels = density.row_mut((row.round().max(0.0) as usize).min(size - 1));
            pixels += self.rate() / self.field.edge();
        }
        density
    }
}

#[derive(Clone)]
struct Hopping<'a> {
    motors: &'a MotorTracks,
    /// Numbers of hops in a step, forwards and backwards; none where they are beyond drawing.
    hops: [Option<Poisson<f64>>; 2],
}

impl Dynamics for Hopping<'_> {
    fn parts(&self) -> &[usize] {
        &self.motors.parts
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        self.motors.parts.iter().map(|_| self.motors.field.draw(random)).collect()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        let MotorTracks { field, tracks, hop, .. } = self.motors;
        let entropy = self.motors.entropy();
        for (motor, (state, next)) in state.iter().zip(next).enumerate() {
            let [forwards, backwards] =
                self.hops.map(|hops| hops.map_or(f64::NAN, |hops| hops.sample(random)));
            let net = forwards - backwards;
            let to_the_right = if (motor % tracks).is_multiple_of(2) { *hop } else { -hop };
            let way = net * to_the_right;
            *next = field.wrapped(state + way);
            share(motor, if field.sees(state + 0.5 * way) { net * entropy } else { 0.0 });
        }
    }
}
