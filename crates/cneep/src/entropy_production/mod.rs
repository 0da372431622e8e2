//! Holds the result in time: entropy production per transition, its rate, its bound, its errors.

mod agreement;
mod amount;
mod beyond_certifying;
mod cautions;
mod certifiable;
mod comparison;
#[cfg(test)]
mod coverage;
mod detection_limit;
mod findings;
mod frame_gap;
mod independent_bound;
mod part_of_frame;
mod rate_in_time;
mod result;
mod role;
mod scaled_bound;
mod summary;
#[cfg(test)]
mod synthetic;
mod table;
mod tiles;
mod verdict;
mod verdict_line;

pub use amount::{AmountPoint, Extrapolation, UnseenShare};
pub(crate) use certifiable::Certifiable;
pub use comparison::Comparison;
pub use detection_limit::DetectionLimit;
pub use frame_gap::{FrameGapCurve, FrameGapPoint, LeftOutGap};
pub use independent_bound::IndependentBound;
pub(crate) use independent_bound::Part;
pub use part_of_frame::PartOfFrame;
pub use rate_in_time::{ChangePoint, RateInStretch, RateInTime};
pub use result::{EntropyProduction, FitQuality, MovieEntropy};
pub use role::Role;
pub(crate) use scaled_bound::{
    SCALES, certifiable_limit, clip_limit, effective_number, scaled_bound, unscaled,
};
pub use summary::{ExactRates, Summary};
pub use table::{read_table, write_table};
pub use tiles::EntropyOfTiles;
pub use verdict::Significance;
pub use verdict_line::Claim;
