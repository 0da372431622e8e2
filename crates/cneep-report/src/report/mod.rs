//! Writes what was found into one page that can be mailed.

pub mod html;
mod run_report;

pub use run_report::{Report, mean_map_figure};
