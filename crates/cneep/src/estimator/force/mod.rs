//! Estimates entropy production as force times change, pixel by pixel.
//!
//! For overdamped dynamics `ln p(x, x') / p(x', x) = F(midpoint) . dx` to leading order in the frame
//! interval, with F the thermodynamic force (Frishman and Ronceray, Phys. Rev. X 10, 021009 (2020), doi
//! 10.1103/PhysRevX.10.021009). Here both come from pixels: `dS = sum_xy F(m)(x, y) d(x, y)`, m being even
//! under reversal (for two frames their mean) and d odd (their difference), so that dS is antisymmetric to
//! the last bit whatever the parameters, and one pass serves both directions. A few kernels, shared by
//! overlapping cells of the frame or each cell's own, turn m and d into features of cells; a cell's force is
//! linear in the features of the cells around it, with coefficients of its own or, if `invariant`, shared by
//! all. F is the transposed convolution of the forces. Where cells have coefficients of their own, `density`
//! places dS on the pixels; where all are alike, the map is `F d`.

mod coupling;
mod definition;
mod density;
mod grid;
mod kernels;
mod model;
mod own_kernels;
mod parameters;
mod passes;
mod pixel_response_covariance;
mod principal;
mod response;
mod settings;
mod start;

pub use settings::{ForcePlan, ForceSettings};

pub(super) use model::Force;

#[cfg(test)]
mod tests;
