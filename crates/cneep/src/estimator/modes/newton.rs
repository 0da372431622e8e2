//! Climbs to the maximum of the exact objective `J = <dS - exp(-dS)>`, which is concave in the coefficients.

use super::products::Products;
use super::ridge::Ridge;
use crate::estimator::objective::{backward_weight, objective};
use rayon::prelude::*;

/// Newton steps at most; three or four are the rule.
const STEPS: usize = 30;
/// Conjugate gradients for one Newton step at most.
const INNER_STEPS: usize = 30;
/// A Newton step is solved until its residual has fallen by this factor.
const INNER_TOLERANCE: f64 = 1e-2;
/// Converged when a step promises less than this, in `k_B` per transition.
const PROMISE: f64 = 1e-9;
/// The objective on weighted windows, less half the ridge's penalty of the coefficients.
pub(super) struct Objective<'a> {
    pub(super) products: &'a Products<'a>,
    /// Weight of each window, summing to one; zero leaves it out.
    pub(super) weights: &'a [f64],
    pub(super) ridge: &'a Ridge,
}

impl Objective<'_> {
    /// The maximum, from `start`: Newton steps, each solved by conjugate gradients that the small-dS matrix preconditions
    /// and shortened until the objective grows.
    pub(super) fn maximise(&self, start: Vec<f64>) -> Vec<f64> {
        let mut coefficients = start;
        let mut values = self.products.values(&coefficients);
        for _ in 0..STEPS {
            let exponentials: Vec<f64> = values.par_iter().map(|&value| backward_weight(value)).collect();
            let slopes: Vec<f64> =
                self.weights.iter().zip(&exponentials).map(|(weight, e)| weight * (1.0 + e)).collect();
            let curvatures: Vec<f64> =
                self.weights.iter().zip(&exponentials).map(|(weight, e)| weight * e).collect();
            let mut gradient = self.products.weighted_sum(&slopes);
            add(&mut gradient, -1.0, &self.ridge.penalty(&coefficients));
            let step = self.newton_step(&gradient, &curvatures);
            let promise = dot(&gradient, &step);
            if promise.is_nan() || promise < PROMISE {
                break;
            }
            let along = self.products.values(&step);
            let Some(length) = self.length((&coefficients, &step), (&values, &along), promise) else { break };
            add(&mut coefficients, length, &step);
            add(&mut values, length, &along);
        }
        coefficients
    }

    /// Solves `(<e psi psi^T> + penalty) step = gradient`, e the exponentials.
    fn newton_step(&self, gradient: &[f64], curvatures: &[f64]) -> Vec<f64> {
        let mut step = vec![0.0; gradient.len()];
        let mut residual = gradient.to_vec();
        let mut preconditioned = self.ridge.solve(&residual);
        let mut direction = preconditioned.clone();
        let mut square = dot(&residual, &preconditioned);
        let enough = square * INNER_TOLERANCE * INNER_TOLERANCE;
        for _ in 0..INNER_STEPS {
            let bent = self.bend(&direction, curvatures);
            let length = square / dot(&direction, &bent);
            if !length.is_finite() {
                break;
            }
            add(&mut step, length, &direction);
            add(&mut residual, -length, &bent);
            preconditioned = self.ridge.solve(&residual);
            let next = dot(&residual, &preconditioned);
            if next <= enough {
                break;
            }
            direction.iter_mut().zip(&preconditioned).for_each(|(d, p)| *d = p + next / square * *d);
            square = next;
        }
        step
    }

    /// Minus the second derivative of the objective, times `direction`.
    fn bend(&self, direction: &[f64], curvatures: &[f64]) -> Vec<f64> {
        let mut values = self.products.values(direction);
        values.iter_mut().zip(curvatures).for_each(|(value, curvature)| *value *= curvature);
        let mut bent = self.products.weighted_sum(&values);
        add(&mut bent, 1.0, &self.ridge.penalty(direction));
        bent
    }

    /// The first of 1, 1/2, 1/4, ... at which the objective has grown by a tenth of the promise; none below a thousandth.
    fn length(
        &self,
        (coefficients, step): (&[f64], &[f64]),
        (values, along): (&[f64], &[f64]),
        promise: f64,
    ) -> Option<f64> {
        let penalty = |a: &[f64], b: &[f64]| dot(a, &self.ridge.penalty(b));
        let (still, rising, bent) =
            (penalty(coefficients, coefficients), penalty(coefficients, step), penalty(step, step));
        let at = |length: f64| {
            let terms = self.weights.iter().zip(values).zip(along);
            let mean: f64 =
                terms.map(|((weight, value), along)| weight * objective(value + length * along)).sum();
            mean - 0.5 * (still + length * (2.0 * rising + length * bent))
        };
        let before = at(0.0);
        (0..10)
            .map(|halvings| 0.5_f64.powi(halvings))
            .find(|&length| at(length) - before > 0.1 * length * promise)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], times: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += times * what);
}

