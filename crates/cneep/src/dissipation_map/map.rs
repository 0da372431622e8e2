//! Holds the dissipation maps of all transitions of one movie.

use super::grid::MapGrid;
use cneep_movie::units::Calibration;
use ndarray::Array3;

/// Dissipation maps of every transition of one movie; each sums to that transition's entropy production.
#[derive(Debug, Clone, PartialEq)]
pub struct DissipationMap {
    /// What the movie is called.
    pub name: String,
    /// Cells on the frame.
    pub grid: MapGrid,
    /// Frames in a transition.
    pub window: usize,
    /// Frame interval and pixel size of the movie.
    pub calibration: Calibration,
    /// Entropy production per cell in `k_B`, shape (transition, row, column).
    pub transitions: Array3<f32>,
}

impl DissipationMap {
    /// Duration of a transition, in seconds with a known frame interval, otherwise in frames.
    pub fn transition_time(&self) -> f64 {
        (self.window - 1) as f64 * self.calibration.interval_or_frame()
    }

    /// Entropy production of every transition, in `k_B`: the sum over its map.
    pub fn entropy_production(&self) -> Vec<f64> {
        self.transitions.outer_iter().map(|map| map.iter().map(|&cell| f64::from(cell)).sum()).collect()
    }
}
