//! Averages dissipation maps over the transitions of one or more movies.

use super::{DissipationMap, MapGrid};
use cneep_movie::units::Calibration;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Time average of dissipation maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeanMap {
    /// Cells on the frame.
    pub grid: MapGrid,
    /// Frame interval and pixel size of the movies.
    pub calibration: Calibration,
    /// Number of transitions averaged.
    pub transitions: usize,
    /// Entropy production rate per cell, shape (row, column), in `k_B/s` with a known frame interval, otherwise `k_B/frame`.
    pub rates: Array2<f64>,
}

impl MeanMap {
    /// The average over all transitions of `maps`, which must share grid, window and frame interval; none without maps.
    pub fn of(maps: &[DissipationMap]) -> Option<Self> {
        let first = maps.first()?;
        let transitions = maps.iter().map(|map| map.transitions.dim().0).sum();
        let mut total = Array2::zeros((first.grid.rows, first.grid.columns));
        for map in maps {
            for transition in map.transitions.outer_iter() {
                total.zip_mut_with(&transition, |sum, &cell| *sum += f64::from(cell));
            }
        }
        let rates = total / (transitions as f64 * first.transition_time());
        Some(Self { grid: first.grid, calibration: first.calibration, transitions, rates })
    }

    /// Sum over the map: the mean entropy production rate.
    pub fn rate(&self) -> f64 {
        self.rates.sum()
    }
}
