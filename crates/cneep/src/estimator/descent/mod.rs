//! Trains models step by step along the gradient of the objective.

mod checkpoint;
mod coordinates;
mod plan;
mod settings;
mod state;
mod training;

pub use plan::DescentPlan;
pub use settings::{DescentSettings, Schedule};
pub use state::{CurvePoint, StopReason};

pub(super) use checkpoint::{read_curve, read_last, write_curve, write_last};
pub(super) use coordinates::Coordinates;
pub(super) use state::State;
pub(super) use training::{Material, train};
