//! Estimates entropy production from principal modes, in closed form and in seconds.
//!
//! Frames are projected on their principal components, `c = U^T (I - mean)`. Along the path of the
//! coordinates through a window, smoothed as far as the camera's noise blurs it, every step has a middle `m`
//! that reversal keeps and a change `d` whose sign it changes, so `dS = sum_steps sum_ij B_ij phi_i d_j` with
//! `phi = (1, m)` is antisymmetric whatever B. It is the leading order of the entropy production of
//! overdamped dynamics whose force is linear in the modes; compare the stochastic force inference of Frishman
//! and Ronceray, Phys. Rev. X 10, 021009 (2020), doi 10.1103/PhysRevX.10.021009, and the modes of Gnesotto et
//! al., Nat. Commun. 11, 5378 (2020), doi 10.1038/s41467-020-18796-9. B maximises the objective that trains
//! the networks to second order in dS, under a ridge.

mod band;
mod basis;
mod coupled_modes;
mod coordinates;
mod coupling;
mod definition;
mod features;
mod fit;
mod gaussian;
mod gaussian_layouts;
mod layout;
mod model;
mod moments;
mod patches;
mod path;
mod polynomials;
mod principal;
mod projection;
mod scale_of_changes;
mod settings;
mod spots;
mod statistics;
mod term;
mod threshold;
mod workspace;

pub use moments::MomentsSettings;
pub use settings::{Member, ModesPlan, ModesSettings};

pub(crate) use coordinates::principal_coordinates;
pub(super) use model::Modes;
