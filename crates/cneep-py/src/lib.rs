//! Binds the library to Python: the module `cneep._native`, whose conversions the package `cneep` dresses.
//!
//! Numbers go over as `NumPy` arrays, settings, records and cautions as JSON, which keeps every bit. Long
//! computations run on a thread of their own, while the calling thread watches for Ctrl-C.

#![allow(clippy::needless_pass_by_value, reason = "the interpreter hands values over, not references")]

mod errors;
mod estimator;
mod maps;
mod movies;
mod simulation;
mod threads;
mod watch;

use pyo3::prelude::*;

/// The native part of `cneep`; use the package.
#[pymodule]
mod _native {
    use super::{Bound, PyModule, PyModuleMethods, PyResult, pyfunction};
    #[pymodule_export]
    use crate::estimator::{Estimator, Interrupted};
    #[pymodule_export]
    use crate::movies::{Video, inspect, open_array, open_paths, read_array, together, write_movie};
    #[pymodule_export]
    use crate::simulation::{defaults, film_positions, simulate, systems};
    #[pymodule_export]
    use crate::threads::thread_count;

    /// Runs the command `cneep` with these arguments, its name first, and gives its exit code.
    #[pyfunction]
    fn main(arguments: Vec<std::ffi::OsString>) -> u8 {
        cneep_cli::program::run(arguments)
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
