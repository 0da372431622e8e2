//! Does to simulated movies what instruments and software do to real ones, so that it can be known what an
//! estimate makes of it.
//!
//! An [`Artefact`] acts at one of five places on the way from motion to file: on what stands under the
//! objective (`scene`), on when rows are exposed (`row_timing`), on the light (`lamp`, `sensor`), on the
//! counts (`temporal_filter` and others), or on the order of frames. [`film`] films with a list of them,
//! which act in this order, and within one place in that of the list. What they do at random depends on the
//! camera's seed, on the movie and on the place in the list; faults of single pixels are those of one and the
//! same chip.
//!
//! ```
//! # fn main() -> cneep_movie::Result<()> {
//! use cneep_sim::artefact::{Artefact, film, kept_steps};
//! use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile};
//! use cneep_sim::microscope::{Camera, Microscope};
//!
//! let artefacts = [Artefact::RollingShutter { share: 0.9 }, Artefact::ExponentialFilter { weight: 0.2 }];
//! let camera = Camera { read_noise: 0.02, background: 0.1, ..Camera::default() };
//! let run = Simulation { frames: 50, movies: 2, steps_per_frame: 10, ..Simulation::default() };
//! let run = Simulation { kept_steps: kept_steps(&camera, &artefacts, 10)?, ..run };
//! let paths = BeadSpring::new(3, TemperatureProfile::linear(1.0, 1.0))?.simulate(&run, 0)?;
//! let drawing = Microscope::default().drawing(&paths)?;
//! assert_eq!(film(&camera, &drawing, &artefacts, &paths)?.len(), 2);
//! # Ok(())
//! # }
//! ```

mod codec;
mod debris;
mod denoiser;
mod film;
mod focus;
mod frame_order;
mod grey_levels;
mod kind;
mod label;
mod lamp;
mod planes;
mod row_timing;
mod scene;
mod sensor;
mod stabilisation;
mod stage_motion;
mod temporal_filter;
mod wander;

pub use film::film;
pub use frame_order::lose_frames;
pub use kind::Artefact;
pub use row_timing::kept_steps;
