//! Writes what was found into one page that can be mailed.

pub mod html;
mod in_regions;
mod in_space;
mod in_time;
mod made;
mod run_report;

pub use in_space::{ReportedMap, mean_map_figure};
pub use run_report::Report;
