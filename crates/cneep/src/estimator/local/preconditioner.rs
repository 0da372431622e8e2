//! Approximates the inverse of a covariance under a penalty, which conjugate gradients are preconditioned by.
//!
//! Where penalties of neighbouring nodes are weak, a node's own block is most of the matrix (block Jacobi).
//! Where they are strong, the matrix is nearly that of a homogeneous field: the mean of its blocks at each
//! distance and the Laplacian of the grid are both diagonal in cosines (Chan, SIAM J. Sci. Stat. Comput. 9,
//! 766, 1988, with the cosine transform as in Strang, SIAM Review 41, 135, 1999).

use super::penalty::{Lanes, Penalty, TOGETHER};
use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use rayon::prelude::*;
use std::f64::consts::PI;

/// Least eigenvalue of a block, as a share of its largest.
const LEAST: f64 = 1e-6;
/// Steps of the iteration that finds eigenvectors, after which a block is taken by its diagonal.
const MOST_ROTATIONS: usize = 1000;
/// Places whose blocks are factored by one thread at a time.
const PLACES_AT_ONCE: usize = 256;

/// Blocks (field, field), one a node or one a mode of cosines, each by its eigenvectors.
pub(super) struct Preconditioner {
    fields: usize,
    /// Eigenvectors of the blocks, one after another.
    vectors: Vec<f32>,
    values: Vec<f32>,
    /// What the Laplacian of the grid is at each place.
    stiffness: Vec<f32>,
    /// Cosine transforms along rows and columns of nodes, unless places are nodes.
    cosines: Option<[Array2<f32>; 2]>,
}

impl Preconditioner {
    /// Of the nodes' own blocks.
    pub(super) fn of_nodes(
        grid: (usize, usize),
        fields: usize,
        block: impl Fn(usize) -> DMatrix<f64> + Sync,
    ) -> Self {
        let (rows, columns) = grid;
        let ends = |place: usize, count: usize| usize::from(place > 0) + usize::from(place + 1 < count);
        let degree = |node: usize| ends(node / columns, rows) + ends(node % columns, columns);
        let stiffness = (0..rows * columns).map(|node| degree(node) as f32).collect();
        Self::of(fields, stiffness, None, block)
    }

    /// Of the homogeneous field whose block is the mean of those at each distance along rows and columns of
    /// nodes: their sum, and their number.
    pub(super) fn of_cosines(
        grid: (usize, usize),
        fields: usize,
        blocks: &[Vec<(Array2<f64>, f64)>],
    ) -> Self {
        let (rows, columns) = grid;
        let angle = |mode: usize, count: usize| PI * mode as f64 / count as f64;
        let mean = |(sum, count): &(Array2<f64>, f64)| (sum + &sum.t()) * (0.5 / count.max(1.0));
        let means: Vec<Vec<Array2<f64>>> =
            blocks.iter().map(|of_row| of_row.iter().map(mean).collect()).collect();
        let block = |mode: usize| {
            let (along, across) = (angle(mode / columns, rows), angle(mode % columns, columns));
            let share = |apart: usize, angle: f64| match apart {
                0 => 1.0,
                _ => 2.0 * (apart as f64 * angle).cos(),
            };
            let mut sum = DMatrix::zeros(fields, fields);
            for (down, of_row) in means.iter().enumerate() {
                for (right, mean) in of_row.iter().enumerate() {
                    let share = share(down, along) * share(right, across);
                    mean.indexed_iter().for_each(|((i, j), mean)| sum[(i, j)] += share * mean);
                }
            }
            sum
        };
        let laplacian = |mode: usize, count: usize| 2.0 - 2.0 * angle(mode, count).cos();
        let of_mode = |mode: usize| laplacian(mode / columns, rows) + laplacian(mode % columns, columns);
        let stiffness = (0..rows * columns).map(|mode| of_mode(mode) as f32).collect();
        Self::of(fields, stiffness, Some([cosines(rows), cosines(columns)]), block)
    }

