//! Integrates a linear Langevin system in its steady state by Euler's rule.

use super::exact_steps::stationary_factor;
use super::path::{self, Dynamics};
use super::simulation::Simulation;
use super::step_entropy::MidpointRule;
use super::system::LangevinSystem;
use super::trajectory::Trajectory;
use cneep_movie::error::Result;
use nalgebra::{DMatrix, DVector};
use ndarray::ArrayView1;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

impl LangevinSystem {
    /// Simulates independent movies of the steady state by Euler's rule.
    ///
    /// Every movie has a random stream of its own, set by `seed` and its number: the same bits whatever the
    /// number of threads or of movies. It starts from a draw of the stationary density; each state is stored
    /// after its steps.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for fewer than 2 frames, no steps or movies, more
    /// frames than memory holds, or a time step at which the integration is unstable (the limit is named).
    pub fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        self.steady_state().check_time_step(run.time_step)?;
        let integrator = Integrator::new(self, run.time_step)?;
        path::simulate(&integrator, &self.steady_state().standard_deviation(), run, seed)
    }
}

/// Euler's rule for a linear system.
#[derive(Clone)]
struct Integrator<'a> {
    system: &'a LangevinSystem,
    /// Drift times the time step: row by row, the columns that are not zero.
    drift: Vec<Vec<(usize, f64)>>,
    /// Standard deviation of one kick, per coordinate.
    kick: Vec<f64>,
    /// Lower triangular factor of the stationary covariance.
    first_state: DMatrix<f64>,
    rule: MidpointRule<'a>,
}

impl<'a> Integrator<'a> {
    fn new(system: &'a LangevinSystem, time_step: f64) -> Result<Self> {
        let exact = system.steady_state();
        let drift = exact.drift().row_iter().map(|row| {
            row.iter()
                .enumerate()
                .filter(|(_, rate)| **rate != 0.0)
                .map(|(j, rate)| (j, rate * time_step))
                .collect()
        });
        Ok(Self {
            system,
            drift: drift.collect(),
            kick: exact.diffusion().iter().map(|d| (2.0 * d * time_step).sqrt()).collect(),
            first_state: stationary_factor(system)?,
            rule: MidpointRule::new(&exact.thermodynamic_force_matrix(), system.parts()),
        })
    }
}

