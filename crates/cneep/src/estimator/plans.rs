//! Lists what estimators are made of once nothing is left open: what a run's record keeps, and a model is
//! built from.

use super::force::ForcePlan;
use super::modes::ModesPlan;
use super::network::NetworkPlan;
use serde::{Deserialize, Serialize};

/// The plan of one estimator: a variant each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EstimatorPlan {
    /// Principal modes.
    Modes(ModesPlan),
    /// Forces times changes.
    Force(ForcePlan),
    /// The network of Bae, Kim and Jeong.
    Convolutional(NetworkPlan),
}