#[cfg(test)]
mod tests {
    use super::super::coupling::{Coupling, FeatureShape};
    use super::super::features::tests::{free, pairs};
    use super::super::moments::Moments;
    use super::*;
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A driven rotation: the change of each mode leans on the other, so strongly that dS is of order one.
    fn rotation(count: usize) -> Vec<Array2<f64>> {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        let (mut means, mut changes) = (Array2::zeros((count, 2)), Array2::zeros((count, 2)));
        for row in 0..count {
            let (x, y) = (draw(), draw());
            (means[[row, 0]], means[[row, 1]]) = (x, y);
            (changes[[row, 0]], changes[[row, 1]]) = (draw() - 0.4 * y, draw() + 0.4 * x);
        }
        pairs(&means, &changes)
    }

    const SHAPE: FeatureShape = FeatureShape { patches: 1, modes: 2 };

    /// Plain gradient ascent on the same objective, in many short steps.
    fn naive_maximum(objective: &Objective, count: usize) -> Vec<f64> {
        let mut coefficients = vec![0.0; 6];
        for _ in 0..count {
            let values = objective.products.values(&coefficients);
            let slopes: Vec<f64> =
                objective.weights.iter().zip(values).map(|(w, s)| w * (1.0 + (-s).exp())).collect();
            let mut gradient = objective.products.weighted_sum(&slopes);
            add(&mut gradient, -1.0, &objective.ridge.penalty(&coefficients));
            add(&mut coefficients, 0.2, &gradient);
        }
        coefficients
    }

    /// The referee of the whole fit: catches a wrong sign or factor in moments, ridge, gradient or Newton step. With dS =
    /// 0.8 (x dy - y dx) exactly, the fit must also find the truth within sampling error.
    #[test]
    fn newton_ends_where_gradient_ascent_ends() {
        let stretches = rotation(5000);
        let features = free(&stretches, 2, SHAPE);
        let coupling = Coupling::new(SHAPE, &[(0, 0)]);
        let windows: Vec<usize> = (0..features.len()).collect();
        let moments = Moments::of(&features, &coupling, &windows);
        let products = Products::of(&features, &coupling);
        let weights = vec![1.0 / features.len() as f64; features.len()];
        for strength in [1e-6, 0.3] {
            let ridge = Ridge::new(&moments, &coupling, (strength, strength)).unwrap();
            let objective = Objective { products: &products, weights: &weights, ridge: &ridge };
            let start = ridge.small_entropy_optimum(&moments);
            let found = objective.maximise(start.clone());
            let naive = naive_maximum(&objective, 1500);
            for (found, naive) in found.iter().zip(&naive) {
                assert!((found - naive).abs() < 1e-4, "{found} {naive}");
            }
            assert!(start.iter().zip(&found).any(|(a, b)| (a - b).abs() > 0.02), "dS is not small here");
            if strength < 0.1 {
                let truth = [0.0, 0.0, 0.0, 0.8, -0.8, 0.0];
                assert!(found.iter().zip(truth).all(|(a, b)| (a - b).abs() < 0.1), "{found:?}");
            }
        }
    }
}
