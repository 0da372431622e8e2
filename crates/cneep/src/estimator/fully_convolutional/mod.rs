//! Estimates entropy production as a force times the change of pixels, the force from a fully convolutional
//! network.
//!
//! `dS = sum_r F(m)(r) d(r)`, with m the mean of two frames, which reversal keeps, and d the change between
//! them, whose sign it changes: dS is antisymmetric to the last bit whatever the parameters. F is the same
//! function everywhere, of what lies around a pixel: what moves alike counts alike wherever it is, and dS is
//! extensive, as it should be. The objective is not: at 10 `k_B` a transition no window leans backwards. So
//! it is taken on random crops, whose dS is about 1 `k_B`, and F is then applied to whole frames.

mod context;
mod crops;
mod definition;
mod image;
mod model;
mod settings;

pub use settings::{FullyConvolutionalPlan, FullyConvolutionalSettings};

pub(super) use model::ConvolutionalForce;
