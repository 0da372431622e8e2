//! Draws figures of an estimate, and gathers them in one page.

pub mod figure;
pub mod report;
