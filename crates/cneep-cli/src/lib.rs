//! Holds the program `cneep`, and what every program of this project does at a terminal: global options,
//! progress, results, Ctrl-C, exit codes, plans of many tasks.
//!
//! It serves `cneep`, the Python package's command of that name and the runner of the experiments, and
//! promises nothing to others.

#![allow(clippy::doc_markdown, reason = "the help that users read is made of these comments")]

// The program's files name what they share with the runner as the runner does.
extern crate self as cneep_cli;

mod arguments;
pub mod commands;
pub mod console;
mod csv_file;
pub mod deadline;
pub mod exit;
mod exit_code;
pub mod global_options;
pub mod interrupt;
pub mod opening;
pub mod plan;
pub mod program;
mod progress;
mod quantity;
mod remaining_work;

/// What hands out memory.
const ALLOCATOR: &str = "the system's";
