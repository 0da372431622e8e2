//! Solves for estimates that are linear in their coefficients: `dS = sum_k w_k psi_k`, with features psi that
//! change sign under reversal.
//!
//! One family of features differs from another by [`LinearForm`] (which sums of features are total
//! derivatives, how far each coefficient is shrunk) and [`LinearFeatures`] (their values). All else is
//! common: moments, the optimum for small dS under a ridge or automatic relevance determination, Newton's
//! method on `J`, cross-validation, and the choice of weights. `J = <dS - exp(-dS)>` is concave in the
//! coefficients.

mod cholesky;
mod climb;
mod conjugate_gradients;
mod cross_validation;
mod features;
mod folds;
mod moments;
mod relevance;
mod ridge;
#[cfg(test)]
mod scene;
mod search;
mod shifted_systems;
mod shrinkage;
mod trial;

pub(super) use cholesky::Cholesky;
pub(super) use climb::{Sampled, improve};
pub(super) use conjugate_gradients::{Limits, conjugate_gradients, side_by_side};
pub(super) use cross_validation::{Folded, FoldedMoments, cross_validate};
pub(super) use features::{LinearFeatures, LinearForm};
pub(super) use folds::{deal, windows_of_folds};
pub(super) use moments::Moments;
pub(super) use search::{Fitted, Search, unsolved};
pub(super) use shifted_systems::shifted_systems;
pub(super) use shrinkage::Shrinkage;
pub(super) use trial::{Shrunk, Specification, Trial, trials};
