//! Tells results to people.

pub mod html;
