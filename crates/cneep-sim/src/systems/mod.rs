//! Names the systems that can be simulated, with their settings, and films them.
//!
//! A [`System`] is one of several with its settings, [`Filming`] says how much of it is simulated, and
//! [`MicroscopeSettings`] what is seen. Together they give a [`World`], trajectories with what is known of
//! them exactly, from which [`film`] makes movies and [`part_places`] tells where the parts of the system
//! rest on them. Settings are plain serde structures in the words of experiment files; with the feature
//! `clap` they are arguments of a command line in the same words.
//!
//! ```
//! # fn main() -> cneep_movie::Result<()> {
//! use cneep_sim::systems::{Filming, Gyrator, MicroscopeSettings, System, film};
//!
//! let system = System::Gyrator(Gyrator { angle: 30.0, ..Gyrator::default() });
//! let filming = Filming { movies: 2, frames: 10, ..Filming::default() };
//! let microscope = MicroscopeSettings { read_noise: 0.02, ..MicroscopeSettings::default() };
//! let world = system.simulate(&microscope, &filming.run(&microscope)?, filming.seed)?;
//! let movies = film(&system, &microscope, &world.trajectories, filming.seed)?;
//! assert_eq!(movies[0].frames().shape(), (10, 40, 40));
//! assert!(world.exact_rate.is_some_and(|rate| rate > 0.0));
//! # Ok(())
//! # }
//! ```

#![allow(clippy::doc_markdown, reason = "the help of the command line is made of these comments")]

mod active;
mod bead_spring;
mod density;
mod field;
mod film;
mod filament_network;
mod filming;
mod flow;
mod gyrator;
mod in_motion;
mod microscope_settings;
mod motors;
mod pair;
mod places;
mod ratchet;
mod ring;
mod simulated;
mod stirred_trap;
mod system;
mod tissue;
mod wave;
mod world;

pub use active::{Active, Appearance};
pub use bead_spring::BeadSpringRow;
pub use field::Field;
pub use filament_network::Lattice;
pub use film::film;
pub use filming::Filming;
pub use flow::Flow;
pub use gyrator::Gyrator;
pub use microscope_settings::MicroscopeSettings;
pub use motors::Motors;
pub use pair::Pair;
pub use places::part_places;
pub use ratchet::Ratchet;
pub use ring::Ring;
pub use stirred_trap::Trap;
pub use system::System;
pub use tissue::Tissue;
pub use wave::Wave;
pub use world::World;
