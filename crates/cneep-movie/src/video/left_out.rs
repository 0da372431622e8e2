//! Refuses kinds of movie that this build leaves out.

use crate::error::{Error, Fault};
use std::path::Path;

/// What to say of a kind of movie that this build leaves out.
pub(super) fn left_out(path: &Path, what: &str, feature: &str) -> Error {
    let found = format!("{what} for the feature `{feature}`, which this build leaves out");
    let remedy = "Build with this feature, or save the movie with numpy.save.";
    Error::Unsupported(Fault::of_file(path, "a movie that this build reads", found, remedy))
}
