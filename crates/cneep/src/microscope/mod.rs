//! Films trajectories: turns positions into the pictures a camera would have taken.
//!
//! The default is the camera of the published two-bead benchmark, for a row of any number of beads: every bead a
//! Gaussian blob on a strip of frame of its own, shifted along the row by its standardised displacement.
//! Bae, Kim, Jeong, Phys. Rev. Research 4, 033094 (2022), doi:10.1103/PhysRevResearch.4.033094.

mod camera;
mod point_spread;
mod standardisation;

pub use camera::Camera;
pub use point_spread::{Blob, PointSpread};
pub use standardisation::Standardisation;

use crate::error::{Error, Fault, Result};
use crate::langevin::Trajectory;
use crate::units::Calibration;
use crate::video::{Frames, Video};
use ndarray::{Array2, Array3, ArrayView1, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A microscope over a row of beads, each on a square of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Microscope {
    /// Where the beads stand, and how far a displacement moves them.
    pub stage: Stage,
    /// The blob that one bead makes.
    pub point_spread: PointSpread,
    /// Zero and unit of the displacements.
    pub standardisation: Standardisation,
    /// What turns light into counts.
    pub camera: Camera,
}

/// Places beads on the frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stage {
    /// Edge of the square of frame given to each bead, and so the distance between rest positions, in pixels.
    pub bead_spacing: usize,
    /// Shift of a blob per standardised displacement, in pixels: small is low spatial resolution.
    pub displacement_scale: f64,
}

impl Default for Stage {
    /// Squares of 20 x 20 pixels, one pixel per standard deviation.
    fn default() -> Self {
        Self { bead_spacing: 20, displacement_scale: 1.0 }
    }
}

impl Stage {
    /// (rows, columns) of the frame of a row of `beads` beads.
    ///
    /// # Errors
    /// [`Error::Setting`] for an empty square, a frame that no computer holds, or a scale that is negative or not finite.
    fn frame_size(&self, beads: usize) -> Result<(usize, usize)> {
        let spacing = self.bead_spacing;
        if !(self.displacement_scale.is_finite() && self.displacement_scale >= 0.0) {
            return Err(Error::Setting(Fault::new(
                "displacement_scale",
                "a finite number of pixels, not negative",
                self.displacement_scale.to_string(),
                "Give the pixels per standard deviation, 1 for the published camera.",
            )));
        }
        match spacing.checked_mul(beads).filter(|columns| (1..=1 << 15).contains(columns)) {
            Some(columns) => Ok((spacing, columns)),
            None => Err(Error::Setting(Fault::new(
                "bead_spacing",
                format!("1 pixel or more, and at most {} columns for {beads} beads", 1 << 15),
                spacing.to_string(),
                "Give the distance between beads in pixels, 20 for the published camera.",
            ))),
        }
    }

    /// The blobs of beads at these standardised `displacements`.
    fn blobs(&self, displacements: impl Iterator<Item = f64>) -> impl Iterator<Item = Blob> {
        let middle = (self.bead_spacing / 2) as f64;
        displacements.enumerate().map(move |(bead, displacement)| Blob {
            row: middle,
            column: middle + (self.bead_spacing * bead) as f64 + self.displacement_scale * displacement,
        })
    }
}

impl Microscope {
    /// Films every trajectory, beads from left to right: one movie each, `movie 0` first, row 0 at the edge of the picture.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting outside its range or no trajectories; [`Error::Mismatch`] for trajectories of
    /// different systems, or of other than one coordinate per bead.
    pub fn record(&self, trajectories: &[Trajectory]) -> Result<Vec<Video>> {
        self.point_spread.check()?;
        self.camera.check()?;
        let beads = check_row_of_beads(trajectories)?;
        let frame_size = self.stage.frame_size(beads)?;
        let (mean, deviation) = self.standardisation.constants(trajectories)?;
        trajectories
            .par_iter()
            .enumerate()
            .map(|(movie, trajectory)| {
                let blobs = |state: ArrayView1<f64>| {
                    let row = state.into_iter().zip(&mean).zip(&deviation);
                    self.stage.blobs(row.map(|((x, mean), deviation)| (x - mean) / deviation)).collect()
                };
                let frames = self.expose(trajectory.positions(), frame_size, blobs)?;
                let calibration =
                    Calibration { frame_interval: Some(trajectory.frame_interval()), pixel_size: None };
                Video::new(format!("movie {movie}"), frames, calibration)
            })
            .collect()
    }

