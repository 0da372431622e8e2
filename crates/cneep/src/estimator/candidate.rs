//! Tells what a fit in closed form has tried, with the bound that each trial reached on windows it was not
//! fitted to.

use serde::{Deserialize, Serialize};

/// One trial of a fit in closed form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Candidate {
    /// Which features have coefficients, and how these are shrunk, in words.
    pub form: String,
    /// Ridge, as a fraction of the mean square of each product of features.
    pub ridge: f64,
    /// Cross-validated bound `1 + J`, in `k_B` per transition.
    pub bound: f64,
    /// Its standard error, from the scatter between blocks of time.
    pub standard_error: f64,
    /// Weight in the sum that is the estimate; 0 if it has no part in it.
    pub weight: f64,
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, ridge {}", self.form, self.ridge)
    }
}
