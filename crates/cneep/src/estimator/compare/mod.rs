//! Chooses window and estimators for a movie, by what they reach on windows that they were not fitted to.
//!
//! The lower bound `1 + J` on windows that had no part in a fit needs no exact answer, and is highest where
//! the estimate is nearly best: it can choose the window (by what is reached per frame interval) and between
//! estimators. Every estimator is fitted once a fold, with that fold held out; estimators are summed with
//! weights of at least zero that reach the highest bound, so that one adds to others what they miss and takes
//! nothing away. What chance takes from the size of the sum is given back, see [`shrinkage_correction`].
//!
//! What is compared is decided from sizes alone, before the first fit, by a budget of work; so the same seed
//! gives the same bits on any machine, however busy it is.

mod bounding_windows;
mod budget;
mod compared;
mod comparison;
mod cross_fit;
mod cross_fitted;
mod kept_fits;
mod member_folder;
mod settings;
mod shrinkage_correction;
mod window;

pub use compared::{ComparedEstimator, Outcome};
pub use settings::ComparisonSettings;

pub(super) use comparison::{Compared, compare};
pub(super) use cross_fitted::{CrossFitted, JudgedMaps, JudgedValues};
pub(in crate::estimator) use kept_fits::KeptFits;
pub(super) use member_folder::{home, home_of_bound};
