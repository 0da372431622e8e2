//! Shares the cells of a map out among the regions of a frame.

use super::grid::MapGrid;
use cneep_movie::error::{Error, Fault, Result};
use ndarray::{ArrayView2, s};
use std::collections::BTreeMap;

/// The share that each region has of each cell: of a cell larger than a pixel, that of its pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RegionCells {
    shape: (usize, usize),
    /// Labels with a pixel, in ascending order; 0 is outside.
    pub(super) labels: Vec<u32>,
    /// Pixels of each.
    pub(super) pixels: Vec<usize>,
    /// Of every cell, row by row, where its shares end.
    ends: Vec<usize>,
    /// Regions with their shares of a cell, which sum to 1.
    shares: Vec<(usize, f64)>,
}

impl RegionCells {
    /// The shares in the cells of `grid` of the regions that `labels` gives the pixels of a frame.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the cells are not those of a frame of this size.
    pub(super) fn new(grid: MapGrid, labels: &ArrayView2<u32>) -> Result<Self> {
        let (rows, columns) = labels.dim();
        // The last cells may be cut off, or leave pixels of the frame over.
        let fits = |cells: usize, length: usize| cells > 0 && (cells - 1) * grid.cell.max(1) < length;
        if !fits(grid.rows, rows) || !fits(grid.columns, columns) {
            return Err(Error::Mismatch(Fault::new(
                "labels",
                format!("pixels for {} x {} cells of {} pixels", grid.rows, grid.columns, grid.cell),
                format!("{rows} rows x {columns} columns"),
                "Draw the regions on a frame of the movies that are mapped.",
            )));
        }
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        labels.iter().for_each(|&label| *counts.entry(label).or_default() += 1);
        let index: BTreeMap<u32, usize> =
            counts.keys().enumerate().map(|(index, &label)| (label, index)).collect();
        let (mut ends, mut shares) = (Vec::with_capacity(grid.rows * grid.columns), Vec::new());
        for row in 0..grid.rows {
            for column in 0..grid.columns {
                let within =
                    |place: usize, length: usize| place * grid.cell..((place + 1) * grid.cell).min(length);
                let cell = labels.slice(s![within(row, rows), within(column, columns)]);
                let mut of_cell: BTreeMap<usize, usize> = BTreeMap::new();
                cell.iter().for_each(|label| *of_cell.entry(index[label]).or_default() += 1);
                let share = |(region, pixels)| (region, pixels as f64 / cell.len() as f64);
                shares.extend(of_cell.into_iter().map(share));
                ends.push(shares.len());
            }
        }
        let (labels, pixels) = counts.into_iter().unzip();
        Ok(Self { shape: (grid.rows, grid.columns), labels, pixels, ends, shares })
    }

    /// Adds what each region has of `map` to `sums`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the map has other cells.
    pub(super) fn add<T: Copy + Into<f64>>(&self, map: &ArrayView2<T>, sums: &mut [f64]) -> Result<()> {
        if map.dim() != self.shape {
            let [expected, found] =
                [self.shape, map.dim()].map(|(rows, columns)| format!("{rows} x {columns} cells"));
            return Err(Error::Mismatch(Fault::new("map", expected, found, "Map movies of one size.")));
        }
        let mut start = 0;
        for (&end, &cell) in self.ends.iter().zip(map) {
            let cell: f64 = cell.into();
            self.shares[start..end].iter().for_each(|&(region, share)| sums[region] += share * cell);
            start = end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    /// Catches cells given whole to one region, rows taken for columns, and a last cell that is cut off.
    #[test]
    fn a_cell_is_shared_by_its_pixels() {
        let labels = array![[0, 0, 5], [0, 5, 5], [9, 9, 9]];
        let cells = RegionCells::new(MapGrid { rows: 2, columns: 2, cell: 2 }, &labels.view()).unwrap();
        assert_eq!((&cells.labels[..], &cells.pixels[..]), (&[0, 5, 9][..], &[3, 3, 3][..]));
        let mut sums = vec![0.0; 3];
        cells.add(&array![[4.0_f32, 10.0], [100.0, 1000.0]].view(), &mut sums).unwrap();
        assert_eq!(sums, [3.0, 1.0 + 10.0, 1100.0]);
        assert!(cells.add(&Array2::<f32>::zeros((2, 3)).view(), &mut sums).is_err());
        assert!(RegionCells::new(MapGrid { rows: 3, columns: 2, cell: 2 }, &labels.view()).is_err());
    }
}
