//! Lists what estimators are made of once nothing is left open: what a run's record keeps, and a model is
//! built from.

use super::force::ForcePlan;
use super::fully_convolutional::FullyConvolutionalPlan;
use super::local::LocalPlan;
use super::modes::ModesPlan;
use super::network::NetworkPlan;
use super::objects::ObjectsPlan;
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// The plan of one estimator: a variant each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EstimatorPlan {
    /// Principal modes.
    Modes(ModesPlan),
    /// Polynomial moments.
    Moments(ModesPlan),
    /// Local currents.
    Currents(LocalPlan),
    /// Local invariants.
    Invariants(LocalPlan),
    /// Objects that stay at their places.
    Objects(ObjectsPlan),
    /// Forces times changes.
    Force(ForcePlan),
    /// A force from a fully convolutional network, times changes.
    FullyConvolutional(FullyConvolutionalPlan),
    /// The network of Bae, Kim and Jeong.
    Convolutional(NetworkPlan),
}

impl EstimatorPlan {
    /// Whether the losses along its training are of crops, by their likelihood, so that they state no bound.
    pub fn is_judged_on_crops(&self) -> bool {
        matches!(self, Self::FullyConvolutional(_))
    }

    /// Refuses a plan that no fit could have kept.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Setting`] naming the setting.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Modes(plan) | Self::Moments(plan) => plan.check(),
            Self::Currents(plan) | Self::Invariants(plan) => plan.check(),
            Self::Objects(plan) => plan.check(),
            Self::Force(plan) => plan.check(),
            Self::FullyConvolutional(plan) => plan.check(),
            Self::Convolutional(plan) => plan.check(),
        }
    }
}
