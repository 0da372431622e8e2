//! Tells from the frames of a movie what the camera, and the software behind it, did to them.

mod blocks;
mod codec_grid;
mod common_motion;
mod lamp;
mod lanes;
mod median;
mod noise_memory;
mod noise_pulses;
mod normal;
mod observer;
mod parts;
mod projections;
mod faults;
mod frame_order;
mod readout;
mod spectrum;
#[cfg(test)]
mod tests;
mod windows;

pub(crate) use faults::faults;
pub(crate) use observer::{Evidence, Observer};
