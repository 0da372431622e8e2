//! Makes kernels as mixtures of the principal components of cells.

use super::grid::Grid;

/// Kernels of all cells alike, or of every cell, padded to rows of whole vectors.
#[derive(Debug, Clone)]
pub(super) struct Kernels {
    /// Shape (cell or 1, kernel, row, padded column).
    pub(super) weights: Vec<f32>,
    /// Numbers of the kernels of one cell.
    pub(super) of_cell: usize,
}

impl Kernels {
    /// As many zeros.
    pub(super) fn zero(&self) -> Self {
        Self { weights: vec![0.0; self.weights.len()], of_cell: self.of_cell }
    }

    /// Kernels of one cell, shape (kernel, row, padded column).
    pub(super) fn of(&self, cell: usize) -> &[f32] {
        &self.weights[self.start(cell)..][..self.of_cell]
    }

    /// As [`Self::of`], to write.
    pub(super) fn of_mut(&mut self, cell: usize) -> &mut [f32] {
        let start = self.start(cell);
        &mut self.weights[start..][..self.of_cell]
    }

    fn start(&self, cell: usize) -> usize {
        if self.weights.len() == self.of_cell { 0 } else { cell * self.of_cell }
    }
}

/// `channels` kernels a cell of unit mixtures, shape (cell or 1, kernel, component), of `components`, shape
/// (component, row, column). As components have unit variance over all cells, so have the responses; the
/// length of a row of `mixture` has no effect.
pub(super) fn mix(grid: &Grid, channels: usize, components: &[f32], mixture: &[f32]) -> Kernels {
    let (pixels, kernel) = (grid.patch * grid.patch, grid.patch * grid.padded_patch());
    let (count, padded) = (components.len() / pixels, grid.padded_patch());
    let mut weights_of_all = vec![0.0; mixture.len() / count * kernel];
    for (weights, kernel) in mixture.chunks_exact(count).zip(weights_of_all.chunks_exact_mut(kernel)) {
        let length = length(weights);
        for (weight, component) in weights.iter().zip(components.chunks_exact(pixels)) {
            for (row, line) in component.chunks_exact(grid.patch).enumerate() {
                let slots = kernel[row * padded..].iter_mut();
                slots.zip(line).for_each(|(slot, pixel)| *slot += weight / length * pixel);
            }
        }
    }
    Kernels { weights: weights_of_all, of_cell: channels * kernel }
}

/// Gradient along `mixture` of what has these `slopes` along the kernels.
pub(super) fn mixture_gradient(
    grid: &Grid,
    components: &[f32],
    mixture: &[f32],
    slopes: &Kernels,
) -> Vec<f32> {
    let (pixels, padded) = (grid.patch * grid.patch, grid.padded_patch());
    let count = components.len() / pixels;
    let mut all = Vec::with_capacity(mixture.len());
    for (weights, slopes) in mixture.chunks_exact(count).zip(slopes.weights.chunks_exact(grid.patch * padded))
    {
        let along = components.chunks_exact(pixels).map(|component| -> f32 {
            let lines = component.chunks_exact(grid.patch).zip(slopes.chunks_exact(padded));
            lines.map(|(line, slopes)| line.iter().zip(slopes).map(|(c, s)| c * s).sum::<f32>()).sum()
        });
        let along: Vec<f32> = along.collect();
        let length = length(weights);
        let radial: f32 = along.iter().zip(weights).map(|(a, w)| a * w).sum::<f32>() / (length * length);
        all.extend(along.iter().zip(weights).map(|(a, w)| (a - radial * w) / length));
    }
    all
}

/// Length of a mixture; that of one of zeros counts as 1.
fn length(weights: &[f32]) -> f32 {
    let length = weights.iter().map(|weight| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 { length } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::force::settings::ForceSettings;

    /// Catches a slope along the length of a mixture, which has no effect, and padding that leaks.
    #[test]
    fn slopes_are_finite_differences() {
        let settings = ForceSettings { cell: Some(5), ..ForceSettings::default() };
        let grid = Grid::new(&settings.plan(10, 10), 10, 10).unwrap();
        let components: Vec<f32> = (0..75).map(|i| (i as f32 * 0.37).sin()).collect();
        let mixture: Vec<f32> = (0..6).map(|i| 0.4 + (i as f32).cos()).collect();
        let pull = Kernels { weights: (0..80).map(|i| (i as f32 * 0.71).cos()).collect(), of_cell: 80 };
        let value = |mixture: &[f32]| -> f32 {
            mix(&grid, 2, &components, mixture).weights.iter().zip(&pull.weights).map(|(k, p)| k * p).sum()
        };
        let slopes = mixture_gradient(&grid, &components, &mixture, &pull);
        for (place, slope) in slopes.iter().enumerate() {
            let moved = |by: f32| {
                let mut mixture = mixture.clone();
                mixture[place] += by;
                value(&mixture)
            };
            let numeric = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((numeric - slope).abs() < 1e-2, "{place}: {numeric} {slope}");
        }
    }
}
