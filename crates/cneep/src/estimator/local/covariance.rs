//! Sums the products of features of neighbouring nodes, and solves for coefficients.
//!
//! Far nodes see other objects: what chance gives their products would only disturb the solution, and memory
//! would grow with the square of the area. So covariances fade with distance by a factor that keeps the
//! matrix positive (covariance tapering: Furrer, Genton and Nychka 2006, doi 10.1198/106186006X132178), and
//! are zero beyond a reach. The covariance takes the place of the second moment: for a field of many
//! objects, whose dS is large and nearly Gaussian, `w = 2 cov^-1 <psi>` is the optimum whatever its size.

use super::nodes::{NodeRun, Nodes};
use super::penalty::{Lanes, Penalty, TOGETHER};
use super::preconditioner::Preconditioner;
use super::steps::StepFeatures;
use crate::estimator::linear::{Cholesky, Limits, conjugate_gradients, side_by_side};
use nalgebra::DMatrix;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, aview1, s};
use rayon::prelude::*;
use std::ops::AddAssign;

/// Nodes from which on covariances are zero.
pub(super) const REACH: usize = 4;
/// Directions of conjugate gradients at most.
const DIRECTIONS: usize = 200;
/// Smoothness, in variances of a feature, above which penalties outweigh what differs between places.
const STIFF: f64 = 0.3;
/// Windows whose products are summed at a time.
const WINDOWS_AT_ONCE: usize = 64;
/// Neighbouring nodes whose products are summed at a time.
const NODES_AT_ONCE: usize = 4;

/// Sums over windows of features psi and of their products on nearby nodes, of this precision.
#[derive(Debug, Clone)]
pub(super) struct LocalMoments<T = f64> {
    count: f64,
    /// One a feature.
    first: Vec<f64>,
    /// One block (field, feature of the run) for each run of nodes.
    products: Vec<T>,
}

/// Precision of products: 32 bits for those of few windows, which are as many as all, and take room.
pub(super) trait Precision: Copy + Default + AddAssign + From<f32> + Into<f64> + Send {
    fn rounded(number: f64) -> Self;
}

impl Precision for f64 {
    fn rounded(number: f64) -> Self {
        number
    }
}

impl Precision for f32 {
    fn rounded(number: f64) -> Self {
        number as Self
    }
}

/// Which nodes have a covariance.
#[derive(Debug, Clone)]
pub(super) struct Neighbourhood {
    runs: Vec<NodeRun>,
    grid: (usize, usize),
    fields: usize,
}

/// Runs of a few neighbouring nodes, with the numbers of their blocks.
struct Tile<'a, T> {
    runs: &'a [NodeRun],
    numbers: &'a mut [T],
}

impl Neighbourhood {
    pub(super) fn new(nodes: &Nodes, fields: usize) -> Self {
        Self { runs: nodes.runs(REACH - 1), grid: nodes.grid(), fields }
    }

    fn nodes(&self) -> usize {
        self.grid.0 * self.grid.1
    }

    /// Share of the covariance of two nodes that is kept.
    fn factor(&self, one: usize, other: usize) -> f64 {
        let columns = self.grid.1;
        let taper = |one: usize, other: usize| {
            let apart = one.abs_diff(other) as f64 / REACH as f64;
            (1.0 - apart).powi(2) * (1.0 + 0.5 * apart)
        };
        taper(one / columns, other / columns) * taper(one % columns, other % columns)
    }

    /// Sums over no window.
    pub(super) fn zero<T: Precision>(&self) -> LocalMoments<T> {
        let pairs: usize = self.runs.iter().map(|run| run.len).sum();
        LocalMoments {
            count: 0.0,
            first: vec![0.0; self.nodes() * self.fields],
            products: vec![T::default(); pairs * self.fields * self.fields],
        }
    }

    /// Adds the `windows` named.
    pub(super) fn add<T: Precision>(
        &self,
        moments: &mut LocalMoments<T>,
        features: &StepFeatures,
        windows: &[usize],
    ) {
        moments.count += windows.len() as f64;
        for windows in windows.chunks(WINDOWS_AT_ONCE) {
            let chosen = features.columns(windows);
            moments.first.par_iter_mut().zip(chosen.outer_iter().into_par_iter()).for_each(|(sum, of)| {
                *sum += of.iter().copied().map(f64::from).sum::<f64>();
            });
            let chosen = chosen.view();
            self.tiles(&mut moments.products)
                .into_par_iter()
                .for_each(|Tile { runs, numbers }| self.add_tile(runs, &chosen, numbers));
        }
    }

