//! Estimates entropy production with the network of Bae, Kim and Jeong: `dS = h(window) - h(reversed
//! window)`.

mod convolutional;
mod definition;
mod import;
mod settings;

pub use settings::{NetworkPlan, NetworkSettings};

pub(super) use convolutional::Convolutional;
pub(super) use import::{ImportedNetwork, import};