impl Dynamics for Integrator<'_> {
    fn parts(&self) -> &[usize] {
        self.system.parts()
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        let draw = DVector::from_fn(self.kick.len(), |_, _| StandardNormal.sample(random));
        (&self.first_state * draw).as_slice().to_vec()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        share: impl FnMut(usize, f64),
    ) {
        for (i, next) in next.iter_mut().enumerate() {
            let pull: f64 = self.drift[i].iter().map(|&(j, rate)| rate * state[j]).sum();
            let noise: f64 = StandardNormal.sample(random);
            *next = state[i] + pull + self.kick[i] * noise;
        }
        self.rule.add_step(&ArrayView1::from(state), &ArrayView1::from(&*next), share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::published::two_beads;

    fn run(frames: usize, steps_per_frame: usize, movies: usize) -> Simulation {
        Simulation { frames, steps_per_frame, movies, ..Simulation::default() }
    }

    /// Catches a random stream shared between movies, or one that depends on who runs it.
    #[test]
    fn a_movie_is_the_same_whatever_the_threads_and_the_other_movies() {
        let system = two_beads();
        let simulate = |threads: usize, movies: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| system.simulate(&run(50, 1, movies), 7).unwrap())
        };
        let all = simulate(1, 5);
        assert_eq!(all, simulate(3, 5));
        assert_eq!(all[..2], simulate(2, 2));
        assert_ne!(all[0].positions(), all[1].positions());
        assert_ne!(all, system.simulate(&run(50, 1, 5), 8).unwrap());
    }

    /// Catches entropy taken between stored frames only, and a frame stored one step too early.
    #[test]
    fn several_steps_per_frame_add_up_to_the_steps_themselves() {
        let system = two_beads();
        let fine = &system.simulate(&run(40, 1, 1), 3).unwrap()[0];
        let coarse = &system.simulate(&run(8, 5, 1), 3).unwrap()[0];
        assert_eq!((coarse.time_step(), coarse.frame_interval()), (0.01, 0.05));
        for frame in 0..8 {
            assert_eq!(coarse.positions().row(frame), fine.positions().row(5 * frame + 4));
        }
        for transition in 0..7 {
            let steps = &fine.entropy_production().total[5 * transition + 4..5 * transition + 9];
            let sum = steps.iter().sum::<f64>();
            assert!((coarse.entropy_production().total[transition] - sum).abs() < 1e-13);
        }
    }

    /// Catches steps kept from the wrong end of the frame interval, and a motion that depends on what is kept
    /// of it.
    #[test]
    fn the_kept_steps_are_the_last_before_each_frame() {
        let system = two_beads();
        let fine = &system.simulate(&run(40, 1, 1), 3).unwrap()[0];
        let coarse = &system.simulate(&Simulation { kept_steps: 3, ..run(8, 5, 1) }, 3).unwrap()[0];
        let positions = system.simulate(&run(8, 5, 1), 3).unwrap().remove(0).positions().clone();
        assert_eq!(coarse.positions(), positions);
        assert_eq!(coarse.exposure_positions().dim(), (8, 3, 2));
        for ((frame, step, coordinate), position) in coarse.exposure_positions().indexed_iter() {
            assert_eq!(*position, fine.positions()[[5 * frame + 2 + step, coordinate]]);
        }
        assert_eq!(fine.exposure_positions().index_axis(ndarray::Axis(1), 0), fine.positions());
    }

    /// Catches noise of the wrong strength or correlated kicks: an independent check of simulator and
    /// formulas.
    #[test]
    fn a_long_run_produces_the_exact_rate_of_the_chain() {
        let system = two_beads();
        let movies = system.simulate(&run(5000, 1, 40), 11).unwrap();
        let rates: Vec<f64> = movies.iter().map(Trajectory::realised_rate).collect();
        let mean = rates.iter().sum::<f64>() / 40.0;
        let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / 39.0;
        let error = (variance / 40.0).sqrt();
        let exact = system.steady_state().exact_chain_rate(0.01).unwrap();
        assert!((mean - exact).abs() < 3.0 * error, "{mean} +- {error} against {exact}");
        // 2 sigma / total time is the least variance that dissipation allows.
        assert!((0.04..0.1).contains(&error), "{error}");
    }

    /// Catches movies that start at rest, or from an uncorrelated draw.
    #[test]
    fn movies_start_in_the_steady_state() {
        let system = two_beads();
        let movies = system.simulate(&run(2, 1, 20_000), 1).unwrap();
        let covariance = system.steady_state().covariance();
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            let products = movies.iter().map(|movie| movie.positions()[[0, i]] * movie.positions()[[0, j]]);
            let found = products.sum::<f64>() / 20_000.0;
            let scale = (covariance[(i, i)] * covariance[(j, j)]).sqrt();
            // Wick: the standard error is at most sqrt(2 / 20,000) of the scale, 0.01.
            assert!(
                (found - covariance[(i, j)]).abs() < 0.03 * scale,
                "{found} against {}",
                covariance[(i, j)]
            );
        }
    }

    #[test]
    fn impossible_runs_are_refused_before_they_start() {
        let system = two_beads();
        let refused = |run: Simulation| system.simulate(&run, 0).unwrap_err().to_string();
        assert!(refused(run(1, 1, 1)).starts_with("frames: expected at least 2, found 1"));
        assert!(refused(run(9, 0, 1)).starts_with("steps_per_frame: expected at least 1"));
        let kept_steps = |kept_steps| Simulation { kept_steps, ..run(9, 4, 1) };
        assert!(refused(kept_steps(0)).starts_with("kept_steps: expected at least 1"));
        assert!(refused(kept_steps(5)).starts_with("kept_steps: expected at most the 4 steps per frame"));
        assert!(refused(run(9, 1, 0)).starts_with("movies: expected at least 1"));
        assert!(refused(run(usize::MAX, 1, 1)).contains("time steps a movie"));
        // Systems that do not tell refuse each movie.
        let told = refused(run(1 << 43, 1, 1 << 20));
        assert!(told.contains("memory available") || told.contains("as many as memory holds"), "{told}");
        let unstable = Simulation { time_step: 0.7, ..Simulation::default() };
        assert!(refused(unstable).contains("below 0.6667"));
        assert!(toml::from_str::<Simulation>("frame = 3").is_err());
    }
}
