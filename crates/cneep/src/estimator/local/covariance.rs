//! Sums the products of features of neighbouring nodes, and solves for coefficients.
//!
//! Far nodes see other objects: what chance gives their products would only disturb the solution, and memory
//! would grow with the square of the area. So covariances fade with distance by a factor that keeps the
//! matrix positive (covariance tapering: Furrer, Genton and Nychka 2006, doi 10.1198/106186006X132178), and
//! are zero beyond a reach. The covariance takes the place of the second moment: for a field of many
//! objects, whose dS is large and nearly Gaussian, `w = 2 cov^-1 <psi>` is the optimum whatever its size.

use super::nodes::Nodes;
use crate::estimator::linear::{Cholesky, Limits, side_by_side};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

/// Nodes from which on covariances are zero.
pub(super) const REACH: usize = 4;
/// Directions of conjugate gradients at most.
const DIRECTIONS: usize = 200;
/// Windows whose products are summed at a time.
const WINDOWS_AT_ONCE: usize = 256;

/// Sums over windows of features psi and of their products on nearby nodes.
#[derive(Debug, Clone)]
pub(super) struct LocalMoments {
    pub(super) count: f64,
    /// One a feature.
    pub(super) first: Vec<f64>,
    /// One block (field, field) for each of the [`Nodes::pairs`].
    blocks: Vec<Array2<f64>>,
}

/// Pairs of nodes with the factor of their covariance.
pub(super) struct Neighbourhood {
    pairs: Vec<(usize, usize)>,
    factors: Vec<f64>,
    edges: Vec<(usize, usize)>,
    nodes: usize,
    fields: usize,
}

impl Neighbourhood {
    pub(super) fn new(nodes: &Nodes, fields: usize) -> Self {
        let pairs = nodes.pairs(REACH - 1);
        let taper = |apart: usize| {
            (1.0 - apart as f64 / REACH as f64).powi(2) * (1.0 + 0.5 * apart as f64 / REACH as f64)
        };
        let factors = pairs.iter().map(|&pair| {
            let (rows, columns) = nodes.apart(pair);
            taper(rows) * taper(columns)
        });
        let is_edge = |pair: &&(usize, usize)| {
            let (rows, columns) = nodes.apart(**pair);
            rows + columns == 1
        };
        let edges = pairs.iter().filter(is_edge).copied().collect();
        Self { factors: factors.collect(), edges, nodes: nodes.count(), fields, pairs }
    }

    /// Sums over the `windows` named of `features`, shape (window, feature).
    pub(super) fn moments(&self, features: &ArrayView2<f32>, windows: &[usize]) -> LocalMoments {
        let fields = self.fields;
        let mut first = vec![0.0; features.ncols()];
        let mut blocks = vec![Array2::<f64>::zeros((fields, fields)); self.pairs.len()];
        for windows in windows.chunks(WINDOWS_AT_ONCE) {
            let chosen = features.select(Axis(0), windows);
            first.iter_mut().zip(chosen.axis_iter(Axis(1))).for_each(|(sum, column)| {
                *sum += column.iter().copied().map(f64::from).sum::<f64>();
            });
            blocks.par_iter_mut().zip(&self.pairs).for_each(|(block, &(one, other))| {
                let part = |node: usize| chosen.slice(s![.., node * fields..(node + 1) * fields]);
                let mut product = Array2::<f32>::zeros((fields, fields));
                general_mat_mul(1.0, &part(one).t(), &part(other), 0.0, &mut product);
                block.zip_mut_with(&product, |sum, &term| *sum += f64::from(term));
            });
        }
        LocalMoments { count: windows.len() as f64, first, blocks }
    }
}

impl LocalMoments {
    pub(super) fn plus(&self, other: &Self) -> Self {
        self.combined(other, 1.0)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.combined(other, -1.0)
    }

