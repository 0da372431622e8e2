//! Draws the steps of a linear Langevin system from their exact density, however long they are.
//!
//! A step produces the logarithm of the density of its two states over that of the same states exchanged, so
//! that the mean along a path is [`SteadyState::exact_pair_rate`](super::SteadyState::exact_pair_rate) at the
//! time step.

use super::pair_rate::PairDensity;
use super::path::{self, Dynamics};
use super::simulation::Simulation;
use super::step_entropy::MidpointRule;
use super::system::LangevinSystem;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use nalgebra::{DMatrix, DVector};
use ndarray::ArrayView1;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

impl LangevinSystem {
    /// Simulates independent movies of the steady state, exactly: each time step is drawn from the density of
    /// states that far apart. Seeds as in [`Self::simulate`].
    ///
    /// # Errors
    /// [`Error::Setting`] for fewer than 2 frames, no steps or movies, more frames than memory holds, or a
    /// time step that is not positive and finite; [`Error::NotConverged`] for one beyond all relaxation times
    /// by far.
    pub fn simulate_exactly(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        let exact = self.steady_state();
        let pair = exact.pair_density(run.time_step)?;
        let steps = ExactSteps {
            parts: self.parts(),
            first_state: stationary_factor(self)?,
            rule: MidpointRule::new(&pair.force, self.parts()),
            pair,
        };
        path::simulate(&steps, &exact.standard_deviation(), run, seed)
    }
}

/// Lower triangular factor of the stationary covariance of a `system`.
pub(super) fn stationary_factor(system: &LangevinSystem) -> Result<DMatrix<f64>> {
    let factor = system.steady_state().covariance().clone().cholesky().ok_or_else(|| {
        Error::NotConverged(Fault::new(
            "stationary covariance",
            "a positive definite matrix",
            "one lost to rounding",
            "Bring the stiffnesses closer together.",
        ))
    })?;
    Ok(factor.unpack())
}

#[derive(Clone)]
struct ExactSteps<'a> {
    parts: &'a [usize],
    first_state: DMatrix<f64>,
    pair: PairDensity,
    rule: MidpointRule<'a>,
}

fn draw(count: usize, random: &mut ChaCha8Rng) -> DVector<f64> {
    DVector::from_fn(count, |_, _| StandardNormal.sample(random))
}

impl Dynamics for ExactSteps<'_> {
    fn parts(&self) -> &[usize] {
        self.parts
    }

    fn first_state(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        (&self.first_state * draw(self.parts.len(), random)).as_slice().to_vec()
    }

    fn step(
        &mut self,
        state: &[f64],
        next: &mut [f64],
        random: &mut ChaCha8Rng,
        share: impl FnMut(usize, f64),
    ) {
        let mean = &self.pair.propagator * DVector::from_column_slice(state);
        next.copy_from_slice((mean + &self.pair.noise * draw(state.len(), random)).as_slice());
        self.rule.add_step(&ArrayView1::from(state), &ArrayView1::from(&*next), share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::{BeadSpring, StirredTrap, TemperatureProfile};

    /// Catches a force that is not that of pairs: the closed form of a stirred trap, k = 0.05, w = 0.1.
    #[test]
    fn pairs_of_a_stirred_trap_have_their_closed_form() {
        let (stiffness, torque) = (0.05_f64, 0.1_f64);
        let system = StirredTrap::new(stiffness, torque).temperature(1.25).system().unwrap();
        let pair = system.steady_state().pair_density(1.0).unwrap();
        let decay = (-stiffness).exp();
        let force = 2.0 * decay * torque.sin() / (25.0 * (1.0 - decay * decay));
        let expected = DMatrix::from_row_slice(2, 2, &[0.0, -force, force, 0.0]);
        assert!((&pair.force - expected).norm() < 1e-12 * force, "{}", pair.force);
        let kept = DMatrix::from_row_slice(
            2,
            2,
            &[decay * torque.cos(), -decay * torque.sin(), decay * torque.sin(), decay * torque.cos()],
        );
        assert!((pair.propagator - kept).norm() < 1e-14);
        let rate = system.steady_state().exact_pair_rate(1.0).unwrap();
        let closed = 4.0 * (decay * torque.sin()).powi(2) / (1.0 - decay * decay);
        assert!((rate - closed).abs() < 1e-12 && (rate - 0.379).abs() < 5e-4, "{rate} {closed}");
    }

    /// Catches steps of the wrong density: means along paths against the exact rate of pairs, and the
    /// fluctuation theorem, at a step at which Euler's rule would be far off.
    #[test]
    fn long_steps_realise_the_rate_of_pairs() {
        let chain = BeadSpring::new(3, TemperatureProfile::linear(1.0, 10.0)).unwrap().system().unwrap();
        let run = Simulation { time_step: 0.4, frames: 4000, movies: 40, ..Simulation::default() };
        let paths = chain.simulate_exactly(&run, 5).unwrap();
        let check = |of: fn(&Trajectory) -> f64, exact: f64| {
            let values: Vec<f64> = paths.iter().map(of).collect();
            let mean = values.iter().sum::<f64>() / 40.0;
            let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (39.0 * 40.0)).sqrt();
            assert!((mean - exact).abs() < 4.0 * error && error < 0.03, "{mean} +- {error}: {exact}");
        };
        check(Trajectory::realised_rate, chain.steady_state().exact_pair_rate(0.4).unwrap());
        check(
            |path| {
                let steps = &path.entropy_production().total;
                steps.iter().map(|step| (-step).exp()).sum::<f64>() / steps.len() as f64
            },
            1.0,
        );
        let variance = paths.iter().map(|p| p.positions().column(0).var(0.0)).sum::<f64>() / 40.0;
        let exact = chain.steady_state().covariance()[(0, 0)];
        assert!((variance / exact - 1.0).abs() < 0.02, "{variance} against {exact}");
    }

    /// Catches a force with another limit than the thermodynamic force.
    #[test]
    fn short_steps_have_the_thermodynamic_force() {
        let chain = BeadSpring::new(3, TemperatureProfile::linear(1.0, 10.0)).unwrap().system().unwrap();
        let exact = chain.steady_state();
        let force = exact.thermodynamic_force_matrix();
        assert!((exact.pair_density(1e-7).unwrap().force - &force).norm() < 1e-5 * force.norm());
        assert!(exact.pair_density(0.0).is_err() && exact.pair_density(f64::NAN).is_err());
    }
}
