//! Follows what is drawn into parts of the frame, which is cut in halves again and again.

use super::grid::MapGrid;
use super::region_cells::RegionCells;
use crate::entropy_production::PartOfFrame;
use cneep_movie::error::Result;
use ndarray::{Array2, ArrayView2};

/// Parts of the last step, at most, and numbers that are held of them.
const MOST_PARTS: usize = 256;
const MOST_NUMBERS: usize = 1 << 23;
/// Parts have no side below so many pixels, nor below one cell.
const LEAST_SIDE: usize = 8;

/// Entropy production along some movies of the parts of the frame, in steps of two, four, eight ... parts.
#[derive(Debug)]
pub(crate) struct Halvings {
    /// Rows and columns of pixels.
    frame: (usize, usize),
    /// Rows and columns of parts of each step.
    steps: Vec<(usize, usize)>,
    /// Those of the last step.
    cells: RegionCells,
    /// Of every movie, in `k_B`: all parts of its first transition, then all of the next.
    movies: Vec<Vec<f64>>,
}

impl Halvings {
    /// No transition yet of movies of `counts` transitions, with maps of these cells on a `frame` of rows x
    /// columns; none if the frame is too small to be cut.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] if the cells are not those of such a frame.
    pub(crate) fn new(grid: MapGrid, frame: (usize, usize), counts: &[usize]) -> Result<Option<Self>> {
        let transitions = counts.iter().sum::<usize>().max(1);
        let steps = steps(frame, LEAST_SIDE.max(grid.cell), MOST_PARTS.min(MOST_NUMBERS / transitions));
        let Some(&last) = steps.last() else { return Ok(None) };
        let cells = RegionCells::new(grid, &labels(frame, last).view())?;
        Ok(Some(Self { frame, steps, cells, movies: vec![Vec::new(); counts.len()] }))
    }

    /// Shares out the map of the next transition of `movie`, shape (row, column), in `k_B`.
    ///
    /// # Errors
    /// [`cneep_movie::Error::Mismatch`] if the map has other cells.
    pub(crate) fn add(&mut self, movie: usize, map: &ArrayView2<f32>) -> Result<()> {
        let series = &mut self.movies[movie];
        let start = series.len();
        series.resize(start + self.cells.labels.len(), 0.0);
        self.cells.add(map, &mut series[start..])
    }

    /// Number of steps.
    pub(crate) fn steps(&self) -> usize {
        self.steps.len()
    }

    /// What the parts of a step are.
    pub(crate) fn part(&self, step: usize) -> PartOfFrame {
        let (rows, columns) = self.steps[step];
        PartOfFrame { parts: rows * columns, rows: self.frame.0 / rows, columns: self.frame.1 / columns }
    }

    /// dS of each part of a step, in `k_B`, in the order part, movie, transition.
    pub(crate) fn values(&self, step: usize) -> Vec<Vec<Vec<f64>>> {
        let ((rows, columns), finest) = (self.steps[step], self.steps[self.steps.len() - 1]);
        let owner = |part: usize| {
            let (row, column) = (part / finest.1 * rows / finest.0, part % finest.1 * columns / finest.1);
            row * columns + column
        };
        let number = finest.0 * finest.1;
        let empty: Vec<Vec<f64>> =
            self.movies.iter().map(|series| vec![0.0; series.len() / number]).collect();
        let mut values = vec![empty; rows * columns];
        for (movie, series) in self.movies.iter().enumerate() {
            for (at, parts) in series.chunks_exact(number).enumerate() {
                for (part, value) in parts.iter().enumerate() {
                    values[owner(part)][movie][at] += value;
                }
            }
        }
        values
    }
}

/// Rows and columns of parts of each step: the longer side of the parts is halved each time, while neither
/// falls below `least` pixels, up to so many parts.
fn steps(frame: (usize, usize), least: usize, most: usize) -> Vec<(usize, usize)> {
    let next = |&(rows, columns): &(usize, usize)| {
        let (height, width) = (frame.0 / rows, frame.1 / columns);
        let cut = if height >= width { (2 * rows, columns) } else { (rows, 2 * columns) };
        let fits = frame.0 / cut.0 >= least && frame.1 / cut.1 >= least && cut.0 * cut.1 <= most;
        fits.then_some(cut)
    };
    std::iter::successors(next(&(1, 1)), next).collect()
}

/// The part of each pixel of a frame, from 1.
fn labels((rows, columns): (usize, usize), (down, across): (usize, usize)) -> Array2<u32> {
    let part = |(row, column): (usize, usize)| row * down / rows * across + column * across / columns;
    Array2::from_shape_fn((rows, columns), |at| 1 + part(at) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// Catches parts that overlap or leave cells out, a step that is not made of the next one's parts, and
    /// rows taken for columns.
    #[test]
    fn parts_of_every_step_share_the_map_out() {
        for (frame, cell) in [((37, 50), 1), ((64, 24), 4), ((40, 41), 8)] {
            let grid = MapGrid { rows: frame.0 / cell, columns: frame.1 / cell, cell };
            let mut halvings = Halvings::new(grid, frame, &[3, 2]).unwrap().unwrap();
            let value = |(row, column): (usize, usize)| (row * row + 7 * column) as f32;
            let map = Array2::from_shape_fn((grid.rows, grid.columns), value);
            for movie in [0, 1, 0, 1, 0] {
                halvings.add(movie, &map.view()).unwrap();
            }
            let total = f64::from(map.sum());
            for step in 0..halvings.steps() {
                let (values, of) = (halvings.values(step), halvings.part(step));
                assert_eq!((values.len(), values[0][0].len(), values[0][1].len()), (of.parts, 3, 2));
                let sum: f64 = values.iter().map(|part| part[1][1]).sum();
                assert!((sum - total).abs() < 1e-6 * total, "{sum} {total}");
                assert!(of.rows >= 8 && of.columns >= 8 && of.parts == 2 << step, "{of:?}");
            }
            let [above, below] = &halvings.values(0)[..] else { panic!("two halves") };
            if frame == (64, 24) {
                assert!((above[0][0] - f64::from(map.slice(ndarray::s![..8, ..]).sum())).abs() < 1e-6);
            }
            assert!(above[0][0] < below[0][0]);
        }
        let small = MapGrid { rows: 12, columns: 12, cell: 1 };
        assert!(Halvings::new(small, (12, 12), &[10]).unwrap().is_none());
    }

    /// Catches memory that grows with the number of transitions without an end.
    #[test]
    fn long_movies_are_cut_less() {
        assert_eq!(steps((512, 512), 8, 256).last(), Some(&(16, 16)));
        assert_eq!(steps((512, 512), 8, MOST_NUMBERS / 1_000_000).last(), Some(&(4, 2)));
        assert!(steps((512, 512), 8, 1).is_empty());
    }
}
