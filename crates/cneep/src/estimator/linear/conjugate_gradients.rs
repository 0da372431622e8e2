//! Solves for a symmetric positive matrix that is known by its products alone.

/// When to end.
#[derive(Debug, Clone, Copy)]
pub(in crate::estimator) struct Limits {
    /// Directions at most.
    pub(in crate::estimator) directions: usize,
    /// Share of the right side at which what is left is small.
    pub(in crate::estimator) remainder: f64,
}

/// Solves `matrix x = side` by conjugate gradients (Hestenes and Stiefel 1952, doi 10.6028/jres.049.044),
/// preconditioned by the matrix's `diagonal`, if it is given.
pub(in crate::estimator) fn conjugate_gradients(
    side: &[f64],
    limits: Limits,
    diagonal: Option<&[f64]>,
    matrix: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let conditioned = |rest: &[f64]| -> Vec<f64> {
        match diagonal {
            Some(diagonal) => rest.iter().zip(diagonal).map(|(rest, own)| rest / own).collect(),
            None => rest.to_vec(),
        }
    };
    let mut solution = vec![0.0; side.len()];
    let mut rest = side.to_vec();
    let mut direction = conditioned(&rest);
    let start = dot(&rest, &direction);
    let mut size = start;
    for _ in 0..limits.directions {
        if size <= limits.remainder * limits.remainder * start {
            break;
        }
        let product = matrix(&direction);
        let curvature = dot(&direction, &product);
        if curvature <= 0.0 {
            break;
        }
        let step = size / curvature;
        solution.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
        rest.iter_mut().zip(&product).for_each(|(r, p)| *r -= step * p);
        let towards = conditioned(&rest);
        let next = dot(&rest, &towards);
        direction.iter_mut().zip(&towards).for_each(|(d, r)| *d = r + next / size * *d);
        size = next;
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conjugate_gradients_solve() {
        let matrix = |x: &[f64]| vec![4.0 * x[0] + x[1], x[0] + 3.0 * x[1] - x[2], 2.0 * x[2] - x[1]];
        let side = matrix(&[1.0, -2.0, 0.5]);
        let limits = Limits { directions: 25, remainder: 0.02 };
        let found = conjugate_gradients(&side, limits, None, matrix);
        let rest: f64 = matrix(&found).iter().zip(&side).map(|(a, b)| (a - b).powi(2)).sum();
        assert!(rest.sqrt() < 0.05 * side.iter().map(|s| s * s).sum::<f64>().sqrt(), "{found:?}");
    }
}
