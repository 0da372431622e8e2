//! Says by a number whose fault it was that a run failed.

use crate::interrupt;
use cneep_movie::Error;

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
