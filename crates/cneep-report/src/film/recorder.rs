//! Gathers the maps of a movie, transition by transition, into what a viewer needs.

use super::block::{Block, Kind};
use super::maps::{FilmMaps, Instants};
use cneep::dissipation_map::MapGrid;
use cneep_movie::series::student_factor;
use ndarray::{Array2, ArrayView2};

/// Most cells that are shown.
const MOST_CELLS: usize = 128 * 128;
/// Bytes on a page for one number of 32 bits, nearly: noise in base64, its exponents deflated.
const BYTES_A_FLOAT: usize = 5;
/// Levels of maps to look at.
const LEVELS: u8 = 31;
/// Share of the magnitudes that have levels of their own.
const ROBUST_QUANTILE: f64 = 0.9995;

/// Maps of one movie on their way to a page; no more than what is shown is held.
#[derive(Debug)]
pub struct MapRecorder {
    grid: MapGrid,
    binned: usize,
    window: usize,
    transitions: usize,
    transitions_a_sum: usize,
    stride: usize,
    sums: Vec<f64>,
    instants: Vec<f32>,
    added: usize,
}

impl MapRecorder {
    /// For so many `transitions` of `window` frames with maps on `grid`, in about twice `budget` bytes.
    pub fn new(grid: MapGrid, window: usize, transitions: usize, budget: usize) -> Self {
        let shown = |binned: usize| grid.rows.div_ceil(binned) * grid.columns.div_ceil(binned);
        let longest = grid.rows.max(grid.columns).max(1);
        let binned = (1..=longest).find(|&binned| shown(binned) <= MOST_CELLS).unwrap_or(longest);
        let cells = shown(binned);
        let most = |bytes: usize| (budget / (bytes * cells)).max(1);
        Self {
            grid: MapGrid {
                rows: grid.rows.div_ceil(binned),
                columns: grid.columns.div_ceil(binned),
                cell: grid.cell * binned,
            },
            binned,
            window,
            transitions,
            transitions_a_sum: transitions.div_ceil(most(BYTES_A_FLOAT)).max(1),
            stride: transitions.div_ceil(most(1)).max(1),
            sums: Vec::new(),
            instants: Vec::new(),
            added: 0,
        }
    }

    /// Adds the map of the next transition, shape (row, column), in `k_B`.
    pub fn add(&mut self, map: &ArrayView2<f32>) {
        let cells = self.grid.rows * self.grid.columns;
        if self.added.is_multiple_of(self.transitions_a_sum) {
            self.sums.resize(self.sums.len() + cells, 0.0);
        }
        if self.added.is_multiple_of(self.stride) {
            self.instants.resize(self.instants.len() + cells, 0.0);
        }
        let (sums, instants) = (self.sums.len() - cells, self.instants.len() - cells);
        let share = 1.0 / self.stride.min(self.transitions - self.added / self.stride * self.stride) as f32;
        for ((row, column), &value) in map.indexed_iter() {
            let cell = row / self.binned * self.grid.columns + column / self.binned;
            self.sums[sums + cell] += f64::from(value);
            self.instants[instants + cell] += share * value;
        }
        self.added += 1;
    }

    /// The maps, with the sums over blocks of unseen time of all movies: number of transitions and map of the
    /// size that was added.
    pub fn finish(self, blocks: &[(usize, &Array2<f64>)]) -> FilmMaps {
        let (rows, columns) = (self.grid.rows, self.grid.columns);
        let cells = rows * columns;
        let floats = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<_>>();
        let count = self.sums.len() / cells;
        let (mut counts, mut of_blocks) = (Vec::new(), Vec::new());
        for (count, map) in blocks {
            counts.push(*count);
            let mut shown = vec![0.0; cells];
            for ((row, column), value) in map.indexed_iter() {
                shown[row / self.binned * columns + column / self.binned] += value;
            }
            of_blocks.extend(shown);
        }
        if blocks.is_empty() {
            counts.push(self.added);
            let all = |cell: usize| self.sums.iter().skip(cell).step_by(cells).sum::<f64>();
            of_blocks.extend((0..cells).map(all));
        }
        let instants =
            (self.transitions_a_sum > 1).then(|| instants(&self.instants, [rows, columns], self.stride));
        FilmMaps {
            grid: self.grid,
            binned: self.binned,
            window: self.window,
            transitions: self.added,
            transitions_a_sum: self.transitions_a_sum,
            sums: Block::of_floats(&[count, rows, columns], &floats(&self.sums)),
            instants,
            interval_factor: if blocks.len() < 2 { 0.0 } else { student_factor(blocks.len() - 1, 0.05) },
            block_sums: Block::of_floats(&[counts.len(), rows, columns], &floats(&of_blocks)),
            block_counts: counts,
        }
    }
}

