//! Solves the stationary state of a linear Langevin system, with its exact entropy production.
//!
//! With drift A and diffusion D the stationary covariance obeys A C + C Aᵀ + 2 D = 0, the current is carried
//! by the antisymmetric Q = A C + D, and the local mean velocity is nu(x) = Q C⁻¹ x. The thermodynamic force
//! D⁻¹ nu(x) = G x makes the entropy production of a step G x(midpoint) · dx. U. Seifert, Rep. Prog. Phys.
//! 75, 126001 (2012), doi:10.1088/0034-4885/75/12/126001.

use nalgebra::DMatrix;

/// The stationary state of a linear system of n coordinates. Rates are in `k_B` per unit of time.
#[derive(Debug, Clone, PartialEq)]
pub struct SteadyState {
    drift: DMatrix<f64>,
    diffusion: Vec<f64>,
    covariance: DMatrix<f64>,
    inverse_covariance: DMatrix<f64>,
    circulation: DMatrix<f64>,
    parts: Vec<usize>,
}

impl SteadyState {
    /// The state of a system with this drift A, diagonal of D and stationary covariance C;
    /// nothing if C is not positive definite.
    pub(super) fn new(
        drift: DMatrix<f64>,
        diffusion: Vec<f64>,
        covariance: DMatrix<f64>,
        parts: Vec<usize>,
    ) -> Option<Self> {
        let inverse_covariance = covariance.clone().cholesky()?.inverse();
        let product = &drift * &covariance;
        let circulation = (&product - product.transpose()) * 0.5;
        Some(Self { drift, diffusion, covariance, inverse_covariance, circulation, parts })
    }

    /// Drift A: mean velocity of coordinate i per displacement of coordinate j, n x n.
    pub fn drift(&self) -> &DMatrix<f64> {
        &self.drift
    }

    /// Diffusion coefficient of each coordinate, the diagonal of D.
    pub fn diffusion(&self) -> &[f64] {
        &self.diffusion
    }

    /// Stationary covariance C of the positions, n x n. Their mean is zero.
    pub fn covariance(&self) -> &DMatrix<f64> {
        &self.covariance
    }

    /// Stationary standard deviation of each coordinate.
    pub fn standard_deviation(&self) -> Vec<f64> {
        self.covariance.diagonal().iter().map(|variance| variance.sqrt()).collect()
    }

    /// Inverse C⁻¹ of the covariance, n x n.
    pub fn inverse_covariance(&self) -> &DMatrix<f64> {
        &self.inverse_covariance
    }

    /// The antisymmetric Q = A C + D, zero in equilibrium, n x n.
    pub fn circulation(&self) -> &DMatrix<f64> {
        &self.circulation
    }

    /// The matrix Q C⁻¹ of the local mean velocity nu(x) = Q C⁻¹ x, n x n.
    pub fn mean_velocity_matrix(&self) -> DMatrix<f64> {
        &self.circulation * &self.inverse_covariance
    }

    /// The matrix G = D⁻¹ Q C⁻¹ of the thermodynamic force G x, in `k_B` per length, n x n.
    pub fn thermodynamic_force_matrix(&self) -> DMatrix<f64> {
        self.over_diffusion(self.mean_velocity_matrix())
    }

    /// The matrix D⁻¹ A of the force over temperature, F x / T, in `k_B` per length, n x n.
    pub fn force_over_temperature_matrix(&self) -> DMatrix<f64> {
        self.over_diffusion(self.drift.clone())
    }

    /// Entropy production rate of the continuous process.
    pub fn exact_entropy_production_rate(&self) -> f64 {
        self.exact_local_rates_of_coordinates().iter().sum()
    }

    /// Local (housekeeping) rate `<nu_i²>/D_i` of each coordinate: never negative, what pictures can show.
    /// Sums to [`Self::exact_entropy_production_rate`].
    pub fn exact_local_rates_of_coordinates(&self) -> Vec<f64> {
        let velocity = self.mean_velocity_matrix();
        let square = &velocity * self.circulation.transpose();
        square.diagonal().iter().zip(&self.diffusion).map(|(square, diffusion)| square / diffusion).collect()
    }

    /// [`Self::exact_local_rates_of_coordinates`], summed per part.
    pub fn exact_local_rates(&self) -> Vec<f64> {
        self.sum_per_part(&self.exact_local_rates_of_coordinates())
    }

    /// Heat that each coordinate gives to its bath over the bath's temperature, per unit of time: of either
    /// sign, and not local in the pictures. Sums to [`Self::exact_entropy_production_rate`] too, and is not
    /// the same split.
    pub fn exact_heat_rates_of_coordinates(&self) -> Vec<f64> {
        // [(A C Aᵀ)_ii + (A D)_ii] / D_i, with C Aᵀ + D = -Q: exactly zero in equilibrium.
        let heat = &self.drift * &self.circulation;
        heat.diagonal().iter().zip(&self.diffusion).map(|(heat, diffusion)| -heat / diffusion).collect()
    }

    /// [`Self::exact_heat_rates_of_coordinates`], summed per part.
    pub fn exact_heat_rates(&self) -> Vec<f64> {
        self.sum_per_part(&self.exact_heat_rates_of_coordinates())
    }

    /// Number of parts.
    pub(super) fn part_count(&self) -> usize {
        self.parts.iter().max().map_or(0, |last| last + 1)
    }

    fn sum_per_part(&self, coordinates: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.part_count()];
        for (&part, value) in self.parts.iter().zip(coordinates) {
            sums[part] += value;
        }
        sums
    }

    fn over_diffusion(&self, mut matrix: DMatrix<f64>) -> DMatrix<f64> {
        for (mut row, diffusion) in matrix.row_iter_mut().zip(&self.diffusion) {
            row /= *diffusion;
        }
        matrix
    }
}

