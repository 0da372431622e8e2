//! Sums dissipation maps transition by transition, so that no movie's maps need be held.

use super::correlation_length::MapCorrelation;
use super::grid::MapGrid;
use super::held_out_blocks::HeldOutBlocks;
use super::map::DissipationMap;
use super::significance::SignificanceMap;
use crate::transition::Transition;
use cneep_movie::error::{Error, Fault, Result};
use cneep_movie::units::Calibration;
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// Time average of dissipation maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeanMap {
    /// Cells on the frame.
    pub grid: MapGrid,
    /// Frame interval and pixel size of the movies.
    pub calibration: Calibration,
    /// Number of transitions averaged.
    pub transitions: usize,
    /// Entropy production rate per cell, shape (row, column), in `k_B/s` with a known frame interval,
    /// otherwise `k_B/frame`.
    #[serde(with = "super::nested")]
    pub rates: Array2<f64>,
}

impl MeanMap {
    /// Sum over the map: the mean entropy production rate.
    pub fn rate(&self) -> f64 {
        self.rates.sum()
    }
}

/// Sums of the maps of all transitions, and of those in each block of held-out time: at most 21 maps.
#[derive(Debug, Clone)]
pub struct MapSums {
    grid: MapGrid,
    window: usize,
    calibration: Calibration,
    blocks: HeldOutBlocks,
    transitions: usize,
    total: Array2<f64>,
    of_blocks: Vec<Array2<f64>>,
}

impl MapSums {
    /// No map yet, of movies of this calibration and transitions of `window` frames.
    pub fn new(grid: MapGrid, window: usize, calibration: Calibration, blocks: HeldOutBlocks) -> Self {
        let zero = Array2::zeros((grid.rows, grid.columns));
        let of_blocks = vec![zero.clone(); blocks.block_count()];
        Self { grid, window, calibration, blocks, transitions: 0, total: zero, of_blocks }
    }

    /// The sums over `maps`, which must share grid, window and frame interval; `held_out` tells of each
    /// transition of each map whether it had no part in choosing the parameters.
    ///
    /// # Errors
    /// As [`Self::add`], and [`Error::Mismatch`] without maps.
    pub fn of(maps: &[DissipationMap], held_out: &[Vec<bool>]) -> Result<Self> {
        let Some(first) = maps.first() else {
            return Err(Error::Mismatch(Fault::new("maps", "at least one", "none", "Map a movie.")));
        };
        let values = |movie: usize| Ok(maps[movie].entropy_production());
        let blocks = HeldOutBlocks::new(held_out, values)?;
        let mut sums = Self::new(first.grid, first.window, first.calibration, blocks);
        for (movie, maps) in maps.iter().enumerate() {
            for (start, map) in maps.transitions.outer_iter().enumerate() {
                sums.add(Transition { movie, start }, &map)?;
            }
        }
        Ok(sums)
    }

    /// Adds the map of one transition, shape (row, column), in `k_B`. Equal maps in equal order give equal
    /// bits.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the map does not have the cells of the grid, as one of a movie with
    /// other frames.
    pub fn add(&mut self, transition: Transition, map: &ArrayView2<f32>) -> Result<()> {
        if map.dim() != self.total.dim() {
            let [expected, found] =
                [self.total.dim(), map.dim()].map(|(rows, columns)| format!("{rows} x {columns} cells"));
            let (subject, remedy) =
                (format!("map of movie {}", transition.movie + 1), "Map movies of one size.");
            return Err(Error::Mismatch(Fault::new(subject, expected, found, remedy)));
        }
        let block = self.blocks.block_of(transition).map(|block| &mut self.of_blocks[block]);
        for sum in std::iter::once(&mut self.total).chain(block) {
            sum.zip_mut_with(map, |sum, &cell| *sum += f64::from(cell));
        }
        self.transitions += 1;
        Ok(())
    }

    /// The average over the transitions that are stated: the unseen ones if there are any, otherwise all. It
    /// sums to the rate of the same movies.
    pub fn mean(&self) -> MeanMap {
        let time = (self.window - 1) as f64 * self.calibration.interval_or_frame();
        let unseen = self.blocks.transition_count();
        let (sum, transitions) = match self.of_blocks.split_first() {
            Some((first, others)) if unseen > 0 => {
                (others.iter().fold(first.clone(), |sum, block| sum + block), unseen)
            }
            _ => (self.total.clone(), self.transitions),
        };
        let rates = sum / (transitions as f64 * time);
        MeanMap { grid: self.grid, calibration: self.calibration, transitions, rates }
    }

    /// Number of transitions in each block of unseen time, and the sum of their maps, in `k_B`.
    pub fn unseen_blocks(&self) -> Vec<(usize, &Array2<f64>)> {
        self.blocks.counts().into_iter().zip(&self.of_blocks).collect()
    }

    /// The test of every cell against zero; none without two blocks of held-out transitions.
    pub fn significance(&self) -> Option<SignificanceMap> {
        SignificanceMap::of(self.grid, &self.of_blocks, self.blocks.transition_count())
    }

