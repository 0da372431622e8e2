//! Solves Lyapunov equations, continuous and discrete, by doubling.
//!
//! R. A. Smith, SIAM J. Appl. Math. 16, 198 (1968), doi:10.1137/0116017: a dozen products of matrices for any
//! stable system, where a Kronecker system would have as many unknowns as the covariance has entries.

use nalgebra::DMatrix;

/// Doublings after which a memory of 2^60 steps has not faded: the system does not settle.
const MOST_DOUBLINGS: usize = 60;

/// The covariance C with A C + C Aᵀ + 2 D = 0, or nothing unless every eigenvalue of `drift` A has a negative
/// real part. `diffusion` is the diagonal of D.
pub(super) fn continuous(drift: &DMatrix<f64>, diffusion: &[f64]) -> Option<DMatrix<f64>> {
    let size = drift.nrows();
    let identity = DMatrix::<f64>::identity(size, size);
    let slow = drift.clone().try_inverse()?.norm();
    // The Cayley transform by the geometric mean of the fastest and the slowest rate fades soonest.
    let shift = (drift.norm() / slow).sqrt();
    let inverse = (drift - &identity * shift).try_inverse()?;
    let step = &inverse * (drift + &identity * shift);
    let noise = &inverse * scaled_diagonal(diffusion, 4.0 * shift) * inverse.transpose();
    discrete(&step, &noise)
}

/// The covariance C with C = M C Mᵀ + `noise`, or nothing unless every eigenvalue of `step` M lies inside the
/// unit circle.
pub(super) fn discrete(step: &DMatrix<f64>, noise: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let mut power = step.clone();
    let mut covariance = noise.clone();
    for _ in 0..MOST_DOUBLINGS {
        let memory = &power * &covariance * power.transpose();
        let remembered = memory.norm();
        if !remembered.is_finite() {
            return None;
        }
        let faded = remembered <= f64::EPSILON * 1e-3 * covariance.norm();
        covariance += memory;
        if faded {
            return Some((&covariance + covariance.transpose()) * 0.5);
        }
        power = &power * &power;
    }
    None
}

/// Whether every eigenvalue of `step` lies inside the unit circle.
pub(super) fn settles(step: &DMatrix<f64>) -> bool {
    discrete(step, &DMatrix::identity(step.nrows(), step.nrows())).is_some()
}

/// The diagonal matrix of `entries` times `factor`.
pub(super) fn scaled_diagonal(entries: &[f64], factor: f64) -> DMatrix<f64> {
    DMatrix::from_diagonal(&nalgebra::DVector::from_iterator(
        entries.len(),
        entries.iter().map(|entry| entry * factor),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DVector;

    /// A stable drift without any symmetry, with rates over three orders of magnitude.
    fn lopsided(size: usize) -> (DMatrix<f64>, Vec<f64>) {
        let drift = DMatrix::from_fn(size, size, |i, j| {
            let ripple = ((3 * i + 7 * j + 1) as f64).sin() / size as f64;
            if i == j { -10f64.powf(3.0 * i as f64 / size as f64) } else { ripple }
        });
        (drift, (0..size).map(|i| 1.0 + i as f64).collect())
    }

    /// Solves the n^2 linear equations for the entries of C one by one.
    fn naive_continuous(drift: &DMatrix<f64>, diffusion: &[f64]) -> DMatrix<f64> {
        let size = drift.nrows();
        let identity = DMatrix::<f64>::identity(size, size);
        let equations = identity.kronecker(drift) + drift.kronecker(&identity);
        let target = DVector::from_column_slice(scaled_diagonal(diffusion, -2.0).as_slice());
        let solution = equations.lu().solve(&target).unwrap();
        DMatrix::from_column_slice(size, size, solution.as_slice())
    }

    /// Catches a wrong transform, transposition or factor: all vanish for symmetric drifts of one
    /// temperature.
    #[test]
    fn doubling_agrees_with_the_kronecker_system() {
        let (drift, diffusion) = lopsided(7);
        let fast = continuous(&drift, &diffusion).unwrap();
        let slow = naive_continuous(&drift, &diffusion);
        assert!((&fast - &slow).norm() < 1e-13 * slow.norm(), "{:e}", (&fast - &slow).norm());
    }

    /// Catches loss of accuracy, or of speed, at the size of a filament network.
    #[test]
    fn two_hundred_coordinates_are_solved_to_rounding() {
        let (drift, diffusion) = lopsided(200);
        let covariance = continuous(&drift, &diffusion).unwrap();
        let source = scaled_diagonal(&diffusion, 2.0);
        let residual = &drift * &covariance + &covariance * drift.transpose() + &source;
        assert!(residual.norm() < 1e-12 * source.norm(), "{:e}", residual.norm() / source.norm());
    }

    /// Catches a covariance reported for a system that has none.
    #[test]
    fn a_system_that_does_not_settle_has_no_covariance() {
        assert!(continuous(&DMatrix::from_row_slice(1, 1, &[0.5]), &[1.0]).is_none());
        assert!(continuous(&DMatrix::zeros(2, 2), &[1.0, 1.0]).is_none());
        let rotation = DMatrix::from_row_slice(2, 2, &[0.0, 1.0, -1.0, 0.0]);
        assert!(continuous(&rotation, &[1.0, 1.0]).is_none());
        assert!(!settles(&rotation));
        assert!(!settles(&(&rotation * -1.1)));
        assert!(settles(&(rotation * 0.999)));
    }
}
