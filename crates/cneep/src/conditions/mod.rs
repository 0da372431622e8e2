//! Compares conditions: by how much their rates differ, whether beyond chance, and where on the picture.

mod areas;
mod difference_map;
mod effect;
mod holm;
mod judged_together;
mod shared_estimator;
mod test;
mod units;
mod verdict;

pub use areas::Areas;
pub use difference_map::DifferenceMap;
pub use effect::{ConditionRate, Effect};
pub use holm::holm_adjusted;
pub use judged_together::{Against, JudgedTogether, common_settings, stops_of};
pub use shared_estimator::judged_by_common_estimator;
pub use test::{ConditionTest, Judge};
pub use units::{Unit, Units};
pub use verdict::verdict;
