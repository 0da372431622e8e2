//! Solves for one symmetric matrix with several numbers added to its diagonal, by the products of one.

use super::conjugate_gradients::Limits;
use rayon::prelude::*;

/// A system as it is solved.
struct Shifted {
    shift: f64,
    solution: Vec<f64>,
    direction: Vec<f64>,
    /// Of the triangular factors of the shifted tridiagonal matrix: the last number on the diagonal, and the
    /// last of the side that they have been applied to.
    diagonal: f64,
    weight: f64,
    is_done: bool,
}

/// Solves `(matrix + shift) x = side` for each of the `shifts`, which leave the matrix positive, as conjugate
/// gradients would one by one: all have the same Krylov space, and share the products that make it (Lanczos
/// 1952, doi 10.6028/jres.049.006; Frommer and Maass 1999, doi 10.1137/S1064827596313310).
pub(in crate::estimator) fn shifted_systems(
    side: &[f64],
    shifts: &[f64],
    limits: Limits,
    matrix: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<Vec<f64>> {
    let size = norm(side);
    let begun = |&shift: &f64| Shifted {
        shift,
        solution: vec![0.0; side.len()],
        direction: vec![0.0; side.len()],
        diagonal: 1.0,
        weight: size,
        is_done: size == 0.0,
    };
    let mut systems: Vec<Shifted> = shifts.iter().map(begun).collect();
    let mut basis: Vec<f64> = side.iter().map(|x| x / size).collect();
    let (mut before, mut beside) = (vec![0.0; side.len()], 0.0);
    for step in 0..limits.directions {
        if systems.iter().all(|system| system.is_done) {
            break;
        }
        let mut next = matrix(&basis);
        next.iter_mut().zip(&before).for_each(|(next, before)| *next -= beside * before);
        let on_diagonal: f64 = next.iter().zip(&basis).map(|(a, b)| a * b).sum();
        next.iter_mut().zip(&basis).for_each(|(next, basis)| *next -= on_diagonal * basis);
        let ahead = norm(&next);
        systems.par_iter_mut().filter(|system| !system.is_done).for_each(|system| {
            let factor = if step == 0 { 0.0 } else { beside / system.diagonal };
            let diagonal = on_diagonal + system.shift - factor * beside;
            // Not positive: as far as rounding can tell, what is left cannot be solved.
            if diagonal <= 0.0 {
                system.is_done = true;
                return;
            }
            if step > 0 {
                system.weight *= -factor;
            }
            system.diagonal = diagonal;
            let Shifted { solution, direction, weight, .. } = system;
            for ((x, d), b) in solution.iter_mut().zip(direction).zip(&basis) {
                *d = (b - beside * *d) / diagonal;
                *x += *weight * *d;
            }
            system.is_done = ahead * (system.weight / diagonal).abs() <= limits.remainder * size;
        });
        before = std::mem::replace(&mut basis, next);
        for x in &mut basis {
            *x /= ahead;
        }
        beside = ahead;
    }
    systems.into_iter().map(|system| system.solution).collect()
}

fn norm(of: &[f64]) -> f64 {
    of.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::conjugate_gradients::conjugate_gradients;
    use super::*;

    /// A positive matrix of many sizes of eigenvalues.
    fn times(x: &[f64], shift: f64) -> Vec<f64> {
        let at = |i: usize| x.get(i).copied().unwrap_or(0.0);
        let of = |i: usize| {
            (2.1 + 0.1 * i as f64 + shift) * at(i) - at(i + 1) - if i > 0 { at(i - 1) } else { 0.0 }
        };
        (0..x.len()).map(of).collect()
    }

    /// The referee: conjugate gradients, one by one, ended at the same steps. Catches a factor that is one
    /// step off, and a system that goes on when it is done or ends with another.
    #[test]
    fn they_are_solved_as_one_by_one() {
        let side: Vec<f64> = (0..60).map(|i| (1.7 * f64::from(i)).sin()).collect();
        let shifts = [0.01, 0.3, 50.0];
        for limits in [
            Limits { directions: 7, remainder: 1e-12 },
            Limits { directions: 60, remainder: 1e-3 },
            Limits { directions: 60, remainder: 1e-10 },
        ] {
            let all = shifted_systems(&side, &shifts, limits, |x| times(x, 0.0));
            for (found, &shift) in all.iter().zip(&shifts) {
                let alone = conjugate_gradients(&side, limits, |x| times(x, shift));
                assert!(found.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-9), "{shift}, {limits:?}");
            }
        }
    }

    /// Nothing to solve, and a matrix whose Krylov space ends at once: no number is divided by zero.
    #[test]
    fn what_is_solved_at_once_has_no_rest() {
        let limits = Limits { directions: 20, remainder: 1e-3 };
        assert_eq!(shifted_systems(&[0.0; 3], &[0.1], limits, |x| times(x, 0.0)), [[0.0; 3]]);
        let found =
            shifted_systems(&[3.0, -6.0], &[1.0, 2.0], limits, |x| x.iter().map(|x| 2.0 * x).collect());
        let expected = [1.0, -2.0, 0.75, -1.5];
        assert!(found.concat().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }
}
