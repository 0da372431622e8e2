//! Estimates entropy production from products of local fields of a frame with the change of its pixels.
//!
//! `dS = sum_r sum_k w_k(r) phi_k(r) d(r)`, with fields `phi_k` of the frames before and after (their mean,
//! which reversal keeps) and the change `d` of each pixel, whose sign it changes. Coefficients are
//! interpolated between nodes. What moves through the frame carries the current `-grad m d`, two numbers a
//! place, where modes would need the square of the number of places it visits.

mod bands;
mod covariance;
mod definition;
mod family;
mod fit;
mod image;
mod invariants;
mod model;
mod nodes;
mod penalty;
mod preconditioner;
mod settings;
mod steps;

pub use family::Family;
pub use settings::{LocalMember, LocalPlan, LocalSettings};

pub(super) use fit::{Kind, Stated};
pub(super) use image::{blurred, slope};
pub(super) use model::Local;
