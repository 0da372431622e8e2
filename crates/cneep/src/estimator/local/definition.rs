//! Defines currents and invariants by their settings.

use super::covariance::REACH;
use super::fit::{Kind, Stated};
use super::nodes::Nodes;
use super::settings::LocalMember;
use super::steps::Products;
use crate::estimator::background::FRAMES_HELD;
use crate::estimator::definition::Definition;
use crate::estimator::model::Method;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

/// What a multiply-add takes here over what it takes in a convolution of the engine.
const COST: f64 = 10.0;

impl Definition for Stated {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Currents => "currents",
            Kind::Invariants => "invariants",
        }
    }

    fn check(&self) -> Result<()> {
        self.settings.check(self.name())
    }

    fn method(&self, _shape: WindowShape) -> Result<Method> {
        Ok(Method::ClosedForm(Box::new(*self)))
    }

    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        Ok(work(self, shape, transitions))
    }

    fn memory(&self, shape: WindowShape, transitions: usize) -> Result<u64> {
        Ok(memory(self, shape, transitions))
    }
}

fn work(stated: &Stated, shape: WindowShape, transitions: usize) -> f64 {
    let WindowShape { rows, columns, .. } = shape;
    let (pixels, windows) = ((rows * columns) as f64, transitions as f64);
    let of_member = |member: &LocalMember| {
        let fields = member.family.features() as f64;
        let nodes = Nodes::new(rows, columns, member.spacing).count() as f64;
        let near = nodes.min((2 * REACH * REACH) as f64);
        let products = 8.0 * windows * pixels * fields;
        let solve = 5.0 * stated.penalties(member).len() as f64 * 100.0 * nodes * near * fields * fields;
        products + windows * nodes * near * fields * fields + solve
    };
    COST * stated.members(shape, transitions).iter().map(of_member).sum::<f64>()
}

fn memory(stated: &Stated, shape: WindowShape, transitions: usize) -> u64 {
    let WindowShape { rows, columns, .. } = shape;
    let of_member = |member: &LocalMember| {
        let fields = member.family.features();
        let nodes = Nodes::new(rows, columns, member.spacing).count();
        let near = nodes.min(2 * REACH * REACH);
        let held = Products::of(member, rows, columns).pixels_held(rows, columns);
        // Features of steps; sums of all and of a fold, and the covariances of all members so far.
        4 * (transitions * nodes * fields + held * rayon::current_num_threads())
            + 4 * 8 * nodes * near * fields * fields
    };
    let background = 4 * FRAMES_HELD * rows * columns;
    (background + stated.members(shape, transitions).iter().map(of_member).max().unwrap_or(0)) as u64
}
