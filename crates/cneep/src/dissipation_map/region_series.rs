//! Follows what is drawn into each region of the frame along some movies, so that no maps need be held.

use super::grid::MapGrid;
use super::region_cells::RegionCells;
use super::region_moments::{MOMENTS, RegionMoments};
use cneep_movie::error::Result;
use cneep_movie::memory;
use ndarray::{Array2, ArrayView2};

/// Entropy production along some movies of each region of the frame: the sum of the map over it.
#[derive(Debug, Clone)]
pub struct RegionSeries {
    cells: RegionCells,
    moments: RegionMoments,
    /// Of every movie, in `k_B`: all regions of its first transition, then all of the next.
    movies: Vec<Vec<f64>>,
    /// Sums over all transitions that each fit gives the regions, one list a fit.
    fits: Vec<Vec<f64>>,
    /// Whether all fits judge all transitions so far.
    all_judge_all: bool,
}

impl RegionSeries {
    /// No transition yet of movies of `counts` transitions. `labels` gives each pixel of a frame its region,
    /// shape (row, column); 0 is outside, and a region like the others.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] if the cells of `grid` are not those of such a frame;
    /// [`cneep_movie::Error::Memory`] for more regions and transitions than memory holds numbers.
    pub fn new(grid: MapGrid, labels: &ArrayView2<u32>, counts: &[usize]) -> Result<Self> {
        let cells = RegionCells::new(grid, labels)?;
        let regions = cells.labels.len();
        let all = counts.iter().sum::<usize>().saturating_mul(regions);
        let remedy = "Join regions, or give fewer movies at a time.";
        memory::require("regions", "their values along the movies", 8 * all as u64, remedy)?;
        let movies = counts.iter().map(|count| memory::with_room("regions", count * regions));
        Ok(Self {
            cells,
            moments: RegionMoments::new(labels),
            movies: movies.collect::<Result<_>>()?,
            fits: Vec::new(),
            all_judge_all: true,
        })
    }

    /// Shares out the map of the next transition of `movie`, shape (row, column), in `k_B`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] if the map has other cells.
    ///
    /// # Panics
    /// If there is no such movie.
    pub fn add(&mut self, movie: usize, map: &ArrayView2<f32>) -> Result<()> {
        let series = &mut self.movies[movie];
        let start = series.len();
        series.resize(start + self.cells.labels.len(), 0.0);
        self.cells.add(map, &mut series[start..])
    }

    /// Adds the sums of the maps of one movie that each fit gives by itself, if several judge all its
    /// transitions; none otherwise. See [`crate::estimator::Estimator::map_each_by_fits`].
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] if a sum has other cells.
    pub fn add_fits(&mut self, sums: &[Array2<f64>]) -> Result<()> {
        self.all_judge_all &= !sums.is_empty();
        let none = vec![0.0; self.cells.labels.len()];
        self.fits.resize(self.fits.len().max(sums.len()), none);
        self.fits.iter_mut().zip(sums).try_for_each(|(fit, sum)| self.cells.add(&sum.view(), fit))
    }

    /// Labels of the regions, in ascending order.
    pub fn labels(&self) -> &[u32] {
        &self.cells.labels
    }

    /// Number of pixels of each region.
    pub fn pixels(&self) -> &[usize] {
        &self.cells.pixels
    }

    /// Where the light of `frame` is in each region but what lies outside.
    pub(super) fn moments(&self, frame: &Array2<f32>) -> Vec<[f64; MOMENTS]> {
        self.moments.of(frame)
    }

    /// Values of the region at `index` along `movie`, in `k_B`.
    pub(super) fn values(&self, index: usize, movie: usize) -> Vec<f64> {
        let regions = self.cells.labels.len();
        self.movies[movie].iter().skip(index).step_by(regions).copied().collect()
    }

    /// Mean over all transitions that each fit gives the region at `index`, in `k_B`; none unless all fits
    /// judge all transitions.
    pub(super) fn fit_means(&self, index: usize) -> Vec<f64> {
        let transitions = self.movies.iter().map(Vec::len).sum::<usize>() / self.cells.labels.len();
        let fits = self.fits.iter().filter(|_| self.all_judge_all);
        fits.map(|sums| sums[index] / transitions as f64).collect()
    }

    /// Number of transitions of each movie so far.
    pub(super) fn counts(&self) -> Vec<usize> {
        self.movies.iter().map(|series| series.len() / self.cells.labels.len()).collect()
    }
}