    fn combined(&self, other: &Self, sign: f64) -> Self {
        Self {
            count: self.count + sign * other.count,
            first: self.first.iter().zip(&other.first).map(|(a, b)| a + sign * b).collect(),
            blocks: self.blocks.iter().zip(&other.blocks).map(|(a, b)| a + &(b * sign)).collect(),
        }
    }
}

/// How coefficients are shrunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Penalty {
    /// Of each coefficient, as a share of the variance of its feature.
    pub(super) ridge: f64,
    /// Of the difference between neighbouring nodes, in the same units.
    pub(super) smoothness: f64,
}

/// The tapered covariance in units of the features' deviations, ready to be solved under any penalty.
pub(super) struct Covariance<'a> {
    neighbourhood: &'a Neighbourhood,
    blocks: Vec<Array2<f64>>,
    means: Vec<f64>,
    /// Deviation of each field, the same at all nodes.
    scale: Vec<f64>,
}

impl<'a> Covariance<'a> {
    pub(super) fn new(neighbourhood: &'a Neighbourhood, moments: &LocalMoments) -> Self {
        let fields = neighbourhood.fields;
        let mean: Vec<f64> = moments.first.iter().map(|sum| sum / moments.count).collect();
        let mut scale = vec![0.0; fields];
        let own = neighbourhood.pairs.iter().zip(&moments.blocks).filter(|((one, other), _)| one == other);
        for ((node, _), block) in own {
            for (field, scale) in scale.iter_mut().enumerate() {
                *scale +=
                    (block[[field, field]] / moments.count - mean[node * fields + field].powi(2)).max(0.0);
            }
        }
        for scale in &mut scale {
            *scale = (*scale / neighbourhood.nodes as f64).sqrt();
            if *scale <= f64::MIN_POSITIVE {
                *scale = 1.0;
            }
        }
        let block = |number: usize| {
            let (one, other) = neighbourhood.pairs[number];
            let factor = neighbourhood.factors[number];
            Array2::from_shape_fn((fields, fields), |(i, j)| {
                let product = mean[one * fields + i] * mean[other * fields + j];
                factor * (moments.blocks[number][[i, j]] / moments.count - product) / (scale[i] * scale[j])
            })
        };
        let blocks = (0..neighbourhood.pairs.len()).into_par_iter().map(block).collect();
        let means = mean.iter().enumerate().map(|(place, mean)| mean / scale[place % fields]).collect();
        Self { neighbourhood, blocks, means, scale }
    }

    /// `2 (cov + penalty)^-1 <psi>` for each of the `penalties`, in units of the features, but for this share
    /// of the right side.
    pub(super) fn optima(&self, penalties: &[Penalty], remainder: f64) -> Vec<Vec<f64>> {
        let fields = self.scale.len();
        let side: Vec<f64> = self.means.iter().map(|mean| 2.0 * mean).collect();
        // What is as smooth takes as many directions.
        let mut order: Vec<usize> = (0..penalties.len()).collect();
        order.sort_by(|&a, &b| penalties[a].smoothness.total_cmp(&penalties[b].smoothness));
        let solve = |order: &[usize]| {
            let chosen: Vec<Penalty> = order.iter().map(|&place| penalties[place]).collect();
            let solved = if self.neighbourhood.nodes == 1 {
                chosen.iter().map(|&penalty| self.solve_single(&side, penalty, remainder)).collect()
            } else {
                self.solve(&side, &chosen, remainder)
            };
            order.iter().copied().zip(solved).collect::<Vec<_>>()
        };
        let mut found = vec![Vec::new(); penalties.len()];
        for (place, solved) in order.par_chunks(TOGETHER).flat_map_iter(solve).collect::<Vec<_>>() {
            found[place] = solved;
        }
        for found in &mut found {
            found.iter_mut().enumerate().for_each(|(place, w)| *w /= self.scale[place % fields]);
        }
        found
    }

