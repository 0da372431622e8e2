//! Binds the library to Python: the module `cneep._native`, whose conversions the package `cneep` dresses.
//!
//! Numbers go over as `NumPy` arrays, settings, records and cautions as JSON, which keeps every bit. Long
//! computations run on a thread of their own, while the calling thread watches for Ctrl-C.

#![allow(clippy::needless_pass_by_value, reason = "the interpreter hands values over, not references")]

mod conditions;
mod errors;
mod estimator;
mod maps;
mod movies;
mod pages;
mod simulation;
mod threads;
mod watch;

use pyo3::prelude::*;
use pyo3::wrap_pyfunction;

/// The native part of `cneep`; use the package.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<movies::Video>()?;
    module.add_class::<estimator::Estimator>()?;
    module.add_class::<estimator::Interrupted>()?;
    for function in [
        wrap_pyfunction!(movies::open_paths, module)?,
        wrap_pyfunction!(movies::open_array, module)?,
        wrap_pyfunction!(movies::read_array, module)?,
        wrap_pyfunction!(movies::together, module)?,
        wrap_pyfunction!(movies::named_by_files, module)?,
        wrap_pyfunction!(movies::inspect, module)?,
        wrap_pyfunction!(movies::write_movie, module)?,
        wrap_pyfunction!(simulation::systems, module)?,
        wrap_pyfunction!(simulation::defaults, module)?,
        wrap_pyfunction!(simulation::simulate, module)?,
        wrap_pyfunction!(simulation::film_positions, module)?,
        wrap_pyfunction!(conditions::compare, module)?,
        wrap_pyfunction!(conditions::analysis, module)?,
        wrap_pyfunction!(conditions::table_of_movies, module)?,
        wrap_pyfunction!(pages::viewer_parts, module)?,
        wrap_pyfunction!(pages::viewer_data, module)?,
        wrap_pyfunction!(pages::write_page, module)?,
        wrap_pyfunction!(threads::thread_count, module)?,
        wrap_pyfunction!(main, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}

/// Runs the command `cneep` with these arguments, its name first, and gives its exit code.
#[pyfunction]
fn main(arguments: Vec<std::ffi::OsString>) -> u8 {
    cneep_cli::program::run(arguments)
}
