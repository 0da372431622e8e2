//! Estimates entropy production of a field of objects that stay at their places, in closed form.
//!
//! Objects are the places where the picture fluctuates. Each has a few principal modes, and modes of
//! neighbours circulate or do not: time and memory grow with the number of objects, not with the number of
//! pairs that there could be.

mod circulation;
mod coupling;
mod definition;
mod fit;
mod model;
mod neighbours;
mod picture;
mod places;
mod precision;
mod principal;
mod settings;
mod sums;
mod two_groups;

pub use settings::{ObjectsMember, ObjectsPlan, ObjectsSettings};

pub(super) use model::Objects;