    /// The numbers of all blocks, of a few neighbouring nodes each.
    fn tiles<'a, T>(&'a self, mut numbers: &'a mut [T]) -> Vec<Tile<'a, T>> {
        let columns = self.grid.1;
        let tile = |run: &NodeRun| (run.node / columns, run.node % columns / NODES_AT_ONCE);
        let of_runs = |runs: &'a [NodeRun]| {
            let len = runs.iter().map(|run| run.len).sum::<usize>() * self.fields * self.fields;
            let (own, others) = std::mem::take(&mut numbers).split_at_mut(len);
            numbers = others;
            Tile { runs, numbers: own }
        };
        self.runs.chunk_by(|a, b| tile(a) == tile(b)).map(of_runs).collect()
    }

    /// Adds the products of neighbouring nodes with those near any of them.
    fn add_tile<T: Precision>(&self, runs: &[NodeRun], chosen: &ArrayView2<f32>, sums: &mut [T]) {
        let (fields, columns) = (self.fields, self.grid.1);
        let (start, end) = (runs[0].node, runs[runs.len() - 1].node + 1);
        let own = chosen.slice(s![start * fields..end * fields, ..]);
        let row_of = |run: &NodeRun| run.first / columns;
        let rows = row_of(&runs[0])..=runs.iter().map(row_of).max().unwrap_or(0);
        let products: Vec<(usize, Array2<f32>)> = rows
            .map(|row| {
                let near = || runs.iter().filter(|run| row_of(run) == row);
                let first = near().map(|run| run.first).min().unwrap_or(0);
                let last = near().map(|run| run.first + run.len).max().unwrap_or(0);
                let near = chosen.slice(s![first * fields..last * fields, ..]);
                let mut product = Array2::zeros((own.nrows(), near.nrows()));
                general_mat_mul(1.0, &own, &near.t(), 0.0, &mut product);
                (first, product)
            })
            .collect();
        let mut rest = sums;
        for run in runs {
            let (first, product) = &products[row_of(run) - row_of(&runs[0])];
            let (width, from) = (run.len * fields, (run.first - first) * fields);
            for field in 0..fields {
                let (sums, others) = rest.split_at_mut(width);
                rest = others;
                let terms = product.slice(s![(run.node - start) * fields + field, from..from + width]);
                sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += T::from(*term));
            }
        }
    }

    /// The covariance of all windows but the few that are named, given the sums over `all`.
    pub(super) fn without(
        &self,
        all: &LocalMoments,
        features: &StepFeatures,
        windows: &[usize],
    ) -> Covariance {
        // Coefficients that all places share are solved for with less of a ridge, and take no room.
        if self.nodes() == 1 {
            self.without_in::<f64>(all, features, windows)
        } else {
            self.without_in::<f32>(all, features, windows)
        }
    }

    fn without_in<T: Precision>(
        &self,
        all: &LocalMoments,
        features: &StepFeatures,
        windows: &[usize],
    ) -> Covariance {
        let mut own = self.zero::<T>();
        self.add(&mut own, features, windows);
        Covariance::new(self, own.others(all))
    }
}

impl<T: Precision> LocalMoments<T> {
    /// Sums over what is in `all` and not in these.
    fn others(mut self, all: &LocalMoments) -> Self {
        self.count = all.count - self.count;
        self.first.iter_mut().zip(&all.first).for_each(|(own, all)| *own = all - *own);
        for (own, all) in self.products.iter_mut().zip(&all.products) {
            *own = T::rounded(all - (*own).into());
        }
        self
    }
}

/// The tapered covariance in units of the features' deviations, ready to be solved under any penalty.
pub(super) struct Covariance {
    neighbourhood: Neighbourhood,
    blocks: Blocks,
    means: Vec<f64>,
    /// Deviation of each field, the same at all nodes.
    scale: Vec<f64>,
}

/// Numbers of a covariance.
enum Blocks {
    /// Of coefficients that all places share.
    Shared(Array2<f64>),
    /// As the products of [`LocalMoments`]: rounding to 32 bits is far below what chance gives to them.
    OfRuns(Vec<f32>),
}

