//! Turns the end of a run into one clear message and an exit code.

use crate::console::Console;
use crate::interrupt;
use cneep_movie::{Error, Result};
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

/// 2 if the input or the arguments are at fault, as for an unknown option; 130 if stopped; 1 otherwise.
pub(crate) fn code_of(error: &Error) -> u8 {
    match error {
        Error::Stopped { .. } => interrupt::EXIT_CODE,
        error if error.is_fault_of_input() => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::error::Fault;
    use std::io::ErrorKind;
    use std::path::Path;

    /// Scripts tell a wrong file (try another) from a failed computation (try again) by these numbers.
    #[test]
    fn the_code_says_whose_fault_it_was() {
        let fault = || Fault::new("a.tif", "a movie", "a poem", "Give a movie.");
        let refused = |kind| Error::reading(Path::new("a.tif"), std::io::Error::from(kind));
        assert_eq!(code_of(&Error::Format(fault())), 2);
        assert_eq!(code_of(&Error::NotConverged(fault())), 1);
        assert_eq!(code_of(&refused(ErrorKind::NotFound)), 2);
        assert_eq!(code_of(&refused(ErrorKind::StorageFull)), 1);
        assert_eq!(code_of(&Error::stopped("training")), 130);
    }
}
