//! Holds the statistics of correlated series that results share: blocks of time, means with errors, tests of
//! signs.

mod all_sign_flips;
mod block_mean;
mod blocks;
mod bootstrap;
mod dependence;
mod difference;
mod false_discovery;
mod interval;
mod jackknife;
mod permutation;
mod sign_flip;

pub(crate) use all_sign_flips::AllSignFlips;
pub(crate) use block_mean::BlockMean;
pub(crate) use blocks::{Block, MOST_BLOCKS, Segment, block_layout, equal_parts, marked_segments};
pub(crate) use dependence::dependence_p_value;
pub(crate) use difference::Estimated;
pub(crate) use false_discovery::discovery_threshold;
pub(crate) use jackknife::jackknife_error;
pub(crate) use permutation::Permutations;
pub(crate) use sign_flip::{LEAST_P_VALUE_OF_FLIPS, quadratic_sign_flip_p_value, sign_flip_p_value};
