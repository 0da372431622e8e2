//! Transforms tiles of maps for short convolutions, by the matrices of their points.

use super::matrix::{Matrix, Transposed};
use super::paired::{PairedInput, PairedOutput};
use super::points::{Axis, Entries, MAX_POINTS};
use super::simd::{LANES, Simd};

/// The matrix `B`, the same for all filters of one stride.
struct Input<const POINTS: usize, const STRIDE: usize>;

impl<const POINTS: usize, const STRIDE: usize> Matrix for Input<POINTS, STRIDE> {
    const ROWS: usize = POINTS;
    const COLUMNS: usize = POINTS;
    const ENTRIES: Entries = Axis::new(POINTS, 3, STRIDE).matrices().input;
}

/// The matrix `A` of an axis.
struct Output<const POINTS: usize, const TAPS: usize, const STRIDE: usize>;

impl<const POINTS: usize, const TAPS: usize, const STRIDE: usize> Matrix for Output<POINTS, TAPS, STRIDE> {
    const ROWS: usize = Axis::new(POINTS, TAPS, STRIDE).outputs();
    const COLUMNS: usize = POINTS;
    const ENTRIES: Entries = Axis::new(POINTS, TAPS, STRIDE).matrices().output;
}

/// Which matrices stand on both sides of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `B d B'`: a map to its spectrum.
    Input,
    /// `A m A'`: products to sums.
    Output,
    /// The same, with zero for sums below it; of the axis [`Axis::PAIRED`] alone.
    RectifiedOutput,
    /// The adjoint of `Output`: gradients of sums to gradients of products.
    OutputGradient,
    /// The adjoint of `Input`, added to the gradient of the map, in which tiles overlap.
    InputGradient,
}

impl Kind {
    /// Multiply-adds for one channel of one tile: the entries of the matrix on the left that are not zero for
    /// every column of the tile, then those of the matrix on the right for every row of what came out.
    pub(crate) fn multiply_adds(self, [down, right]: [Axis; 2]) -> usize {
        match self {
            Self::Input | Self::InputGradient => {
                right.points() * down.input_terms() + down.points() * right.input_terms()
            }
            Self::Output | Self::RectifiedOutput => {
                right.points() * down.output_terms() + down.outputs() * right.output_terms()
            }
            Self::OutputGradient => {
                right.outputs() * down.output_terms() + down.points() * right.output_terms()
            }
        }
    }
}

/// Where the elements of tiles lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane {
    pub(crate) origin: usize,
    /// Distance between rows and columns of one tile.
    pub(crate) row: usize,
    pub(crate) column: usize,
    /// Distance between tiles.
    pub(crate) tile_row: usize,
    pub(crate) tile_column: usize,
    /// Rows and columns that exist; the others read as zero and are not written.
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

/// One transform of all tiles of a map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transform {
    pub(crate) kind: Kind,
    pub(crate) axes: [Axis; 2],
    pub(crate) tiles: [usize; 2],
    pub(crate) channels: usize,
    pub(crate) from: Plane,
    pub(crate) to: Plane,
}

impl Plane {
    /// Whether tiles may hang over its edge.
    fn limited(&self) -> bool {
        self.rows != usize::MAX || self.columns != usize::MAX
    }

    /// One past the last address of `tiles` of `elements`, for rows and columns.
    fn end(&self, tiles: [usize; 2], elements: [usize; 2], channels: usize) -> usize {
        let last = |count: usize, size: usize, limit: usize, far: usize, near: usize| {
            // Limits come with tiles that do not overlap, `size * near` apart.
            if limit == usize::MAX { (count - 1) * far + (size - 1) * near } else { (limit - 1) * near }
        };
        self.origin
            + last(tiles[0], elements[0], self.rows, self.tile_row, self.row)
            + last(tiles[1], elements[1], self.columns, self.tile_column, self.column)
            + channels
    }
}

impl Transform {
    /// Multiply-adds of the whole transform.
    #[cfg(test)]
    pub(super) fn multiply_adds(&self) -> usize {
        self.tiles[0] * self.tiles[1] * self.channels * self.kind.multiply_adds(self.axes)
    }

    /// Panics unless every address lies within slices of these lengths.
    pub(crate) fn check(&self, from: usize, to: usize) {
        let (outer, inner) = (self.axes.map(Axis::points), self.axes.map(Axis::outputs));
        let (read, written) = match self.kind {
            Kind::Input | Kind::InputGradient => (outer, outer),
            Kind::Output | Kind::RectifiedOutput => (outer, inner),
            Kind::OutputGradient => (inner, outer),
        };
        assert!(self.channels.is_multiple_of(LANES));
        let compiled = |axis: &Axis| Axis::ALL.contains(axis);
        let paired = self.axes == [Axis::PAIRED; 2];
        assert!(paired || self.axes.iter().all(compiled), "a transform is not compiled");
        let [down, right] = self.axes.map(|axis| (axis.taps(), axis.stride()));
        assert!(down == right, "a transform is not compiled");
        for (plane, elements, length) in [(&self.from, read, from), (&self.to, written, to)] {
            for (axis, (limit, far, near)) in
                [(plane.rows, plane.tile_row, plane.row), (plane.columns, plane.tile_column, plane.column)]
                    .into_iter()
                    .enumerate()
            {
                assert!(
                    limit == usize::MAX || far == elements[axis] * near,
                    "limited tiles lie side by side"
                );
            }
            assert!(plane.end(self.tiles, elements, self.channels) <= length, "a transform overruns a map");
        }
        assert!(self.from.limited() == (self.kind == Kind::OutputGradient), "only sums are limited");
        let to_sums = matches!(self.kind, Kind::Output | Kind::RectifiedOutput);
        assert!(self.to.limited() == to_sums, "only sums are limited");
        assert!(paired || self.kind != Kind::RectifiedOutput, "a transform is not compiled");
    }
}

