//! States why a JPEG picture is not read.

/// Why a picture is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::video) enum Refusal {
    /// It is damaged.
    Broken(String),
    /// It is of a kind that is not read.
    Unsupported(String),
}

/// A part of a picture, or why it is not read.
pub(super) type Result<T> = std::result::Result<T, Refusal>;

/// Damage in words.
pub(super) fn broken<T>(what: &str) -> Result<T> {
    Err(Refusal::Broken(what.into()))
}
