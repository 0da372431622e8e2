//! Turns the end of a run into one clear message and an exit code.

use crate::console::with_option;
use crate::interrupt;
use cneep_movie::{Error, Result};
use std::process::ExitCode;

/// The exit code of `result`, after its error, if any, is told on standard error.
pub(crate) fn report(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", told(&error));
            ExitCode::from(code(&error))
        }
    }
}

fn told(error: &Error) -> String {
    match error {
        Error::Setting(fault) => with_option(error.to_string(), &fault.subject),
        Error::Stopped { .. } => {
            format!(
                "{error}. Files that are there are whole, but some may be missing; run it again to the end."
            )
        }
        error => error.to_string(),
    }
}

/// 2 if the input or the arguments are at fault, as for an unknown option; 130 if stopped; 1 otherwise.
fn code(error: &Error) -> u8 {
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

    /// Catches an error of the library that leaves users without the option to change.
    #[test]
    fn an_error_of_a_setting_names_its_option() {
        let error = Error::Setting(Fault::new("window", "at least 2 frames", "1", "Choose 2 or more."));
        assert_eq!(
            told(&error),
            "window: expected at least 2 frames, found 1. Choose 2 or more. (option --window)"
        );
    }

    /// Scripts tell a wrong file (try another) from a failed computation (try again) by these numbers.
    #[test]
    fn the_code_says_whose_fault_it_was() {
        let fault = || Fault::new("a.tif", "a movie", "a poem", "Give a movie.");
        let refused = |kind| Error::reading(Path::new("a.tif"), std::io::Error::from(kind));
        assert_eq!(code(&Error::Format(fault())), 2);
        assert_eq!(code(&Error::NotConverged(fault())), 1);
        assert_eq!(code(&refused(ErrorKind::NotFound)), 2);
        assert_eq!(code(&refused(ErrorKind::StorageFull)), 1);
        assert_eq!(code(&refused(ErrorKind::Interrupted)), 1);
        assert_eq!(code(&Error::stopped("training")), 130);
        assert!(told(&Error::stopped("training")).contains("run it again"));
    }
}
