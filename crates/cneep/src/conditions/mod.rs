//! Compares conditions: by how much their rates differ, whether beyond chance, and where on the picture.

mod areas;
mod difference_map;
mod effect;
mod shared_estimator;
mod test;
mod units;
mod verdict;

pub use areas::Areas;
pub use difference_map::DifferenceMap;
pub use effect::{ConditionRate, Effect};
pub use shared_estimator::judged_by_common_estimator;
pub use test::{ConditionTest, Judge};
pub use units::{Unit, Units};
pub use verdict::verdict;
