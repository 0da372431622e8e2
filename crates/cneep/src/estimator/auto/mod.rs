//! Chooses window and estimator for a movie, by what they reach on frames that they were not fitted to.
//!
//! The lower bound `1 + J` on windows that had no part in a fit needs no exact answer, and is highest where the estimate is nearly best:
//! it can choose the window (by the bound per frame interval) and between estimators. Every estimator is cross-fitted, see
//! [`super::cross_fitted`]; those whose maps have the resolution of the movie are summed, with weights of at least zero that reach
//! the highest bound, so that a network adds to modes what they miss and takes nothing away. What chance takes from the size of the sum is
//! given back, see [`spread`].

mod contender;
mod contest;
mod deadline;
mod entrant;
mod settings;
mod spread;
mod window;

pub use contender::{Contender, Standing};
pub use settings::AutoSettings;

pub(super) use contest::hold;
pub(super) use spread::raise;

/// A longer window, or another estimator, must add this share of the bound: less is within what chance gives, and costs a sharper map.
const WORTH: f64 = 0.01;