    /// Over what distance the mean map of the held-out transitions is correlated; none without six blocks of
    /// them. `dependence` is by what the variance of a sum over blocks exceeds, in equilibrium, that of sums
    /// with independent signs: 1 for blocks that are judged by what was fitted to none of them, at most 2 for
    /// blocks of folds that judge each other.
    pub fn correlation(&self, dependence: f64) -> Option<MapCorrelation> {
        MapCorrelation::of(self.grid, &self.calibration, &self.of_blocks, dependence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, Axis};

    /// Maps whose cells have many different exponents, so that another order of summation shows in the last
    /// bits.
    fn maps(count: usize) -> Vec<DissipationMap> {
        let cell = |movie: usize, (t, r, c): (usize, usize, usize)| {
            let place = (movie * 977 + t * 31 + r * 7 + c) as f32;
            (0.37 * place).sin() * (8.0 * (1.3 * place).cos()).exp2() + 0.1
        };
        (0..count)
            .map(|movie| DissipationMap {
                name: format!("movie {movie}"),
                grid: MapGrid { rows: 3, columns: 4, cell: 4 },
                window: 3,
                calibration: Calibration { frame_interval: Some(0.5), ..Calibration::default() },
                transitions: Array3::from_shape_fn((90 + movie, 3, 4), |place| cell(movie, place)),
            })
            .collect()
    }

    /// Referee of the streaming sums: the held arrays, summed whole and block by block, to the last bit.
    /// Catches a map added to a neighbouring block, an order of its own, and a training transition in a test.
    #[test]
    fn streamed_sums_are_those_of_the_held_arrays() {
        for count in [1, 3, 12] {
            let maps = maps(count);
            let held_out: Vec<Vec<bool>> =
                maps.iter().map(|map| (0..map.transitions.dim().0).map(|t| t % 50 < 35).collect()).collect();
            let sums = MapSums::of(&maps, &held_out).unwrap();
            let all = || {
                maps.iter().enumerate().flat_map(|(m, map)| (0..map.transitions.dim().0).map(move |t| (m, t)))
            };
            let naive = |chosen: &dyn Fn(usize, usize) -> bool| {
                let mut sum = Array2::<f64>::zeros((3, 4));
                for (movie, start) in all().filter(|&(movie, start)| chosen(movie, start)) {
                    sum += &maps[movie].transitions.index_axis(Axis(0), start).mapv(f64::from);
                }
                sum
            };
            let unseen = |movie: usize, start: usize| held_out[movie][start];
            let transitions = all().filter(|&(movie, start)| unseen(movie, start)).count();
            let difference = sums.mean().rates - naive(&unseen) / (transitions as f64 * 1.0);
            assert!(difference.iter().all(|difference| difference.abs() < 1e-12));
            assert_eq!(sums.mean().transitions, transitions);
            let in_sample =
                MapSums::of(&maps, &held_out.iter().map(|of| vec![false; of.len()]).collect::<Vec<_>>());
            let mean = in_sample.unwrap().mean();
            assert_eq!(mean.rates, naive(&|_, _| true) / (all().count() as f64 * 1.0));
            let counts: usize = sums.unseen_blocks().iter().map(|(count, _)| count).sum();
            assert_eq!((mean.transitions, counts), (all().count(), transitions));
            assert_eq!(sums.of_blocks.len(), sums.blocks.block_count());
            for (block, sum) in sums.of_blocks.iter().enumerate() {
                let in_block =
                    |movie, start| sums.blocks.block_of(Transition { movie, start }) == Some(block);
                assert_eq!(*sum, naive(&in_block), "{count} movies, block {block}");
            }
            let of_blocks: f64 = sums.of_blocks.iter().map(|sum| sum.sum()).sum();
            let of_held_out = naive(&|movie, start| held_out[movie][start]).sum();
            assert!((of_blocks - of_held_out).abs() < 1e-9 * of_held_out.abs().max(1.0));
        }
        assert!(MapSums::of(&[], &[]).is_err());
    }

    /// Catches a panic, or cells that are silently left out, where movies differ in size.
    #[test]
    fn a_map_of_other_cells_is_refused() {
        let small = DissipationMap { transitions: Array3::zeros((5, 3, 3)), ..maps(1).remove(0) };
        let refused = MapSums::of(&[maps(1).remove(0), small], &[vec![true; 90], vec![true; 5]]);
        assert!(matches!(refused, Err(Error::Mismatch(_))), "{refused:?}");
    }

    /// Two intervals of 0.5 s a window: catches a mean per frame sold as a mean per second.
    #[test]
    fn the_mean_map_is_per_unit_of_time() {
        let map = DissipationMap {
            transitions: Array3::from_shape_fn((5, 3, 4), |(t, _, c)| if c < 2 { t as f32 } else { -1.0 }),
            ..maps(1).remove(0)
        };
        let mean = MapSums::of(&[map.clone(), map], &[vec![false; 5], vec![false; 5]]).unwrap().mean();
        assert_eq!((mean.rates[[0, 0]], mean.rates[[2, 3]], mean.transitions), (2.0, -1.0, 10));
        assert_eq!(mean.rate(), 6.0 * 2.0 - 6.0);
    }
}
