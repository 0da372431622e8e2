//! Gathers the dissipation maps of movies, with their mean and its significance.

use cneep::dissipation_map::{HeldOutBlocks, MapGrid, MapSums, MeanMap, SignificanceMap};
use cneep::entropy_production::Role;
use cneep::estimator::Estimator;
use cneep::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::memory;
use cneep_movie::progress::Progress;
use cneep_movie::video::Video;
use ndarray::{Array3, Axis};
use numpy::{PyArray2, PyArray3};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Maps of some movies.
pub(crate) struct Mapped {
    grid: MapGrid,
    window: usize,
    differs_by_seed: bool,
    mean: MeanMap,
    significance: Option<SignificanceMap>,
    /// Maps of every transition of each movie, if they were to be kept.
    transitions: Vec<Array3<f32>>,
}

impl Mapped {
    /// Maps `videos` by `estimator`; the maps of all transitions are held only with `keep`.
    pub(crate) fn of(
        estimator: &Estimator,
        videos: &[Video],
        keep: bool,
        watch: &dyn Progress,
    ) -> Result<Self> {
        let roles: Vec<Vec<Role>> = videos.iter().map(|of| estimator.roles(of)).collect::<Result<_>>()?;
        let is_unseen = |roles: &Vec<Role>| roles.iter().map(|role| *role != Role::InSample).collect();
        let unseen: Vec<Vec<bool>> = roles.iter().map(is_unseen).collect();
        let window = estimator.record().window;
        let values =
            |movie: usize| Ok(estimator.entropy_production(&videos[movie..=movie])?.movies.remove(0).values);
        let begin = |grid: MapGrid| -> Result<(MapGrid, MapSums)> {
            let blocks = HeldOutBlocks::new(&unseen, values)?;
            if keep {
                let cells: usize = unseen.iter().map(|movie| movie.len() * grid.rows * grid.columns).sum();
                let remedy = "State transitions=False, which keeps the mean and its significance alone.";
                memory::require("dissipation map", "maps of all transitions", 4 * cells as u64, remedy)?;
            }
            Ok((grid, MapSums::new(grid, window, videos[0].calibration(), blocks)))
        };
        let mut sums: Option<(MapGrid, MapSums)> = None;
        let mut transitions: Vec<Array3<f32>> = Vec::new();
        watch.begin("dissipation maps (transitions)", unseen.iter().map(|of| of.len() as u64).sum());
        for (movie, video) in videos.iter().enumerate() {
            estimator.map_each(video, |grid, start, map| {
                if watch.stop_requested() {
                    return Err(Error::stopped("the dissipation maps"));
                }
                let (_, sums) = match &mut sums {
                    Some(sums) => sums,
                    None => sums.insert(begin(grid)?),
                };
                sums.add(Transition { movie, start }, &map)?;
                if keep {
                    if transitions.len() == movie {
                        transitions.push(Array3::zeros((unseen[movie].len(), grid.rows, grid.columns)));
                    }
                    transitions[movie].index_axis_mut(Axis(0), start).assign(&map);
                }
                watch.advance(1);
                Ok(())
            })?;
        }
        watch.end();
        let Some((grid, sums)) = sums else {
            return Err(Error::Mismatch(Fault::new("movies", "at least one", "none", "Name a movie.")));
        };
        let significance = if estimator.is_interrupted() { None } else { sums.significance() };
        let differs_by_seed = estimator.differs_by_seed();
        Ok(Self { grid, window, differs_by_seed, mean: sums.mean(), significance, transitions })
    }
}

/// The maps as arrays.
pub(crate) fn told(py: Python<'_>, mapped: Mapped) -> PyResult<Bound<'_, PyDict>> {
    let Mapped { grid, window, differs_by_seed, mean, significance, transitions } = mapped;
    let told = PyDict::new(py);
    told.set_item("cell", grid.cell)?;
    told.set_item("window", window)?;
    told.set_item("differs_by_seed", differs_by_seed)?;
    told.set_item("unit", mean.calibration.rate_unit().symbol())?;
    told.set_item("frame_interval", mean.calibration.frame_interval)?;
    told.set_item("pixel_size", mean.calibration.pixel_size)?;
    told.set_item("mean", PyArray2::from_owned_array(py, mean.rates))?;
    let maps = transitions.into_iter().map(|maps| PyArray3::from_owned_array(py, maps));
    told.set_item("transitions", maps.collect::<Vec<_>>())?;
    let (mask, blocks) = match &significance {
        Some(of) => (Some(PyArray2::from_owned_array(py, of.mask())), Some(of.block_count)),
        None => (None, None),
    };
    told.set_item("significant", mask)?;
    told.set_item("blocks", blocks)?;
    told.set_item("tested_cells", significance.as_ref().map(|of| of.tested_cells))?;
    told.set_item("p_values", significance.map(|of| PyArray2::from_owned_array(py, of.p_values)))?;
    Ok(told)
}