    /// One frame per row of `positions`, lit by its `blobs`.
    fn expose(
        &self,
        positions: &Array2<f64>,
        (rows, columns): (usize, usize),
        blobs: impl Fn(ArrayView1<f64>) -> Vec<Blob>,
    ) -> Result<Frames> {
        let shape = (positions.nrows(), rows, columns);
        let mut light = Array2::<f64>::zeros((rows, columns));
        let mut film = |frame: usize| {
            light.fill(0.0);
            for blob in blobs(positions.row(frame)) {
                self.point_spread.add(blob, &mut light);
            }
            light.map(|light| self.camera.count(*light))
        };
        if self.camera.bit_depth <= 8 {
            let mut pixels = dark(shape)?;
            for (frame, mut picture) in pixels.axis_iter_mut(Axis(0)).enumerate() {
                picture.zip_mut_with(&film(frame), |pixel, count| *pixel = *count as u8);
            }
            Ok(Frames::U8(pixels))
        } else {
            let mut pixels = dark(shape)?;
            for (frame, mut picture) in pixels.axis_iter_mut(Axis(0)).enumerate() {
                picture.assign(&film(frame));
            }
            Ok(Frames::U16(pixels))
        }
    }
}

/// A movie without light, or a refusal where memory does not hold it.
fn dark<T: Clone + Default>(shape: (usize, usize, usize)) -> Result<Array3<T>> {
    let (frames, rows, columns) = shape;
    let too_large = || {
        Error::Setting(Fault::new(
            "movie",
            "as many pixels as memory holds",
            format!("{frames} frames of {rows} x {columns}"),
            "Film fewer frames or beads, or a smaller bead_spacing.",
        ))
    };
    let count = frames.checked_mul(rows * columns).ok_or_else(too_large)?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(count).map_err(|_| too_large())?;
    pixels.resize(count, T::default());
    Array3::from_shape_vec(shape, pixels).map_err(|_| too_large())
}

/// Number of beads of all `trajectories`, which must be rows of beads moving along the row.
fn check_row_of_beads(trajectories: &[Trajectory]) -> Result<usize> {
    let Some(first) = trajectories.first() else {
        return Err(Error::Setting(Fault::new(
            "trajectories",
            "at least one",
            "none",
            "Simulate a movie first.",
        )));
    };
    let mismatch = |expected: &str, found: String, remedy: &str| {
        Err(Error::Mismatch(Fault::new("trajectories", expected, found, remedy)))
    };
    if first.parts().iter().enumerate().any(|(coordinate, part)| coordinate != *part) {
        let found = format!("parts {:?}", first.parts());
        let remedy = "This stage holds a row of beads that move along it.";
        return mismatch("one coordinate per bead, in order", found, remedy);
    }
    match trajectories.iter().position(|other| {
        other.parts() != first.parts() || other.stationary_deviation() != first.stationary_deviation()
    }) {
        Some(movie) => mismatch(
            "trajectories of one system",
            format!("movie {movie} of another system than movie 0"),
            "Film the movies of each system by themselves.",
        ),
        None => Ok(first.parts().len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::langevin::{BeadSpring, LangevinSystem, Simulation, TemperatureProfile, published};
    use crate::video::Depth;

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

    /// Catches exponentials cut short or multiplied in the wrong order: the separable form against the equation.
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

    /// Catches counts that wrap around where blobs overlap, and a wrong depth.
    #[test]
    fn overlapping_blobs_saturate_at_full_scale() {
        let stage = Stage { bead_spacing: 2, ..Stage::default() };
        for (bit_depth, full_scale, depth) in [(8, 255.0, Depth::U8), (12, 4095.0, Depth::U16)] {
            let microscope =
                Microscope { stage: stage.clone(), camera: Camera { bit_depth }, ..Microscope::default() };
            let movies = microscope.record(&simulate(&row_of(5), 3, 1)).unwrap();
            assert_eq!(movies[0].frames().depth(), depth);
            let frame = movies[0].frames().frame(0);
            assert_eq!(frame.iter().copied().fold(0.0, f32::max), full_scale);
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
        assert!(refused("camera.bit_depth = 17").starts_with("bit_depth"));
        assert!(toml::from_str::<Microscope>("stage.bead_spaces = 3").is_err());
        let default = Microscope::default();
        assert!(default.record(&[]).unwrap_err().to_string().contains("at least one, found none"));
        let mixed = [paths[0].clone(), simulate(&row_of(3), 3, 1).remove(0)];
        assert!(default.record(&mixed).unwrap_err().to_string().contains("movie 1 of another system"));
    }
}
