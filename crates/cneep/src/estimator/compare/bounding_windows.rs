//! Bounds what long windows estimate by shorter ones, where dS of the long is beyond what can be certified.
//!
//! Windows of any length show no more than what the system produces while they last (data processing: Roldan
//! and Parrondo 2010, doi 10.1103/PhysRevLett.105.150607), so a lower bound by two frames holds, however much
//! more is seen by eight. Its dS is smaller, and so can be certified by as many windows.

use super::cross_fit::CrossFit;
use super::settings::ComparisonSettings;
use crate::estimator::registry::EstimatorSettings;
use crate::estimator::training::{Choice, Training};

/// The training of the shortest windows by what was `kept` of a comparison, as far as it is fitted in closed
/// form; none if nothing of it is.
pub(super) fn training(
    training: &Training,
    settings: &ComparisonSettings,
    kept: &[CrossFit],
) -> Option<(Training, ComparisonSettings)> {
    let is_kept = |of: &&EstimatorSettings| {
        kept.iter().any(|kept| kept.compared.is_summed() && kept.compared.estimator == of.name())
    };
    let solved = settings.estimators.iter().filter(|of| !of.is_descent());
    let estimators: Vec<EstimatorSettings> = solved.filter(is_kept).cloned().collect();
    let shortest = settings.windows[0];
    let own = ComparisonSettings { windows: vec![shortest], estimators, ..settings.clone() };
    let choice = Choice::Comparison(own.clone());
    let training = Training { window: Some(shortest), choice, ..training.clone() };
    (!own.estimators.is_empty()).then_some((training, own))
}
