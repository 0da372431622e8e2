//! Turns covariances of middles and changes, and the circulation between them, into forces.

use super::precision::Precision;
use super::sums::Steps;
use ndarray::{Array2, Axis};

/// The matrix B of `dS = m^T B d` of linear Gaussian dynamics, as its sparse factors `2 C^-1 A D^-1`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coupling {
    /// Modes of every pair of neighbours, the first before the second; in order of the second.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Of the middles and of the changes.
    pub(super) precisions: [Precision; 2],
    /// Of each pair, the antisymmetric part of what the middle of the first and the change of the second have
    /// in common.
    pub(super) circulation: Vec<f64>,
}

impl Coupling {
    /// Forces on the changes of all modes from their `middles`; both have the shape (mode, step).
    pub(super) fn forces(&self, mut middles: Array2<f64>) -> Array2<f64> {
        self.precisions[0].multiply(&self.pairs, &mut middles);
        let mut forces = Array2::zeros(middles.dim());
        let circulating = self.pairs.iter().zip(&self.circulation).filter(|(_, area)| **area != 0.0);
        for (&(i, j), &area) in circulating {
            forces.row_mut(j).scaled_add(2.0 * area, &middles.row(i));
            forces.row_mut(i).scaled_add(-2.0 * area, &middles.row(j));
        }
        self.precisions[1].multiply(&self.pairs, &mut forces);
        forces
    }

    /// dS of every one of these `steps`, in `k_B`.
    pub(super) fn entropy_production(&self, steps: Steps) -> Vec<f64> {
        let products = self.forces(steps.middles) * steps.changes;
        products.sum_axis(Axis(0)).to_vec()
    }
}