fn instants(values: &[f32], [rows, columns]: [usize; 2], stride: usize) -> Instants {
    let mut magnitudes: Vec<f32> =
        values.iter().map(|value| value.abs()).filter(|size| *size > 0.0).collect();
    let place = (magnitudes.len().saturating_sub(1) as f64 * ROBUST_QUANTILE).round() as usize;
    let limit = if magnitudes.is_empty() {
        1.0
    } else {
        f64::from(*magnitudes.select_nth_unstable_by(place, f32::total_cmp).1)
    };
    let level = |&value: &f32| {
        let size = (f64::from(value.abs()) / limit).min(1.0).sqrt();
        ((f64::from(LEVELS) * size).round() as i8 * if value < 0.0 { -1 } else { 1 }).cast_unsigned()
    };
    let levels: Vec<u8> = values.iter().map(level).collect();
    let shape = [values.len() / (rows * columns), rows, columns];
    Instants { stride, limit, levels: LEVELS, maps: Block::of_bytes(Kind::I8, &shape, &levels) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(transition: usize) -> Array2<f32> {
        Array2::from_shape_fn((5, 7), |(row, column)| {
            ((transition * 35 + row * 7 + column) as f32 * 0.7).sin() * (1 + column) as f32
        })
    }

    fn recorded(budget: usize) -> FilmMaps {
        let mut recorder = MapRecorder::new(MapGrid { rows: 5, columns: 7, cell: 2 }, 3, 50, budget);
        (0..50).for_each(|transition| recorder.add(&map(transition).view()));
        let sum = |range: std::ops::Range<usize>| {
            range.map(map).fold(Array2::zeros((5, 7)), |sum, map| sum + map.mapv(f64::from))
        };
        let blocks = [(20, sum(0..20)), (25, sum(25..50))];
        recorder.finish(&blocks.each_ref().map(|(count, sum)| (*count, sum)))
    }

    /// Catches a sum that misses its last, shorter part, and values read from rounded maps.
    #[test]
    fn sums_are_exact_however_few_there_are() {
        for (budget, a_sum) in [(1_000_000, 1), (2_000, 5), (1, 50)] {
            let maps = recorded(budget);
            assert_eq!((maps.transitions_a_sum, maps.transitions), (a_sum, 50));
            assert_eq!(maps.instants.is_some(), a_sum > 1);
            assert_eq!(maps.reduction().is_some(), a_sum > 1);
            let sums = maps.sums.floats().unwrap();
            let of_cell: f64 = sums.iter().skip(10).step_by(35).map(|&sum| f64::from(sum)).sum();
            let naive: f64 = (0..50).map(|transition| f64::from(map(transition)[[1, 3]])).sum();
            assert!((of_cell - naive).abs() < 1e-5, "{of_cell} {naive}");
            let blocks = maps.block_sums.floats().unwrap();
            let naive: f64 = (25..50).map(|transition| f64::from(map(transition)[[1, 3]])).sum();
            assert!((f64::from(blocks[35 + 10]) - naive).abs() < 1e-6 * naive.abs().max(1.0));
        }
    }

    /// Catches levels whose sign or order is lost.
    #[test]
    fn levels_are_near_what_they_show() {
        let maps = recorded(2_000).instants.unwrap();
        let levels = maps.maps.bytes().unwrap();
        assert_eq!(maps.stride, 1);
        for (cell, &value) in map(7).iter().enumerate() {
            let level = f64::from(levels[7 * 35 + cell].cast_signed()) / f64::from(maps.levels);
            let shown = maps.limit * level * level.abs();
            assert!((shown - f64::from(value)).abs() < 0.07 * maps.limit, "{shown} {value}");
        }
    }
}
