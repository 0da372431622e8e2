//! Holds one file per verb: its arguments with their help, its calls to the library, its printed result.

pub(crate) mod inspect;
pub(crate) mod movies;
pub(crate) mod simulate;
