//! Holds the dissipation maps of one movie for a viewer: exact sums to read numbers from, bytes to look at.

use super::block::Block;
use cneep::dissipation_map::MapGrid;
use serde::{Deserialize, Serialize};

/// Maps of the transitions of the movie that is shown, and sums over all movies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilmMaps {
    /// Cells as they are shown, from the first row and column of the frame.
    pub grid: MapGrid,
    /// Edge of such a cell, in cells of the maps.
    pub binned: usize,
    /// Frames in a transition.
    pub window: usize,
    /// Transitions of the movie that is shown.
    pub transitions: usize,
    /// Transitions in one of the `sums`; the last may have fewer.
    pub transitions_a_sum: usize,
    /// Sums over consecutive transitions of the movie that is shown, shape (sum, row, column), in `k_B`.
    pub sums: Block,
    /// Maps to look at; none if every transition has its sum.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instants: Option<Instants>,
    /// Transitions in each block of unseen time of all movies.
    pub block_counts: Vec<usize>,
    /// Sums over these blocks, shape (block, row, column), in `k_B`; all sums of the movie that is shown if
    /// no time is unseen.
    pub block_sums: Block,
    /// Standard errors from the mean to the ends of a 95 % interval of so many blocks; 0 for fewer than two.
    pub interval_factor: f64,
}

/// Maps in few levels, to be looked at: no number is read from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instants {
    /// Transitions from one map to the next; each is the mean over them.
    pub stride: usize,
    /// Magnitude of the highest level, in `k_B` per cell and transition.
    pub limit: f64,
    /// The highest level: a value v is shown as `levels sqrt(|v| / limit)`, rounded, with its sign.
    pub levels: u8,
    /// Levels, shape (map, row, column).
    pub maps: Block,
}

impl FilmMaps {
    /// What was left out, in words; none if nothing was.
    pub fn reduction(&self) -> Option<String> {
        let binned = (self.binned > 1).then(|| format!("cells of the map are summed {0} x {0}", self.binned));
        let summed = (self.transitions_a_sum > 1)
            .then(|| format!("series of places are means over {} transitions", self.transitions_a_sum));
        let parts: Vec<String> = binned.into_iter().chain(summed).collect();
        (!parts.is_empty()).then(|| parts.join(", and "))
    }
}