    /// `(cov + penalty) w` of each penalty.
    fn times(&self, w: &[Lanes], penalties: &[Penalty; TOGETHER]) -> Vec<Lanes> {
        let fields = self.scale.len();
        let ridges = penalties.map(|penalty| penalty.ridge);
        let mut out: Vec<Lanes> = w.iter().map(|w| std::array::from_fn(|k| ridges[k] * w[k])).collect();
        for (&(one, other), block) in self.neighbourhood.pairs.iter().zip(&self.blocks) {
            let (a, b) = (one * fields, other * fields);
            let numbers = block.as_slice().expect("standard order");
            for (i, row) in numbers.chunks_exact(fields).enumerate() {
                let mut sum = [0.0; TOGETHER];
                for (c, w) in row.iter().zip(&w[b..b + fields]) {
                    add_multiple(&mut sum, *c, w);
                }
                add_multiple(&mut out[a + i], 1.0, &sum);
                if one != other {
                    let own = w[a + i];
                    for (out, c) in out[b..b + fields].iter_mut().zip(row) {
                        add_multiple(out, *c, &own);
                    }
                }
            }
        }
        let smoothness = penalties.map(|penalty| penalty.smoothness);
        if smoothness.iter().any(|smoothness| *smoothness > 0.0) {
            for &(one, other) in &self.neighbourhood.edges {
                for i in 0..fields {
                    let (a, b) = (one * fields + i, other * fields + i);
                    for k in 0..TOGETHER {
                        let force = smoothness[k] * (w[a][k] - w[b][k]);
                        out[a][k] += force;
                        out[b][k] -= force;
                    }
                }
            }
        }
        out
    }

    /// `(cov + penalty)^-1` times `side`, of coefficients that all places share.
    fn solve_single(&self, side: &[f64], penalty: Penalty, remainder: f64) -> Vec<f64> {
        let mut matrix = self.blocks[0].clone();
        matrix.diag_mut().mapv_inplace(|variance| variance + penalty.ridge);
        match Cholesky::new(matrix) {
            Some(factors) => factors.solve(side),
            None => self.solve(side, &[penalty], remainder).remove(0),
        }
    }

    /// `(cov + penalty)^-1` times `side` for each of at most [`TOGETHER`] penalties.
    fn solve(&self, side: &[f64], penalties: &[Penalty], remainder: f64) -> Vec<Vec<f64>> {
        let fields = self.scale.len();
        let padded = std::array::from_fn(|k| penalties[k.min(penalties.len() - 1)]);
        let mut diagonals = vec![padded.map(|penalty: Penalty| penalty.ridge.max(1e-12)); side.len()];
        for (&(one, other), block) in self.neighbourhood.pairs.iter().zip(&self.blocks) {
            if one == other {
                for i in 0..fields {
                    add_multiple(&mut diagonals[one * fields + i], block[[i, i]], &[1.0; TOGETHER]);
                }
            }
        }
        for &(one, other) in &self.neighbourhood.edges {
            for node in [one, other] {
                for i in 0..fields {
                    add_multiple(&mut diagonals[node * fields + i], 1.0, &padded.map(|of| of.smoothness));
                }
            }
        }
        let limits = Limits { directions: DIRECTIONS, remainder };
        let sides: Vec<Lanes> = side.iter().map(|&side| [side; TOGETHER]).collect();
        let found =
            side_by_side(&sides, limits, &diagonals, |directions: &[Lanes]| self.times(directions, &padded));
        (0..penalties.len()).map(|k| found.iter().map(|of| of[k]).collect()).collect()
    }
}

/// Penalties under which a system is solved at a time: its matrix, larger than any cache, is read once for
/// all of them.
const TOGETHER: usize = 4;
type Lanes = [f64; TOGETHER];

/// Adds `factor` times `from`.
fn add_multiple(to: &mut Lanes, factor: f64, from: &Lanes) {
    for k in 0..TOGETHER {
        to[k] += factor * from[k];
    }
}