impl Covariance {
    /// From sums over windows, whose room it takes over where they have 32 bits.
    pub(super) fn new<T: Precision>(neighbourhood: &Neighbourhood, moments: LocalMoments<T>) -> Self {
        let fields = neighbourhood.fields;
        let LocalMoments { count, first, mut products } = moments;
        let count = count.max(1.0);
        let mean: Vec<f64> = first.iter().map(|sum| sum / count).collect();
        let mut scale = vec![0.0; fields];
        let mut start = 0;
        for run in &neighbourhood.runs {
            if run.first == run.node {
                for (field, scale) in scale.iter_mut().enumerate() {
                    let square = products[start + field * (run.len * fields + 1)].into() / count;
                    *scale += (square - mean[run.node * fields + field].powi(2)).max(0.0);
                }
            }
            start += run.len * fields * fields;
        }
        for scale in &mut scale {
            *scale = (*scale / neighbourhood.nodes() as f64).sqrt();
            if *scale <= f64::MIN_POSITIVE {
                *scale = 1.0;
            }
        }
        let number = |run: &NodeRun, (i, j): (usize, usize), moment: T| {
            let product = mean[run.node * fields + i] * mean[run.first * fields + j];
            let factor = neighbourhood.factor(run.node, run.first + j / fields);
            factor * (moment.into() / count - product) / (scale[i] * scale[j % fields])
        };
        let blocks = if neighbourhood.nodes() == 1 {
            let (run, width) = (neighbourhood.runs[0], fields);
            let of = |(i, j)| number(&run, (i, j), products[i * width + j]);
            Blocks::Shared(Array2::from_shape_fn((fields, fields), of))
        } else {
            neighbourhood.tiles(&mut products).into_par_iter().for_each(|Tile { runs, numbers }| {
                let mut numbers = numbers.iter_mut();
                for run in runs {
                    let places = (0..fields).flat_map(|i| (0..run.len * fields).map(move |j| (i, j)));
                    for (place, own) in places.zip(&mut numbers) {
                        *own = T::rounded(number(run, place, *own));
                    }
                }
            });
            // In place where the precision is the same.
            Blocks::OfRuns(products.into_iter().map(|own| own.into() as f32).collect())
        };
        let means = mean.iter().enumerate().map(|(place, mean)| mean / scale[place % fields]).collect();
        Self { neighbourhood: neighbourhood.clone(), blocks, means, scale }
    }

    /// `2 (cov + penalty)^-1 <psi>` for each of the `penalties`, in units of the features, but for this share
    /// of the right side.
    pub(super) fn optima(&self, penalties: &[Penalty], remainder: f64) -> Vec<Vec<f64>> {
        let fields = self.scale.len();
        let side: Vec<f64> = self.means.iter().map(|mean| 2.0 * mean).collect();
        let limits = Limits { directions: DIRECTIONS, remainder };
        let mut found = match &self.blocks {
            Blocks::Shared(matrix) => {
                penalties.iter().map(|penalty| solve_shared(matrix, &side, *penalty, limits)).collect()
            }
            Blocks::OfRuns(blocks) => self.solve(blocks, &side, penalties, limits),
        };
        for found in &mut found {
            found.iter_mut().enumerate().for_each(|(place, w)| *w /= self.scale[place % fields]);
        }
        found
    }

    /// `(cov + penalty)^-1` times `side` for each of the `penalties`, in their order.
    fn solve(&self, blocks: &[f32], side: &[f64], penalties: &[Penalty], limits: Limits) -> Vec<Vec<f64>> {
        // What is as smooth takes as many directions.
        let mut order: Vec<usize> = (0..penalties.len()).collect();
        order.sort_by(|&a, &b| penalties[a].smoothness.total_cmp(&penalties[b].smoothness));
        let (stiff, loose): (Vec<usize>, Vec<usize>) =
            order.into_iter().partition(|&place| penalties[place].smoothness > STIFF);
        let sides: Vec<Lanes> = side.iter().map(|&side| [side; TOGETHER]).collect();
        let mut found = vec![Vec::new(); penalties.len()];
        for (places, is_stiff) in [(loose, false), (stiff, true)] {
            if places.is_empty() {
                continue;
            }
            let conditioner = self.preconditioner(blocks, is_stiff);
            let solve = |places: &[usize]| {
                let padded = std::array::from_fn(|k| penalties[places[k.min(places.len() - 1)]]);
                let conditioned = |rest: &[Lanes]| conditioner.times(rest, &padded);
                let times = |directions: &[Lanes]| self.times(blocks, directions, &padded);
                let solved = side_by_side(&sides, limits, conditioned, times);
                let of = |(k, place): (usize, &usize)| (*place, solved.iter().map(|of| of[k]).collect());
                places.iter().enumerate().map(of).collect::<Vec<(usize, Vec<f64>)>>()
            };
            for (place, solved) in places.par_chunks(TOGETHER).flat_map_iter(solve).collect::<Vec<_>>() {
                found[place] = solved;
            }
        }
        found
    }

