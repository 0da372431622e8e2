//! Turns the end of a run into one clear message and an exit code.

use crate::flags::with_flag;
use crate::interrupt;
use cneep_movie::{Error, Result};
use std::io::ErrorKind;
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

/// The error in words; after a stop also what is left of the run.
fn told(error: &Error) -> String {
    if error.is_stop() {
        return format!(
            "{error}. Files that are there are whole, but some may be missing; run it again to the end."
        );
    }
    with_flag(error, error.setting())
}

/// 2 if the input or the arguments are at fault, as for an unknown option; 130 if stopped; 1 otherwise.
fn code(error: &Error) -> u8 {
    match error {
        Error::Stopped { .. } => interrupt::EXIT_CODE,
        // Until the estimators return `Error::Stopped`.
        Error::Io { source, .. } if source.kind() == ErrorKind::Interrupted => interrupt::EXIT_CODE,
        error if error.is_fault_of_input() => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cneep_movie::error::Fault;
    use std::path::Path;

    #[test]
    fn a_setting_at_fault_is_told_with_its_option() {
        let fault = Fault::new("a.tif", "one channel", "2", "Choose a channel.").with_setting("channel");
        let words = told(&Error::Unsupported(fault));
        assert_eq!(words, "a.tif: expected one channel, found 2. Choose a channel. (option --channel)");
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
        assert_eq!(code(&refused(ErrorKind::Interrupted)), 130);
        assert_eq!(code(&Error::stopped("training")), 130);
        assert!(told(&Error::stopped("training")).contains("run it again"));
    }
}
