//! Builds a Brownian gyrator: a bead in a trap whose axes are turned against those of two temperatures.
//!
//! Heat that enters along the hot axis leaves along the cold one, and the bead circles on the average.
//! R. Filliger, P. Reimann, Phys. Rev. Lett. 99, 230602 (2007), doi:10.1103/PhysRevLett.99.230602.

use super::simulation::Simulation;
use super::system::{LangevinSystem, check_positive};
use super::trajectory::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use nalgebra::{DMatrix, Matrix2, Rotation2};
use std::f64::consts::FRAC_PI_4;

/// One bead in two dimensions, one part of coordinates x and y. The trap is turned by 45 degrees and friction
/// is 1 unless set.
#[derive(Debug, Clone, PartialEq)]
pub struct BrownianGyrator {
    stiffness: [f64; 2],
    temperatures: [f64; 2],
    angle: f64,
    friction: f64,
}

impl BrownianGyrator {
    /// A bead held with this `stiffness` along the first and second axis of the trap, with these
    /// `temperatures` along x and y.
    pub fn new(stiffness: [f64; 2], temperatures: [f64; 2]) -> Self {
        Self { stiffness, temperatures, angle: FRAC_PI_4, friction: 1.0 }
    }

    /// The same bead with the trap's first axis turned by `angle` from x towards y, in radians.
    #[must_use]
    pub fn angle(self, angle: f64) -> Self {
        Self { angle, ..self }
    }

    /// The same bead with this `friction`.
    #[must_use]
    pub fn friction(self, friction: f64) -> Self {
        Self { friction, ..self }
    }

    /// The system, with its exact answers.
    ///
    /// # Errors
    /// [`Error::Setting`] for an angle that is not finite, or a stiffness, friction or temperature that is
    /// not positive and finite.
    pub fn system(&self) -> Result<LangevinSystem> {
        for stiffness in self.stiffness {
            check_positive("stiffness", stiffness)?;
        }
        if !self.angle.is_finite() {
            let found = self.angle.to_string();
            let remedy = "Give the angle between the trap and the temperatures.";
            return Err(Error::Setting(Fault::new("angle", "a finite angle", found, remedy)));
        }
        let axes = *Rotation2::new(self.angle).matrix();
        let stiffness = axes * Matrix2::from_diagonal(&self.stiffness.into()) * axes.transpose();
        // The product is symmetric up to rounding only, and rounding must not stir.
        let forces = DMatrix::from_fn(2, 2, |i, j| -0.5 * (stiffness[(i, j)] + stiffness[(j, i)]));
        LangevinSystem::new(forces, vec![self.friction; 2], self.temperatures.to_vec(), vec![0, 0])
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

    fn rate(gyrator: &BrownianGyrator) -> f64 {
        gyrator.system().unwrap().steady_state().exact_entropy_production_rate()
    }

    /// Catches a trap turned the wrong way or by twice the angle: for two coordinates with stiffness matrix K
    /// the rate is `K_xy² (T_x - T_y)² / (gamma T_x T_y (K_xx + K_yy))`, with `K_xy = (k_1 - k_2) sin cos`.
    #[test]
    fn the_rate_is_the_closed_form_at_any_angle() {
        for angle in [0.1, 0.5, FRAC_PI_4, 1.3, 2.0, -0.7] {
            let (stiff, soft, hot, cold, friction) = (4.0, 0.7, 9.0, 2.0, 0.3);
            let gyrator = BrownianGyrator::new([stiff, soft], [hot, cold]).angle(angle).friction(friction);
            let coupling: f64 = (stiff - soft) * f64::sin(angle) * f64::cos(angle);
            let difference: f64 = hot - cold;
            let closed_form = (coupling * difference).powi(2) / (friction * hot * cold * (stiff + soft));
            assert!((rate(&gyrator) - closed_form).abs() < 1e-12 * closed_form, "{angle}");
        }
    }

    /// Catches a bead cut in two parts, and ties the gyrator to the two-bead row with the same matrices.
    #[test]
    fn at_45_degrees_it_is_the_two_bead_row_in_one_part() {
        let system = BrownianGyrator::new([1.0, 3.0], [1.0, 10.0]).system().unwrap();
        assert!(
            (system.force_matrix() - DMatrix::from_row_slice(2, 2, &[-2.0, 1.0, 1.0, -2.0])).norm() < 1e-15
        );
        let local = system.steady_state().exact_local_rates();
        assert!(local.len() == 1 && (local[0] - 2.025).abs() < 1e-13, "{local:?}");
    }

    /// Catches a current where one of the three ingredients is missing: two temperatures, two stiffnesses, an
    /// angle.
    #[test]
    fn without_a_difference_or_an_angle_nothing_circles() {
        assert!(rate(&BrownianGyrator::new([1.0, 5.0], [3.0, 3.0]).angle(0.4)) < 1e-28);
        assert!(rate(&BrownianGyrator::new([2.0, 2.0], [1.0, 9.0]).angle(0.4)) < 1e-28);
        assert_eq!(rate(&BrownianGyrator::new([1.0, 5.0], [1.0, 9.0]).angle(0.0)), 0.0);
    }

    /// Catches a sense of rotation that survives a mirror, and a rate that does not.
    #[test]
    fn a_mirrored_trap_circles_the_other_way_at_the_same_rate() {
        let circulation = |angle: f64| {
            let system = BrownianGyrator::new([1.0, 5.0], [1.0, 9.0]).angle(angle).system().unwrap();
            let exact = system.steady_state();
            (exact.circulation()[(0, 1)], exact.exact_entropy_production_rate())
        };
        let (left, right) = (circulation(0.6), circulation(-0.6));
        assert!((left.0 + right.0).abs() < 1e-13 && left.0.abs() > 0.1, "{left:?} {right:?}");
        assert!((left.1 - right.1).abs() < 1e-13);
    }

    /// Catches friction or temperature that enters twice: the rate runs as k/gamma, and only T's ratio
    /// counts.
    #[test]
    fn the_rate_scales_as_stiffness_over_friction() {
        let unit = rate(&BrownianGyrator::new([1.0, 4.0], [1.0, 6.0]));
        let other = rate(&BrownianGyrator::new([3.0, 12.0], [5.0, 30.0]).friction(0.2));
        assert!((other - 15.0 * unit).abs() < 1e-12 * other);
    }

    #[test]
    fn a_gyrator_that_cannot_be_is_refused() {
        let refused = |gyrator: BrownianGyrator| gyrator.system().unwrap_err().to_string();
        assert!(refused(BrownianGyrator::new([1.0, 0.0], [1.0, 2.0])).starts_with("stiffness"));
        assert!(refused(BrownianGyrator::new([1.0, 2.0], [1.0, -2.0])).starts_with("temperature"));
        let gyrator = BrownianGyrator::new([1.0, 2.0], [1.0, 2.0]);
        assert!(refused(gyrator.clone().angle(f64::INFINITY)).starts_with("angle"));
        assert!(refused(gyrator.friction(f64::NAN)).starts_with("friction"));
    }
}
