//! Holds the result in space: where on the picture entropy is produced.

mod autocorrelation;
mod correlation_length;
mod grid;
pub(crate) mod halvings;
mod held_out_blocks;
mod independent_regions;
mod map;
pub(crate) mod nested;
mod parts;
mod region_cells;
mod region_moments;
mod region_series;
mod region_table;
mod regions;
mod significance;
mod sums;

pub use correlation_length::MapCorrelation;
pub use grid::{MapGrid, on_pixels};
pub use held_out_blocks::HeldOutBlocks;
pub use map::DissipationMap;
pub use parts::{PartComparison, PartSeries};
pub use region_series::RegionSeries;
pub use regions::{Region, Regions};
pub use significance::SignificanceMap;
pub use sums::{MapSums, MeanMap};
