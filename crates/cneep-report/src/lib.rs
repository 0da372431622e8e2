//! Draws figures of an estimate, and gathers them in one page with a player of its film.

pub mod figure;
pub mod film;
pub mod report;
pub mod viewer;
