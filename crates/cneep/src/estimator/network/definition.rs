//! Defines the convolutional network by its settings.

use super::convolutional::Convolutional;
use super::settings::NetworkSettings;
use crate::estimator::definition::Definition;
use crate::estimator::descent::DescentPlan;
use crate::estimator::model::Method;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

/// From fewer transitions it has learned nothing of two beads.
const LEAST_TRANSITIONS: usize = 1000;

impl Definition for NetworkSettings {
    fn name(&self) -> &'static str {
        "convolutional"
    }

    fn check(&self) -> Result<()> {
        Self::check(self)
    }

    fn method(&self, shape: WindowShape) -> Result<Method> {
        Ok(Method::Descent(Box::new(Convolutional::new(self, shape)?)))
    }

    /// Parameters with their moments, averages and gradients, and the maps that each thread works in.
    fn memory(&self, shape: WindowShape, _transitions: usize) -> Result<u64> {
        Ok(Convolutional::new(self, shape)?.memory())
    }

    /// Every window of every batch passes through the network forward and backward.
    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        let descent = DescentPlan::new(&self.descent, transitions);
        let windows = descent.iterations as f64 * descent.batch as f64;
        Ok(windows * Convolutional::new(self, shape)?.multiply_adds())
    }

    fn least_transitions(&self) -> usize {
        LEAST_TRANSITIONS
    }

    fn differs_by_seed(&self) -> bool {
        true
    }
}
