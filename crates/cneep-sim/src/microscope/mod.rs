//! Films trajectories: turns positions into the pictures a camera would have taken.
//!
//! A [`Drawing`] says what is there and which coordinates move it; a [`Camera`] films it. A [`Microscope`]
//! draws the row of beads of the published two-bead benchmark: every bead a Gaussian blob on a strip of frame
//! of its own, shifted along the row by its standardised displacement. Its default is the published camera to
//! the last pixel. Bae, Kim, Jeong, Phys. Rev. Research 4, 033094 (2022),
//! doi:10.1103/PhysRevResearch.4.033094.
//!
//! ```
//! # fn main() -> cneep_movie::Result<()> {
//! use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile};
//! use cneep_sim::microscope::{Camera, Microscope, Stage};
//!
//! // Ten time steps per frame, of which the camera will see the last five.
//! let steps = Simulation { steps_per_frame: 10, kept_steps: 5, ..Simulation::default() };
//! let run = Simulation { frames: 50, movies: 2, ..steps };
//! let paths = BeadSpring::new(3, TemperatureProfile::linear(1.0, 10.0))?.simulate(&run, 0)?;
//! // Half of each frame interval is exposed, the middle bead is not seen, and light is scarce.
//! let noise = Camera { photons: Some(200.0), read_noise: 0.02, ..Camera::default() };
//! let camera = Camera { exposure: 0.5, background: 0.05, ..noise };
//! let stage = Stage { hidden_beads: vec![1], ..Stage::default() };
//! let movies = Microscope { stage, camera, ..Microscope::default() }.record(&paths)?;
//! assert_eq!(movies[0].frames().shape(), (50, 20, 60));
//! # Ok(())
//! # }
//! ```

mod binning;
mod camera;
mod drawing;
mod filament;
mod film;
mod light;
mod network;
mod noise;
mod oscillators;
mod planar_bead;
mod point_spread;
mod rectangle;
mod ring;
mod spots;
mod stage;
mod standardisation;

pub use camera::Camera;
pub(crate) use camera::Count;
pub use drawing::{Body, Coordinate, Drawing, Motion, Point};
pub(crate) use film::{Exposure, dark, one_system};
pub use network::NetworkLook;
pub(crate) use noise::{Place, stream};
pub use oscillators::OscillatorLook;
pub use point_spread::PointSpread;
pub use rectangle::Rectangle;
pub use ring::RingLook;
pub use spots::Spot;
pub use stage::Stage;
pub use standardisation::Standardisation;

use crate::langevin::Trajectory;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::video::Video;
use serde::{Deserialize, Serialize};

/// A microscope over a row of beads, each on a square of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Microscope {
    /// Where the beads stand, how far a displacement moves them, and which are seen.
    pub stage: Stage,
    /// The blob that one bead makes.
    pub point_spread: PointSpread,
    /// Zero and unit of the displacements.
    pub standardisation: Standardisation,
    /// What turns light into counts.
    pub camera: Camera,
}

impl Microscope {
    /// Films every trajectory, beads from left to right: one movie each, `movie 0` first, row 0 at the edge
    /// of the picture.
    ///
    /// # Errors
    /// Those of [`Self::drawing`] and [`Camera::film`].
    pub fn record(&self, trajectories: &[Trajectory]) -> Result<Vec<Video>> {
        self.camera.film(&self.drawing(trajectories)?, trajectories)
    }

