//! Defines modes by their settings.

use super::coupled_modes::ProductCovariance;
use super::fit::plans;
use super::gaussian;
use super::gaussian_layouts::LEAST_SCALE;
use super::layout::Layout;
use super::settings::ModesSettings;
use super::{principal, projection};
use crate::estimator::definition::Definition;
use crate::estimator::model::Method;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

/// What a multiply-add takes here, in 64 bits, over what it takes in a convolution of the engine.
const COST: f64 = 3.5;
/// What a multiply-add of matrices by place takes over one of whole matrices.
const BAND_COST: f64 = 17.0;

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

    fn memory(&self, shape: WindowShape, transitions: usize) -> Result<u64> {
        Ok(memory_of(&plans(self, shape, transitions, LEAST_SCALE)?, transitions))
    }

    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        Ok(work_of(&plans(self, shape, transitions, LEAST_SCALE)?, transitions))
    }
}

/// Components of all layouts, and what finding them, or solving for coefficients, takes in one of them.
pub(super) fn memory_of(plans: &[Vec<Layout>], transitions: usize) -> u64 {
    let layouts = || plans.iter().flatten();
    let kept: f64 = layouts().map(components_of).sum();
    let at_once = layouts().map(|layout| bytes_at_once(layout, transitions as f64)).fold(0.0, f64::max);
    (kept + at_once) as u64
}

/// Components, projections, moments and solutions of every layout that is tried.
pub(super) fn work_of(plans: &[Vec<Layout>], transitions: usize) -> f64 {
    COST * plans.iter().flatten().map(|layout| of_layout(layout, transitions as f64)).sum::<f64>()
}

/// Bytes of the components that are kept of a layout.
fn components_of(layout: &Layout) -> f64 {
    let largest = layout.modes.last().copied().unwrap_or(0);
    8.0 * (layout.patches.count() * layout.patches.pixels() * largest) as f64
}

/// Bytes of the largest arrays of one layout: directions followed on the patches in hand with the sums of
/// their products, and frames read for them, a few at a time in four parts at most; later frames to be
/// projected, a few at a time; last a dozen matrices of moments.
fn bytes_at_once(layout: &Layout, windows: f64) -> f64 {
    let (patches, pixels) = (layout.patches.count() as f64, layout.patches.pixels() as f64);
    let largest = layout.modes.last().copied().unwrap_or(0);
    let radius = layout.radii.last().copied().unwrap_or(0);
    let threads = rayon::current_num_threads() as f64;
    let read = layout.patches.frames_at_once::<f32>(principal::FRAMES_AT_ONCE) as f64;
    let projected = layout.patches.frames_at_once::<f64>(projection::FRAMES_AT_ONCE) as f64;
    let parts = (windows / read).ceil().clamp(1.0, 4.0);
    let directions = (40.0 + 8.0 * parts) * patches.min(threads) * pixels * (largest + 8) as f64;
    let frames = 4.0 * windows.min(read) * pixels * threads.min(parts * patches);
    let projected = 8.0 * windows.min(projected) * pixels * threads.min((windows / projected).ceil());
    let moments = match layout.covariance {
        ProductCovariance::Measured => 12.0 * 8.0 * (layout.coefficients(largest, radius) as f64).powi(2),
        ProductCovariance::Gaussian => 10.0 * 8.0 * gaussian::numbers(layout.patches.grid(largest), radius),
    };
    let coordinates = 8.0 * windows * patches * largest as f64;
    2.0 * components_of(layout) + coordinates + (directions + frames).max(projected).max(moments)
}

fn of_layout(layout: &Layout, windows: f64) -> f64 {
    let pixels = (layout.patches.count() * layout.patches.pixels()) as f64;
    let largest = layout.modes.last().copied().unwrap_or(0);
    let radius = layout.radii.last().copied().unwrap_or(0);
    let coefficients = layout.coefficients(largest, radius) as f64;
    // Subspace iteration multiplies twice with all pixels, four times; then frames are projected.
    let components = windows * pixels * (9 * largest + 64) as f64;
    if layout.covariance == ProductCovariance::Gaussian {
        let ridges = layout.ridges.len() as f64;
        let of_number = |&modes: &usize| {
            let values = windows * layout.coefficients(modes, radius) as f64;
            ridges * (BAND_COST * gaussian::work(layout.patches.grid(modes), radius) + values)
        };
        let sums = windows * gaussian::numbers(layout.patches.grid(largest), radius);
        // All windows but those of a fold, for each of five, and all.
        return components + sums + 6.0 * layout.modes.iter().map(of_number).sum::<f64>();
    }
    let moments = 0.5 * windows * coefficients * coefficients;
    // Five folds of each trial: a factor, three of pruned ones with their inverses, and the values of all
    // windows.
    let factors = if layout.pruned { 12.0 } else { 1.0 / 3.0 };
    let solve = 5.0 * factors * coefficients.powi(3) + 5.0 * windows * coefficients;
    components + moments + layout.trial_count() as f64 * solve
}