    fn preconditioner(&self, blocks: &[f32], is_stiff: bool) -> Preconditioner {
        let Neighbourhood { runs, grid, fields, .. } = &self.neighbourhood;
        let (fields, columns) = (*fields, grid.1);
        if is_stiff {
            let mut sums = vec![vec![(Array2::zeros((fields, fields)), 0.0); REACH]; REACH];
            let mut rest = blocks;
            for run in runs {
                let down = run.first / columns - run.node / columns;
                let right = |number: usize| (run.first % columns + number).abs_diff(run.node % columns);
                for (field, row) in
                    rest[..run.len * fields * fields].chunks_exact(run.len * fields).enumerate()
                {
                    for (number, own) in row.chunks_exact(fields).enumerate() {
                        let (sum, count) = &mut sums[down][right(number)];
                        sum.row_mut(field).iter_mut().zip(own).for_each(|(sum, own)| *sum += f64::from(*own));
                        *count += f64::from(u8::from(field == 0));
                    }
                }
                rest = &rest[run.len * fields * fields..];
            }
            return Preconditioner::of_cosines(*grid, fields, &sums);
        }
        let mut own = Vec::with_capacity(self.neighbourhood.nodes());
        let mut rest = blocks;
        for run in runs {
            let (block, others) = rest.split_at(run.len * fields * fields);
            rest = others;
            if run.first == run.node {
                own.push((block, run.len * fields));
            }
        }
        let block = |node: usize| {
            let (block, width) = own[node];
            DMatrix::from_fn(fields, fields, |i, j| f64::from(block[i * width + j]))
        };
        Preconditioner::of_nodes(*grid, fields, block)
    }

    /// `(cov + penalty) w` of each penalty.
    fn times(&self, blocks: &[f32], w: &[Lanes], penalties: &[Penalty; TOGETHER]) -> Vec<Lanes> {
        let Neighbourhood { runs, grid, fields, .. } = &self.neighbourhood;
        let fields = *fields;
        let ridges = penalties.map(|penalty| penalty.ridge);
        let mut out: Vec<Lanes> = w.iter().map(|w| std::array::from_fn(|k| ridges[k] * w[k])).collect();
        let mut rest = blocks;
        for run in runs {
            let (a, b, width) = (run.node * fields, run.first * fields, run.len * fields);
            // The block of a node with itself holds both of its triangles.
            let both = if run.first == run.node { fields } else { 0 };
            for i in 0..fields {
                let (row, others) = rest.split_at(width);
                rest = others;
                let own = w[a + i];
                let mut sum = [0.0; TOGETHER];
                for (c, w) in row[..both].iter().zip(&w[b..]) {
                    add_multiple(&mut sum, f64::from(*c), w);
                }
                let near = b + both..b + width;
                for ((c, w), out) in row[both..].iter().zip(&w[near.clone()]).zip(&mut out[near]) {
                    let c = f64::from(*c);
                    add_multiple(&mut sum, c, w);
                    add_multiple(out, c, &own);
                }
                add_multiple(&mut out[a + i], 1.0, &sum);
            }
        }
        let smoothness = penalties.map(|penalty| penalty.smoothness);
        if smoothness.iter().any(|smoothness| *smoothness > 0.0) {
            let mut pull = |one: usize, other: usize| {
                for (a, b) in (one * fields..(one + 1) * fields).zip(other * fields..) {
                    for k in 0..TOGETHER {
                        let force = smoothness[k] * (w[a][k] - w[b][k]);
                        out[a][k] += force;
                        out[b][k] -= force;
                    }
                }
            };
            let (rows, columns) = *grid;
            for node in 0..rows * columns {
                if (node + 1) % columns > 0 {
                    pull(node, node + 1);
                }
                if node + columns < rows * columns {
                    pull(node, node + columns);
                }
            }
        }
        out
    }
}

/// `(cov + penalty)^-1` times `side`, of coefficients that all places share.
fn solve_shared(matrix: &Array2<f64>, side: &[f64], penalty: Penalty, limits: Limits) -> Vec<f64> {
    let mut matrix = matrix.clone();
    matrix.diag_mut().mapv_inplace(|variance| variance + penalty.ridge);
    match Cholesky::new(matrix.clone()) {
        Some(factors) => factors.solve(side),
        None => conjugate_gradients(side, limits, |w| matrix.dot(&aview1(w)).to_vec()),
    }
}

