//! Runs a fully convolutional network: convolutions without stride or pooling, and one number a pixel.
//!
//! `F(x)` has hidden layers of convolutions with `ReLU`, dilated if stated, and a last one of 1x1 pixels
//! (Long, Shelhamer and Darrell 2015, doi 10.1109/CVPR.2015.7298965). Nothing is padded: an image with a
//! margin of [`FullyConvolutional::margin`] pixels around gives an image of numbers, so that a crop is
//! computed as the whole is, but for rounding. Convolutions of 3 x 3 taps are short ones (Winograd); others,
//! and their gradients with respect to weights and to inputs, are products over a channels-last map.

mod filter;
mod network;
mod pass;
#[cfg(test)]
mod referee;
mod short;

pub use filter::Kernel;
pub use network::FullyConvolutional;
pub use pass::{Gradient, Pass, Weights};
