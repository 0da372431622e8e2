//! Writes what was found into one page that can be mailed.

mod checks;
pub mod html;
mod in_regions;
mod in_space;
mod in_time;
mod made;
mod methods;
mod origin;
mod plates;
mod player;
mod premises;
mod reported_map;
mod run_report;
mod verdict;
mod words;

pub use in_space::mean_map_figure;
pub use made::frame_gap_figure;
pub use origin::Origin;
pub use reported_map::ReportedMap;
pub use run_report::Report;
