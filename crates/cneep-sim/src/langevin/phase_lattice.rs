//! Drives noisy oscillators on a lattice that pull each other into step.
//!
//! `da = (w + kappa lap a) dt + sqrt(2 D) dW` for the phase of every site, lap being the sum of the
//! differences to its four neighbours on a periodic square lattice. Without w the phases are in detailed
//! balance, and w pushes all alike: a step produces `w da / D` at each site, exactly so for the chain of
//! Euler's rule; on the average `w^2 / D`.
//!
//! Seen as light 1 + cos(a) the phases and their opposites look alike, and the opposite of a forward movie is
//! as likely as the reversed one: nothing can be seen. A phase that lags behind by whole turns along the
//! columns gives waves that run one way, and ends that.

use super::moving::{self, Moving, check_count, check_finite, check_not_negative};
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

/// Least steps of integration in a unit of time.
const STEPS: f64 = 8.0;
/// Steps in the time in which neighbours pull each other into step.
const STEPS_OF_COUPLING: f64 = 16.0;

/// Oscillators on a square lattice, a part each, whose coordinate is the phase in radians with all turns
/// counted. Sites lie row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseLattice {
    sites: usize,
    pitch: usize,
    frequency: f64,
    diffusion: f64,
    coupling: f64,
    shows: bool,
    parts: Vec<usize>,
}

impl PhaseLattice {
    /// `sites` x `sites` oscillators, `pitch` pixels apart, with this frequency (radians per unit of time),
    /// diffusion (radians squared per unit of time) and coupling (per unit of time). Unless the light `shows`
    /// the sense of turning, what they produce cannot be seen.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for a number of sites or pixels out of range, a
    /// frequency that is not finite, a diffusion that is not positive, or a coupling that is negative.
    pub fn new(
        [sites, pitch]: [usize; 2],
        [frequency, diffusion, coupling]: [f64; 3],
        shows: bool,
    ) -> Result<Self> {
        check_count("sites", sites, (2, 128))?;
        check_count("pitch", pitch, (1, 32))?;
        check_finite("frequency", frequency)?;
        check_positive("diffusion", diffusion)?;
        check_not_negative("coupling", coupling)?;
        let parts = (0..sites * sites).collect();
        Ok(Self { sites, pitch, frequency, diffusion, coupling, shows, parts })
    }

    /// Of one site.
    fn rate(&self) -> f64 {
        self.frequency.powi(2) / self.diffusion
    }

    /// Eigenvectors of a ring of sites (rows), and minus the eigenvalues of its second difference.
    fn modes(&self) -> (Array2<f64>, Vec<f64>) {
        let count = self.sites as f64;
        let turn = |mode: usize| TAU * mode.div_ceil(2) as f64 / count;
        let wave = |(mode, site): (usize, usize)| {
            let angle = turn(mode) * site as f64;
            match mode {
                0 => count.recip().sqrt(),
                _ if mode + 1 == self.sites && self.sites.is_multiple_of(2) => angle.cos() / count.sqrt(),
                _ if mode.is_multiple_of(2) => angle.sin() * (2.0 / count).sqrt(),
                _ => angle.cos() * (2.0 / count).sqrt(),
            }
        };
        let stiffness = (0..self.sites).map(|mode| 2.0 - 2.0 * turn(mode).cos()).collect();
        (Array2::from_shape_fn((self.sites, self.sites), wave), stiffness)
    }
}

impl Moving for PhaseLattice {
    fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        let (steps, step) = moving::sub_steps(run.time_step, STEPS.max(STEPS_OF_COUPLING * self.coupling));
        moving::simulate(&Ticking { lattice: self, steps, step, phases: Vec::new() }, run, seed)
    }

    fn exact_local_rates(&self) -> Vec<f64> {
        vec![self.rate(); self.parts.len()]
    }

    fn exact_pair_rate(&self, _gap: f64) -> Option<f64> {
        (!self.shows).then_some(0.0)
    }

    /// The same everywhere; 0 if nothing shows.
    fn exact_density(&self) -> Array2<f64> {
        let (edge, area) = (self.sites * self.pitch, self.pitch.pow(2) as f64);
        Array2::from_elem((edge, edge), if self.shows { self.rate() / area } else { 0.0 })
    }
}

#[derive(Clone)]
struct Ticking<'a> {
    lattice: &'a PhaseLattice,
    steps: usize,
    step: f64,
    /// Before the present step.
    phases: Vec<f64>,
}

impl Dynamics for Ticking<'_> {
    fn parts(&self) -> &[usize] {
        &self.lattice.parts
    }

    /// Modes of the chain's own deviations, about a phase drawn from the circle.
    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        let PhaseLattice { sites, diffusion, coupling, .. } = *self.lattice;
        let (waves, stiffness) = self.lattice.modes();
        let mean = TAU * random.random::<f64>();
        let mut amplitudes = Array2::from_shape_simple_fn((sites, sites), || StandardNormal.sample(random));
        for ((row, column), amplitude) in amplitudes.indexed_iter_mut() {
            let kept = 1.0 - coupling * self.step * (stiffness[row] + stiffness[column]);
            let lost = 1.0 - kept * kept;
            let variance = if lost > 0.0 { 2.0 * diffusion * self.step / lost } else { 0.0 };
            *amplitude *= variance.sqrt();
        }
        let phases: Array2<f64> = waves.t().dot(&amplitudes).dot(&waves) + mean;
        phases.iter().copied().collect()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        mut share: impl FnMut(usize, f64),
    ) {
        let PhaseLattice { sites, frequency, diffusion, coupling, shows, .. } = *self.lattice;
        let kick = (2.0 * diffusion * self.step).sqrt();
        next.copy_from_slice(state);
        for _ in 0..self.steps {
            self.phases.clear();
            self.phases.extend_from_slice(next);
            for (site, next) in next.iter_mut().enumerate() {
                let (row, column) = (site / sites, site % sites);
                let (above, below) = ((row + sites - 1) % sites, (row + 1) % sites);
                let (left, right) = ((column + sites - 1) % sites, (column + 1) % sites);
                let at = |row: usize, column: usize| self.phases[row * sites + column];
                let pull = at(above, column) + at(below, column) + at(row, left) + at(row, right)
                    - 4.0 * at(row, column);
                let noise: f64 = StandardNormal.sample(random);
                *next += self.step * (frequency + coupling * pull) + kick * noise;
            }
        }
        for (site, (from, to)) in state.iter().zip(next).enumerate() {
            share(site, if shows { frequency * (*to - from) / diffusion } else { 0.0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a start away from the steady state: spread of the phases at the first frame and later, and the
    /// modes of even and odd numbers of sites.
    #[test]
    fn movies_start_in_the_steady_state() {
        for sites in [8, 5] {
            let lattice = PhaseLattice::new([sites, 4], [0.05, 0.1, 0.5], true).unwrap();
            let (waves, _) = lattice.modes();
            let unit = waves.dot(&waves.t()) - Array2::<f64>::eye(sites);
            assert!(unit.iter().all(|entry| entry.abs() < 1e-12), "{sites}");
            let run = Simulation { time_step: 1.0, movies: 200, frames: 60, ..Simulation::default() };
            let paths = lattice.simulate(&run, 1).unwrap();
            let spread =
                |frame: usize| paths.iter().map(|p| p.positions().row(frame).var(0.0)).sum::<f64>() / 200.0;
            let (first, last) = (spread(0), spread(59));
            assert!((first / last - 1.0).abs() < 0.15, "{sites}: {first} and {last}");
        }
    }
}
