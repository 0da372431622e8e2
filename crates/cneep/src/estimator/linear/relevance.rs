//! Prunes pairs of modes between which no significant probability current circulates, by automatic relevance
//! determination.
//!
//! Most pairs of modes do not circulate; the few that do are known from all windows far better than from
//! windows held out. So each pair has a ridge of its own, raised until its area coefficient a, with the
//! standard error s that sampling gives it, is shrunk by about `s^2 / a^2`: a pair that circulates as little
//! as chance would is pruned, one that circulates ten times as much stays free (`MacKay` 1992, doi
//! 10.1162/neco.1992.4.3.415; Tipping 2001, J. Mach. Learn. Res. 1, 211). The symmetric part of the pair's
//! coefficients goes with the area: without circulation there is no force to tell.

use super::features::LinearForm;
use super::moments::Moments;
use super::ridge::{Pair, Ridge};

/// Updates of the ridges; later ones change little.
const ROUNDS: usize = 3;
/// Least ridge on areas before relevance is determined, as a fraction of the mean square of the largest.
const FIRST: f64 = 1e-2;
/// How much more than the area the symmetric part is shrunk, each in units of its own mean square.
const SYMMETRIC: f64 = 3.0;
/// Largest ridge of a pair, in units of its mean square.
const MOST: f64 = 1e6;

/// The ridge of this strength on the features of `form`, with a strength of each pair's own by the relevance
/// of its circulation. None if the matrix cannot be solved.
pub(super) fn prune_by_relevance(moments: &Moments, form: &dyn LinearForm, ridge: f64) -> Option<Ridge> {
    let mut found = Ridge::new(moments, form, ridge, ridge.max(FIRST))?;
    for _ in 0..ROUNDS {
        let pairs = updated(&found, moments);
        found = found.with_pairs(moments, pairs)?;
    }
    Some(found)
}

/// The pairs of `ridge`, with strengths by how far they are now found to circulate.
fn updated(ridge: &Ridge, moments: &Moments) -> Vec<Pair> {
    let coefficients = ridge.small_entropy_optimum(moments);
    // Coefficients scatter by 4 G^-1 over the number of windows that share no step.
    let chance = 4.0 * moments.overlap / moments.count;
    let update = |(pair, square): (&Pair, f64)| {
        let (i, j) = pair.places;
        let determined = (1.0 - pair.weight * square).max(0.0);
        let circulation = (coefficients[i] - coefficients[j]).powi(2);
        let weight = (chance * determined / circulation.max(f64::MIN_POSITIVE)).min(MOST * pair.square);
        let weight_of_sum = SYMMETRIC * weight * pair.square_of_sum / pair.square;
        Pair { weight, weight_of_sum, ..pair.clone() }
    };
    ridge.pairs().iter().zip(ridge.squares_of_pairs()).map(update).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scene::Bilinear;
    use super::*;
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    const WINDOWS: usize = 3000;

    /// Of four modes the first two turn, the others do not.
    fn scene() -> (Bilinear, Moments) {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let (mut means, mut changes) = (Array2::zeros((WINDOWS, 4)), Array2::zeros((WINDOWS, 4)));
        for row in 0..WINDOWS {
            for mode in 0..4 {
                (means[[row, mode]], changes[[row, mode]]) = (draw(), draw());
            }
            changes[[row, 0]] -= 0.2 * means[[row, 1]];
            changes[[row, 1]] += 0.2 * means[[row, 0]];
        }
        let windows: Vec<usize> = (0..WINDOWS).collect();
        let scene = Bilinear { means, changes };
        let moments = Moments::of(&scene, &windows);
        (scene, moments)
    }

    /// Coefficients of the areas of all pairs of modes, and the mean square of the symmetric parts of those
    /// that do not turn.
    fn found(moments: &Moments, form: &dyn LinearForm) -> (Vec<f64>, f64) {
        let coefficients = prune_by_relevance(moments, form, 1e-4).unwrap().small_entropy_optimum(moments);
        let pairs = form.total_derivatives();
        let areas = pairs.iter().map(|&(i, j)| 0.5 * (coefficients[i] - coefficients[j])).collect();
        let sums = pairs[1..].iter().map(|&(i, j)| (coefficients[i] + coefficients[j]).powi(2));
        (areas, sums.sum::<f64>() / 5.0)
    }

    /// Catches a current that is pruned, and chance that is not: each compared with what is found if
    /// nothing is taken for chance.
    #[test]
    fn chance_is_held_down_and_a_current_is_not() {
        let (scene, moments) = scene();
        let (areas, sums) = found(&moments, &scene);
        let still = |areas: &[f64]| areas[1..].iter().map(|area| area * area).sum::<f64>() / 5.0;
        // The same sums as if a thousand windows shared each step: then even the current may be chance.
        let alike = Moments { overlap: 1000.0, ..moments.clone() };
        assert!(found(&alike, &scene).0[0].abs() < 0.1);
        // As if every window stood for a million: nothing is chance.
        let certain = Moments { overlap: 1e-6, ..moments };
        let (free, free_sums) = found(&certain, &scene);
        // dS is 0.4 (x dy - y dx); coefficients scatter by 2 / sqrt(3000), areas by a factor of sqrt(2) less.
        assert!((free[0] - 0.4).abs() < 0.08, "{free:?}");
        assert!((areas[0] - free[0]).abs() < 0.02, "{areas:?} {free:?}");
        assert!(still(&areas) < 0.3 * still(&free), "{areas:?} {free:?}");
        assert!(sums < 0.3 * free_sums, "{sums} {free_sums}");
    }

    /// Catches a penalty that the solved matrix has not.
    #[test]
    fn the_penalty_is_that_of_the_solved_matrix() {
        let (scene, moments) = scene();
        let ridge = prune_by_relevance(&moments, &scene, 0.1).unwrap();
        let side: Vec<f64> = (0..scene.len()).map(|i| (i as f64).cos()).collect();
        let solved = ridge.solve(&side);
        let penalty = ridge.penalty(&solved);
        for (row, side) in side.iter().enumerate() {
            let of_matrix: f64 =
                (0..solved.len()).map(|i| moments.second[[row, i]] / moments.count * solved[i]).sum();
            assert!((of_matrix + penalty[row] - side).abs() < 1e-9, "{row}");
        }
    }
}
