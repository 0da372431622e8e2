//! Tells from the frames of a movie what the camera, and the software behind it, did to them.

mod blocks;
mod bursts;
mod codec_grid;
mod common_motion;
mod lanes;
mod noise_memory;
mod observer;
mod projections;
mod frame_order;
mod readout;
mod spectrum;
mod windows;

pub use observer::{Observer, Evidence};
