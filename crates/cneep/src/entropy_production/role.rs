//! Tells what role a transition had in the fit that judges it.

use serde::{Deserialize, Serialize};

/// Role of a transition in the fit that judges it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It was fitted to: its dS leans upwards.
    #[default]
    InSample,
    /// Parameters, weights and shrinkage were found without its fold, but it had a part in choices that all
    /// folds share, such as the window: what it says is cross-validated.
    OutOfFold,
    /// It had no part in any choice: what it says is certified.
    HeldOut,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InSample => "in-sample",
            Self::OutOfFold => "out-of-fold",
            Self::HeldOut => "held-out",
        })
    }
}
