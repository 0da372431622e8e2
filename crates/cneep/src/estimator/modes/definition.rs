//! Defines modes by their settings.

use super::fit::plans;
use super::layout::Layout;
use super::settings::ModesSettings;
use crate::estimator::definition::Definition;
use crate::estimator::model::Method;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

/// What a multiply-add takes here, in 64 bits, over what it takes in a convolution of the engine.
const COST: f64 = 3.5;

impl Definition for ModesSettings {
    fn name(&self) -> &'static str {
        "modes"
    }

    fn check(&self) -> Result<()> {
        Self::check(self)
    }

    fn method(&self, _shape: WindowShape) -> Result<Method> {
        Ok(Method::ClosedForm(Box::new(*self)))
    }

    /// Components, projections, moments and solutions of every layout that is tried.
    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        let plans = plans(self, shape, transitions)?;
        Ok(COST * plans.iter().flatten().map(|layout| of_layout(layout, transitions as f64)).sum::<f64>())
    }
}

fn of_layout(layout: &Layout, windows: f64) -> f64 {
    let pixels = (layout.patches.count() * layout.patches.pixels()) as f64;
    let largest = layout.modes.last().copied().unwrap_or(0);
    let radius = layout.radii.last().copied().unwrap_or(0);
    let coefficients = layout.coefficients(largest, radius) as f64;
    // Subspace iteration multiplies twice with all pixels, four times; then frames are projected.
    let components = windows * pixels * (9 * largest + 64) as f64;
    let moments = 0.5 * windows * coefficients * coefficients;
    // Five folds of each trial: a factor, three of pruned ones with their inverses, and the values of all
    // windows.
    let factors = if layout.pruned { 12.0 } else { 1.0 / 3.0 };
    let solve = 5.0 * factors * coefficients.powi(3) + 5.0 * windows * coefficients;
    components + moments + layout.trial_count() as f64 * solve
}
