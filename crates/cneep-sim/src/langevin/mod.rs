//! Simulates worlds whose entropy production is known exactly.
//!
//! A [`LangevinSystem`] is a linear overdamped system. It carries its own exact answer, a [`SteadyState`]
//! solved (never typed) from its matrices, and [simulates](LangevinSystem::simulate) movies of positions,
//! each a [`Trajectory`] together with the exact entropy production of every one of its transitions.
//! [`BeadSpring`], [`FilamentNetwork`], [`BrownianGyrator`], [`StirredTrap`] and [`ColloidPair`] build such
//! systems, and a [`BeadField`] holds many at a time. A
//! [`FlashingRatchet`] jumps between states and is as exact ([`JumpProcess`]); an [`ElasticNetwork`] is not
//! linear, and what is known of it is measured along its path.
//!
//! What moves through the frame, rather than about a place in it, is [`Moving`]: a [`DrivenRing`], colloids
//! in a [`VortexFlow`], [`ActiveParticles`], motors on [`MotorTracks`], a [`PhaseLattice`], a
//! [`TurningTexture`].
//!
//! Times are in the unit in which stiffness and friction are given (read as seconds), temperatures in units
//! of energy (`k_B` = 1), entropy in `k_B`.

mod active_particles;
mod bead_field;
mod bead_spring;
mod colloid_pair;
mod driven_ring;
mod elastic_network;
mod euler;
mod exact_steps;
mod filament_network;
mod gyrator;
mod jump_process;
mod lattice;
mod lyapunov;
mod motor_tracks;
mod moving;
mod open_field;
mod pair_rate;
mod path;
mod phase_lattice;
mod positions_file;
#[cfg(test)]
pub(crate) mod published;
mod ratchet;
mod simulation;
mod steady_state;
mod step_entropy;
mod stirred_trap;
mod system;
mod temperature_profile;
mod trajectory;
mod turning_texture;
mod vortex_flow;

pub use active_particles::ActiveParticles;
pub use bead_field::BeadField;
pub use bead_spring::BeadSpring;
pub use colloid_pair::ColloidPair;
pub use driven_ring::DrivenRing;
pub use elastic_network::ElasticNetwork;
pub use filament_network::FilamentNetwork;
pub use gyrator::BrownianGyrator;
pub use jump_process::JumpProcess;
pub use lattice::NetworkNode;
pub use motor_tracks::MotorTracks;
pub use moving::Moving;
pub use open_field::OpenField;
pub use phase_lattice::PhaseLattice;
pub use positions_file::read_positions;
pub use ratchet::FlashingRatchet;
pub use simulation::Simulation;
pub use steady_state::SteadyState;
pub use step_entropy::StepEntropy;
pub use stirred_trap::StirredTrap;
pub use system::LangevinSystem;
pub use temperature_profile::TemperatureProfile;
pub use trajectory::Trajectory;
pub use turning_texture::TurningTexture;
pub use vortex_flow::VortexFlow;
