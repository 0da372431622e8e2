//! Holds one file per verb: its arguments with their help, its calls to the library, its printed result.

pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod estimate;
pub(crate) mod estimator_options;
pub(crate) mod frame_gap;
pub(crate) mod import_weights;
pub(crate) mod inspect;
pub(crate) mod map;
mod map_stack;
pub(crate) mod movies;
mod regions;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod simulate;
mod timed;
pub(crate) mod train;
mod trained;
