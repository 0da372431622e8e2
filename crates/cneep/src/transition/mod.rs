//! Cuts movies into transitions: windows of consecutive frames that can be read in either direction of time.

mod sampler;
mod split;
mod transitions;

pub use sampler::Sampler;
pub use split::{Split, SplitSettings};
pub use transitions::{Run, Transition, Transitions};
