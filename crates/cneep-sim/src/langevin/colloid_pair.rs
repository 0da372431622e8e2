//! Builds two trapped colloids of which one follows the other, and the other flees it.
//!
//! `x_1' = -k x_1 - w x_2 + noise`, `x_2' = -k x_2 + w x_1 + noise` along the line that joins them, and the
//! traps alone across it. In (`x_1`, `x_2`) this is a stirred trap: the rate is 2 w^2 / k, half of it at
//! either colloid.

use super::system::{LangevinSystem, check_positive};
use cneep_movie::error::Result;
use nalgebra::DMatrix;

/// Two colloids, two parts with coordinates x and y each. Friction is 1.
#[derive(Debug, Clone, PartialEq)]
pub struct ColloidPair {
    stiffness: f64,
    coupling: f64,
    deviation: f64,
}

impl ColloidPair {
    /// Traps of this `stiffness` in which each coordinate has this stationary `deviation`; the second colloid
    /// is pushed along by `coupling` times the displacement of the first, which is pushed the other way by
    /// that of the second.
    pub fn new(stiffness: f64, coupling: f64, deviation: f64) -> Self {
        Self { stiffness, coupling, deviation }
    }

    /// The system, with its exact answers.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for a coupling that is not finite, or a stiffness or
    /// deviation that is not positive and finite.
    pub fn system(&self) -> Result<LangevinSystem> {
        check_positive("stiffness", self.stiffness)?;
        check_positive("deviation", self.deviation)?;
        let mut forces = DMatrix::from_diagonal_element(4, 4, -self.stiffness);
        forces[(0, 2)] = -self.coupling;
        forces[(2, 0)] = self.coupling;
        let temperature = self.stiffness * self.deviation.powi(2);
        LangevinSystem::new(forces, vec![1.0; 4], vec![temperature; 4], vec![0, 0, 1, 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a coupling of the wrong sign, which would be a force between them, and y that takes part.
    #[test]
    fn a_pair_dissipates_as_a_stirred_trap() {
        let system = ColloidPair::new(0.05, 0.1, 5.0).system().unwrap();
        let exact = system.steady_state();
        let rates = exact.exact_local_rates_of_coordinates();
        let expected = [0.2, 0.0, 0.2, 0.0];
        assert!(rates.iter().zip(expected).all(|(rate, e)| (rate - e).abs() < 1e-12), "{rates:?}");
        assert!(exact.standard_deviation().iter().all(|deviation| (deviation - 5.0).abs() < 1e-12));
        assert!((exact.exact_pair_rate(1.0).unwrap() - 0.379).abs() < 5e-4);
        assert!(ColloidPair::new(0.0, 0.1, 5.0).system().is_err());
    }
}