/// Adds `factor` times `from`.
fn add_multiple(to: &mut Lanes, factor: f64, from: &Lanes) {
    for k in 0..TOGETHER {
        to[k] += factor * from[k];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: usize = 2;

    fn neighbourhood() -> Neighbourhood {
        Neighbourhood::new(&Nodes::new(25, 33, 4), FIELDS)
    }

    /// Against the whole matrix, with and without smoothness, of windows that are left when others are taken
    /// off: catches a block at a wrong place, a triangle counted twice, and a wrong taper or penalty.
    #[test]
    fn the_optimum_solves_the_tapered_equations() {
        let near = neighbourhood();
        let (nodes, columns) = (near.nodes(), near.grid.1);
        let number = |window: usize, place: usize| {
            ((window * 131 + place * 17) as f64 * 0.37).sin()
                + ((window * (1 + place / 6)) as f64 * 0.71).cos()
                + 0.1
        };
        let features = Array2::from_shape_fn((300, nodes * FIELDS), |(w, p)| number(w, p) as f32);
        let kept = features.slice(s![140.., ..]).mapv(f64::from);
        let features = StepFeatures::of_steps_alone(features);
        let mut all = near.zero();
        near.add(&mut all, &features, &(0..300).collect::<Vec<_>>());
        let covariance = near.without(&all, &features, &(0..140).collect::<Vec<_>>());
        let mean = kept.mean_axis(ndarray::Axis(0)).unwrap();
        let off = &kept - &mean;
        let full = off.t().dot(&off) / kept.nrows() as f64;
        let variance = |field: usize| {
            (0..nodes).map(|node| full[[node * FIELDS + field; 2]]).sum::<f64>() / nodes as f64
        };
        let variances = [variance(0), variance(1)];
        let penalties = [(0.01, 0.0), (0.1, 0.2), (0.1, 1.0), (1.0, 1000.0), (10.0, 0.0)]
            .map(|(ridge, smoothness)| Penalty { ridge, smoothness });
        for (penalty, found) in penalties.iter().zip(covariance.optima(&penalties, 1e-8)) {
            let mut left = 0.0;
            for a in 0..nodes * FIELDS {
                let mut sum = -2.0 * mean[a];
                for b in 0..nodes * FIELDS {
                    let (one, other) = (a / FIELDS, b / FIELDS);
                    let down = (one / columns).abs_diff(other / columns);
                    let right = (one % columns).abs_diff(other % columns);
                    let taper = |apart: usize| match apart {
                        0..4 => (1.0 - apart as f64 / 4.0).powi(2) * (1.0 + apart as f64 / 8.0),
                        _ => 0.0,
                    };
                    sum += taper(down) * taper(right) * full[[a, b]] * found[b];
                    let variance = variances[a % FIELDS];
                    if a == b {
                        sum += penalty.ridge * variance * found[a];
                    }
                    if down + right == 1 && a % FIELDS == b % FIELDS {
                        sum += penalty.smoothness * variance * (found[a] - found[b]);
                    }
                }
                left += sum * sum;
            }
            let side = 2.0 * mean.dot(&mean).sqrt();
            assert!(left.sqrt() < 2e-5 * side, "{penalty:?}: {} of {side}", left.sqrt());
        }
    }

    /// Catches a cosine transform that is not orthonormal, eigenvectors by rows, and a Laplacian with other
    /// edges than the penalty's.
    #[test]
    fn what_is_homogeneous_is_inverted_by_its_preconditioner() {
        let near = neighbourhood();
        let mut blocks = Vec::new();
        for run in &near.runs {
            let is_own = |j: usize| run.first == run.node && j < FIELDS;
            let own = [[2.0, 0.6], [0.6, 0.5]];
            let places = (0..FIELDS).flat_map(|i| (0..run.len * FIELDS).map(move |j| (i, j)));
            blocks.extend(places.map(|(i, j)| if is_own(j) { own[i][j] } else { 0.0 }));
        }
        let count = near.nodes() * FIELDS;
        let w: Vec<Lanes> = (0..count).map(|i| [0.3, 1.1, 2.3, 0.7].map(|a| (a * i as f64).sin())).collect();
        let covariance = Covariance {
            neighbourhood: near,
            blocks: Blocks::OfRuns(Vec::new()),
            means: vec![0.0; count],
            scale: vec![1.0; FIELDS],
        };
        for (is_stiff, smoothness) in [(false, [0.0; 4]), (true, [0.0, 0.5, 10.0, 1000.0])] {
            let penalties = smoothness.map(|smoothness| Penalty { ridge: 0.1, smoothness });
            let product = covariance.times(&blocks, &w, &penalties);
            let found = covariance.preconditioner(&blocks, is_stiff).times(&product, &penalties);
            for (found, w) in found.iter().zip(&w) {
                assert!((0..TOGETHER).all(|k| (found[k] - w[k]).abs() < 1e-2), "{found:?} {w:?}");
            }
        }
    }
}
