//! Carries a warning together with its remedy.

use serde::{Deserialize, Serialize};

/// Something a reader of the numbers must know, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caution {
    /// What it concerns: a file, a setting or a quantity.
    pub subject: String,
    /// What was noticed, or assumed.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Caution {
    /// A caution about `subject`.
    pub fn new(subject: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject: subject.into(), message: message.into(), remedy: remedy.into() }
    }
}

impl std::fmt::Display for Caution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} {}", self.subject, self.message, self.remedy)
    }
}
