//! Defines objects by their settings.

use super::fit::{MODES, SCALES, SUMMED_AT_ONCE};
use super::principal::FRAMES;
use super::settings::{MOST_MODES, ObjectsSettings};
use crate::estimator::definition::Definition;
use crate::estimator::model::Method;
use crate::estimator::windows::WindowShape;
use cneep_movie::error::Result;

/// What a multiply-add takes here, in 64 bits and on few numbers at a time, over what it takes in a
/// convolution of the engine.
const COST: f64 = 24.0;

impl ObjectsSettings {
    /// Modes of all objects that may be found on frames of this `shape`, for each size that is tried.
    fn modes_by_scale(&self, shape: WindowShape) -> Vec<f64> {
        let area = (shape.rows * shape.columns) as f64;
        let of = |scale: f64| {
            let objects = (area / (16.0 * scale * scale)).max(1.0);
            (objects * self.modes.unwrap_or(MODES[MODES.len() - 1]) as f64).min(MOST_MODES as f64)
        };
        self.scale.map_or(SCALES.to_vec(), |scale| vec![scale]).into_iter().map(of).collect()
    }

    /// Pairs that each mode has with its neighbours, about.
    fn pairs_of_mode(&self) -> f64 {
        8.0 * self.modes.unwrap_or(MODES[MODES.len() - 1]) as f64
    }
}

impl Definition for ObjectsSettings {
    fn name(&self) -> &'static str {
        "objects"
    }

    fn check(&self) -> Result<()> {
        Self::check(self)
    }

    fn method(&self, _shape: WindowShape) -> Result<Method> {
        Ok(Method::ClosedForm(Box::new(*self)))
    }

    fn work(&self, shape: WindowShape, transitions: usize) -> Result<f64> {
        let (windows, pixels) = (transitions as f64, (shape.rows * shape.columns) as f64);
        // Frames that are looked at for modes, and those that are projected; products of neighbours.
        let frames = (40.0 * windows.min(FRAMES as f64) + 4.0 * windows) * pixels;
        let of = |modes: f64| frames + 20.0 * windows * self.pairs_of_mode() * modes;
        Ok(COST * self.modes_by_scale(shape).into_iter().map(of).sum::<f64>())
    }

    fn memory(&self, shape: WindowShape, transitions: usize) -> Result<u64> {
        let pixels = (shape.rows * shape.columns) as f64;
        let most = self.modes_by_scale(shape).into_iter().fold(0.0, f64::max);
        let coordinates = 16.0 * (transitions as f64 + SUMMED_AT_ONCE as f64) * most;
        let sums = 8.0 * 50.0 * self.pairs_of_mode() * most;
        Ok((coordinates + sums + 400.0 * pixels) as u64)
    }
}
