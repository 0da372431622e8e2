//! Starts the `cneep` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(cneep_cli::program::run(std::env::args_os()))
}
