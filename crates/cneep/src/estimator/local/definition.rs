//! Defines currents and invariants by their settings.

use super::covariance::REACH;
use super::family::Family;
use super::fit::Stated;
use super::nodes::Nodes;
use super::settings::LocalSettings;
use crate::estimator::definition::Definition;
use crate::estimator::model::Method;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// What a multiply-add takes here over what it takes in a convolution of the engine.
const COST: f64 = 10.0;

/// Settings of the `currents` estimator.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CurrentsSettings(pub LocalSettings);

/// Settings of the `invariants` estimator.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvariantsSettings(pub LocalSettings);

impl Definition for CurrentsSettings {
    fn name(&self) -> &'static str {
        "currents"
    }

    fn check(&self) -> Result<()> {
        self.0.check(self.name())
    }

    fn method(&self, _shape: WindowShape) -> Result<Method> {
        Ok(Method::ClosedForm(Box::new(stated(Family::Currents, self.0))))
    }

    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        Ok(work(&stated(Family::Currents, self.0), shape, transitions))
    }

    fn memory(&self, shape: WindowShape, transitions: usize) -> Result<u64> {
        Ok(memory(&stated(Family::Currents, self.0), shape, transitions))
    }
}

impl Definition for InvariantsSettings {
    fn name(&self) -> &'static str {
        "invariants"
    }

    fn check(&self) -> Result<()> {
        self.0.check(self.name())
    }

    fn method(&self, _shape: WindowShape) -> Result<Method> {
        Ok(Method::ClosedForm(Box::new(stated(Family::Invariants, self.0))))
    }

    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        Ok(work(&stated(Family::Invariants, self.0), shape, transitions))
    }

    fn memory(&self, shape: WindowShape, transitions: usize) -> Result<u64> {
        Ok(memory(&stated(Family::Invariants, self.0), shape, transitions))
    }
}

fn stated(family: Family, settings: LocalSettings) -> Stated {
    Stated { family, settings }
}

fn work(stated: &Stated, shape: WindowShape, transitions: usize) -> f64 {
    let WindowShape { rows, columns, .. } = shape;
    let (pixels, windows) = ((rows * columns) as f64, transitions as f64);
    let of_member = |member: &super::settings::LocalMember| {
        let fields = member.family.fields() as f64;
        let nodes = Nodes::new(rows, columns, member.spacing).count() as f64;
        let near = nodes.min((2 * REACH * REACH) as f64);
        let products = 8.0 * windows * pixels * fields;
        let solve = 5.0 * stated.penalties(member).len() as f64 * 100.0 * nodes * near * fields * fields;
        products + windows * nodes * near * fields * fields + solve
    };
    COST * stated.members(shape).iter().map(of_member).sum::<f64>()
}

fn memory(stated: &Stated, shape: WindowShape, transitions: usize) -> u64 {
    let WindowShape { rows, columns, .. } = shape;
    let of_member = |member: &super::settings::LocalMember| {
        let fields = member.family.fields();
        let nodes = Nodes::new(rows, columns, member.spacing).count();
        let near = nodes.min(2 * REACH * REACH);
        // Features of windows and of the steps of a run; sums of six groups and the covariances of two.
        8 * transitions * nodes * fields + 9 * 8 * nodes * near * fields * fields
    };
    let frames = 60 * 4 * rows * columns * rayon::current_num_threads();
    (frames + stated.members(shape).iter().map(of_member).max().unwrap_or(0)) as u64
}
