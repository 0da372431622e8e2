//! Films two beads between a cold and a hot bath, for tests of estimators against what is known of them.

use cneep::dissipation_map::PartComparison;
use cneep::entropy_production::EntropyProduction;
use cneep::estimator::Estimator;
use cneep_movie::units::Calibration;
use cneep_movie::video::{Frames, Video};
use cneep_sim::langevin::{BeadSpring, Simulation, TemperatureProfile, Trajectory};
use cneep_sim::microscope::{Camera, Microscope};
use ndarray::s;

pub(crate) struct Scene {
    pub(crate) paths: Vec<Trajectory>,
    pub(crate) videos: Vec<Video>,
}

impl Scene {
    pub(crate) fn new(count: usize, frames: usize, hot: f64, seed: u64, camera: Camera) -> Self {
        let chain = BeadSpring::new(2, TemperatureProfile::linear(1.0, hot)).unwrap();
        let run = Simulation { movies: count, frames, ..Simulation::default() };
        let paths = chain.simulate(&run, seed).unwrap();
        let videos = Microscope { camera, ..Microscope::default() }.record(&paths).unwrap();
        Self { paths, videos }
    }

    pub(crate) fn clean(count: usize, frames: usize, hot: f64, seed: u64) -> Self {
        Self::new(count, frames, hot, seed, Camera::default())
    }

    /// The estimate of its movies, with what is exact beside it.
    pub(crate) fn estimate(&self, estimator: &Estimator) -> EntropyProduction {
        let steps: Vec<Vec<f64>> =
            self.paths.iter().map(|path| path.entropy_production().total.clone()).collect();
        estimator.entropy_production(&self.videos).unwrap().with_exact(&steps).unwrap()
    }

    /// The map at each bead against its exact local entropy production.
    pub(crate) fn beads_on_the_map(&self, estimator: &Estimator) -> Vec<PartComparison> {
        let maps: Vec<_> =
            self.videos.iter().map(|video| estimator.dissipation_map(video).unwrap()).collect();
        let local: Vec<_> = self.paths.iter().map(|path| path.entropy_production().local.view()).collect();
        PartComparison::of(&maps, &local, &[[9.5, 9.5], [29.5, 9.5]])
    }
}

/// dS of every transition of one movie.
pub(crate) fn values(estimator: &Estimator, video: &Video) -> Vec<f64> {
    estimator.entropy_production(video).unwrap().movies[0].values.clone()
}

/// The movie run backwards.
pub(crate) fn reversed(video: &Video) -> Video {
    let Frames::U8(pixels) = video.frames() else { panic!("an 8-bit movie") };
    let pixels = pixels.slice(s![..;-1, .., ..]).as_standard_layout().into_owned();
    Video::new("reversed", Frames::U8(pixels), Calibration::default()).unwrap()
}
