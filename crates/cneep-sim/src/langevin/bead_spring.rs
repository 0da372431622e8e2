//! Builds a row of beads between two walls, joined by springs and held at different temperatures.
//!
//! `gamma_i x_i' = k (x_{i-1} - 2 x_i + x_{i+1}) + noise`, with walls `x_0 = x_{N+1} = 0`: the first system
//! of Bae, Kim, Jeong, Phys. Rev. Research 4, 033094 (2022), doi:10.1103/PhysRevResearch.4.033094.

use super::simulation::Simulation;
use super::system::{LangevinSystem, check_coordinate_count, check_positive};
use super::temperature_profile::TemperatureProfile;
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use nalgebra::DMatrix;

/// Beads on springs. Stiffness and friction are 1 unless set.
#[derive(Debug, Clone, PartialEq)]
pub struct BeadSpring {
    temperatures: Vec<f64>,
    stiffness: f64,
    friction: Vec<f64>,
}

impl BeadSpring {
    /// A row of `beads` beads with this temperature `profile`.
    ///
    /// # Errors
    /// [`Error::Setting`] for no beads or more than a thousand, or a profile that does not fit them.
    pub fn new(beads: usize, profile: TemperatureProfile) -> Result<Self> {
        if beads == 0 {
            return Err(Error::Setting(Fault::new(
                "beads",
                "at least 1 bead",
                "0",
                "Give a number of beads.",
            )));
        }
        check_coordinate_count("beads", Some(beads))?;
        let temperatures = profile.temperatures(beads)?;
        Ok(Self { temperatures, stiffness: 1.0, friction: vec![1.0; beads] })
    }

    /// The same row with springs of this `stiffness`.
    #[must_use]
    pub fn stiffness(self, stiffness: f64) -> Self {
        Self { stiffness, ..self }
    }

    /// The same row with this `friction` for every bead.
    #[must_use]
    pub fn friction(self, friction: f64) -> Self {
        let friction = vec![friction; self.temperatures.len()];
        Self { friction, ..self }
    }

    /// The same row with one friction per bead, from left to right.
    #[must_use]
    pub fn friction_per_bead(self, friction: Vec<f64>) -> Self {
        Self { friction, ..self }
    }

    /// The system, with its exact answers. Every bead is a part of one coordinate.
    ///
    /// # Errors
    /// [`Error::Setting`] for a stiffness or friction that is not positive and finite;
    /// [`Error::Mismatch`] for a number of frictions other than that of the beads.
    pub fn system(&self) -> Result<LangevinSystem> {
        let (beads, stiffness) = (self.temperatures.len(), self.stiffness);
        check_positive("stiffness", stiffness)?;
        let forces = DMatrix::from_fn(beads, beads, |i, j| match i.abs_diff(j) {
            0 => -2.0 * stiffness,
            1 => stiffness,
            _ => 0.0,
        });
        LangevinSystem::new(forces, self.friction.clone(), self.temperatures.clone(), (0..beads).collect())
    }

    /// Simulates the row: see [`LangevinSystem::simulate`].
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

    #[test]
    fn a_row_that_cannot_be_is_refused() {
        let pair = || BeadSpring::new(2, TemperatureProfile::linear(1.0, 10.0)).unwrap();
        let refused = |chain: BeadSpring| chain.system().unwrap_err().to_string();
        let profile = || TemperatureProfile::uniform(1.0);
        assert!(BeadSpring::new(0, profile()).is_err());
        let error = BeadSpring::new(usize::MAX, profile()).unwrap_err().to_string();
        assert!(error.starts_with("beads: expected at most 1000"), "{error}");
        assert!(refused(pair().stiffness(-1.0)).starts_with("stiffness: expected a positive"));
        assert!(refused(pair().friction(0.0)).starts_with("friction: expected positive"));
        assert!(refused(pair().friction_per_bead(vec![1.0])).contains("1 frictions"));
    }
}
