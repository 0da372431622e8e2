//! Holds what every program of this project does at a terminal: global options, progress, results, Ctrl-C,
//! exit codes.
//!
//! It serves `cneep` and the runner of its experiments, and promises nothing to others.

pub mod console;
pub mod exit;
pub mod global_options;
pub mod interrupt;
mod progress;
