//! Estimates entropy production of a field of objects that stay at their places, in closed form.
//!
//! Objects are the places where the picture fluctuates. Each has a few principal modes, and modes of
//! neighbours circulate or do not: cost grows with the number of objects, not with the square of what could
//! be.

mod circulation;
mod definition;
mod fit;
mod model;
mod picture;
mod places;
mod settings;

pub use settings::{ObjectsMember, ObjectsPlan, ObjectsSettings};

pub(super) use model::Objects;
