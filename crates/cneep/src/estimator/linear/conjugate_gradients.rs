//! Solves for a symmetric positive matrix that is known by its products alone.

/// When to end.
#[derive(Debug, Clone, Copy)]
pub(in crate::estimator) struct Limits {
    /// Directions at most.
    pub(in crate::estimator) directions: usize,
    /// Share of the right side at which what is left is small.
    pub(in crate::estimator) remainder: f64,
}

/// Solves `matrix x = side` by conjugate gradients (Hestenes and Stiefel 1952, doi 10.6028/jres.049.044).
pub(in crate::estimator) fn conjugate_gradients(
    side: &[f64],
    limits: Limits,
    matrix: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<f64> {
    let times = |x: &[[f64; 1]]| matrix(x.as_flattened()).into_iter().map(|x| [x]).collect();
    side_by_side(side.as_chunks().0, limits, <[_]>::to_vec, times).into_iter().map(|[x]| x).collect()
}

/// Solves `K` systems at once, which differ by their sides and by what is added to one matrix, as the same
/// number of products would one by one: it is read once for all of them. `conditioned` is a product with
/// what is about the inverse of the matrices, symmetric and positive.
pub(in crate::estimator) fn side_by_side<const K: usize>(
    sides: &[[f64; K]],
    limits: Limits,
    conditioned: impl Fn(&[[f64; K]]) -> Vec<[f64; K]>,
    matrices: impl Fn(&[[f64; K]]) -> Vec<[f64; K]>,
) -> Vec<[f64; K]> {
    let each = |of: &dyn Fn(usize) -> f64| std::array::from_fn::<f64, K, _>(of);
    let dot = |a: &[[f64; K]], b: &[[f64; K]]| {
        a.iter().zip(b).fold([0.0; K], |sum, (a, b)| std::array::from_fn(|k| sum[k] + a[k] * b[k]))
    };
    let mut solutions = vec![[0.0; K]; sides.len()];
    let mut rest = sides.to_vec();
    let mut directions = conditioned(&rest);
    let start = dot(&rest, &directions);
    let (mut sizes, mut is_done) = (start, [false; K]);
    for _ in 0..limits.directions {
        let end = limits.remainder * limits.remainder;
        is_done = std::array::from_fn(|k| is_done[k] || sizes[k] <= end * start[k]);
        if is_done.iter().all(|done| *done) {
            break;
        }
        let products = matrices(&directions);
        let curvatures = dot(&directions, &products);
        is_done = std::array::from_fn(|k| is_done[k] || curvatures[k] <= 0.0);
        // What is done stays as it is.
        let steps = each(&|k| if is_done[k] { 0.0 } else { sizes[k] / curvatures[k] });
        for ((x, d), (r, p)) in solutions.iter_mut().zip(&directions).zip(rest.iter_mut().zip(&products)) {
            for k in 0..K {
                x[k] += steps[k] * d[k];
                r[k] -= steps[k] * p[k];
            }
        }
        let towards = conditioned(&rest);
        let next = dot(&rest, &towards);
        let turns = each(&|k| if is_done[k] { 0.0 } else { next[k] / sizes[k] });
        for (d, r) in directions.iter_mut().zip(&towards) {
            for k in 0..K {
                d[k] = r[k] + turns[k] * d[k];
            }
        }
        sizes = each(&|k| if is_done[k] { sizes[k] } else { next[k] });
    }
    solutions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conjugate_gradients_solve() {
        let matrix = |x: &[f64]| vec![4.0 * x[0] + x[1], x[0] + 3.0 * x[1] - x[2], 2.0 * x[2] - x[1]];
        let side = matrix(&[1.0, -2.0, 0.5]);
        let limits = Limits { directions: 25, remainder: 0.02 };
        let found = conjugate_gradients(&side, limits, matrix);
        let rest: f64 = matrix(&found).iter().zip(&side).map(|(a, b)| (a - b).powi(2)).sum();
        assert!(rest.sqrt() < 0.05 * side.iter().map(|s| s * s).sum::<f64>().sqrt(), "{found:?}");
    }

    /// Systems that end after one, two and no directions at all: catches one that another changes.
    #[test]
    fn systems_side_by_side_are_solved_as_one_by_one() {
        let limits = Limits { directions: 50, remainder: 1e-9 };
        let ridges = [0.0, 5.0, 1e9];
        let times = |x: &[f64], ridge: f64| {
            let y = [4.0 * x[0] + x[1], x[0] + 3.0 * x[1] - x[2], 2.0 * x[2] - x[1]];
            y.iter().zip(x).map(|(y, x)| y + ridge * x).collect::<Vec<f64>>()
        };
        let sides = [[3.0, 1.0, 0.0], [-2.0, 0.0, 0.0], [0.5, 0.0, 0.0]];
        let all = side_by_side(&sides, limits, <[_]>::to_vec, |x: &[[f64; 3]]| {
            let columns = [0, 1, 2].map(|k| times(&x.iter().map(|x| x[k]).collect::<Vec<f64>>(), ridges[k]));
            (0..3).map(|row| [0, 1, 2].map(|k: usize| columns[k][row])).collect()
        });
        for (k, &ridge) in ridges.iter().enumerate() {
            let side: Vec<f64> = sides.iter().map(|side| side[k]).collect();
            let alone = conjugate_gradients(&side, limits, |x| times(x, ridge));
            assert_eq!(all.iter().map(|x| x[k]).collect::<Vec<f64>>(), alone);
        }
    }
}
