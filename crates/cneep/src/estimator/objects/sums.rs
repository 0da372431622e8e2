//! Sums products of the middles and the changes of steps, for pairs of modes that may know of each other.

use super::neighbours::Neighbours;
use ndarray::{Array2, ArrayView3, Axis};
use rayon::prelude::*;

/// Middles and changes of steps, both of shape (mode, step).
pub(super) struct Steps {
    pub(super) middles: Array2<f64>,
    pub(super) changes: Array2<f64>,
}

impl Steps {
    /// The `wanted` steps, by the frame that each begins with, between `coordinates` of the shape (frame,
    /// object, mode).
    pub(super) fn between(coordinates: &ArrayView3<f64>, wanted: &[usize]) -> Self {
        let (_, objects, modes) = coordinates.dim();
        let shape = (objects * modes, wanted.len());
        let (mut middles, mut changes) = (Array2::zeros(shape), Array2::zeros(shape));
        for (step, &frame) in wanted.iter().enumerate() {
            let [before, after] = [frame, frame + 1].map(|frame| coordinates.index_axis(Axis(0), frame));
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
        let both = [&steps.middles, &steps.changes];
        let product = |[a, b]: [usize; 2], i: usize, j: usize| both[a].row(i).dot(&both[b].row(j));
        self.count += steps.middles.ncols() as f64;
        self.squares.par_iter_mut().enumerate().for_each(|(i, sum)| {
            sum[0] += product([0, 0], i, i);
            sum[1] += product([1, 1], i, i);
        });
        self.pairs.par_iter_mut().zip(&neighbours.pairs).for_each(|(sum, &(i, j))| {
            sum[0] += product([0, 0], i, j);
            sum[1] += product([1, 1], i, j);
            sum[2] += product([0, 1], i, j);
            sum[3] += product([0, 1], j, i);
        });
        self.far.par_iter_mut().zip(&neighbours.far).for_each(|(sum, &(i, j))| {
            sum[0] += product([0, 0], i, j);
            sum[1] += product([1, 1], i, j);
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
