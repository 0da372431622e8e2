//! Defines the fully convolutional network by its settings.

use super::model::ConvolutionalForce;
use super::settings::FullyConvolutionalSettings;
use crate::estimator::definition::Definition;
use crate::estimator::descent::DescentPlan;
use crate::estimator::model::Method;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

impl Definition for FullyConvolutionalSettings {
    fn name(&self) -> &'static str {
        "fully-convolutional"
    }

    fn check(&self) -> Result<()> {
        Self::check(self)
    }

    fn method(&self, shape: WindowShape) -> Result<Method> {
        Ok(Method::Descent(Box::new(ConvolutionalForce::new(self, shape)?)))
    }

    fn memory(&self, shape: WindowShape, _transitions: usize) -> Result<u64> {
        Ok(ConvolutionalForce::new(self, shape)?.memory())
    }

    /// Every step of every crop of every batch passes through the network forward and backward.
    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        let descent = DescentPlan::new(&self.descent, transitions);
        let steps = descent.iterations as f64 * (descent.batch * (shape.window - 1)) as f64;
        Ok(steps * ConvolutionalForce::new(self, shape)?.multiply_adds())
    }

    fn differs_by_seed(&self) -> bool {
        true
    }
}
