//! Builds a bead in a trap that is stirred by a constant torque.
//!
//! The force is F = -k x + e R x, with R the rotation by 90 degrees. As R x stands at right angles to x, the
//! stationary density is that of the still trap, with variance T/k; the bead circles at the angular velocity
//! e/gamma, and dissipates `<F . nu>/T = gamma (e/gamma)² <x²>/T = 2 e²/(gamma k)`, whatever the temperature.

use super::simulation::Simulation;
use super::system::{LangevinSystem, check_positive};
use super::trajectory::Trajectory;
use cneep_movie::error::Result;
use nalgebra::DMatrix;

/// One bead in two dimensions, one part of coordinates x and y. Friction and temperature are 1 unless set.
#[derive(Debug, Clone, PartialEq)]
pub struct StirredTrap {
    stiffness: f64,
    torque: f64,
    friction: f64,
    temperature: f64,
}

impl StirredTrap {
    /// A trap of this `stiffness`, stirred from x towards y by a force `torque` times the distance from its
    /// middle.
    pub fn new(stiffness: f64, torque: f64) -> Self {
        Self { stiffness, torque, friction: 1.0, temperature: 1.0 }
    }

    /// The same trap with this `friction`.
    #[must_use]
    pub fn friction(self, friction: f64) -> Self {
        Self { friction, ..self }
    }

    /// The same trap at this `temperature`.
    #[must_use]
    pub fn temperature(self, temperature: f64) -> Self {
        Self { temperature, ..self }
    }

    /// The system, with its exact answers.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for a torque that is not finite, or a stiffness,
    /// friction or temperature that is not positive and finite.
    pub fn system(&self) -> Result<LangevinSystem> {
        check_positive("stiffness", self.stiffness)?;
        let forces = [-self.stiffness, -self.torque, self.torque, -self.stiffness];
        let forces = DMatrix::from_row_slice(2, 2, &forces);
        LangevinSystem::new(forces, vec![self.friction; 2], vec![self.temperature; 2], vec![0, 0])
    }

    /// Simulates the bead: see [`LangevinSystem::simulate`].
    ///
    /// # Errors
    /// Those of [`Self::system`] and [`LangevinSystem::simulate`].
    pub fn simulate(&self, run: &Simulation, seed: u64) -> Result<Vec<Trajectory>> {
        self.system()?.simulate(run, seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a solver that assumes symmetric forces, and any wrong power of the four settings.
    #[test]
    fn a_stirred_trap_dissipates_its_closed_form() {
        for (stiffness, torque, friction, temperature) in
            [(1.0, 1.0, 1.0, 1.0), (2.0, 3.0, 0.5, 4.0), (0.7, -5.0, 3.0, 0.1)]
        {
            let trap = StirredTrap::new(stiffness, torque).friction(friction).temperature(temperature);
            let system = trap.system().unwrap();
            let exact = system.steady_state();
            let closed_form = 2.0 * torque * torque / (friction * stiffness);
            for rate in [exact.exact_entropy_production_rate(), exact.exact_heat_rates()[0]] {
                assert!((rate - closed_form).abs() < 1e-12 * closed_form, "{rate} against {closed_form}");
            }
            for deviation in exact.standard_deviation() {
                assert!((deviation - (temperature / stiffness).sqrt()).abs() < 1e-13);
            }
        }
    }

    /// Catches a bead stirred the wrong way: at x > 0 it must move towards positive y, as fast as the torque
    /// says.
    #[test]
    fn a_positive_torque_turns_x_towards_y() {
        let system = StirredTrap::new(2.0, 3.0).friction(0.5).system().unwrap();
        let velocity = system.steady_state().mean_velocity_matrix();
        assert!((velocity - DMatrix::from_row_slice(2, 2, &[0.0, -6.0, 6.0, 0.0])).norm() < 1e-12);
    }

    /// Catches noise that differs between the axes or dissipation without torque.
    #[test]
    fn a_still_trap_is_in_equilibrium() {
        let system = StirredTrap::new(2.0, 0.0).temperature(3.0).system().unwrap();
        assert_eq!(system.steady_state().exact_entropy_production_rate(), 0.0);
        assert!(StirredTrap::new(-1.0, 0.0).system().is_err());
        assert!(StirredTrap::new(1.0, f64::NAN).system().is_err());
    }

    /// Catches a simulator that loses forces at right angles.
    #[test]
    fn a_simulated_trap_realises_the_rate_of_its_chain() {
        let trap = StirredTrap::new(1.0, 1.5).friction(2.0);
        let run = Simulation { movies: 40, frames: 2000, ..Simulation::default() };
        let rates: Vec<f64> = trap.simulate(&run, 3).unwrap().iter().map(Trajectory::realised_rate).collect();
        let mean = rates.iter().sum::<f64>() / 40.0;
        let error = (rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / (39.0 * 40.0)).sqrt();
        let exact = trap.system().unwrap().steady_state().exact_chain_rate(0.01).unwrap();
        assert!(
            (mean - exact).abs() < 3.0 * error && error < 0.1 * exact,
            "{mean} +- {error} against {exact}"
        );
    }
}
