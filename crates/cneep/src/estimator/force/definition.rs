//! Defines the force estimator by its settings.

use super::model::Force;
use super::settings::ForceSettings;
use crate::estimator::definition::Definition;
use crate::estimator::descent::DescentPlan;
use crate::estimator::model::Method;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

/// What a multiply-add takes here over what it takes in a convolution of the engine: kernels are few, and
/// rows short.
const COST: f64 = 11.0;

impl Definition for ForceSettings {
    fn name(&self) -> &'static str {
        "force"
    }

    fn check(&self) -> Result<()> {
        Self::check(self)
    }

    fn method(&self, shape: WindowShape) -> Result<Method> {
        Ok(Method::Descent(Box::new(Force::new(self, shape)?)))
    }

    /// Parameters with their moments and averages, a gradient for every chunk of a batch, the covariance of
    /// the pixels of a cell, and the features of the windows to begin with.
    fn memory(&self, shape: WindowShape, transitions: usize) -> Result<u64> {
        let force = Force::new(self, shape)?;
        let descent = DescentPlan::new(&self.descent, transitions);
        Ok(force.memory(descent.batch, transitions))
    }

    /// Every window of every batch is multiplied with all kernels of all cells, forward and backward.
    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        let plan = self.plan(shape.rows, shape.columns);
        let cells = (shape.rows * shape.columns) as f64 / (plan.stride * plan.stride) as f64;
        let of_frame = cells * (plan.kernels * plan.cell * plan.cell) as f64;
        let descent = DescentPlan::new(&self.descent, transitions);
        let windows = descent.iterations as f64 * descent.batch as f64;
        Ok(COST * windows * (2 * shape.window) as f64 * of_frame)
    }
}