    fn of(
        fields: usize,
        stiffness: Vec<f32>,
        cosines: Option<[Array2<f32>; 2]>,
        block: impl Fn(usize) -> DMatrix<f64> + Sync,
    ) -> Self {
        let square = fields * fields;
        let mut vectors = vec![0.0; stiffness.len() * square];
        let mut values = vec![0.0; stiffness.len() * fields];
        let chunks = vectors.par_chunks_mut(square * PLACES_AT_ONCE);
        chunks.zip(values.par_chunks_mut(fields * PLACES_AT_ONCE)).enumerate().for_each(|(chunk, (v, l))| {
            let places = chunk * PLACES_AT_ONCE..;
            for (place, (v, l)) in places.zip(v.chunks_exact_mut(square).zip(l.chunks_exact_mut(fields))) {
                let block = block(place);
                let (own, diagonal) = (DMatrix::identity(fields, fields), block.diagonal());
                let found = SymmetricEigen::try_new(block, f64::EPSILON, MOST_ROTATIONS)
                    .unwrap_or(SymmetricEigen { eigenvectors: own, eigenvalues: diagonal });
                let least = (LEAST * found.eigenvalues.max()).max(f64::from(f32::MIN_POSITIVE));
                l.iter_mut().zip(&found.eigenvalues).for_each(|(l, value)| *l = value.max(least) as f32);
                v.iter_mut().zip(&found.eigenvectors).for_each(|(v, of)| *v = *of as f32);
            }
        });
        Self { fields, vectors, values, stiffness, cosines }
    }

    /// What is about the inverse of the matrix under each of the `penalties`, times `rest`.
    pub(super) fn times(&self, rest: &[Lanes], penalties: &[Penalty; TOGETHER]) -> Vec<Lanes> {
        let mut numbers: Vec<f32> = rest.as_flattened().iter().map(|&rest| rest as f32).collect();
        if let Some([rows, columns]) = &self.cosines {
            numbers = transformed(numbers, &rows.view(), &columns.view());
        }
        self.divide(numbers.as_chunks_mut().0, penalties);
        if let Some([rows, columns]) = &self.cosines {
            numbers = transformed(numbers, &rows.t(), &columns.t());
        }
        numbers.as_chunks().0.iter().map(|of: &[f32; TOGETHER]| of.map(f64::from)).collect()
    }

    fn divide(&self, numbers: &mut [[f32; TOGETHER]], penalties: &[Penalty; TOGETHER]) {
        let fields = self.fields;
        let ridges = penalties.map(|of| of.ridge as f32);
        let smoothness = penalties.map(|of| of.smoothness as f32);
        let mut found = vec![[0.0_f32; TOGETHER]; fields];
        let blocks = self.vectors.chunks_exact(fields * fields).zip(self.values.chunks_exact(fields));
        for ((own, (vectors, values)), stiffness) in
            numbers.chunks_exact_mut(fields).zip(blocks).zip(&self.stiffness)
        {
            for ((found, vector), value) in found.iter_mut().zip(vectors.chunks_exact(fields)).zip(values) {
                let mut sum = [0.0; TOGETHER];
                for (v, x) in vector.iter().zip(&*own) {
                    (0..TOGETHER).for_each(|k| sum[k] += v * x[k]);
                }
                *found = std::array::from_fn(|k| sum[k] / (value + ridges[k] + smoothness[k] * stiffness));
            }
            own.fill([0.0; TOGETHER]);
            for (found, vector) in found.iter().zip(vectors.chunks_exact(fields)) {
                for (v, x) in vector.iter().zip(&mut *own) {
                    (0..TOGETHER).for_each(|k| x[k] += v * found[k]);
                }
            }
        }
    }
}

/// The orthonormal cosine transform (DCT-II), shape (mode, node).
fn cosines(count: usize) -> Array2<f32> {
    Array2::from_shape_fn((count, count), |(mode, node)| {
        let share = if mode == 0 { 1.0 } else { 2.0 } / count as f64;
        (share.sqrt() * (PI * mode as f64 * (node as f64 + 0.5) / count as f64).cos()) as f32
    })
}

/// `rows` and `columns` times `numbers`, which lie (row, column, all else).
fn transformed(numbers: Vec<f32>, rows: &ArrayView2<f32>, columns: &ArrayView2<f32>) -> Vec<f32> {
    let (row_count, column_count) = (rows.nrows(), columns.nrows());
    let width = numbers.len() / row_count;
    let view = ArrayView2::from_shape((row_count, width), &numbers).expect("one a node");
    let along = rows.dot(&view);
    let mut out = numbers;
    for (from, to) in along.outer_iter().zip(out.chunks_exact_mut(width)) {
        let shape = (column_count, width / column_count);
        let from = from.to_shape(shape).expect("one a node");
        let mut to = ArrayViewMut2::from_shape(shape, to).expect("one a node");
        general_mat_mul(1.0, columns, &from, 0.0, &mut to);
    }
    out
}
