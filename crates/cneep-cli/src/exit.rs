//! Turns the end of a run into one clear message and an exit code.

use crate::console::Console;
use crate::exit_code::code_of;
use cneep_movie::Result;
use std::process::ExitCode;

/// The exit code of `result`, after its error, if any, is told on the `console`.
pub fn report(result: Result<()>, console: &Console) -> ExitCode {
    ExitCode::from(code(result, console))
}

/// As [`report`], as a number.
pub fn code(result: Result<()>, console: &Console) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            console.tell_error(&error);
            code_of(&error)
        }
    }
}
