//! Runs a small CPU engine for antisymmetric convolutional networks.
//!
//! A network is `S(x) = h(x) - h(x with its input channels in reversed order)`, with `h` a convolutional
//! network with one output. The crate evaluates `S`, its spatial contributions and the gradient of any loss
//! of `S`; it knows nothing of what the numbers mean. `S` changes sign with the order of the channels bit for
//! bit, and no result depends on the number of threads or on where a sample stands in its batch.

mod adam;
mod backward;
mod band;
mod batch;
mod buffers;
mod dense;
mod forward;
mod initialise;
mod inputs;
mod kernel;
mod layer;
#[cfg(test)]
mod naive;
mod network;
mod packing;
mod parameters;
mod plan;
#[cfg(test)]
mod referee;
mod shape;
mod spectrum;
mod stage;
mod tiling;
mod work;
mod workspace;

pub use adam::{Adam, AdamSettings};
pub use dense::{FullyConvolutional, Gradient, Kernel, Pass, Weights};
pub use inputs::{InputMap, Inputs};
pub use kernel::instruction_set;
pub use layer::{Activation, Layer, ShapeError};
pub use network::Network;
pub use plan::Tensor;
pub use shape::Shape;