/// Computes `transform`.
///
/// # Safety
/// `transform` must have passed its check for these addresses, which must not overlap.
#[inline(always)]
pub(super) unsafe fn transform<S: Simd>(s: S, transform: &Transform, from: *const f32, to: *mut f32) {
    let (taps, stride) = (transform.axes[0].taps(), transform.axes[0].stride());
    macro_rules! run {
        ($kind:ident, $left:ty, $right:ty) => {
            // SAFETY: as promised to this function.
            unsafe { tiles::<S, $left, $right, { Kind::$kind as usize }>(s, transform, from, to) }
        };
    }
    macro_rules! instances {
        (
            maps $($down:literal x $right:literal at $stride:literal,)*
            sums $($above:literal x $beside:literal by $taps:literal at $step:literal,)*
        ) => {
            match (transform.kind, transform.axes.map(Axis::points), taps, stride) {
                $((Kind::Input, [$down, $right], _, $stride) => {
                    run!(Input, Input<$down, $stride>, Input<$right, $stride>)
                }
                (Kind::InputGradient, [$down, $right], _, $stride) => {
                    run!(InputGradient, Transposed<Input<$down, $stride>>, Transposed<Input<$right, $stride>>)
                })*
                $((Kind::Output, [$above, $beside], $taps, $step) => {
                    run!(Output, Output<$above, $taps, $step>, Output<$beside, $taps, $step>)
                }
                (Kind::OutputGradient, [$above, $beside], $taps, $step) => {
                    run!(
                        OutputGradient,
                        Transposed<Output<$above, $taps, $step>>,
                        Transposed<Output<$beside, $taps, $step>>
                    )
                })*
                _ => unreachable!("`Transform::check` knows the axes"),
            }
        };
    }
    if transform.axes[0] == Axis::PAIRED {
        match transform.kind {
            Kind::Input => run!(Input, PairedInput, PairedInput),
            Kind::InputGradient => run!(InputGradient, Transposed<PairedInput>, Transposed<PairedInput>),
            Kind::Output => run!(Output, PairedOutput, PairedOutput),
            Kind::RectifiedOutput => run!(RectifiedOutput, PairedOutput, PairedOutput),
            Kind::OutputGradient => run!(OutputGradient, Transposed<PairedOutput>, Transposed<PairedOutput>),
        }
        return;
    }
    instances! {
        maps 6 x 6 at 1, 6 x 7 at 1, 7 x 6 at 1, 7 x 7 at 1, 7 x 7 at 2,
        sums 6 x 6 by 3 at 1, 6 x 7 by 3 at 1, 7 x 6 by 3 at 1, 7 x 7 by 3 at 1,
            6 x 6 by 2 at 1, 6 x 6 by 4 at 1, 7 x 7 by 5 at 1, 7 x 7 by 3 at 2,
    }
}

/// Multiplies every tile by `L` from the left and the transpose of `R` from the right.
///
/// # Safety
/// As for [`transform`].
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "plain counts unroll into registers")]
unsafe fn tiles<S: Simd, L: Matrix, R: Matrix, const KIND: usize>(
    s: S,
    t: &Transform,
    from: *const f32,
    to: *mut f32,
) {
    let rectified = KIND == Kind::RectifiedOutput as usize;
    let limited_from = KIND == Kind::OutputGradient as usize;
    let limited_to = rectified || KIND == Kind::Output as usize;
    let zero = s.splat(0.0);
    for tile_row in 0..t.tiles[0] {
        for tile_column in 0..t.tiles[1] {
            let start = t.from.origin + tile_row * t.from.tile_row + tile_column * t.from.tile_column;
            let end = t.to.origin + tile_row * t.to.tile_row + tile_column * t.to.tile_column;
            let from_rows = t.from.rows.saturating_sub(tile_row * L::COLUMNS);
            let from_columns = t.from.columns.saturating_sub(tile_column * R::COLUMNS);
            let to_rows = t.to.rows.saturating_sub(tile_row * L::ROWS);
            let to_columns = t.to.columns.saturating_sub(tile_column * R::ROWS);
            for channel in (0..t.channels).step_by(LANES) {
                let mut middle = [[zero; MAX_POINTS]; MAX_POINTS];
                for j in 0..R::COLUMNS {
                    let mut column = [zero; MAX_POINTS];
                    for i in 0..L::COLUMNS {
                        if !limited_from || i < from_rows && j < from_columns {
                            // SAFETY: the element exists, as `Transform::check` made sure.
                            column[i] = unsafe {
                                s.read(from.add(start + i * t.from.row + j * t.from.column + channel))
                            };
                        }
                    }
                    let column = L::apply(s, column);
                    for i in 0..L::ROWS {
                        middle[i][j] = column[i];
                    }
                }
                for i in 0..L::ROWS {
                    let row = R::apply(s, middle[i]);
                    for j in 0..R::ROWS {
                        if !limited_to || i < to_rows && j < to_columns {
                            // SAFETY: the element exists, as `Transform::check` made sure.
                            unsafe {
                                let to = to.add(end + i * t.to.row + j * t.to.column + channel);
                                let add = KIND == Kind::InputGradient as usize;
                                let number = if rectified { s.relu(row[j]) } else { row[j] };
                                s.write(to, if add { s.add(s.read(to), number) } else { number });
                            }
                        }
                    }
                }
            }
        }
    }
}
