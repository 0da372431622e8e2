//! Lays overlapping cells of one size over a frame, at a fixed stride.

use super::settings::ForcePlan;
use cneep_movie::error::{Error, Fault, Result};

/// Numbers that one vector instruction is likely to take; rows of kernels are padded to multiples of it.
pub(super) const LANES: usize = 8;

/// Cells on a regular grid that covers the frame and hangs over its edges alike on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    /// Rows of a frame, in pixels.
    pub(super) rows: usize,
    /// Columns of a frame, in pixels.
    pub(super) columns: usize,
    /// Edge of a cell, in pixels.
    pub(super) patch: usize,
    /// Distance of neighbouring cells, in pixels.
    pub(super) stride: usize,
    /// How many cells away the cells may lie that drive a cell.
    pub(super) reach: usize,
    /// Cells along a column of pixels.
    pub(super) down: usize,
    /// Cells along a row of pixels.
    pub(super) across: usize,
}

impl Grid {
    /// The grid of a `plan` over frames of `rows` x `columns` pixels.
    ///
    /// # Errors
    /// [`Error::Setting`] if a cell is larger than the frame.
    pub(super) fn new(plan: &ForcePlan, rows: usize, columns: usize) -> Result<Self> {
        let ForcePlan { cell: patch, stride, reach, .. } = *plan;
        if patch > rows.min(columns) {
            let expected = format!("at most the shorter side of the frame, {} pixels", rows.min(columns));
            let remedy = "State smaller cells, or leave force.cell out.";
            return Err(Error::Setting(Fault::new("force.cell", expected, patch.to_string(), remedy)));
        }
        let count = |length: usize| (length - patch).div_ceil(stride) + 1;
        Ok(Self { rows, columns, patch, stride, reach, down: count(rows), across: count(columns) })
    }

    /// Number of cells.
    pub(super) fn cells(&self) -> usize {
        self.down * self.across
    }

    /// Columns of a kernel with their padding.
    pub(super) fn padded_patch(&self) -> usize {
        self.patch.next_multiple_of(LANES)
    }

    /// Rows and columns of the field of pixels that the cells cover, with the padding of the last kernels.
    pub(super) fn field(&self) -> (usize, usize) {
        ((self.down - 1) * self.stride + self.patch, (self.across - 1) * self.stride + self.padded_patch())
    }

    /// Row and column of the field at which the frame begins.
    pub(super) fn frame_origin(&self) -> (usize, usize) {
        let before = |count: usize, length: usize| ((count - 1) * self.stride + self.patch - length) / 2;
        (before(self.down, self.rows), before(self.across, self.columns))
    }

    /// Place in the field, pixels in row-major order, of the first pixel of `cell`.
    pub(super) fn origin(&self, cell: usize) -> usize {
        let (row, column) = (cell / self.across, cell % self.across);
        row * self.stride * self.field().1 + column * self.stride
    }

    /// Cells of the square neighbourhood that drives a cell.
    pub(super) fn neighbours(&self) -> usize {
        (2 * self.reach + 1).pow(2)
    }

    /// The cell at `place` of the neighbourhood of `cell`, in row-major order; none beyond the edge. The
    /// neighbour at `place` has `cell` at the place as far from the end.
    pub(super) fn neighbour(&self, cell: usize, place: usize) -> Option<usize> {
        let edge = 2 * self.reach + 1;
        let row = (cell / self.across + place / edge).checked_sub(self.reach)?;
        let column = (cell % self.across + place % edge).checked_sub(self.reach)?;
        (row < self.down && column < self.across).then_some(row * self.across + column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::force::settings::ForceSettings;

    fn grid(patch: usize, stride: usize, rows: usize, columns: usize) -> Grid {
        let settings = ForceSettings { cell: Some(patch), stride: Some(stride), ..ForceSettings::default() };
        Grid::new(&settings.plan(rows, columns), rows, columns).unwrap()
    }

    /// Catches a border that no cell sees, and cells that hang over one side alone.
    #[test]
    fn cells_cover_the_frame_evenly() {
        for (patch, stride, length, cells, before) in
            [(20, 10, 80, 7, 0), (20, 13, 80, 6, 2), (18, 13, 80, 6, 1), (20, 13, 20, 1, 0), (8, 3, 10, 2, 0)]
        {
            let grid = grid(patch, stride, length, 2 * length);
            assert_eq!((grid.down, grid.frame_origin().0), (cells, before), "{patch} {stride} {length}");
            let (rows, columns) = grid.field();
            assert!(rows >= length && columns >= 2 * length);
            let end = grid.origin(grid.cells() - 1) + (patch - 1) * columns + grid.padded_patch();
            assert_eq!(end, rows * columns, "the last kernel ends where the field does");
        }
    }

    #[test]
    fn neighbours_see_each_other_at_opposite_places() {
        let nearest = grid(8, 4, 20, 24);
        for (grid, within) in [(nearest, [3, 2]), (Grid { reach: 2, ..nearest }, [5, 6])] {
            let mut pairs = 0;
            for cell in 0..grid.cells() {
                assert_eq!(grid.neighbour(cell, grid.neighbours() / 2), Some(cell));
                for place in 0..grid.neighbours() {
                    if let Some(other) = grid.neighbour(cell, place) {
                        assert_eq!(grid.neighbour(other, grid.neighbours() - 1 - place), Some(cell));
                        pairs += 1;
                    }
                }
            }
            let along = |count: usize| within[0] * count - within[1];
            assert_eq!(pairs, along(grid.down) * along(grid.across));
        }
    }

    #[test]
    fn cells_larger_than_the_frame_are_refused() {
        let settings = ForceSettings { cell: Some(21), ..ForceSettings::default() };
        assert!(Grid::new(&settings.plan(20, 40), 20, 40).unwrap_err().to_string().starts_with("force.cell"));
    }
}
