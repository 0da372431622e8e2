//! Holds the result in space: where on the picture entropy is produced.

mod grid;
mod held_out_blocks;
mod map;
mod parts;
mod significance;
mod sums;

pub use grid::MapGrid;
pub use held_out_blocks::HeldOutBlocks;
pub use map::DissipationMap;
pub use parts::{PartComparison, PartSeries};
pub use significance::SignificanceMap;
pub use sums::{MapSums, MeanMap};
