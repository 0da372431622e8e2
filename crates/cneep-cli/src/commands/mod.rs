//! Holds one file per verb: its arguments with their help, its calls to the library, its printed result.

pub(crate) mod analyze;
mod applied;
pub(crate) mod compare;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod estimate;
pub(crate) mod estimator_options;
mod film_and_maps;
pub(crate) mod frame_gap;
pub(crate) mod import_weights;
pub(crate) mod inspect;
pub(crate) mod map;
mod map_stack;
pub(crate) mod movies;
mod regions;
mod relative_path;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod run_folder;
pub(crate) mod simulate;
mod timed;
pub(crate) mod train;
mod trained;
pub(crate) mod view;
