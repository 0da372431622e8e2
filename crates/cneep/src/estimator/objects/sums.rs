//! Sums products of the middles and the changes of steps, for pairs of modes that may know of each other.

use super::neighbours::Neighbours;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Middles and changes of steps, both of shape (mode, step).
pub(super) struct Steps {
    pub(super) middles: Array2<f64>,
    pub(super) changes: Array2<f64>,
}

impl Steps {
    /// The `wanted` steps, by the frame that each begins with, between `coordinates` of the shape (frame,
    /// mode).
    pub(super) fn between(coordinates: &ArrayView2<f64>, wanted: &[usize]) -> Self {
        let shape = (coordinates.ncols(), wanted.len());
        let (mut middles, mut changes) = (Array2::zeros(shape), Array2::zeros(shape));
        for (step, &frame) in wanted.iter().enumerate() {
            let (before, after) = (coordinates.row(frame), coordinates.row(frame + 1));
            for (mode, (before, after)) in before.iter().zip(after).enumerate() {
                middles[[mode, step]] = 0.5 * (before + after);
                changes[[mode, step]] = after - before;
            }
        }
        Self { middles, changes }
    }
}

/// Sums over steps.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub(super) count: f64,
    /// Of each mode: squares of middles and of changes.
    pub(super) squares: Vec<[f64; 2]>,
    /// Of each pair of neighbours: products of middles, of changes, and of the middle of each with the change
    /// of the other, that of the first first.
    pub(super) pairs: Vec<[f64; 4]>,
    /// Of each pair beyond reach: products of middles, and of changes.
    pub(super) far: Vec<[f64; 2]>,
}

impl Sums {
    pub(super) fn zero(neighbours: &Neighbours) -> Self {
        Self {
            count: 0.0,
            squares: vec![[0.0; 2]; neighbours.len],
            pairs: vec![[0.0; 4]; neighbours.pairs.len()],
            far: vec![[0.0; 2]; neighbours.far.len()],
        }
    }

    pub(super) fn add(&mut self, steps: &Steps, neighbours: &Neighbours) {
        let middle = |mode: usize| steps.middles.row(mode).to_slice().expect("standard order");
        let change = |mode: usize| steps.changes.row(mode).to_slice().expect("standard order");
        self.count += steps.middles.ncols() as f64;
        self.squares.par_iter_mut().enumerate().for_each(|(i, sum)| {
            sum[0] += dot(middle(i), middle(i));
            sum[1] += dot(change(i), change(i));
        });
        self.pairs.par_iter_mut().zip(&neighbours.pairs).for_each(|(sum, &(i, j))| {
            sum[0] += dot(middle(i), middle(j));
            sum[1] += dot(change(i), change(j));
            sum[2] += dot(middle(i), change(j));
            sum[3] += dot(middle(j), change(i));
        });
        self.far.par_iter_mut().zip(&neighbours.far).for_each(|(sum, &(i, j))| {
            sum[0] += dot(middle(i), middle(j));
            sum[1] += dot(change(i), change(j));
        });
    }

    /// These sums and `sign` times `other`.
    pub(super) fn plus(&self, other: &Self, sign: f64) -> Self {
        fn sum<const N: usize>(one: &[[f64; N]], other: &[[f64; N]], sign: f64) -> Vec<[f64; N]> {
            let of = |(a, b): (&[f64; N], &[f64; N])| std::array::from_fn(|place| a[place] + sign * b[place]);
            one.iter().zip(other).map(of).collect()
        }
        Self {
            count: self.count + sign * other.count,
            squares: sum(&self.squares, &other.squares, sign),
            pairs: sum(&self.pairs, &other.pairs, sign),
            far: sum(&self.far, &other.far, sign),
        }
    }
}

/// Sum of products, in eight sums side by side.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_counts_the_rest() {
        let numbers: Vec<f64> = (1..=19).map(f64::from).collect();
        assert_eq!(dot(&numbers, &numbers), 2470.0);
    }
}
