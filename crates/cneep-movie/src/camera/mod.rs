//! Tells from the frames of a movie what the camera, and the software behind it, did to them.

mod blocks;
mod codec_grid;
mod common_motion;
mod lanes;
mod noise_memory;
mod observer;
mod projections;
mod faults;
mod frame_order;
mod readout;
mod spectrum;
mod windows;

pub(crate) use faults::faults;
pub(crate) use observer::{Evidence, Observer};