    /// The row of beads that these `trajectories` move.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting outside its range or no trajectories; [`Error::Mismatch`] for
    /// trajectories of different systems, or of other than one coordinate per bead.
    pub fn drawing(&self, trajectories: &[Trajectory]) -> Result<Drawing> {
        let first = film::one_system(trajectories)?;
        if first.parts().iter().enumerate().any(|(coordinate, part)| coordinate != *part) {
            return Err(Error::Mismatch(Fault::new(
                "trajectories",
                "one coordinate per bead, in order",
                format!("parts {:?}", first.parts()),
                "This stage holds a row of beads that move along it; film a drawing of other systems.",
            )));
        }
        let (mean, deviation) = self.standardisation.constants(trajectories)?;
        let standards: Vec<(f64, f64)> = mean.into_iter().zip(deviation).collect();
        self.stage.drawing(&self.point_spread, &standards)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::{BeadSpring, LangevinSystem, Simulation, TemperatureProfile, published};
    use cneep_movie::video::Frames;
    use ndarray::{Array2, Array3};

    fn simulate(system: &LangevinSystem, frames: usize, movies: usize) -> Vec<Trajectory> {
        system.simulate(&Simulation { frames, movies, ..Simulation::default() }, 4).unwrap()
    }

    fn row_of(beads: usize) -> LangevinSystem {
        BeadSpring::new(beads, TemperatureProfile::linear(1.0, 10.0)).unwrap().system().unwrap()
    }

    fn bytes(video: &Video) -> &Array3<u8> {
        match video.frames() {
            Frames::U8(pixels) => pixels,
            other => panic!("{:?}", other.depth()),
        }
    }

    /// Catches any slip in geometry, rounding or the order of operations: all 800,000 pixels must agree.
    #[test]
    fn the_published_movie_comes_out_pixel_by_pixel() {
        let archive = "movie0_first1000.npz";
        let published = published::archived::<u8>(archive, "images");
        let Some((images, path)) = published.zip(published::archived::<f32>(archive, "trajectory")) else {
            return;
        };
        let path = Array2::from_shape_vec((1000, 2), path.into_iter().map(f64::from).collect()).unwrap();
        let trajectory = published::two_beads().trajectory(path, 0.01).unwrap();
        let standardisation = Standardisation::Constants {
            mean: published::MEAN.to_vec(),
            standard_deviation: published::DEVIATION.to_vec(),
        };
        let microscope = Microscope { standardisation, ..Microscope::default() };
        let video = microscope.record(&[trajectory]).unwrap().remove(0);
        let wrong = bytes(&video).iter().zip(&images).filter(|(ours, theirs)| ours != theirs).count();
        assert_eq!((images.len(), wrong), (800_000, 0));
    }

    /// Catches exponentials cut short or multiplied in the wrong order: the separable form against the
    /// equation.
    #[test]
    fn every_pixel_follows_the_equation() {
        let system = row_of(4);
        let paths = simulate(&system, 30, 1);
        let pixels = Microscope::default().record(&paths).unwrap();
        let deviation = system.steady_state().standard_deviation();
        assert_eq!(bytes(&pixels[0]).dim(), (30, 20, 80));
        for ((frame, row, column), pixel) in bytes(&pixels[0]).indexed_iter() {
            let light: f64 = (0..4)
                .map(|i| {
                    let centre = 10.0 + 20.0 * i as f64 + paths[0].positions()[[frame, i]] / deviation[i];
                    let square = (row as f64 - 10.0).powi(2) + (column as f64 - centre).powi(2);
                    (-square / 18.0).exp()
                })
                .sum();
            assert_eq!(f64::from(*pixel), (255.0 * light).floor().min(255.0), "at {frame}, {row}, {column}");
        }
    }

    /// Catches a movie that depends on its neighbours or on the threads, and lost names or times.
    #[test]
    fn movies_are_filmed_one_by_one_in_order() {
        let system = row_of(3);
        let run = Simulation { frames: 5, steps_per_frame: 4, movies: 6, ..Simulation::default() };
        let paths = system.simulate(&run, 4).unwrap();
        let movies = Microscope::default().record(&paths).unwrap();
        assert_eq!(movies.len(), 6);
        for (movie, path) in paths.iter().enumerate() {
            assert_eq!(movies[movie].name(), format!("movie {movie}"));
            assert_eq!(movies[movie].calibration().frame_interval, Some(0.04));
            let alone = Microscope::default().record(std::slice::from_ref(path)).unwrap();
            assert_eq!(alone[0].frames(), movies[movie].frames());
        }
    }

    /// Catches the wrong bead hidden, a frame that shrinks, and a hidden bead that still gives light.
    #[test]
    fn a_hidden_bead_leaves_its_square_and_takes_its_light() {
        let paths = simulate(&row_of(2), 8, 1);
        let record = |hidden_beads: Vec<usize>| {
            let stage = Stage { hidden_beads, ..Stage::default() };
            let camera = Camera { bit_depth: 16, ..Camera::default() };
            let microscope = Microscope { stage, camera, ..Microscope::default() };
            let video = microscope.record(&paths).unwrap().remove(0);
            (0..8).map(|frame| video.frames().frame(frame).unwrap()).collect::<Vec<_>>()
        };
        let (both, left, right, none) =
            (record(vec![]), record(vec![1]), record(vec![0]), record(vec![0, 1]));
        for frame in 0..8 {
            assert_eq!(left[frame].dim(), (20, 40));
            assert_eq!(none[frame].sum(), 0.0);
            assert!(left[frame][[10, 10]] > 10_000.0 && left[frame][[10, 39]] < 10.0);
            for ((both, left), right) in both[frame].iter().zip(&left[frame]).zip(&right[frame]) {
                let rounding = both - left - right;
                assert!((0.0..=1.0).contains(&rounding) || *both == 65_535.0, "{rounding}");
            }
        }
    }

    #[test]
    fn what_cannot_be_filmed_is_refused() {
        let paths = simulate(&row_of(2), 3, 1);
        let refused = |text: &str| {
            let microscope: Microscope = toml::from_str(text).unwrap();
            microscope.record(&paths).unwrap_err().to_string()
        };
        assert!(refused("stage.bead_spacing = 0").starts_with("bead_spacing"));
        assert!(refused("stage.bead_spacing = 20000").starts_with("bead_spacing"));
        assert!(refused("stage.displacement_scale = -1.0").starts_with("displacement_scale"));
        assert!(refused("point_spread.width = 0.0").starts_with("point_spread width"));
        assert!(refused("stage.hidden_beads = [2]").starts_with("hidden_beads"));
        assert!(refused("camera.bit_depth = 17").starts_with("bit_depth"));
        assert!(toml::from_str::<Microscope>("stage.bead_spaces = 3").is_err());
        let default = Microscope::default();
        assert!(default.record(&[]).unwrap_err().to_string().contains("at least one, found none"));
        let mixed = [paths[0].clone(), simulate(&row_of(3), 3, 1).remove(0)];
        assert!(default.record(&mixed).unwrap_err().to_string().contains("movie 1 of another system"));
    }
}