#[cfg(test)]
mod tests {
    use crate::langevin::{BeadSpring, LangevinSystem, TemperatureProfile};

    fn chain(beads: usize, cold: f64, hot: f64) -> LangevinSystem {
        BeadSpring::new(beads, TemperatureProfile::linear(cold, hot)).unwrap().system().unwrap()
    }

    fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
        }
    }

    /// Catches a wrong factor, a transposed matrix or a heat flow of the wrong sign.
    #[test]
    fn rates_and_heat_splits_are_those_published() {
        let table: [(usize, f64, f64, &[f64]); 6] = [
            (2, 2.0, 0.125, &[0.25, -0.125]),
            (2, 5.0, 0.8, &[1.0, -0.2]),
            (2, 10.0, 2.025, &[2.25, -0.225]),
            (5, 2.0, 0.04084, &[0.0747, 0.0121, 0.0, -0.0087, -0.0374]),
            (5, 5.0, 0.25434, &[0.2990, 0.0303, 0.0, -0.0152, -0.0598]),
            (5, 10.0, 0.62982, &[0.6727, 0.0420, 0.0, -0.0176, -0.0673]),
        ];
        for (beads, hot, rate, heat) in table {
            let system = chain(beads, 1.0, hot);
            let exact = system.steady_state();
            assert_close(&[exact.exact_entropy_production_rate()], &[rate], 5e-6);
            assert_close(&exact.exact_heat_rates(), heat, 5e-5);
        }
        assert_close(&chain(2, 1.0, 10.0).steady_state().exact_local_rates(), &[1.42842, 0.59658], 5e-6);
    }

    /// Catches a split that loses or invents dissipation, and splits mistaken for each other.
    #[test]
    fn both_splits_sum_to_the_rate_and_differ() {
        let chain = BeadSpring::new(6, TemperatureProfile::custom(vec![3.0, 1.0, 8.0, 2.0, 2.0, 5.0]));
        let chain = chain.unwrap().friction_per_bead(vec![1.0, 0.3, 2.0, 5.0, 1.0, 0.7]).system().unwrap();
        let exact = chain.steady_state();
        let (local, heat) = (exact.exact_local_rates(), exact.exact_heat_rates());
        let rate = exact.exact_entropy_production_rate();
        assert_close(&[local.iter().sum(), heat.iter().sum()], &[rate; 2], 1e-13 * rate);
        assert!(local.iter().all(|rate| *rate >= 0.0));
        assert!(heat.iter().any(|rate| *rate < 0.0));
    }

    /// Catches a temperature divided by friction twice (right only at unit friction): time runs as gamma/k,
    /// and only ratios of temperatures count.
    #[test]
    fn rates_scale_as_stiffness_over_friction_and_not_with_temperature() {
        let unit = chain(3, 1.0, 10.0);
        for (stiffness, friction, scale) in
            [(2.5, 1.0, 1.0), (1.0, 0.2, 1.0), (3.0, 7.0, 1.0), (1.0, 1.0, 40.0)]
        {
            let profile = TemperatureProfile::linear(scale, 10.0 * scale);
            let other = BeadSpring::new(3, profile).unwrap().stiffness(stiffness).friction(friction);
            let other = other.system().unwrap();
            let expected: Vec<f64> =
                unit.steady_state().exact_local_rates().iter().map(|r| r * stiffness / friction).collect();
            assert_close(&other.steady_state().exact_local_rates(), &expected, 1e-12);
        }
    }

    /// Catches friction taken for mobility, bead by bead: for two coupled beads the rate is known in closed
    /// form, `k (T2 - T1)² / (2 (g1 + g2) T1 T2)` at equal wall and middle springs.
    #[test]
    fn unequal_frictions_give_the_closed_form_of_two_beads() {
        let chain = BeadSpring::new(2, TemperatureProfile::linear(1.0, 10.0)).unwrap();
        let chain = chain.stiffness(1.7).friction_per_bead(vec![0.4, 3.0]).system().unwrap();
        let closed_form = 1.7 * 81.0 / (2.0 * 3.4 * 10.0);
        assert_close(&[chain.steady_state().exact_entropy_production_rate()], &[closed_form], 1e-12);
    }

    /// Catches a spurious current: without a difference of temperatures nothing flows, whatever the
    /// frictions.
    #[test]
    fn equal_temperatures_produce_nothing() {
        let chain = BeadSpring::new(5, TemperatureProfile::uniform(4.0)).unwrap();
        let chain = chain.friction_per_bead(vec![1.0, 2.0, 0.5, 8.0, 1.0]).system().unwrap();
        let exact = chain.steady_state();
        assert!(exact.exact_entropy_production_rate() < 1e-25);
        assert_close(&exact.exact_heat_rates(), &[0.0; 5], 1e-13);
        let spring = BeadSpring::new(1, TemperatureProfile::linear(1.0, 9.0)).unwrap().system().unwrap();
        assert_eq!(spring.steady_state().exact_entropy_production_rate(), 0.0);
    }

    /// Catches left taken for right.
    #[test]
    fn swapping_cold_and_hot_mirrors_the_local_rates() {
        let (rising, falling) = (chain(5, 1.0, 10.0), chain(5, 10.0, 1.0));
        let mut mirrored = falling.steady_state().exact_local_rates();
        mirrored.reverse();
        assert_close(&rising.steady_state().exact_local_rates(), &mirrored, 1e-13);
    }
}
